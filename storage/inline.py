"""A database that one loop has to itself and nobody needs afterwards: a simulated network's."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, TypeVarTuple, cast

from sqlalchemy import Connection

from .database import Job, SqliteDatabase
from .drivers import execute_plain
from .memory import remember
from .transaction import SqlTransaction

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
FLEETING = ("locking_mode=EXCLUSIVE", "journal_mode=MEMORY", "secure_delete=OFF", "cache_size=-16000")
"""Nobody else opens the file, and it is gone with the process: no lock is taken anew for each transaction, and what
takes a transaction back is in memory."""


class InlineDatabase(SqliteDatabase):
    """A file that one loop has to itself, on its own thread: nothing runs beside it, so one order of events is the
    only one, and a clock that leaps from event to event never leaps over a commit."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "OFF")

    def _start(self) -> None:
        """No thread."""

    def _opened(self) -> Connection:
        is_new = self._writer is None or self._writer.closed
        connection = super()._opened()
        if is_new:
            for pragma in FLEETING:
                execute_plain(connection, f"PRAGMA {pragma}")
        return connection

    def _begin(self, connection: Connection) -> None:
        """Nobody else has written."""
        remember(connection)

    async def with_connection(self, work: Callable[[Connection], T]) -> T:
        job = Job(work)
        self._commit([job])
        return cast("T", job.outcome())

    async def read(self, work: Callable[[SqlTransaction, *Ts], T], *args: *Ts) -> T:
        return await self.transact(work, *args)

    async def close(self) -> None:
        self._close_writer()
        self._readers.dispose()
        self._engine.dispose()
