"""The database is locked, full or cut off: who was told "kept" has it kept, and work goes on when it is back."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from bot.dispatcher import Dispatcher
from bot.scheduler import BACKOFF, Bell
from bot.simulator.platform import SimulatedChat
from storage.database import PostgresDatabase, SqliteDatabase, open_database
from storage.migrate import upgrade
from storage.queues import due
from storage.queues.due import DueItem
from storage.queues.notes import keep_note, note
from storage.transaction import SqlTransaction
from tests.faults.test_delivery_limits import Line, numbered
from tests.storage.values import NOW

LONG = "x" * 20_000


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    database = SqliteDatabase(tmp_path / "cohortium.db", "OFF", patience=timedelta(milliseconds=200))
    await database.with_connection(upgrade)
    yield database
    await database.close()


def leave_room(connection: Connection, pages: int) -> None:
    used = connection.exec_driver_sql("pragma page_count").scalar()
    connection.exec_driver_sql(f"pragma max_page_count={used + pages}")


async def keep(database: SqliteDatabase, key: str, value: str) -> None:
    await database.transact(lambda tx: keep_note(tx.connection, key, value))


async def test_when_the_disk_is_full_nobody_in_the_group_is_told_kept_for_what_is_gone(file: SqliteDatabase) -> None:
    """SQLite takes the whole transaction back, not just the statement: those before it in the group must hear of it."""
    await file.with_connection(lambda opened: leave_room(opened, 2))
    values = {f"note-{number}": LONG if number == 5 else "short" for number in range(10)}
    told = await asyncio.gather(*(keep(file, key, value) for key, value in values.items()), return_exceptions=True)
    kept = await file.read(lambda tx: {key for key in values if note(tx.connection, key)})
    assert {key for key, error in zip(values, told, strict=True) if error is None} == kept
    assert isinstance(told[5], Exception)


async def test_when_there_is_room_again_all_goes_on(file: SqliteDatabase) -> None:
    line = Line(file)
    await line.enqueue("T1", "r", *numbered("r", 30))
    await file.with_connection(lambda opened: leave_room(opened, 0))
    with pytest.raises(Exception, match="full"):
        await keep(file, "large", LONG)
    with pytest.raises(Exception, match="full"):
        await line.enqueue("T1", "r", *[f"more-{number}-{'x' * 500}" for number in range(200)])
    await file.with_connection(lambda opened: leave_room(opened, 10_000))
    await line.enqueue("T1", "r", "last")
    await line.run()
    assert line.said() == [*numbered("r", 30), "last"]
    assert line.chat.doubled == 0


async def test_a_lock_that_others_hold_for_a_while_loses_and_doubles_nothing(
    file: SqliteDatabase, tmp_path: Path
) -> None:
    """A copy or a check of the file may hold its lock longer than we wait: that attempt fails, the next ones do not."""
    line = Line(file)
    await line.enqueue("T1", "r", *numbered("r", 3))

    class Locking(SimulatedChat):
        """While the first message is on its way, somebody locks the database."""

        async def send(self, *args: Any) -> str:
            if not self.accepted:
                other.execute("begin immediate")
            return await super().send(*args)

    with closing(sqlite3.connect(tmp_path / "cohortium.db", isolation_level=None, timeout=0)) as other:
        line.chat = Locking("slack", line.now)
        line.dispatcher = line.worker("one")
        with pytest.raises(Exception, match="locked"):
            await line.dispatcher.deliver_due()
        assert line.said() == ["r-000"]
        other.execute("rollback")
    await line.run()
    assert line.said() == numbered("r", 3)
    assert await line.states() == {"sent": 3}


async def test_the_bell_rings_on_after_the_database_was_away(file: SqliteDatabase, tmp_path: Path) -> None:
    line = Line(file)
    bell = Bell(file, line.dispatcher, line.now)
    with closing(sqlite3.connect(tmp_path / "cohortium.db", isolation_level=None, timeout=0)) as other:
        other.execute("begin immediate")
        await bell.start()
        try:
            assert bell.rings_at is not None
        finally:
            other.execute("rollback")
            await bell.stop()


class Answerless:
    """A database whose commits go through while the answer to the next one is lost on the way."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.lost = inner, False

    async def transact(self, work: Any, *args: Any) -> Any:
        result = await self.inner.transact(work, *args)
        if self.lost and getattr(work, "__name__", "") == "_perform":
            self.lost = False
            raise ConnectionResetError("the answer to the commit is lost")
        return result


def plan_anew(tx: SqlTransaction, ref: str, now: Any) -> None:
    tx.due.set("digest", ref, now + timedelta(days=1))


