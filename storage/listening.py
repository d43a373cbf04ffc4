"""Who wants to know at once that something was written down.

A transaction that plans or enqueues says `stir`. Once it has committed, those who listen are called: in this process
directly, in others through PostgreSQL's NOTIFY. It carries nothing: who hears it asks the database. What changes in
the local chat is announced the same way, and says where; on a server the writer's own process hears it from there
too, so that everybody hears all of it in the order of the commits.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

import asyncpg
from sqlalchemy import Connection, text

from cohorts.values import Frozen

CHANNEL = "cohortium_stirred"
NOTIFY = f"NOTIFY {CHANNEL}"
"""With this in a transaction other processes hear of its commit."""
CHANGES = "cohortium_changed"
PAUSE = 2.0
"""Seconds between attempts to hear again after the line to the server was lost."""
BEAT = 15.0
"""Seconds after which a silent line is tried: one that was lost without a word would be silent for ever."""
ANSWER = 5.0
LONGEST = 7000
"""Bytes of one announcement; PostgreSQL takes fewer than 8,000."""
_MARK, _ANNOUNCED = "stirred", "announced"
_TELL = text("select pg_notify(:channel, :said)")


class Change(Frozen):
    """Something in a room of the local chat is new or different, and `audience` may see it. `number` grows with every
    message's change; 0 is the room itself."""

    number: int = 0
    room_id: str = ""
    message_id: int = 0
    thread_id: int | None = None
    audience: tuple[str, ...] = ()


def stir(connection: Connection) -> None:
    """Those who listen are called when this transaction has committed."""
    connection.info[_MARK] = True


def take_stirred(connection: Connection) -> bool:
    """Whether anything was stirred since this was last asked."""
    return bool(connection.info.pop(_MARK, False))


def announce(connection: Connection, change: Change) -> None:
    """Those who follow hear of it when this transaction has committed, and never otherwise."""
    if connection.dialect.name == "sqlite":
        connection.info.setdefault(_ANNOUNCED, []).append(change)
        return
    for piece in pieces(change):
        connection.execute(_TELL, {"channel": CHANGES, "said": piece})


def announced(connection: Connection) -> int:
    """How many announcements this connection's transaction holds."""
    return len(connection.info.get(_ANNOUNCED, ()))


def take_announced(connection: Connection, kept: int = 0) -> Sequence[Change]:
    """The announcements after the first `kept`, which the connection then no longer holds."""
    held: list[Change] = connection.info.get(_ANNOUNCED, [])
    taken = held[kept:]
    del held[kept:]
    return taken


def pieces(change: Change) -> Iterator[str]:
    """The change as texts of at most LONGEST bytes, each for a part of its audience."""
    said = change.model_dump_json()
    if len(said.encode()) <= LONGEST or len(change.audience) < 2:
        yield said
        return
    half = len(change.audience) // 2
    for part in (change.audience[:half], change.audience[half:]):
        yield from pieces(change.model_copy(update={"audience": part}))


class Listeners:
    """Callbacks, each called on the loop it came from."""

    def __init__(self) -> None:
        self._stirred: list[tuple[asyncio.AbstractEventLoop, Callable[[], None]]] = []
        self._following: list[tuple[asyncio.AbstractEventLoop, Callable[[Change | None], None]]] = []

    def add(self, callback: Callable[[], None]) -> None:
        self._stirred.append((asyncio.get_running_loop(), callback))

    def follow(self, callback: Callable[[Change | None], None]) -> None:
        self._following.append((asyncio.get_running_loop(), callback))

    def call(self) -> None:
        """From any thread. A loop that has ended hears nothing more."""
        for loop, callback in tuple(self._stirred):
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(callback)

    def tell(self, change: Change | None) -> None:
        """Like `call`. None: something may have changed that nobody heard of."""
        for loop, callback in tuple(self._following):
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(callback, change)


async def hear(url: str, listeners: Listeners) -> None:
    """Calls the listeners whenever another process stirs, until cancelled. A lost line is taken up again."""
    while True:
        with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await _hear_once(url, listeners)
        await asyncio.sleep(PAUSE)


async def _hear_once(url: str, listeners: Listeners) -> None:
    ended = asyncio.Event()
    connection = await asyncpg.connect(url)
    try:
        connection.add_termination_listener(lambda _: ended.set())
        await connection.add_listener(CHANNEL, lambda *_: listeners.call())
        await connection.add_listener(CHANGES, lambda *heard: listeners.tell(Change.model_validate_json(heard[-1])))
        listeners.call()  # something may have come while nobody heard
        listeners.tell(None)
        while not ended.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), BEAT)
                return
            await connection.execute("SELECT 1", timeout=ANSWER)
    finally:
        await _hang_up(connection)


async def _hang_up(connection: asyncpg.Connection) -> None:
    """A server that does not answer is not waited for."""
    with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        await connection.close(timeout=ANSWER)
    connection.terminate()
