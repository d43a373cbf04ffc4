"""One door to the database: `transact` runs a plain function over an open transaction.

SQLite: one writer thread, whole transactions as functions, many committed together (`storage.writing`). PostgreSQL:
the same function through `run_sync`. Reads for pages go through `read`, on connections of their own that cannot write.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TypeVar, TypeVarTuple

import asyncpg
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from cohorts.rules import Rules

from .away import without_password
from .dialect import DRIVER, again
from .drivers import served
from .inline import InlineDatabase
from .listening import NOTIFY, Change, Listeners, hear, take_stirred
from .transaction import RULES, SqlTransaction
from .writing import PATIENCE, Job, Writer, sqlite_engine

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
GROUP = 64
ANSWER = timedelta(minutes=1)
"""So long a server may take over one statement: over a line that fell silent it would take for ever."""
# What opening a database raises when it is not there, refuses us or is no database.
UNREACHABLE = (SQLAlchemyError, asyncpg.PostgresError, OSError)


class UnknownDatabaseError(ValueError):
    """The address leads to nothing that can be opened. What it says never repeats a password."""


class _Awaited(Job):
    """One for the writer's thread; whoever wants it done awaits `future` on their loop."""

    def __init__(self, work: Callable[[Connection], object]) -> None:
        super().__init__(work)
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[object] = self.loop.create_future()

    def resolve(self) -> None:
        """On its loop's thread: whoever awaits it goes on."""
        if self.future.cancelled():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


def _settle(group: Sequence[_Awaited]) -> None:
    """One wake-up for each loop, however many of its jobs are done."""
    for loop in {job.loop for job in group}:
        loop.call_soon_threadsafe(_resolve, [job for job in group if job.loop is loop])


def _resolve(jobs: Sequence[_Awaited]) -> None:
    for job in jobs:
        job.resolve()


class SqliteDatabase:
    """The database in one file. `synchronous` FULL survives a loss of power, NORMAL a kill of the process."""

    def __init__(
        self,
        path: Path,
        synchronous: str = "FULL",
        rules: Rules = RULES,
        *,
        patience: timedelta = PATIENCE,
    ) -> None:
        # What people write is in here, so a new one is its owner's alone; SQLite gives -wal and -shm the same mode.
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self.url, self._rules = f"sqlite:///{path}", rules
        self._listeners = Listeners()
        engine = sqlite_engine(str(path), writing=True, synchronous=synchronous, patience=patience)
        self._writer = Writer(engine, self._listeners)
        self._readers = sqlite_engine(str(path), writing=False)
        self._jobs: queue.SimpleQueue[_Awaited | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="storage-writer", daemon=True)
        self._thread.start()

    def listen(self, callback: Callable[[], None]) -> None:
        """Called on this loop after every commit that planned or enqueued something."""
        self._listeners.add(callback)

    def follow(self, callback: Callable[[Change | None], None]) -> None:
        """Called on this loop with every change in the local chat, in the order of the commits."""
        self._listeners.follow(callback)

    async def transact(self, work: Callable[[SqlTransaction, *Ts], T], *args: *Ts) -> T:
        return await self.with_connection(lambda opened: SqlTransaction.carry(opened, self._rules, work, *args))

    async def with_connection(self, work: Callable[[Connection], T]) -> T:
        job = _Awaited(work)
        self._jobs.put(job)
        return await job.future  # type: ignore[return-value]

    async def read(self, work: Callable[[SqlTransaction, *Ts], T], *args: *Ts) -> T:
        return await asyncio.to_thread(lambda: self._look(work, *args))

    def _look(self, work: Callable[[SqlTransaction, *Ts], T], *args: *Ts) -> T:
        with self._readers.connect() as connection, connection.begin():
            return SqlTransaction.carry(connection, self._rules, work, *args)

    async def close(self) -> None:
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)
        self._readers.dispose()
        await asyncio.to_thread(self._writer.close)

    def _write(self) -> None:
        while (first := self._jobs.get()) is not None:
            group = [first]
            stop = self._gather(group)
            self._writer.commit(group)
            _settle(group)
            if stop:
                return

    def _gather(self, group: list[_Awaited]) -> bool:
        while len(group) < GROUP:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return False
            if job is None:
                return True
            group.append(job)
        return False


