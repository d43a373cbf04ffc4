"""Due work: taken by one, done under its token, put off alone, and at rest after the last try."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, text

from cohorts.due_ports import Failed
from storage.database import PostgresDatabase, SqliteDatabase
from storage.queues import due
from storage.queues.due import DueItem
from storage.transaction import SqlTransaction
from tests.storage.values import NOW

Database = SqliteDatabase | PostgresDatabase
MINUTE = timedelta(minutes=1)


async def plan(database: Database, *refs: str, at: datetime = NOW, kind: str = "run") -> None:
    def work(tx: SqlTransaction) -> None:
        for ref in refs:
            tx.due.set(kind, ref, at)

    await database.transact(work)


async def take(database: Database, owner: str = "one", now: datetime = NOW, limit: int = 10) -> Sequence[DueItem]:
    return await database.with_connection(lambda opened: due.take(opened, owner, now, MINUTE, limit))


def refs(items: Sequence[DueItem]) -> list[str]:
    return [item.ref for item in items]


async def test_it_comes_earliest_first_and_what_is_cleared_does_not(database: Database) -> None:
    await plan(database, "b", "a", "gone")
    await plan(database, "later", at=NOW + MINUTE)
    await plan(database, "z", at=NOW - MINUTE, kind="digest")
    await database.transact(lambda tx: tx.due.clear("run", "gone"))
    assert refs(await take(database, limit=2)) == ["z", "a"]
    assert refs(await take(database, "two")) == ["b"]
    assert await take(database, "three") == []


async def test_what_somebody_left_behind_is_taken_with_a_newer_token(database: Database) -> None:
    await plan(database, "a")
    [ours] = await take(database)
    assert await database.with_connection(lambda opened: due.is_ours(opened, ours, NOW))
    [theirs] = await take(database, "two", NOW + MINUTE)
    assert theirs.token > ours.token
    assert not await database.with_connection(lambda opened: due.is_ours(opened, ours, NOW))
    assert not await database.with_connection(lambda opened: due.put_off(opened, ours, NOW + MINUTE, "x"))
    assert not await database.with_connection(lambda opened: due.bury(opened, ours, "x", NOW))
    assert await database.with_connection(lambda opened: due.is_ours(opened, theirs, NOW + MINUTE))


async def test_what_somebody_could_not_read_stays_due_for_whoever_can(database: Database) -> None:
    await plan(database, "newer", "known", at=NOW - MINUTE)
    [newer, known] = sorted(await take(database), key=lambda item: item.ref, reverse=True)
    assert await database.with_connection(lambda opened: due.leave(opened, newer))
    await database.transact(lambda tx: tx.due.set("run", known.ref, NOW + MINUTE))

    async def take_for(*, unread: bool) -> Sequence[DueItem]:
        return await database.with_connection(
            lambda opened: due.take(opened, "two", NOW, MINUTE, 9, ("run",), unread=unread)
        )

    async def next_for(*, unread: bool) -> datetime | None:
        return await database.with_connection(lambda opened: due.next_at(opened, ("run",), unread=unread))

    assert await next_for(unread=False) == NOW + MINUTE
    assert await take_for(unread=False) == []
    assert await next_for(unread=True) == NOW - MINUTE
    [taken] = await take_for(unread=True)
    assert (taken.ref, taken.at, taken.attempts) == ("newer", NOW - MINUTE, 0)
    # Nor does its lease, should whoever took it die, wake those who cannot read it.
    assert await next_for(unread=False) == NOW + MINUTE
    assert not await database.with_connection(lambda opened: due.leave(opened, newer))


async def test_what_was_planned_anew_meanwhile_is_not_done(database: Database) -> None:
    await plan(database, "a")
    [ours] = await take(database)
    await plan(database, "a", at=NOW + 5 * MINUTE)
    assert not await database.with_connection(lambda opened: due.is_ours(opened, ours, NOW))
    assert await database.with_connection(due.next_at) == NOW + 5 * MINUTE


async def test_the_bell_wakes_when_a_lease_ends(database: Database) -> None:
    await plan(database, "a")
    assert await database.with_connection(due.next_at) == NOW
    await take(database)
    assert await database.with_connection(due.next_at) == NOW + MINUTE
    await plan(database, "b", at=NOW + MINUTE / 2)
    assert await database.with_connection(due.next_at) == NOW + MINUTE / 2


async def test_a_failure_backs_off_alone(database: Database) -> None:
    await plan(database, "a", "b")
    ours, other = await take(database)
    assert await database.with_connection(lambda opened: due.put_off(opened, ours, NOW + 2 * MINUTE, "Broke"))
    await database.with_connection(lambda opened: due.give_back(opened, other))
    assert refs(await take(database)) == ["b"]
    [again] = [item for item in await take(database, now=NOW + 2 * MINUTE) if item.ref == "a"]
    assert again.attempts == 1


async def test_after_the_last_try_it_rests_until_it_is_revived(database: Database) -> None:
    await plan(database, "a")
    [ours] = await take(database)
    assert await database.with_connection(lambda opened: due.bury(opened, ours, "Broke", NOW))
    assert await take(database, now=NOW + 60 * MINUTE) == []
    assert await database.with_connection(due.next_at) is None
    [rests] = await database.with_connection(due.dead)
    assert (rests.kind, rests.ref, rests.error, rests.dead_at) == ("run", "a", "Broke", NOW)
    assert not await database.transact(lambda tx: tx.due.revive("run", "other", NOW))
    assert await database.transact(lambda tx: tx.due.revive("run", "a", NOW + MINUTE))
    assert not await database.transact(lambda tx: tx.due.revive("run", "a", NOW + MINUTE))
    [again] = await take(database, now=NOW + MINUTE)
    assert again.attempts == 0


async def test_a_new_plan_wakes_what_rests(database: Database) -> None:
    await plan(database, "a")
    [ours] = await take(database)
    await database.with_connection(lambda opened: due.bury(opened, ours, "Broke", NOW))
    await plan(database, "a", at=NOW + MINUTE)
    assert refs(await take(database, now=NOW + MINUTE)) == ["a"]


async def test_whoever_takes_at_once_gets_different_work(database: Database) -> None:
    await plan(database, *(f"r{number:02}" for number in range(40)))
    taken = await asyncio.gather(*(take(database, f"w{number}", limit=7) for number in range(8)))
    everything = [ref for items in taken for ref in refs(items)]
    assert len(everything) == len(set(everything))
    left = await take(database, "last", limit=100)
    assert sorted([*everything, *refs(left)]) == [f"r{number:02}" for number in range(40)]


async def test_it_is_heard_when_something_is_planned(database: Database) -> None:
    heard = asyncio.Event()
    database.listen(heard.set)
    await asyncio.sleep(0.3)  # a server needs a moment until it listens
    heard.clear()
    await database.transact(lambda tx: tx.inbox.receive("slack", "1", NOW))
    assert not heard.is_set()
    await plan(database, "a")
    async with asyncio.timeout(5):
        await heard.wait()


async def test_what_failed_is_told_by_kind_until_it_is_planned_anew(database: Database) -> None:
    await plan(database, "resting", "again", "fine", "other", kind="search")
    await plan(database, "of another kind")
    found = {item.ref: item for item in await take(database)}
    await database.with_connection(lambda opened: due.bury(opened, found["resting"], "MemoryError", NOW + MINUTE))
    for ref in ("again", "other", "of another kind"):
        await database.with_connection(lambda opened, ref=ref: due.put_off(opened, found[ref], NOW + MINUTE, "x"))
    await database.transact(lambda tx: tx.due.set("search", "other", NOW))
    assert await database.transact(lambda tx: tx.due.failed("search")) == {
        "resting": Failed(at=NOW + MINUTE, error="MemoryError", rests=True),
        "again": Failed(at=NOW + MINUTE, error="x", rests=False),
    }
    assert await database.transact(lambda tx: tx.due.revive("search", "resting", NOW) and tx.due.failed("search")) == {
        "again": Failed(at=NOW + MINUTE, error="x", rests=False)
    }


ROWS_READ = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables WHERE relname = 'due'"


async def test_a_batch_of_a_backlog_is_looked_at_again_alone(database: Database) -> None:
    """However much is due beside it; the server has counted none of it yet."""
    if isinstance(database, SqliteDatabase):
        pytest.skip("SQLite is asked for one after the other")
    await plan(database, *(f"r{number}" for number in range(2_000)))
    taken = await take(database, limit=20)

    def read(opened: Connection) -> int:
        opened.execute(text("SELECT pg_stat_force_next_flush()"))
        return int(opened.execute(text(ROWS_READ)).scalar_one())

    before = await database.with_connection(read)
    ours = await database.with_connection(lambda opened: due.are_ours(opened, taken, NOW))
    await database.with_connection(read)
    after = await database.with_connection(read)
    assert ours == set(taken)
    assert after - before < 10 * len(taken)
