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
        connection.info[_KEPT] = kept = _Sqlite(connection.dialect, raw)
        return kept if raw.in_transaction else None
    return _Server(connection, raw) if isinstance(raw, asyncpg.Connection) and raw.is_in_transaction() else None


def execute_plain(connection: Connection, sql: str) -> None:
    """A statement without values or rows, such as BEGIN IMMEDIATE, on SQLite."""
    _Sqlite(connection.dialect, cast("sqlite3.Connection", connection.connection.driver_connection)).change(sql, ())


def data_version(connection: Connection) -> int:
    """Another number whenever another connection has changed the SQLite file."""
    raw = cast("sqlite3.Connection", connection.connection.driver_connection)
    return int(raw.execute("PRAGMA data_version").fetchone()[0])


class _Sqlite:
    __slots__ = ("_dialect", "raw")

    def __init__(self, dialect: Dialect, raw: sqlite3.Connection) -> None:
        self._dialect, self.raw = dialect, raw

    def rows(self, sql: str, values: Sequence[Any]) -> Sequence[Found]:
        return self._run(sql, values).fetchall()

    def first(self, sql: str, values: Sequence[Any]) -> Found | None:
        return cast("Found | None", self._run(sql, values).fetchone())

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

    def _wait(self, sql: str, ask: Callable[[Any], Awaitable[T]]) -> T:
        with self._telling(sql):
            return cast("T", self._connection.connection.dbapi_connection.run_async(ask))  # type: ignore[union-attr]

    @contextmanager
    def _telling(self, sql: str) -> Iterator[None]:
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
