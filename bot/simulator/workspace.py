"""A simulated platform as its readers see it: who is in which conversation, what stands there, and since when."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.demo.plans import Heard
from cohorts.ids import draw
from cohorts.messages import Message
from cohorts.send_errors import RateLimitedError

from .platform import SimulatedChat

HANGS = 3600.0
"""Seconds until an answer that nobody waits for so long."""


class Standing:
    """A message where it stands. `said` is the hash of what it says now; `readers` could see it when it came."""

    __slots__ = ("at", "conversation", "key", "readers", "reviews", "said")

    def __init__(self, key: str, conversation: str, at: datetime, message: Message, readers: tuple[str, ...]) -> None:
        self.key, self.conversation, self.at, self.readers = key, conversation, at, readers
        self.said = hash(message)
        self.reviews = sum(getattr(block, "text", "").startswith("**") for block in message.blocks[1:])


class Workspace(SimulatedChat):
    """It takes its time, loses answers, shows a message to look-ups only after a while, and remembers what stands.

    Nothing it holds is asked of us: figures counted from it are what readers got.
    """

    def __init__(self, platform: str, now: Callable[[], datetime], **named: Any) -> None:  # noqa: ANN401 - SimulatedChat's own
        super().__init__(platform, now, **named)
        self.standing: dict[str, Standing] = {}
        self.doubled_keys = 0
        self.limited = 0
        self.lookups = 0
        self.calls = 0
        self._people: dict[str, dict[str, None]] = {}
        self._news: list[Heard] = []

    @property
    def doubled(self) -> int:
        return self.doubled_keys

    def people_in(self, conversation: str) -> tuple[str, ...]:
        kind, _, user = conversation.partition("/")
        return (user,) if kind == "direct" else tuple(self._people.get(conversation, ()))

    def take_news(self) -> Sequence[Heard]:
        """What was said since this was last asked."""
        news, self._news = self._news, []
        return news

    def whisper(self, key: str, user: str, conversation: str, message: Message) -> None:
        """Shown to one person at once, as the answer to what they pressed. It stands nowhere."""
        if user in self.people_in(conversation):
            self._tell(
                Heard(id=key, key=key, room=conversation, thread="", at=self._now(), message=message, readers=(user,))
            )

    async def open_room(self, key: str, workspace: str, name: str, topic: str, people: Iterable[str]) -> str:
        await self._travel("open", key)
        room = await super().open_room(key, workspace, name, topic, ())
        self._people.setdefault(room, {}).update(dict.fromkeys(people))
        return room

    async def open_direct(self, workspace: str, user: str) -> str:
        await self._travel("open", user)
        return await super().open_direct(workspace, user)

    async def add_people(self, workspace: str, conversation: str, people: Iterable[str]) -> None:
        await self._travel("add", conversation)
        await super().add_people(workspace, conversation, ())
        self._people.setdefault(conversation, {}).update(dict.fromkeys(people))

    async def remove_people(self, workspace: str, conversation: str, people: Iterable[str]) -> None:
        await self._travel("remove", conversation)
        await super().remove_people(workspace, conversation, ())
        for user in people:
            self._people.get(conversation, {}).pop(user, None)

    async def send(self, key: str, workspace: str, conversation: str, message: Message, thread: str = "") -> str:
        await self._travel("to", key)
        try:
            sent = await super().send(key, workspace, conversation, message, thread)
        except RateLimitedError:
            self.limited += 1
            raise
        await self._answer(key)
        return sent

    async def update(self, workspace: str, conversation: str, message_id: str, message: Message) -> None:
        await self._travel("to", message_id)
        self._let_in(workspace, conversation)
        key = f"update {message_id}"
        self._tries[key] += 1
        self._fail_before(key)
        self.standing[message_id].said = hash(message)
        self._fail_after(key)
        await self._answer(key)

    async def find(
        self, key: str, workspace: str, conversation: str, thread: str = "", since: datetime | None = None
    ) -> str | None:
        self.lookups += 1
        await self._travel("find", key)
        found = await super().find(key, workspace, conversation, thread, since)
        if found is None or self._now() - self.standing[found].at < timedelta(seconds=self._faults.shows_after):
            return None
        return found

    def _accept(self, key: str, workspace: str, conversation: str, message: Message, thread: str) -> None:  # noqa: ARG002
        if key in self._ids:
            self.doubled_keys += 1
        at, readers = self._now(), self.people_in(conversation)
        message_id = self._ids[key] = f"m{len(self.standing)}"
        self.standing[message_id] = Standing(key, conversation, at, message, readers)
        self._tell(
            Heard(id=message_id, key=key, room=conversation, thread=thread, at=at, message=message, readers=readers)
        )

    def _tell(self, heard: Heard) -> None:
        self._news.append(heard)

    async def _answer(self, key: str) -> None:
        if self._happens("lost", key, self._faults.lost):
            await asyncio.sleep(HANGS)
        await self._travel("back", key)

    async def _travel(self, *about: str) -> None:
        """Half of an answer's time: mostly a little less than usual, now and then many times as long."""
        self.calls += 1
        if self._faults.latency:
            chance = draw(str(self._seed), "latency", str(self.calls), *about)
            await asyncio.sleep(self._faults.latency / 2 * min(8.0, 0.4 / (1 - chance) ** 0.7))
