"""A database that one loop has to itself and nobody needs afterwards: a simulated network's."""

import sqlite3
from collections.abc import Callable
from functools import cache
from typing import TypeVar, TypeVarTuple, cast

from sqlalchemy import Connection

from .listening import Change, Listeners
from .memory import remember
from .migrate import upgrade
from .transaction import RULES, SqlTransaction
from .writing import Writer, sqlite_engine

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class InlineDatabase:
    """In memory, in the newest shape, and on the thread of the one loop that has it: nothing runs beside it, so one
    order of events is the only one, and a clock that leaps from event to event never leaps over a commit."""

    url = "sqlite://"

    def __init__(self) -> None:
        self._listeners = Listeners()
        self._writer = _Alone(sqlite_engine(":memory:", writing=True), self._listeners)
        self._writer.shape()

    def listen(self, callback: Callable[[], None]) -> None:
        """Called on this loop after every commit that planned or enqueued something."""
        self._listeners.add(callback)

    def follow(self, callback: Callable[[Change | None], None]) -> None:
        """Called on this loop with every change in the local chat, in the order of the commits."""
        self._listeners.follow(callback)

    async def transact(self, work: Callable[[SqlTransaction, *Ts], T], *args: *Ts) -> T:
        return self._writer.do(lambda opened: SqlTransaction.carry(opened, RULES, work, *args))

    async def with_connection(self, work: Callable[[Connection], T]) -> T:
        return self._writer.do(work)

    async def read(self, work: Callable[[SqlTransaction, *Ts], T], *args: *Ts) -> T:
        return await self.transact(work, *args)

    async def close(self) -> None:
        self._writer.close()


class _Alone(Writer):
    """Nobody else ever writes to what it has, and nothing of it is left for anybody to find."""

    def shape(self) -> None:
        """To be called once, before anything else."""
        file = _raw(self._opened())
        file.execute("PRAGMA secure_delete=OFF")
        _raw(_shaped()).backup(file)

    def _look(self, connection: Connection) -> None:
        remember(connection)


@cache
def _shaped() -> Connection:
    """What the migrations make of nothing: they run once in a process, and each database begins as a copy."""
    connection = sqlite_engine(":memory:", writing=True).connect()
    with connection.begin():
        upgrade(connection)
    return connection


def _raw(connection: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", connection.connection.driver_connection)
