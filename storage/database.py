"""One door to the database: `transact` runs a plain function over an open transaction.

SQLite: one writer thread, BEGIN IMMEDIATE, whole transactions as functions, many committed together (group commit;
each keeps its own savepoint, so one that raises takes nothing with it). PostgreSQL: the same function through
`run_sync`. Reads for pages go through `read`, on connections of their own that cannot write.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TypeVar, TypeVarTuple

import asyncpg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from cohorts.rules import Rules

from .away import without_password
from .dialect import DRIVER, again
from .drivers import data_version, execute_plain
from .listening import Change, Listeners, announced, hear, notify, take_announced, take_stirred
from .memory import forget_changed, memory_of, remember
from .transaction import RULES, SqlTransaction
from .wiping import empty_log, take_wipe

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
GROUP = 64
STATEMENTS = 512
"""So many statements SQLite's driver keeps ready, which is all there are: one that is made anew costs as much as
running it several times."""
PATIENCE = timedelta(seconds=10)
"""So long a transaction waits while somebody else has the file locked."""
ANSWER = timedelta(minutes=1)
"""So long a server may take over one statement: over a line that fell silent it would take for ever."""
# What opening a database raises when it is not there, refuses us or is no database.
UNREACHABLE = (SQLAlchemyError, asyncpg.PostgresError, OSError)


class UnknownDatabaseError(ValueError):
    """The address leads to nothing that can be opened. What it says never repeats a password."""


class Job:
    """A function over the open transaction, and what became of it."""

    def __init__(self, work: Callable[[Connection], object]) -> None:
        self.work = work
        self.result: object = None
        self.error: BaseException | None = None

    def run(self, connection: Connection, *, alone: bool) -> None:
        """Alone in its group it needs no savepoint: its error is the whole transaction's."""
        try:
            if alone:
                self.result = self.work(connection)
                return
            with _savepoint(connection):
                self.result = self.work(connection)
        except Exception as error:  # noqa: BLE001 - handed to the caller who awaits it
            self.error = error

    def outcome(self) -> object:
        """What the function returned. Raises what it raised."""
        if self.error is not None:
            raise self.error
        return self.result


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


@contextmanager
def _savepoint(connection: Connection) -> Iterator[None]:
    """begin_nested, at a tenth of its cost."""
    file = connection.connection.driver_connection
    file.execute("SAVEPOINT job")  # type: ignore[union-attr]
    try:
        yield
    except BaseException:
        if file.in_transaction:  # type: ignore[union-attr]
            file.execute("ROLLBACK TO job")  # type: ignore[union-attr]
            file.execute("RELEASE job")  # type: ignore[union-attr]
        raise
    file.execute("RELEASE job")  # type: ignore[union-attr]


def _settle(group: Sequence[_Awaited]) -> None:
    """One wake-up for each loop, however many of its jobs are done."""
    for loop in {job.loop for job in group}:
        loop.call_soon_threadsafe(_resolve, [job for job in group if job.loop is loop])


def _resolve(jobs: Sequence[_Awaited]) -> None:
    for job in jobs:
        job.resolve()


def _take_back(connection: Connection, error: BaseException, *, alone: bool) -> None:
    """Nothing of a job that failed stays. Raises its error when nothing of the whole group does: a disk that is full
    or broken lets SQLite take back the transaction, and with it what other jobs were about to be told is kept."""
    if memory := memory_of(connection):
        memory.forget_all()
    if alone:
        connection.rollback()
    elif not connection.connection.driver_connection.in_transaction:  # type: ignore[union-attr]
        raise error


