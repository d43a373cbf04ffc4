"""The one connection that writes to a SQLite file: whole transactions as functions, many committed together.

Each keeps its own savepoint, so one that raises takes nothing with it. The transaction is begun and ended by the
driver itself; SQLAlchemy takes part once something goes through it.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from .drivers import begin_plain, data_version, is_begun, savepoint, whole
from .listening import Change, Listeners, announced, take_announced, take_stirred
from .memory import forget_changed, memory_of, remember
from .wiping import empty_log, take_wipe

T = TypeVar("T")
STATEMENTS = 512
"""So many statements SQLite's driver keeps ready, which is all there are: one that is made anew costs as much as
running it several times."""
PATIENCE = timedelta(seconds=10)
"""So long a transaction waits while somebody else has the file locked."""


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
            with savepoint(connection):
                self.result = self.work(connection)
        except Exception as error:  # noqa: BLE001 - handed to the caller who awaits it
            self.error = error

    def outcome(self) -> object:
        """What the function returned. Raises what it raised."""
        if self.error is not None:
            raise self.error
        return self.result


class Writer:
    """Commits, and calls those who listen. For one thread at a time."""

    def __init__(self, engine: Engine, listeners: Listeners) -> None:
        self.engine, self._listeners = engine, listeners
        self._connection: Connection | None = None
        self._wipe, self._wrote = False, False

    def do(self, work: Callable[[Connection], T]) -> T:
        """One by itself. Raises what it raises, with nothing kept."""
        job = Job(work)
        self.commit([job])
        return cast("T", job.outcome())

    def commit(self, group: Sequence[Job]) -> None:
        """All of them in one transaction; each knows afterwards what became of it."""
        try:
            connection = self._opened()
            with whole(connection):
                self._look(connection)
                stirred, changes = _run_all(connection, group)
                self._wipe = take_wipe(connection) or self._wipe
            self._wrote = True
            if self._wipe:
                self._wipe = not empty_log(self.engine)
            self._tell(changes, stirred=stirred)
        except Exception as error:  # noqa: BLE001 - the commit failed: every caller must know
            self._forget()
            for job in group:
                job.error = error

    def close(self) -> None:
        """Leaves no log behind."""
        if self._connection is not None:
            self._connection.close()
        if self._wrote:
            empty_log(self.engine)
        self.engine.dispose()

    def _opened(self) -> Connection:
        """Kept: taking it from the pool for each group would cost as much as the group."""
        if self._connection is None or self._connection.closed:
            self._connection = self.engine.connect()
        return self._connection

    def _look(self, connection: Connection) -> None:
        """What was read before is forgotten where another process has written since."""
        remember(connection).look(data_version(connection))

    def _tell(self, changes: Sequence[Change], *, stirred: bool) -> None:
        if stirred:
            self._listeners.call()
        for change in changes:
            self._listeners.tell(change)

    def _forget(self) -> None:
        """Of a transaction that failed nothing is known, and nobody is told."""
        connection = self._connection
        if connection is None or connection.closed:
            return
        take_stirred(connection), take_announced(connection)
        if memory := memory_of(connection):
            memory.forget_all()


def _run_all(connection: Connection, group: Sequence[Job]) -> tuple[bool, Sequence[Change]]:
    """Whether any has stirred, and what was announced; nothing of those that failed."""
    alone = len(group) == 1
    for job in group:
        before = 0 if alone else announced(connection)
        job.run(connection, alone=alone)
        if job.error is not None:
            take_announced(connection, before)
            _take_back(connection, job.error, alone=alone)
    return take_stirred(connection), take_announced(connection)


def _take_back(connection: Connection, error: BaseException, *, alone: bool) -> None:
    """Nothing of a job that failed stays. Raises its error when nothing of the whole group does: there is no other job,
    or a disk that is full or broken let SQLite take back the transaction, and with it what others were about to be
    told is kept."""
    if memory := memory_of(connection):
        memory.forget_all()
    if alone or not is_begun(connection):
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
        begin_plain(connection, immediate=writing)

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
