"""The two drivers below SQLAlchemy, each as what a prepared statement wants of it: rows, the first row, a change.

What goes wrong is told as SQLAlchemy tells it, without the values: they may be what people wrote.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar, cast

import asyncpg
from sqlalchemy import Connection
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

T = TypeVar("T")
Found = Sequence[Any]
"""The values of a row, in order."""
_KEPT = "driver"
KEPT_BROKEN = "23"
"""What PostgreSQL's codes begin with where a key or a rule of the tables was broken."""
ENDED = ("08", "57P")
"""The same where the line was lost, or the server is about to end it."""


class Driver(Protocol):
    def rows(self, sql: str, values: Sequence[Any]) -> Sequence[Found]: ...
    def first(self, sql: str, values: Sequence[Any]) -> Found | None: ...
    def change(self, sql: str, values: Sequence[Any]) -> int:
        """How many rows it changed."""
        ...

    def each(self, sql: str, many: Sequence[Sequence[Any]]) -> int:
        """The same for each of these; how many rows were changed in all, 0 where the driver does not say."""
        ...


def driver_of(connection: Connection) -> Driver | None:
    """The driver while a transaction of ours is open on it; None before that."""
    kept: _Sqlite | None = connection.info.get(_KEPT)
    if kept is not None:
        return kept if kept.raw.in_transaction else None
    raw = connection.connection.driver_connection
    if isinstance(raw, sqlite3.Connection):
        return _file(connection) if raw.in_transaction else None
    return _Server(connection, raw) if isinstance(raw, asyncpg.Connection) and raw.is_in_transaction() else None


def begin_plain(connection: Connection, *, immediate: bool) -> None:
    """On SQLite, where it has not begun yet. Immediate: nobody else writes from now on."""
    file = _file(connection)
    if not file.raw.in_transaction:
        file.change("BEGIN IMMEDIATE" if immediate else "BEGIN", ())


def is_begun(connection: Connection) -> bool:
    """Whether a transaction is open on this SQLite file, whoever began it: SQLite itself may have taken it back."""
    return _file(connection).raw.in_transaction


@contextmanager
def whole(connection: Connection) -> Iterator[None]:
    """Alone in writing to a SQLite file: kept when the block ends, taken back when it raises.

    The driver begins and commits: SQLAlchemy's own way costs as much as a small transaction, and is gone only where
    a statement went through it.
    """
    file = _file(connection)
    file.change("BEGIN IMMEDIATE", ())
    try:
        yield
        if connection.in_transaction():
            connection.commit()
        else:
            file.change("COMMIT", ())  # raises where SQLite has taken it back meanwhile
    except BaseException:
        connection.rollback()
        file.raw.rollback()
        raise


@contextmanager
def savepoint(connection: Connection) -> Iterator[None]:
    """begin_nested, at a tenth of its cost."""
    file = _file(connection).raw
    file.execute("SAVEPOINT job")
    try:
        yield
    except BaseException:
        if file.in_transaction:
            file.execute("ROLLBACK TO job")
            file.execute("RELEASE job")
        raise
    file.execute("RELEASE job")


@contextmanager
def served(connection: Connection, begin: str = "BEGIN") -> Iterator[list[str]]:
    """A transaction on a server, from inside a function that `run_sync` runs; SQLAlchemy is to leave it to us.

    Statements put into the list are said together with the commit, in one way there and back.
    """
    server = _Server(connection, cast("asyncpg.Connection", connection.connection.driver_connection))
    server.say(begin)
    last: list[str] = []
    try:
        yield last
        server.commit("; ".join([*last, "COMMIT"]))
    except BaseException:
        server.take_back()
        raise


def data_version(connection: Connection) -> int:
    """Another number whenever another connection has changed the SQLite file."""
    return int(_file(connection).raw.execute("PRAGMA data_version").fetchone()[0])


def _file(connection: Connection) -> "_Sqlite":
    kept: _Sqlite | None = connection.info.get(_KEPT)
    if kept is None:
        raw = cast("sqlite3.Connection", connection.connection.driver_connection)
        kept = connection.info[_KEPT] = _Sqlite(connection.dialect, raw)
    return kept