def sqlite_engine(path: str, *, writing: bool, synchronous: str = "FULL", patience: timedelta = PATIENCE) -> Engine:
    # An error of the database must not repeat what people wrote: errors are logged.
    connecting = {"check_same_thread": False, "cached_statements": STATEMENTS}
    engine = create_engine(f"sqlite:///{path}", connect_args=connecting, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        # Without this the driver opens transactions by itself, and deferred ones: a read that turns into a write
        # then fails at once with SQLITE_BUSY_SNAPSHOT, whatever the time-out.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            f"busy_timeout={patience // timedelta(milliseconds=1)}",
            "foreign_keys=ON",
            "secure_delete=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")
        if not writing:
            connection.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        execute_plain(connection, "BEGIN IMMEDIATE" if writing else "BEGIN")

    @event.listens_for(engine, "before_execute")
    def before(connection: Connection, statement: object, *_values: object) -> None:
        forget_changed(connection, statement)

    @event.listens_for(engine, "before_cursor_execute")
    def before_text(
        connection: Connection, _cursor: object, _sql: str, _values: object, context: object, *_: object
    ) -> None:
        if getattr(context, "compiled", None) is None:
            forget_changed(connection, None)

    return engine


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
        self._engine = sqlite_engine(str(path), writing=True, synchronous=synchronous, patience=patience)
        self._readers = sqlite_engine(str(path), writing=False)
        self._listeners = Listeners()
        self._writer: Connection | None = None
        self._wipe, self._wrote = False, False
        self._jobs: queue.SimpleQueue[_Awaited | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="storage-writer", daemon=True)
        self._start()

    def _start(self) -> None:
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
        self._close_writer()
        self._readers.dispose()
        if self._wrote:
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

    def _opened(self) -> Connection:
        """The one connection that writes: taking it from the pool for each group would cost as much as the group."""
        if self._writer is None or self._writer.closed:
            self._writer = self._engine.connect()
        return self._writer

    def _begin(self, connection: Connection) -> None:
        """What was read before is forgotten where another process has written since."""
        remember(connection).look(data_version(connection))

    def _forget(self) -> None:
        if self._writer is not None and not self._writer.closed and (memory := memory_of(self._writer)):
            memory.forget_all()

    def _close_writer(self) -> None:
        if self._writer is not None:
            self._writer.close()

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

    def _commit(self, group: Sequence[Job]) -> None:
        try:
            connection = self._opened()
            with connection.begin():
                self._begin(connection)
                take_announced(connection)  # what a transaction that failed has left
                for job in group:
                    before = announced(connection)
                    job.run(connection, alone=len(group) == 1)
                    if job.error is not None:
                        take_announced(connection, before)
                        _take_back(connection, job.error, alone=len(group) == 1)
                stirred, changes = take_stirred(connection), take_announced(connection)
                self._wipe = take_wipe(connection) or self._wipe
            self._wrote = True
            if self._wipe:
                self._wipe = not empty_log(self._engine)
            if stirred:
                self._listeners.call()
            for change in changes:
                self._listeners.tell(change)
        except Exception as error:  # noqa: BLE001 - the commit failed: every caller must know
            self._forget()
            for job in group:
                job.error = error


class PostgresDatabase:
    """The database on a server."""

    def __init__(self, url: str, rules: Rules = RULES, *, answer: timedelta = ANSWER) -> None:
        self.url, self._rules, self._answer = url, rules, answer
        self._engine: AsyncEngine = create_async_engine(
            make_url(url).set(drivername=DRIVER),
            pool_size=10,
            pool_pre_ping=True,
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
            result = work(connection)
            stirred = take_stirred(connection)
            if stirred:
                notify(connection)
            return result, stirred

        async with self._engine.begin() as connection:
            result, stirred = await connection.run_sync(inside)
        if stirred:
            self._listeners.call()
        return result

    async def read(self, work: Callable[[SqlTransaction, *Ts], T], *args: *Ts) -> T:
        async def look() -> T:
            async with self._engine.connect() as opened:
                await opened.execution_options(postgresql_readonly=True)
                return await opened.run_sync(lambda inside: SqlTransaction.carry(inside, self._rules, work, *args))

        return await again(look)

    async def close(self) -> None:
        if self._hearing:
            self._hearing.cancel()
            await asyncio.wait((self._hearing,))
        with suppress(TimeoutError):
            await asyncio.wait_for(self._engine.dispose(), self._answer.total_seconds())


Database = SqliteDatabase | PostgresDatabase
"""Both offer the same: `transact`, `read`, `with_connection`, `listen`, `follow`, `close`. Each raises whatever
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
