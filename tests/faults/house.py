"""A house whose process can die: everything it does to the world goes through doors that count, and may not open again.

Our own code is never patched: the doors are handed in through constructors, where the database and the chats go in.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from bot.dispatcher import QUIET_PERIOD, Dispatcher
from bot.scheduler import Bell
from bot.simulator.platform import Accepted, SimulatedChat
from cohorts.events import Event, Response
from cohorts.messages import Message
from cohorts.ports import Limits
from cohorts.usecases.receive import receive
from storage.database import Database, SqliteDatabase
from storage.queues.agenda import end_leases
from storage.transaction import RULES, SqlTransaction

T = TypeVar("T")

SHOWS_AFTER = timedelta(seconds=3)
"""So long the platforms here take until a message they accepted is found: less than the quiet period."""


class Killed(BaseException):
    """The process is gone. No handler of ours may stop this."""


class Undone(Exception):  # noqa: N818 - not an error
    """Takes the open transaction back: the process died before it was committed."""


class Fate:
    """Counts the points at which a process can die, and lets it die at one: from there on nothing goes through."""

    def __init__(self, at: int | None = None, dies: Callable[[int, str], bool] | None = None) -> None:
        self._dies = dies or (lambda number, _: number == at)
        self.passed: list[str] = []
        self.dead = False

    def reach(self, what: str) -> None:
        self.go_on()
        self.passed.append(what)
        if self._dies(len(self.passed) - 1, what):
            self.dead = True
            raise Killed(what)

    def go_on(self) -> None:
        if self.dead:
            raise Killed("long gone")


ENGINES: dict[Path, Any] = {}
"""Kept for their statements in SQL, which every process would make the same. Their connections are not."""


class OneThread(SqliteDatabase):
    """The real file and the real commit, but on the caller's thread: what happens has one order only, so that the
    points of one run are those of every other."""

    def __init__(self, path: Path, synchronous: str) -> None:
        super().__init__(path, synchronous)
        self._writer.engine = ENGINES.setdefault(path, self._writer.engine)

    async def with_connection(self, work: Callable[[Any], T]) -> T:
        return self._writer.do(work)


class MortalDatabase:
    """The real database behind a door: "before commit" is inside the open transaction, "after commit" is after it."""

    def __init__(self, inner: Database, fate: Fate) -> None:
        self.inner, self.fate = inner, fate

    def listen(self, callback: Callable[[], None]) -> None:
        self.inner.listen(callback)

    def follow(self, callback: Callable[[Any], None]) -> None:
        self.inner.follow(callback)

    async def transact(self, work: Callable[..., T], *args: Any) -> T:
        name = getattr(work, "__name__", "work")
        return await self._pass(name, lambda opened: SqlTransaction.carry(opened, RULES, work, *args))

    async def with_connection(self, work: Callable[[Any], T]) -> T:
        return await self._pass(getattr(work, "__name__", "work"), work)

    async def read(self, work: Callable[..., T], *args: Any) -> T:
        self.fate.go_on()
        return await self.inner.read(work, *args)

    async def close(self) -> None:
        await self.inner.close()

    async def _pass(self, name: str, work: Callable[[Any], T]) -> T:
        self.fate.go_on()

        def inside(opened: Any) -> T:
            result = work(opened)
            try:
                self.fate.reach(f"before commit of {name}")
            except Killed as killed:
                raise Undone from killed
            return result

        try:
            result = await self.inner.with_connection(inside)
        except Undone:
            raise Killed(name) from None
        self.fate.reach(f"after commit of {name}")
        return result


class MortalChat:
    """A platform behind a door: "before send", and "after send": it has accepted and the answer is lost."""

    def __init__(self, inner: SimulatedChat, fate: Fate) -> None:
        self.inner, self.fate = inner, fate

    @property
    def platform(self) -> str:
        return self.inner.platform

    @property
    def limits(self) -> Limits:
        return self.inner.limits

    async def open_room(self, *args: Any) -> str:
        return await self._pass("open_room", self.inner.open_room(*args))

    async def open_direct(self, *args: Any) -> str:
        return await self._pass("open_direct", self.inner.open_direct(*args))

    async def add_people(self, *args: Any) -> None:
        await self._pass("add_people", self.inner.add_people(*args))

    async def close_room(self, *args: Any) -> None:
        await self._pass("close_room", self.inner.close_room(*args))

    async def remove_people(self, *args: Any) -> None:
        await self._pass("remove_people", self.inner.remove_people(*args))

    async def send(self, *args: Any) -> str:
        return await self._pass("send", self.inner.send(*args))

    async def update(self, *args: Any) -> None:
        await self._pass("update", self.inner.update(*args))

    async def delete(self, *args: Any) -> None:
        await self._pass("delete", self.inner.delete(*args))

    async def find(self, *args: Any) -> str | None:
        return await self._pass("find", self.inner.find(*args))

    async def _pass(self, name: str, call: Coroutine[Any, Any, T]) -> T:
        try:
            self.fate.reach(f"before {name}")
            await asyncio.sleep(0)  # others go on while it is on its way
        except (Killed, asyncio.CancelledError):
            call.close()
            raise
        result = await call
        await asyncio.sleep(0)
        self.fate.reach(f"after {name}")
        return result


class Ledger(SimulatedChat):
    """A simulated platform that also keeps edits, and shows to a look-up only what it took some while ago."""

    shows_after = SHOWS_AFTER

    def __init__(self, platform: str, now: Callable[[], datetime], **named: Any) -> None:
        super().__init__(platform, now, **named)
        self.edits: dict[str, list[Message]] = {}
        self.opened: list[str] = []
        self.looked_up = 0

    async def open_room(self, key: str, workspace: str, name: str, topic: str, people: Iterable[str]) -> str:
        self.opened.append(key)
        return await super().open_room(key, workspace, name, topic, people)

    async def update(self, workspace: str, conversation: str, message_id: str, message: Message) -> None:
        await super().update(workspace, conversation, message_id, message)
        self.edits.setdefault(self.key_of(message_id), []).append(message)

    async def find(self, key: str, *where: Any) -> str | None:
        self.looked_up += 1
        found = await super().find(key, *where)
        shown = [each for each in self.accepted if each.key == key and each.at + self.shows_after <= self._now()]
        return found if shown else None

    def key_of(self, message_id: str) -> str:
        return next((key for key, known in self._ids.items() if known == message_id), message_id)

    def final(self, each: Accepted) -> Message:
        return (self.edits.get(each.key) or [each.message])[-1]

    def copied(self, now: Callable[[], datetime]) -> "Ledger":
        """Another that has lived through the same, by this clock from now on."""
        other = type(self)(self.platform, now, keeps_keys=self._keeps_keys, faults=self._faults, seed=self._seed)
        other.limits = self.limits
        other.accepted, other._ids = list(self.accepted), dict(self._ids)
        other.edits, other.opened = {key: list(made) for key, made in self.edits.items()}, list(self.opened)
        return other


@dataclass
class MortalHouse:
    """What `bot.app.House` is, with one fate over all of it."""

    database: MortalDatabase
    chats: Mapping[str, MortalChat]
    dispatcher: Dispatcher
    bell: Bell
    now: Callable[[], datetime]

    async def handle(self, event: Event) -> Response:
        """Acknowledged when this returns: a platform repeats what was not."""
        response = await self.database.transact(receive, event, self.now())
        await self.dispatcher.deliver_due()
        return response


Build = Callable[..., Dispatcher]


@dataclass
class Doors:
    """How a house is built, so that a mutant can be built instead."""

    dispatcher: Build = Dispatcher
    bell: Callable[..., Bell] = Bell
    chat: Callable[[SimulatedChat, Fate], Any] = MortalChat
    house: Callable[..., MortalHouse] = MortalHouse
    quiet: timedelta = QUIET_PERIOD

    def build(
        self,
        inner: Database,
        ledgers: Mapping[str, Ledger],
        now: Callable[[], datetime],
        fate: Fate,
        *,
        owner: str = "worker",
    ) -> MortalHouse:
        database = MortalDatabase(inner, fate)
        chats = {name: self.chat(ledger, fate) for name, ledger in ledgers.items()}
        dispatcher = self.dispatcher(database, chats, now, owner)
        return self.house(database, chats, dispatcher, self.bell(database, dispatcher, now), now)

    async def begin_again(self, house: MortalHouse) -> None:
        """As `cohortium run` does when it is alone."""
        await house.database.transact(end_leases, house.now() + self.quiet)


async def settle_tasks() -> None:
    """What a dead process left on the loop runs into its closed doors and ends."""
    left: set[Awaitable[Any]] = set(asyncio.all_tasks()) - {asyncio.current_task()}  # type: ignore[arg-type]
    if left:
        await asyncio.wait(left, timeout=5)  # type: ignore[type-var]
