"""Slack behind the Chat port: rooms are private channels, messages are blocks, keys travel as message metadata."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import aiohttp

from bot.chat.words.pieces import Voice
from cohorts.messages import Message
from cohorts.ports import Limits, Rate
from cohorts.send_errors import RateLimitedError, SendFailedError

from .api.calls import API, Calls, Crowding, RefusedError, Tokens, found
from .api.memory import Memory, Trace, place_of, stamp, traced
from .api.rooms import Rooms
from .hearing.raw import flag, name, part
from .ids import PLATFORM, Spot, is_channel, spots_of
from .render import Rendered, fewer, render

PAGE = 15
"""What Slack gives an app outside its marketplace at once, once a minute; one's own app may have more."""
SKEW = timedelta(minutes=10)
"""So much may our clock be ahead of Slack's."""
LIMITS = Limits(
    conversation=Rate(per_second=1, burst=3),
    workspace=Rate(per_second=4, burst=20),
    verbs={
        "update": Rate(per_second=50 / 60, burst=10),
        "delete": Rate(per_second=50 / 60, burst=10),
        "open_room": Rate(per_second=20 / 60, burst=5),
        "add_people": Rate(per_second=50 / 60, burst=10),
        "remove_people": Rate(per_second=20 / 60, burst=5),
        "close_room": Rate(per_second=1 / 60, burst=1),
    },
)
"""chat.postMessage: about one a second in a channel, several hundred a minute in a workspace. The others by tier, a
minute and workspace: 50 for chat.update, chat.delete, conversations.invite and kick (one call for each person), 20 for
conversations.create, setTopic, setPurpose and archive; a room that is closed is looked into first, once a minute."""


