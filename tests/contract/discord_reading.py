"""The Discord adapter as the contract of the Chat port asks for it, and the eyes of people in a Discord of our own.

Discord shows drawings and names people by numbers; the contract compares words and calls them Ana and Ben.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from bot.chat.discord.adapter import DiscordChat
from bot.chat.discord.ids import channel_of, message_id, spots_of
from bot.chat.discord.render import render
from bot.chat.words.pieces import Voice
from cohorts.messages import Message
from cohorts.ports import Limits

REPLY = 19
Shown = Mapping[str, Any]
"""A message as Discord's API gives it."""


class Town(Protocol):
    """A server and everybody's eyes in it."""

    @property
    def guild(self) -> str: ...
    @property
    def users(self) -> Mapping[str, str]:
        """Name → user."""
        ...

    def sees(self, user: str, channel: str) -> bool: ...
    def messages(self, channel: str) -> Sequence[Shown]:
        """Oldest first; none of a channel that is not there."""
        ...

    def posts(self, forum: str) -> Sequence[str]:
        """The threads of a forum, oldest first."""
        ...


@dataclass
class Noting:
    """The adapter, and of each message that went through it how it is drawn."""

    inner: DiscordChat
    town: Town
    drawn: dict[str, Message] = field(default_factory=dict)

    @property
    def platform(self) -> str:
        return self.inner.platform

    @property
    def limits(self) -> Limits:
        return self.inner.limits

    async def open_room(self, key: str, workspace: str, name: str, topic: str, people: Iterable[str]) -> str:
        return await self.inner.open_room(key, self.town.guild, name, topic, self._users(people))

    async def open_direct(self, workspace: str, user: str) -> str:
        return await self.inner.open_direct(self.town.guild, self.town.users[user])

    async def add_people(self, workspace: str, conversation: str, people: Iterable[str]) -> None:
        await self.inner.add_people(self.town.guild, conversation, self._users(people))

    async def remove_people(self, workspace: str, conversation: str, people: Iterable[str]) -> None:
        await self.inner.remove_people(self.town.guild, conversation, self._users(people))

    async def close_room(self, key: str, workspace: str, conversation: str, message: Message) -> None:
        self._note(message)
        await self.inner.close_room(key, self.town.guild, conversation, message)

    async def send(self, key: str, workspace: str, conversation: str, message: Message, thread: str = "") -> str:
        self._note(message)
        return await self.inner.send(key, self.town.guild, conversation, message, thread)

    async def update(self, workspace: str, conversation: str, message_id: str, message: Message) -> None:
        self._note(message)
        await self.inner.update(self.town.guild, conversation, message_id, message)

    async def delete(self, workspace: str, conversation: str, message_id: str) -> None:
        await self.inner.delete(self.town.guild, conversation, message_id)

    async def find(
        self, key: str, workspace: str, conversation: str, thread: str = "", since: datetime | None = None
    ) -> str | None:
        return await self.inner.find(key, self.town.guild, conversation, thread, since)

    def _users(self, people: Iterable[str]) -> Sequence[str]:
        return [self.town.users.get(one, "1") for one in people]

    def _note(self, message: Message) -> None:
        (body,) = render(message, Voice())
        self.drawn[drawing(body["components"])] = message


@dataclass
class DiscordReading:
    """What people see where a round is a thread: what answers it stands there, not in the channel."""

    chat: Noting
    town: Town

    async def seen(self, user: str, conversation: str, thread: str = "") -> Sequence[tuple[str, Message | None]]:
        channel = channel_of(conversation)
        if not self.town.sees(self.town.users[user], channel):
            return []
        shown = self._thread(channel, thread) if thread else self._top(channel)
        return [(message_id(one["channel_id"], one["id"]), self._said(one)) for one in shown]

    def _top(self, channel: str) -> Sequence[Shown]:
        return self._written(channel)

    def _thread(self, channel: str, thread: str) -> Sequence[Shown]:
        root = spots_of(thread)[0].message
        return [*(one for one in self._written(channel) if one["id"] == root), *self._written(root)]

    def _written(self, channel: str) -> Sequence[Shown]:
        return [one for one in self.town.messages(channel) if one["type"] in (0, REPLY)]

    def _said(self, shown: Shown) -> Message | None:
        return self.chat.drawn.get(drawing(shown["components"]))


class ForumReading(DiscordReading):
    """What people see of a forum: its posts, and in each what answers it."""

    def _top(self, channel: str) -> Sequence[Shown]:
        posts = self.town.posts(channel)
        first = [one for post in posts for one in self._written(post)[:1]]
        return first if posts else self._written(channel)  # somebody's own conversation with us has none

    def _thread(self, channel: str, thread: str) -> Sequence[Shown]:
        return self._written(spots_of(thread)[0].channel)


class FlatReading(DiscordReading):
    """What people see of a room without threads: an answer says what it answers."""

    def _top(self, channel: str) -> Sequence[Shown]:
        return [one for one in self._written(channel) if one["type"] != REPLY]

    def _thread(self, channel: str, thread: str) -> Sequence[Shown]:
        return self._written(channel)


def drawing(components: object) -> str:
    """Without the numbers Discord gives and what it fills in."""
    return json.dumps(_bare(components), sort_keys=True)


def _bare(found: object) -> object:
    if isinstance(found, Mapping):
        filled = ("id", "disabled", "spacing")
        return {name: _bare(value) for name, value in found.items() if name not in filled and value is not None}
    return [_bare(one) for one in found] if isinstance(found, list) else found