class _Sqlite:
    __slots__ = ("_dialect", "raw")

    def __init__(self, dialect: Dialect, raw: sqlite3.Connection) -> None:
        self._dialect, self.raw = dialect, raw

    def rows(self, sql: str, values: Sequence[Any]) -> Sequence[Found]:
        return self._run(sql, values).fetchall()

    def first(self, sql: str, values: Sequence[Any]) -> Found | None:
        found: Found | None = self._run(sql, values).fetchone()
        return found

    def change(self, sql: str, values: Sequence[Any]) -> int:
        return self._run(sql, values).rowcount

    def each(self, sql: str, many: Sequence[Sequence[Any]]) -> int:
        try:
            return self.raw.executemany(sql, many).rowcount
        except sqlite3.Error as error:
            raise self._told(sql, error) from error

    def _run(self, sql: str, values: Sequence[Any]) -> sqlite3.Cursor:
        try:
            return self.raw.execute(sql, values)
        except sqlite3.Error as error:
            raise self._told(sql, error) from error

    def _told(self, sql: str, error: sqlite3.Error) -> BaseException:
        return DBAPIError.instance(sql, None, error, sqlite3.Error, hide_parameters=True, dialect=self._dialect)


class ServerError(Exception):
    """What the server said, without its details: they quote what was to be written. `sqlstate` is its code."""

    def __init__(self, said: str, sqlstate: str) -> None:
        super().__init__(said)
        self.sqlstate = sqlstate


class _Server:
    """asyncpg, from inside a function that `run_sync` runs."""

    __slots__ = ("_connection", "_raw")

    def __init__(self, connection: Connection, raw: asyncpg.Connection) -> None:
        self._connection, self._raw = connection, raw

    def rows(self, sql: str, values: Sequence[Any]) -> Sequence[Found]:
        return self._wait(sql, lambda raw: raw.fetch(sql, *values))

    def first(self, sql: str, values: Sequence[Any]) -> Found | None:
        found: Found | None = self._wait(sql, lambda raw: raw.fetchrow(sql, *values))
        return found

    def change(self, sql: str, values: Sequence[Any]) -> int:
        said = self._wait(sql, lambda raw: raw.execute(sql, *values))
        return int(said.rpartition(" ")[2])

    def each(self, sql: str, many: Sequence[Sequence[Any]]) -> int:
        self._wait(sql, lambda raw: raw.executemany(sql, many))
        return 0

    def say(self, sql: str) -> None:
        """Without values; several statements are one message."""
        self._wait(sql, lambda raw: raw.execute(sql))

    def commit(self, sql: str) -> None:
        """Its error names no statement: whether it was kept nobody knows."""
        self._wait(None, lambda raw: raw.execute(sql))

    def take_back(self) -> None:
        """A line on which that fails is not used again."""
        if self._connection.invalidated or not self._raw.is_in_transaction():
            return
        try:
            self.say("ROLLBACK")
        except DBAPIError:
            self._connection.invalidate()

    def _wait(self, sql: str | None, ask: Callable[[Any], Awaitable[T]]) -> T:
        with self._telling(sql):
            return cast("T", self._connection.connection.dbapi_connection.run_async(ask))  # type: ignore[union-attr]

    @contextmanager
    def _telling(self, sql: str | None) -> Iterator[None]:
        try:
            yield
        except asyncio.CancelledError:
            self._connection.invalidate()  # nobody knows what it still says
            raise
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            code = str(getattr(error, "sqlstate", None) or "")
            lost = self._raw.is_closed() or code.startswith(ENDED)
            if lost:
                self._connection.invalidate(error)
            told = ServerError(str(error.args[0]) if error.args else type(error).__name__, code)
            kind = IntegrityError if code.startswith(KEPT_BROKEN) else OperationalError if lost else DBAPIError
            raise kind(sql, None, told, hide_parameters=True, connection_invalidated=lost) from None