class SlackChat:
    """`cohorts.ports.Chat`. `voice` speaks where Slack cannot draw a date for its reader.

    Slack knows no key that makes a send harmless to repeat: `find` looks for it, and whoever sends asks `find` first
    after an outcome that is not known. In one process the same key is one message anyway.
    """

    platform = PLATFORM
    limits = LIMITS

    def __init__(
        self,
        tokens: Tokens,
        session: aiohttp.ClientSession,
        base_url: str = API,
        *,
        voice: Voice | None = None,
        page: int = PAGE,
    ) -> None:
        self.calls = Calls(tokens, session, base_url)
        self._rooms, self._memory, self._crowding = Rooms(self.calls), Memory(), Crowding()
        self._voice, self._page = voice or Voice(), page

    async def open_room(self, key: str, workspace: str, name: str, topic: str, people: Iterable[str]) -> str:
        return await self._rooms.open(key, workspace, name, topic, people)

    async def open_direct(self, workspace: str, user: str) -> str:
        opened = await self.calls.call(workspace, "conversations.open", {"users": user})
        return found(opened, "channel", "id")

    async def add_people(self, workspace: str, conversation: str, people: Iterable[str]) -> None:
        await self._rooms.invite(workspace, _channel(conversation), tuple(people))

    async def remove_people(self, workspace: str, conversation: str, people: Iterable[str]) -> None:
        await self._rooms.kick(workspace, _channel(conversation), people)

    async def close_room(self, key: str, workspace: str, conversation: str, message: Message) -> None:
        """Tried again, it does not say it twice."""
        if await self.find(key, workspace, _channel(conversation)) is None:
            await self.send(key, workspace, conversation, message)
        await self._rooms.close(workspace, conversation)

    async def send(self, key: str, workspace: str, conversation: str, message: Message, thread: str = "") -> str:
        """A message too long for Slack goes out in parts; its id is all of theirs. Parts that are there are not sent
        again."""
        channel, root, parts = _channel(conversation), _root(conversation, thread), self._render(message)
        place = place_of(workspace, channel)
        trace = self._memory.trace(place, key)
        if trace is None and len(parts) > 1:
            trace = await self._left(key, workspace, conversation, thread)
        for number, rendered in enumerate(parts, 1):
            if trace is not None and (number in trace.spots or trace.whole):
                continue
            spot = await self._post(workspace, Spot(channel, "", root), rendered, stamp(key, number, len(parts)))
            trace = self._memory.add(place, key, Trace(spots={number: spot}, of=len(parts)))
        return trace.id if trace else ""

    async def update(self, workspace: str, conversation: str, message_id: str, message: Message) -> None:
        """A message keeps the number of its parts: what has grown beyond them is cut, and says so."""
        spots = _spots(conversation, message_id)
        for spot, rendered in zip(spots, fewer(self._render(message), len(spots), self._voice), strict=True):
            arguments = {"channel": spot.channel, "ts": spot.ts, "text": rendered.text, "blocks": list(rendered.blocks)}
            await self.calls.call(workspace, "chat.update", arguments)

    async def delete(self, workspace: str, conversation: str, message_id: str) -> None:
        for spot in _spots(conversation, message_id):
            try:
                await self.calls.call(workspace, "chat.delete", {"channel": spot.channel, "ts": spot.ts})
            except RefusedError as error:
                if error.code != "message_not_found":
                    raise

    async def find(
        self, key: str, workspace: str, conversation: str, thread: str = "", since: datetime | None = None
    ) -> str | None:
        """Goes through everything since then, a page at a time; where Slack bids it wait it goes on from there."""
        where = Spot(_channel(conversation), _root(conversation, thread))
        place = place_of(workspace, where.channel)
        while True:
            page = await self._look(workspace, where, since, self._memory.cursor(place, key))
            seen = traced(key, where.channel, part(page, "messages"))
            trace = self._memory.add(place, key, seen) if seen.spots else self._memory.trace(place, key)
            if trace is not None and trace.whole:
                self._memory.look_on(place, key, "")
                return trace.id
            cursor = name(page, "response_metadata", "next_cursor") if flag(page, "has_more") else ""
            self._memory.look_on(place, key, cursor)
            if not cursor:
                return None

    async def _left(self, key: str, workspace: str, conversation: str, thread: str) -> Trace | None:
        """Parts that an earlier worker may have left. It died there, so nothing of ours came after them: in a room they
        are among the newest. A thread is read from its beginning."""
        if thread:
            await self.find(key, workspace, conversation, thread)
            return self._memory.trace(place_of(workspace, conversation), key)
        seen = traced(key, conversation, part(await self._look(workspace, Spot(conversation, "")), "messages"))
        return self._memory.add(place_of(workspace, conversation), key, seen) if seen.spots else None

    async def _look(self, workspace: str, where: Spot, since: datetime | None = None, cursor: str = "") -> object:
        arguments: dict[str, object] = {"channel": where.channel, "limit": self._page, "include_all_metadata": True}
        arguments |= {"cursor": cursor} if cursor else {}
        arguments |= {"oldest": f"{(since - SKEW).timestamp():.6f}"} if since else {}
        if where.ts:
            return await self.calls.call(workspace, "conversations.replies", arguments | {"ts": where.ts})
        return await self.calls.call(workspace, "conversations.history", arguments)

    async def _post(self, workspace: str, where: Spot, rendered: Rendered, metadata: object) -> Spot:
        arguments = {
            "channel": where.channel,
            "text": rendered.text,
            "blocks": list(rendered.blocks),
            "metadata": metadata,
            "thread_ts": where.thread or None,
            "unfurl_links": False,
            "unfurl_media": False,
        }
        try:
            sent = await self.calls.call(workspace, "chat.postMessage", arguments)
        except RateLimitedError as error:
            raise self._crowding.widen(workspace, where.channel, error) from error
        return Spot(where.channel, found(sent, "ts"), where.thread)

    def _render(self, message: Message) -> Sequence[Rendered]:
        try:
            return render(message, self._voice)
        except ValueError as error:  # what it says may repeat the message
            raise SendFailedError(f"The message cannot be drawn: {type(error).__name__}.") from error


def _channel(conversation: str) -> str:
    if not is_channel(conversation):
        raise SendFailedError(f"{conversation[:40]!r} is no conversation of Slack.")
    return conversation


def _root(conversation: str, thread: str) -> str:
    """The `ts` under which replies stand: a reply's own thread is the one it stands in."""
    if not thread:
        return ""
    spot = _spots(conversation, thread)[0]
    return spot.thread or spot.ts


def _spots(conversation: str, message: str) -> Sequence[Spot]:
    try:
        spots = spots_of(message)
    except ValueError as error:
        raise SendFailedError(str(error)) from error
    if spots[0].channel != conversation:
        raise SendFailedError(f"{message[:40]} is not in {conversation}.")
    return spots
