"""Who wants to know at once that something was written down that may be due or may go out.

A transaction that plans or enqueues says `stir`. Once it has committed, those who listen are called: in this process
directly, in others through PostgreSQL's NOTIFY. It carries nothing: who hears it asks the database.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import asyncpg
from sqlalchemy import Connection

CHANNEL = "cohortium_stirred"
PAUSE = 2.0
"""Seconds between attempts to hear again after the line to the server was lost."""
_MARK = "stirred"


def stir(connection: Connection) -> None:
    """Those who listen are called when this transaction has committed."""
    connection.info[_MARK] = True


def take_stirred(connection: Connection) -> bool:
    """Whether anything was stirred since this was last asked."""
    return bool(connection.info.pop(_MARK, False))


def notify(connection: Connection) -> None:
    """Other processes hear of it with the commit."""
    connection.exec_driver_sql(f"NOTIFY {CHANNEL}")


class Listeners:
    """Callbacks, each called on the loop it came from."""

    def __init__(self) -> None:
        self._callbacks: list[tuple[asyncio.AbstractEventLoop, Callable[[], None]]] = []

    def add(self, callback: Callable[[], None]) -> None:
        self._callbacks.append((asyncio.get_running_loop(), callback))

    def call(self) -> None:
        """From any thread. A loop that has ended hears nothing more."""
        for loop, callback in tuple(self._callbacks):
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(callback)


async def hear(url: str, listeners: Listeners) -> None:
    """Calls the listeners whenever another process stirs, until cancelled. A lost line is taken up again."""
    while True:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await _hear_once(url, listeners)
        await asyncio.sleep(PAUSE)


async def _hear_once(url: str, listeners: Listeners) -> None:
    ended = asyncio.Event()
    connection = await asyncpg.connect(url)
    try:
        connection.add_termination_listener(lambda _: ended.set())
        await connection.add_listener(CHANNEL, lambda *_: listeners.call())
        listeners.call()  # something may have come while nobody heard
        await ended.wait()
    finally:
        await connection.close()
