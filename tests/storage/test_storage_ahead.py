"""What is read ahead of many people is what each of them says when asked, also after something new was said."""

from datetime import datetime
from typing import Any

from cohorts.events import Recorded
from cohorts.nudging.model import NudgeRecord
from cohorts.people.model import Cohort, Member
from cohorts.people.offers import Offer
from storage.database import PostgresDatabase, SqliteDatabase
from storage.transaction import SqlTransaction
from tests.storage.values import MINUTE, NOW, delivery, educator, interest

Database = SqliteDatabase | PostgresDatabase
PEOPLE = [f"educator-{name}" for name in ("ana", "bo", "cy")]


def lay(tx: SqlTransaction) -> None:
    for name in ("ana", "bo"):
        tx.people.save_educator(educator(name))
        tx.interests.save(interest(name))
        tx.evidence.save_reading(f"educator-{name}", "ladder", name)
        tx.history.append(said(name, "paused"), said(name, "joined"))
        tx.living.save_offer(offer(name))
        tx.outbox.add(delivery(f"to-{name}"), NOW)
        tx.nudges.record(nudge(name, NOW - 2 * MINUTE, delivery="long-sent"))
        tx.nudges.record(nudge(name, NOW, delivery=f"to-{name}"))
        tx.nudges.record(nudge(name, NOW, reason="nothing_due"))
        tx.nudges.snooze(f"educator-{name}", "step", NOW + MINUTE)
        tx.nudges.snooze(f"educator-{name}", "over", NOW)
    tx.cohorts.save(cohort("one", "ana", "bo"))


def cohort(name: str, *members: str) -> Cohort:
    seats = tuple(Member(educator_id=f"educator-{member}") for member in members)
    told = {"microcredential_id": "wait-time", "language": "en", "formed_at": NOW, "facilitator_id": ""}
    return Cohort(id=f"cohort-{name}", name=name, members=seats, **told)


def offer(name: str, status: str = "open") -> Offer:
    values = {"id": f"offer-{name}", "kind": "seat", "about": "cohort-one", "educator_id": f"educator-{name}"}
    return Offer.model_validate(values | {"made_at": NOW, "until": NOW + MINUTE, "facts": {}, "status": status})


def nudge(name: str, at: datetime, **told: Any) -> NudgeRecord:
    return NudgeRecord(educator_id=f"educator-{name}", at=at, kinds=("step",), refs=("step",), **told)


def said(name: str, kind: str) -> Recorded:
    return Recorded(at=NOW, kind=kind, subject=f"educator-{name}", actor=name)


def look(tx: SqlTransaction) -> list[object]:
    return [
        [tx.interests.of(person) for person in PEOPLE],
        [tx.evidence.readings(person) for person in PEOPLE],
        [tx.cohorts.of(person) for person in PEOPLE],
        [tx.history.about(person, "paused", "resumed") for person in PEOPLE],
        [tx.history.about(person) for person in PEOPLE],
        [tx.living.offers_to(person) for person in PEOPLE],
        [tx.nudges.records(person, NOW - MINUTE) for person in PEOPLE],
        [tx.nudges.records(person, NOW - 2 * MINUTE) for person in PEOPLE],
        [tx.nudges.snoozed(person, NOW) for person in PEOPLE],
        [tx.nudges.snoozed(person, NOW + MINUTE) for person in PEOPLE],
    ]


def read_ahead(tx: SqlTransaction) -> None:
    tx.interests.warm(PEOPLE)
    tx.evidence.warm(PEOPLE)
    tx.cohorts.warm_of(PEOPLE)
    tx.history.warm(PEOPLE, "paused", "resumed")
    tx.living.warm(PEOPLE)
    tx.nudges.warm(PEOPLE, NOW - MINUTE, NOW)


def add(tx: SqlTransaction) -> None:
    tx.interests.save(interest("ana", status="placed"))
    tx.interests.save(interest("cy"))
    tx.evidence.save_reading("educator-bo", "ladder", "new")
    tx.cohorts.save(cohort("two", "bo", "cy"))
    tx.history.append(said("cy", "paused"), said("ana", "resumed").model_copy(update={"at": NOW + MINUTE}))
    tx.living.save_offer(offer("ana", "yes"))
    tx.living.save_offer(offer("cy"))
    tx.nudges.record(nudge("cy", NOW + MINUTE))
    tx.nudges.mark_opened("educator-bo", NOW)
    tx.nudges.snooze("educator-ana", "step", NOW)
    tx.nudges.snooze("educator-cy", "step", NOW + MINUTE)


async def test_it_is_what_each_says(database: Database) -> None:
    await database.transact(lay)
    one_by_one = await database.transact(look)
    assert await database.transact(lambda tx: (read_ahead(tx), look(tx))[1]) == one_by_one
    assert await database.read(lambda tx: (read_ahead(tx), look(tx))[1]) == one_by_one


async def test_what_is_said_afterwards_is_heard(database: Database) -> None:
    await database.transact(lay)

    def both(tx: SqlTransaction) -> list[object]:
        read_ahead(tx)
        add(tx)
        heard = look(tx)
        read_ahead(tx)
        assert look(tx) == heard
        return heard

    heard = await database.transact(both)
    assert heard == await database.read(look)


async def test_it_says_nothing_of_nobody(database: Database) -> None:
    def work(tx: SqlTransaction) -> None:
        for warm in (tx.interests.warm, tx.evidence.warm, tx.cohorts.warm_of, tx.history.warm, tx.living.warm):
            warm(())
        tx.nudges.warm((), NOW, NOW)
        assert tx.interests.of("educator-ana") == []

    await database.transact(work)
