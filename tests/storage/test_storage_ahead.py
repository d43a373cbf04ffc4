"""What is read ahead of many people is what each of them says when asked, also after something new was said."""

from cohorts.events import Recorded
from cohorts.people.model import Cohort, Member
from storage.database import PostgresDatabase, SqliteDatabase
from storage.transaction import SqlTransaction
from tests.storage.values import MINUTE, NOW, educator, interest

Database = SqliteDatabase | PostgresDatabase
PEOPLE = [f"educator-{name}" for name in ("ana", "bo", "cy")]


def lay(tx: SqlTransaction) -> None:
    for name in ("ana", "bo"):
        tx.people.save_educator(educator(name))
        tx.interests.save(interest(name))
        tx.evidence.save_reading(f"educator-{name}", "ladder", name)
        tx.history.append(said(name, "paused"), said(name, "joined"))
    tx.cohorts.save(cohort("one", "ana", "bo"))


def cohort(name: str, *members: str) -> Cohort:
    seats = tuple(Member(educator_id=f"educator-{member}") for member in members)
    told = {"microcredential_id": "wait-time", "language": "en", "formed_at": NOW, "facilitator_id": ""}
    return Cohort(id=f"cohort-{name}", name=name, members=seats, **told)


def said(name: str, kind: str) -> Recorded:
    return Recorded(at=NOW, kind=kind, subject=f"educator-{name}", actor=name)


def look(tx: SqlTransaction) -> list[object]:
    return [
        [tx.interests.of(person) for person in PEOPLE],
        [tx.evidence.readings(person) for person in PEOPLE],
        [tx.cohorts.of(person) for person in PEOPLE],
        [tx.history.about(person, "paused", "resumed") for person in PEOPLE],
        [tx.history.about(person) for person in PEOPLE],
    ]


def read_ahead(tx: SqlTransaction) -> None:
    tx.interests.warm(PEOPLE)
    tx.evidence.warm(PEOPLE)
    tx.cohorts.warm_of(PEOPLE)
    tx.history.warm(PEOPLE, "paused", "resumed")


def add(tx: SqlTransaction) -> None:
    tx.interests.save(interest("ana", status="placed"))
    tx.interests.save(interest("cy"))
    tx.evidence.save_reading("educator-bo", "ladder", "new")
    tx.cohorts.save(cohort("two", "bo", "cy"))
    tx.history.append(said("cy", "paused"), said("ana", "resumed").model_copy(update={"at": NOW + MINUTE}))


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
        for warm in (tx.interests.warm, tx.evidence.warm, tx.cohorts.warm_of, tx.history.warm):
            warm(())
        assert tx.interests.of("educator-ana") == []

    await database.transact(work)
