"""SQLAlchemy's own way to a server, which does not wait for ever for one that fell silent, and tries again where that
can do no harm."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from math import inf
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError

from cohorts.ports import StaleError

T = TypeVar("T")

DRIVER = "postgresql+patient"
FRESH = timedelta(seconds=1)
"""A line that answered so lately is not asked again: asking takes three ways to the server and back, as many as a
short transaction. Where it is lost meanwhile, the transaction is begun again on another."""
TRIES = 12
"""So often a transaction on a server is begun when others are always first."""
LINES = 3
"""On so many lines it is tried when each is lost."""
OVERTAKEN = ("40001", "40P01", "23505", "55P03")
"""Not serializable, deadlock, a unique key that somebody else has just made, and a table that others have open."""


class Patient(PGDialect_asyncpg):
    """A line that does not answer before it is used is a lost one: another takes its place, and that of all others."""

    supports_statement_cache = True

    def __init__(self, **given: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own
        super().__init__(**given)  # type: ignore[no-untyped-call]
        self._answered: WeakKeyDictionary[Any, float] = WeakKeyDictionary()

    def do_ping(self, dbapi_connection: DBAPIConnection) -> bool:
        raw: Any = dbapi_connection.driver_connection
        if raw.is_closed():
            return False
        now = asyncio.get_running_loop().time()
        if now - self._answered.get(raw, -inf) < FRESH.total_seconds():
            return True
        try:
            answered = bool(super().do_ping(dbapi_connection))  # type: ignore[no-untyped-call]
        except TimeoutError:
            return False
        self._answered[raw] = now
        return answered


registry.register("postgresql.patient", __name__, Patient.__name__)


def _was_overtaken(error: StaleError | DBAPIError) -> bool:
    """By a transaction that changed or made the same rows at the same moment: on a server they run side by side."""
    return isinstance(error, StaleError) or getattr(error.orig, "sqlstate", "") in OVERTAKEN


def _was_cut_off(error: StaleError | DBAPIError) -> bool:
    """The line was lost while a statement ran, so before the commit was asked for: nothing is kept. Of a commit
    nobody knows, and its error names no statement."""
    return isinstance(error, DBAPIError) and error.connection_invalidated and error.statement is not None


async def again(once: Callable[[], Awaitable[T]]) -> T:
    """What it gives, tried again where others were first, and a few times where the line was lost."""
    for tried in range(1, TRIES):
        try:
            return await once()
        except (StaleError, DBAPIError) as error:
            if not _was_overtaken(error) and not (tried < LINES and _was_cut_off(error)):
                raise
        await asyncio.sleep(0.005 * tried)
    return await once()