class PostgresDatabase:
    """The database on a server."""

    def __init__(self, url: str, rules: Rules = RULES, *, answer: timedelta = ANSWER) -> None:
        self.url, self._rules, self._answer = url, rules, answer
        self._engine: AsyncEngine = create_async_engine(
            make_url(url).set(drivername=DRIVER),
            pool_size=10,
            pool_pre_ping=True,
            isolation_level="AUTOCOMMIT",  # we begin and commit by ourselves (`served`)
            hide_parameters=True,
            connect_args={"command_timeout": answer.total_seconds()},
        )
        self._listeners = Listeners()
        self._hearing: asyncio.Task[None] | None = None

    def listen(self, callback: Callable[[], None]) -> None:
        """Called on this loop after every commit, here or elsewhere, that planned or enqueued something."""
        self._listeners.add(callback)
        self._hear()

    def follow(self, callback: Callable[[Change | None], None]) -> None:
        """Called on this loop with every change in the local chat, here or elsewhere, in the order of the commits.
        None: the line to the server was not there for a while, so some may have gone unheard."""
        self._listeners.follow(callback)
        self._hear()

    def _hear(self) -> None:
        if self._hearing is None:
            self._hearing = asyncio.create_task(hear(self.url, self._listeners))

    async def transact(self, work: Callable[[SqlTransaction, *Ts], T], *args: *Ts) -> T:
        return await self.with_connection(lambda opened: SqlTransaction.carry(opened, self._rules, work, *args))

    async def with_connection(self, work: Callable[[Connection], T]) -> T:
        """Where another transaction was first, or the line was lost before the commit, everything is loaded and decided
        again."""
        return await again(lambda: self._once(work))

    async def _once(self, work: Callable[[Connection], T]) -> T:
        def inside(connection: Connection) -> tuple[T, bool]:
            take_stirred(connection)  # what a transaction that failed has left on a pooled connection
            with connection.begin(), served(connection) as last:
                result = work(connection)
                stirred = take_stirred(connection)
                last.extend([NOTIFY] if stirred else [])
            return result, stirred

        async with self._engine.connect() as connection:
            result, stirred = await connection.run_sync(inside)
        if stirred:
            self._listeners.call()
        return result

    async def read(self, work: Callable[[SqlTransaction, *Ts], T], *args: *Ts) -> T:
        def inside(connection: Connection) -> T:
            with connection.begin(), served(connection, "BEGIN READ ONLY"):
                return SqlTransaction.carry(connection, self._rules, work, *args)

        async def look() -> T:
            async with self._engine.connect() as connection:
                return await connection.run_sync(inside)

        return await again(look)

    async def close(self) -> None:
        if self._hearing:
            self._hearing.cancel()
            await asyncio.wait((self._hearing,))
        with suppress(TimeoutError):
            await asyncio.wait_for(self._engine.dispose(), self._answer.total_seconds())


Database = SqliteDatabase | PostgresDatabase | InlineDatabase
"""All offer the same: `transact`, `read`, `with_connection`, `listen`, `follow`, `close`. Each raises whatever
the function raises, with nothing kept."""


def open_database(url: str, synchronous: str = "FULL", rules: Rules = RULES) -> Database:
    """`sqlite:///path` or `postgresql://…`; its transactions carry `rules`.

    Raises UnknownDatabaseError for anything else.
    """
    wanted = "the database must be sqlite:///path/to/file or postgresql://user@host/name."
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise UnknownDatabaseError(f"This is no address of a database: {wanted}") from None
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        return SqliteDatabase(Path(parsed.database), synchronous, rules)
    if parsed.get_backend_name() == "postgresql":
        return PostgresDatabase(url, rules)
    raise UnknownDatabaseError(f"{without_password(url)}: {wanted}")