async def test_a_commit_whose_answer_is_lost_keeps_the_plan_it_made(database: Any) -> None:
    """Done and planned for tomorrow; told that it failed, the worker must not put the new plan off to soon."""
    held = Answerless(database)
    bell = Bell(held, Dispatcher(held, {}, lambda: NOW), lambda: NOW, work={"digest": plan_anew})  # type: ignore[arg-type]
    await database.transact(lambda tx: tx.due.set("digest", "ana", NOW))
    held.lost = True
    await bell.do_due()
    assert not held.lost
    assert await database.transact(lambda tx: tx.due.at("digest", "ana")) == NOW + timedelta(days=1)
    assert BACKOFF[0] < timedelta(days=1)


async def test_an_old_token_is_not_good_for_a_row_made_anew(database: Any) -> None:
    """Cleared and planned again a row counts its takings from the start: who took the old one is still fenced off."""

    def again(tx: SqlTransaction) -> tuple[DueItem, DueItem]:
        tx.due.set("run", "a", NOW)
        (old,) = due.take(tx.connection, "one", NOW, timedelta(seconds=20), 9)
        tx.due.clear("run", "a")
        tx.due.set("run", "a", NOW)
        (new,) = due.take(tx.connection, "two", NOW, timedelta(seconds=20), 9)
        return old, new

    old, new = await database.transact(again)
    assert not await database.transact(lambda tx: due.put_off(tx.connection, old, NOW + timedelta(days=9), "slow"))
    assert await database.transact(lambda tx: due.put_off(tx.connection, new, NOW + timedelta(days=1), "tried"))


@pytest.mark.postgres
@pytest.mark.xdist_group("postgres")
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_connection_lost_in_a_commit_loses_and_doubles_nothing(postgres_server: Any, when: str) -> None:
    """The server cuts every line of ours while a delivery is settled, before or after it is committed."""
    postgres_server.psql(f"CREATE DATABASE cut_{when};")
    database = open_database(postgres_server.get_uri(f"cut_{when}"))
    try:
        await database.with_connection(upgrade)
        line = Line(database)
        await line.enqueue("T1", "r", *numbered("r", 4))
        cut = Cut(database, when)
        line.dispatcher = Dispatcher(cut, {"slack": line.chat}, line.now, "one")  # type: ignore[arg-type]
        for _ in range(20):
            with suppress(DBAPIError, OSError):  # as the loop that runs it: whatever it was, it goes on
                await line.run()
        assert cut.times == 2
        assert line.said() == numbered("r", 4)
        assert await line.states() == {"sent": 4}
    finally:
        await database.close()


class Cut:
    """Twice, in a transaction that settles something, every connection of this database is ended by the server."""

    def __init__(self, inner: PostgresDatabase, when: str) -> None:
        self.inner, self.when, self.times, self.seen = inner, when, 0, 0

    async def transact(self, work: Any, *args: Any) -> Any:
        if getattr(work, "__name__", "") != "<lambda>" or self.times == 2:
            return await self.inner.transact(work, *args)
        self.seen += 1
        if self.seen % 2:
            return await self.inner.transact(work, *args)
        self.times += 1
        if self.when == "after":
            await self.inner.transact(work, *args)
            raise ConnectionError("connection lost after the commit")

        def last_words(tx: SqlTransaction) -> Any:
            result = work(tx, *args)
            tx.connection.exec_driver_sql("select pg_terminate_backend(pg_backend_pid())")
            return result

        return await self.inner.transact(last_words)


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.xdist_group("postgres")
async def test_two_that_wait_for_one_another_on_a_server_are_both_done(postgres_server: Any) -> None:
    """The server ends one of the two; it is begun again."""
    postgres_server.psql("CREATE DATABASE crossed;")
    database = open_database(postgres_server.get_uri("crossed"))
    try:
        await database.with_connection(upgrade)
        await database.transact(lambda tx: [keep_note(tx.connection, key, "") for key in "ab"])

        def crossing(tx: SqlTransaction, first: str, second: str) -> None:
            keep_note(tx.connection, first, f"{note(tx.connection, first)}{first}")
            tx.connection.exec_driver_sql("select pg_sleep(0.3)")
            keep_note(tx.connection, second, f"{note(tx.connection, second)}{first}")

        await asyncio.gather(database.transact(crossing, "a", "b"), database.transact(crossing, "b", "a"))
        kept = await database.transact(lambda tx: [note(tx.connection, key) for key in "ab"])
        assert [sorted(value or "") for value in kept] == [["a", "b"], ["a", "b"]]
    finally:
        await database.close()
