"""Work that is done together: what fails, moves or is held in a batch concerns nobody else in it."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy import select

from bot.dispatcher import Dispatcher
from bot.scheduler import BACKOFF, BATCH, LEASE, Bell
from cohorts.events import Recorded
from cohorts.ports import Delivery
from storage.database import PostgresDatabase, SqliteDatabase
from storage.prepared import Row
from storage.queues import due
from storage.queues.notes import LAST_TICK, note
from storage.tables import DueRow, OutboxRow, table_of
from storage.transaction import SqlTransaction
from tests.faults.house import Fate, Killed, MortalDatabase
from tests.storage.values import NOW

Database = SqliteDatabase | PostgresDatabase
Work = Callable[[Any, str, datetime], None]
DUE, OUTBOX = table_of(DueRow), table_of(OutboxRow)
HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
TAKEN_OVER = timedelta(seconds=30)
TAKES = timedelta(seconds=0.05)
"""So long each piece of a backlog takes."""


def bell(database: Database, work: Work, owner: str = "worker") -> Bell:
    return Bell(database, Dispatcher(database, {}, lambda: NOW, owner=owner), lambda: NOW, work={"step": work})


def step(tx: SqlTransaction, ref: str, now: datetime) -> None:
    """What a step does: it says something, remembers it and is planned again."""
    letter = Delivery(key=f"{ref}:{now.date()}", platform="local", workspace="w", conversation=ref, not_before=now)
    tx.outbox.add(letter, now)
    tx.history.append(Recorded(at=now, kind="stepped", subject=ref, actor="timekeeper"))
    tx.due.set("step", ref, now + WEEK)


async def plan(database: Database, count: int) -> list[str]:
    refs = [f"s{number:03}" for number in range(count)]
    await database.transact(lambda tx: [tx.due.set("step", ref, NOW) for ref in refs])
    return refs


async def planned(database: Database) -> dict[str, Row]:
    query = select(DUE).order_by(DUE.c.ref)
    return {row.ref: row for row in await database.read(lambda tx: tx.connection.execute(query).all())}


async def said(database: Database) -> list[str]:
    query = select(OUTBOX.c.conversation).order_by(OUTBOX.c.conversation)
    return list(await database.read(lambda tx: tx.connection.execute(query).scalars().all()))


async def remembered(database: Database, ref: str) -> int:
    return len(await database.read(lambda tx: tx.history.about(ref)))


async def test_what_fails_in_a_batch_takes_nothing_else_with_it(database: Database) -> None:
    def fail_some(tx: SqlTransaction, ref: str, now: datetime) -> None:
        step(tx, ref, now)
        if ref in ("s003", "s011"):
            raise RuntimeError("after everything was written")

    refs = await plan(database, 20)
    assert await bell(database, fail_some).do_due() == 20
    whole = [ref for ref in refs if ref not in ("s003", "s011")]
    assert await said(database) == whole
    rows = await planned(database)
    assert {ref: rows[ref].at for ref in whole} == dict.fromkeys(whole, NOW + WEEK)
    assert [(rows[ref].at, rows[ref].attempts, rows[ref].error) for ref in ("s003", "s011")] == [
        (NOW + BACKOFF[0], 1, "RuntimeError")
    ] * 2
    assert [await remembered(database, ref) for ref in ("s002", "s003")] == [1, 0]


async def test_work_that_stays_due_is_found_in_a_batch_too(database: Database) -> None:
    def forget(tx: SqlTransaction, ref: str, now: datetime) -> None:
        if ref == "s001":
            tx.history.append(Recorded(at=now, kind="stepped", subject=ref, actor="timekeeper"))
        else:
            step(tx, ref, now)

    await plan(database, 4)
    await bell(database, forget).do_due()
    rows = await planned(database)
    assert (rows["s001"].at, rows["s001"].error) == (NOW + BACKOFF[0], "NotMovedError")
    assert await said(database) == ["s000", "s002", "s003"]


async def test_what_an_earlier_one_has_moved_is_not_done_in_the_same_batch(database: Database) -> None:
    def move_next(tx: SqlTransaction, ref: str, now: datetime) -> None:
        step(tx, ref, now)
        if ref == "s000":
            tx.due.set("step", "s001", now + 2 * WEEK)
            tx.due.clear("step", "s002")
            tx.due.set("step", "s003", now)

    await plan(database, 5)
    await bell(database, move_next).do_due()
    assert await said(database) == ["s000", "s003", "s004"]
    rows = await planned(database)
    assert list(rows) == ["s000", "s001", "s003", "s004"]
    assert rows["s001"].at == NOW + 2 * WEEK


@pytest.mark.parametrize("workers", [2, 3])
async def test_workers_share_what_is_due_and_do_each_thing_once(database: Database, workers: int) -> None:
    refs = await plan(database, 160)
    bells = [bell(database, step, f"worker {number}") for number in range(workers)]
    done = await asyncio.gather(*(each.do_due() for each in bells))
    assert sum(done) == len(refs)
    assert await said(database) == refs
    assert {row.at for row in (await planned(database)).values()} == {NOW + WEEK}


@pytest.mark.parametrize("store", ["postgres"])
@pytest.mark.postgres
@pytest.mark.xdist_group("postgres")
async def test_what_somebody_else_holds_keeps_nobody_in_the_batch_waiting(database: PostgresDatabase) -> None:
    refs = await plan(database, 6)
    other = await asyncpg.connect(database.url)
    held = other.transaction()
    mine = bell(database, step)
    items = await database.transact(lambda tx: due.take(tx.connection, "worker", NOW, timedelta(seconds=20), 9))
    await held.start()
    await other.execute("SELECT 1 FROM due WHERE ref = 's002' FOR UPDATE")
    doing = asyncio.create_task(mine._do_all(items, NOW))
    try:
        while len(await said(database)) < len(refs) - 1:  # noqa: ASYNC110 - the others' commit is what is waited for
            await asyncio.sleep(0.01)
        assert not doing.done()
        await held.commit()
        await doing
    finally:
        await other.close()
    assert await said(database) == refs


class Backlog:
    """Much more than a batch, by a clock that goes on with every piece done."""

    def __init__(self, database: Database) -> None:
        self.database, self.at = database, NOW
        self.done: dict[str, datetime] = {}
        self.held_for: list[timedelta] = []
        """What was left of the lease of what was done, at each piece."""

    def now(self) -> datetime:
        return self.at

    def bell(self, owner: str, database: Any = None) -> Bell:
        over = database or self.database
        dispatcher = Dispatcher(over, {}, self.now, owner=owner)
        return Bell(over, dispatcher, self.now, work={"step": self._work})

    def _work(self, tx: Any, ref: str, now: datetime) -> None:
        held = tx.connection.execute(select(DUE.c.lease_until).where(DUE.c.ref == ref)).scalar_one()
        self.at += TAKES
        self.held_for.append(held - self.at)
        self.done[ref] = self.at
        tx.due.set("step", ref, now + WEEK)


async def test_in_a_long_round_every_batch_is_held_from_its_own_taking(database: Database) -> None:
    backlog = Backlog(database)
    refs = await plan(database, 16 * BATCH)
    await backlog.bell("worker").do_due()
    assert sorted(backlog.done) == refs
    assert backlog.at - NOW > LEASE
    assert min(backlog.held_for) > timedelta()


async def test_what_a_dead_worker_had_is_taken_over_in_the_middle_of_anothers_long_round(database: Database) -> None:
    backlog = Backlog(database)
    refs = await plan(database, 16 * BATCH)
    fate = Fate(dies=lambda _, what: what == "before commit of _perform_all")
    with pytest.raises(Killed):
        await backlog.bell("victim", MortalDatabase(database, fate)).do_due()
    left = {ref for ref, row in (await planned(database)).items() if row.owner == "victim"}
    assert left
    died, backlog.done = backlog.at, {}
    await backlog.bell("heir").do_due()
    assert sorted(backlog.done) == refs
    taken_over = max(backlog.done[ref] for ref in left)
    assert taken_over - died < TAKEN_OVER
    assert max(backlog.done.values()) > taken_over  # there was more to do than that


async def test_in_a_long_round_the_bell_is_heard_to_ring(database: Database) -> None:
    heard = list[timedelta]()

    class Watched(Backlog):
        def _work(self, tx: Any, ref: str, now: datetime) -> None:
            super()._work(tx, ref, now)
            kept = note(tx.connection, LAST_TICK)
            heard.append(self.at - datetime.fromisoformat(kept or (NOW - WEEK).isoformat()))

    backlog = Watched(database)
    await plan(database, 16 * BATCH)
    await backlog.bell("worker").do_due()
    assert backlog.at - NOW > LEASE
    assert max(heard) < LEASE


async def test_a_worker_leaves_work_of_a_kind_it_does_not_know_to_one_that_does(database: Database) -> None:
    """While a new version comes in, a worker of the old one meets what only the new one can do: it neither fails at it
    nor keeps it, and rings no faster for it."""

    def new_kind(tx: SqlTransaction, ref: str, now: datetime) -> None:
        tx.due.set("novel", ref, now + WEEK)

    def lay(tx: SqlTransaction) -> None:
        tx.due.set("step", "s000", NOW)
        for number in range(2 * BATCH):
            tx.due.set("novel", f"n{number:03}", NOW - HOUR)

    old = bell(database, step, "old")
    new = Bell(
        database,
        Dispatcher(database, {}, lambda: NOW, owner="new"),
        lambda: NOW,
        work={"step": step, "novel": new_kind},
    )
    await database.transact(lay)
    assert await old.do_due() == 1
    assert {(row.attempts, row.error, row.owner) for row in (await planned(database)).values()} == {(0, "", "")}
    assert await database.transact(lambda tx: due.next_at(tx.connection, ("step",))) == NOW + WEEK
    assert await new.do_due() == 2 * BATCH
    assert {row.at for row in (await planned(database)).values()} == {NOW + WEEK}
