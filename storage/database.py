"""One door to the database: `transact` runs a plain function over an open transaction.

SQLite: one writer thread, BEGIN IMMEDIATE, whole transactions as functions, many committed together (group commit;
each keeps its own savepoint, so one that raises takes nothing with it). PostgreSQL: the same function through
`run_sync`. Reads for pages go through `read`, on connections of their own that cannot write.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar, TypeVarTuple

import asyncpg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from .transaction import SqlTransaction
from .wiping import empty_log, take_wipe

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
GROUP = 64
# What opening a database raises when it is not there, refuses us or is no database.
UNREACHABLE = (SQLAlchemyError, asyncpg.PostgresError, OSError)


class _Job:
    def __init__(self, work: Callable[[Connection], object]) -> None:
        self.work = work
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[object] = self.loop.create_future()
        self.result: object = None
        self.error: BaseException | None = None

    def run(self, connection: Connection, *, alone: bool) -> None:
        """Alone in its group it needs no savepoint: its error is the whole transaction's."""
        try:
            if alone:
                self.result = self.work(connection)
                return
            with connection.begin_nested():
                self.result = self.work(connection)
        except Exception as error:  # noqa: BLE001 - handed to the caller who awaits it
            self.error = error

    def resolve(self) -> None:
        """On its loop's thread: whoever awaits it goes on."""
        if self.future.cancelled():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


def _settle(group: Sequence[_Job]) -> None:
    """One wake-up for each loop, however many of its jobs are done."""
    for loop in {job.loop for job in group}:
        loop.call_soon_threadsafe(_resolve, [job for job in group if job.loop is loop])


def _resolve(jobs: Sequence[_Job]) -> None:
    for job in jobs:
        job.resolve()


def sqlite_engine(path: str, *, writing: bool, synchronous: str = "FULL") -> Engine:
    # An error of the database must not repeat what people wrote: errors are logged.
    engine = create_engine(f"sqlite:///{path}", connect_args={"check_same_thread": False}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        # Without this the driver opens transactions by itself, and deferred ones: a read that turns into a write
        # then fails at once with SQLITE_BUSY_SNAPSHOT, whatever the time-out.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            "busy_timeout=10000",
            "foreign_keys=ON",
            "secure_delete=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")
        if not writing:
            connection.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


class SqliteDatabase:
    """The database in one file. `synchronous` FULL survives a loss of power, NORMAL a kill of the process."""

    def __init__(self, path: Path, synchronous: str = "FULL") -> None:
        # What people write is in here, so a new one is its owner's alone; SQLite gives -wal and -shm the same mode.
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self.url = f"sqlite:///{path}"
        self._engine = sqlite_engine(str(path), writing=True, synchronous=synchronous)
        self._readers = sqlite_engine(str(path), writing=False)
        self._wipe = False
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="storage-writer", daemon=True)
        self._thread.start()

    async def transact(self, work: Callable[[SqlTransaction, *Ts], T], *args: *Ts) -> T:
        return await self.with_connection(lambda connection: work(SqlTransaction(connection), *args))

    async def with_connection(self, work: Callable[[Connection], T]) -> T:
        job = _Job(work)
        self._jobs.put(job)
        return await job.future  # type: ignore[return-value]

    async def read(self, work: Callable[[SqlTransaction, *Ts], T], *args: *Ts) -> T:
        def look() -> T:
            with self._readers.connect() as connection, connection.begin():
                return work(SqlTransaction(connection), *args)

        return await asyncio.to_thread(look)

    async def close(self) -> None:
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)
        self._readers.dispose()
        await asyncio.to_thread(empty_log, self._engine)
        self._engine.dispose()

    def _write(self) -> None:
        while (first := self._jobs.get()) is not None:
            group = [first]
            stop = self._gather(group)
            self._commit(group)
            _settle(group)
            if stop:
                return

    def _gather(self, group: list[_Job]) -> bool:
        while len(group) < GROUP:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return False
            if job is None:
                return True
            group.append(job)
        return False

    def _commit(self, group: list[_Job]) -> None:
        try:
            with self._engine.begin() as connection:
                for job in group:
                    job.run(connection, alone=len(group) == 1)
                    if job.error is not None and len(group) == 1:
                        connection.rollback()
                self._wipe = take_wipe(connection) or self._wipe
            if self._wipe:
                self._wipe = not empty_log(self._engine)
        except Exception as error:  # noqa: BLE001 - the commit failed: every caller must know
            for job in group:
                job.error = error


class PostgresDatabase:
    """The database on a server."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine: AsyncEngine = create_async_engine(
            make_url(url).set(drivername="postgresql+asyncpg"), pool_size=10, pool_pre_ping=True, hide_parameters=True
        )

    async def transact(self, work: Callable[[SqlTransaction, *Ts], T], *args: *Ts) -> T:
        return await self.with_connection(lambda connection: work(SqlTransaction(connection), *args))

    async def with_connection(self, work: Callable[[Connection], T]) -> T:
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def read(self, work: Callable[[SqlTransaction, *Ts], T], *args: *Ts) -> T:
        async with self._engine.connect() as connection:
            await connection.execution_options(postgresql_readonly=True)
            return await connection.run_sync(lambda opened: work(SqlTransaction(opened), *args))

    async def close(self) -> None:
        await self._engine.dispose()


Database = SqliteDatabase | PostgresDatabase
"""Both offer the same: `transact`, `read`, `with_connection`, `close`. Each raises whatever the function raises, with
nothing kept."""


def open_database(url: str, synchronous: str = "FULL") -> Database:
    """`sqlite:///path` or `postgresql://…`. Raises ValueError for anything else."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        return SqliteDatabase(Path(parsed.database), synchronous)
    if parsed.get_backend_name() == "postgresql":
        return PostgresDatabase(url)
    raise ValueError(f"{url}: the database must be sqlite:///path/to/file or postgresql://user@host/name.")
