"""Discord behind the Chat port: rooms are private channels, rounds are threads, keys travel as nonces and as marks."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from bot.chat.raw import name
from bot.chat.words.pieces import Voice
from cohorts.live_ports import LiveEvent
from cohorts.messages import Message
from cohorts.ports import Limits, Rate
from cohorts.send_errors import AccessLostError, SendFailedError

from .api.calls import (
    BAD_FORM,
    CALL_ERRORS,
    NO_MESSAGES_HERE,
    NOT_HERE,
    UNKNOWN_MESSAGE,
    Calls,
    RefusedError,
    Requests,
    UnseenError,
    found,
    listing,
)
from .api.events import Events
from .api.memory import Memory, Trace, marked, traced
from .api.people import People
from .api.rooms import Rooms, RoomStyle
from .api.threads import FORUMS, Threads, Where, checked, read_spots
from .custom_ids import Handles, handles_of
from .ids import PLATFORM, Spot, channel_of, direct_id, nonce_of
from .render import Json, fewer, plain, render

log = structlog.get_logger()

PAGE = 100
"""So many messages Discord shows at once."""
SKEW = timedelta(minutes=10)
"""So much may our clock be ahead of Discord's."""
NAMING = 2.0
"""Seconds that the name of a thread is worth to what comes next."""
MESSAGES = "/channels/{channel_id}/messages"
MESSAGE = "/channels/{channel_id}/messages/{message_id}"
EPOCH = 1_420_070_400_000
"""The first millisecond of Discord's ids."""
LIMITS = Limits(
    conversation=Rate(per_second=1, burst=5),
    platform=Rate(per_second=49, burst=25),
    verbs={
        "open_room": Rate(per_second=1, burst=3),
        "add_people": Rate(per_second=1, burst=5),
        "remove_people": Rate(per_second=1, burst=5),
        "close_room": Rate(per_second=1, burst=3),
        "event": Rate(per_second=1, burst=3),
    },
)
"""Fifty requests in any second for all of us, which our pace sees to; what is begun here stays a little below it, and
who wakes up to half a second late makes up for it. What a channel takes is not published: five in five seconds were
seen, and the buckets obey what its headers say. A room takes several calls, and people one each."""

Keep = Callable[[Handles], Awaitable[object]]
"""Keeps what buttons are about, before they are shown."""


class DiscordChat:
    """`cohorts.ports.Chat`, and a `Host` of live meetings. `voice` speaks where Discord does not draw for its reader;
    `rooms` is how rooms are made.

    A create that is repeated within minutes is one message to Discord, by its nonce; later `find` knows it by its mark.
    """

    platform = PLATFORM
    limits = LIMITS

    def __init__(
        self,
        http: Requests,
        keep: Keep,
        *,
        voice: Voice | None = None,
        rooms: RoomStyle | Mapping[str, RoomStyle] | None = None,
        servers: Collection[str] = (),
    ) -> None:
        """`rooms`: by server, under "" in all others. `servers`: those that anything goes to; none: all."""
        self.calls = Calls(http)
        self._keep, self._voice = keep, voice or Voice()
        self._memory, self._servers = Memory(), frozenset(servers)
        styles = rooms if isinstance(rooms, Mapping) else {"": rooms or RoomStyle()}
        alike = all(one.kind in ("channel", "existing") for one in styles.values())
        self._threads = Threads(self.calls, self._memory, all_alike=alike)
        self._people = People(self.calls)
        self._rooms = Rooms(self.calls, self._people, styles)
        self._events = Events(self.calls, self._people, self._rooms)

    async def open_room(self, key: str, workspace: str, name: str, topic: str, people: Iterable[str]) -> str:
        self._admit(workspace)
        return await self._rooms.open(key, workspace, (name, topic), tuple(people))

    async def open_direct(self, workspace: str, user: str) -> str:
        """It is the same one for all servers."""
        self._admit(workspace)
        opened = await self.calls.call("POST", "/users/@me/channels", {"recipient_id": user})
        return direct_id(found(opened, "id"))

    async def add_people(self, workspace: str, conversation: str, people: Iterable[str]) -> None:
        self._admit(workspace)
        await self._people.add(workspace, checked(conversation), tuple(people))

    async def remove_people(self, workspace: str, conversation: str, people: Iterable[str]) -> None:
        await self._people.remove(workspace, checked(conversation), tuple(people))

    async def close_room(self, key: str, workspace: str, conversation: str, message: Message) -> None:
        """Says it, and nobody can write there any more. Tried again, it does not say it twice."""
        if await self.find(key, workspace, conversation) is None:
            await self.send(key, workspace, conversation, message)
        await self._events.close(workspace, checked(conversation))
        await self._rooms.close(workspace, checked(conversation))

    async def show_event(self, workspace: str, conversation: str, event: LiveEvent) -> None:
        self._admit(workspace)
        await self._events.show(workspace, checked(conversation), event)

    async def end_event(self, workspace: str, conversation: str, key: str) -> None:  # noqa: ARG002 - known by its mark
        await self._events.end(workspace, key)

    async def send(self, key: str, workspace: str, conversation: str, message: Message, thread: str = "") -> str:
        """A message too long for Discord goes out in parts; its id is all of theirs. Parts that are there are not sent
        again. What Discord refuses to draw goes out plainly."""
        self._admit(workspace)
        place = channel_of(checked(conversation))
        bodies = await self._drawn(message)
        try:
            return await self._send(key, (conversation, thread), bodies)
        except RefusedError as error:
            if error.code != BAD_FORM or self._memory.trace(place, key):
                raise
        log.warning("drawn_plainly", key=key)
        return await self._send(key, (conversation, thread), plain(message, self._voice))

    async def name_thread(self, conversation: str, message_id: str, name: str) -> None:
        """Where that does not come about, the thread is made with the first answer."""
        try:
            async with asyncio.timeout(NAMING):
                await self._threads.name(conversation, message_id, name)
        except (*CALL_ERRORS, TimeoutError) as error:
            log.info("thread_not_named", why=str(error)[:100])

    async def update(self, workspace: str, conversation: str, message_id: str, message: Message) -> None:
        """A message keeps the number of its parts: what has grown beyond them is cut, and says so."""
        self._admit(workspace)
        spots = read_spots(message_id)
        await self._threads.check(conversation, spots[0])
        bodies = fewer(await self._drawn(message), len(spots), self._voice)
        for spot, body in zip(spots, bodies, strict=True):
            await self._threads.call(spot.channel, "PATCH", MESSAGE, body, message_id=spot.message)

    async def delete(self, workspace: str, conversation: str, message_id: str) -> None:  # noqa: ARG002
        spots = read_spots(message_id)
        await self._threads.check(conversation, spots[0])
        for spot in spots:
            try:
                await self._threads.call(spot.channel, "DELETE", MESSAGE, message_id=spot.message)
            except RefusedError as error:
                if error.code != UNKNOWN_MESSAGE:
                    raise

    async def find(
        self, key: str, workspace: str, conversation: str, thread: str = "", since: datetime | None = None
    ) -> str | None:
        """Goes through everything since then, a page at a time."""
        place = channel_of(checked(conversation))
        after = _snowflake(since - SKEW) if since else 0
        channels: Sequence[str] = ((await self._threads.place(conversation, thread)).channel,)
        if not thread and await self._threads.is_forum(conversation):
            channels = [one for one in await self._threads.newest_posts(workspace, place) if int(one) > after]
        for channel in channels:
            try:
                trace = await self._seek(key, place, channel, after)
            except UnseenError:
                if channel == place:
                    raise
                continue  # no thread was begun
            if trace is not None and trace.whole:
                return trace.id
        return None

    def _admit(self, workspace: str) -> None:
        """Where an operator has named the servers, nothing new is brought to another one."""
        if self._servers and workspace not in self._servers:
            raise AccessLostError(f"{workspace} is not in COHORTIUM_DISCORD_SERVERS.")

    async def _seek(self, key: str, place: str, channel: str, after: int) -> Trace | None:
        """From the newest back to `after`; the newest page alone where that is 0."""
        before: Json = {}
        while True:
            page = listing(await self._threads.call(channel, "GET", MESSAGES, params={"limit": PAGE, **before}))
            seen = traced(key, page)
            trace = self._memory.add(place, key, seen) if seen.spots else self._memory.trace(place, key)
            oldest = min((int(name(one, "id") or 0) for one in page), default=0)
            if len(page) < PAGE or not after or oldest <= after or (trace is not None and trace.whole):
                return trace
            before = {"before": oldest}

    async def _send(self, key: str, where: tuple[str, str], bodies: Sequence[Json]) -> str:
        conversation, thread = where
        place, target = channel_of(conversation), await self._threads.place(conversation, thread)
        trace = self._memory.trace(place, key)
        for number, body in enumerate(bodies, 1):
            if trace is not None and (number in trace.spots or trace.whole):
                continue
            stamped = marked(body, key, number, len(bodies))
            stamped |= {"nonce": nonce_of(place, key, number), "enforce_nonce": True}
            spot = await self._say(conversation, thread, target, stamped)
            target = target._replace(channel=spot.channel)
            trace = self._memory.add(place, key, Trace(spots={number: spot}, of=len(bodies)))
        return trace.id if trace else ""

    async def _say(self, conversation: str, thread: str, target: Where, body: Json) -> Spot:
        """In the thread, begun with its first message; in a forum as a post."""
        channel = channel_of(conversation)
        if not thread and self._memory.kind(target.channel) in FORUMS:
            return await self._threads.post(channel, body)
        try:
            return await self._post(target, body)
        except UnseenError:
            begins = thread and target.channel != channel and read_spots(thread)[0].channel == channel
            if not begins:
                raise
        except RefusedError as error:
            if thread or error.code not in (NO_MESSAGES_HERE, NOT_HERE):
                raise
            return await self._threads.post(channel, body)
        return await self._post(await self._threads.begin(conversation, thread), body)

    async def _post(self, target: Where, body: Json) -> Spot:
        answers = {"message_id": target.answers, "fail_if_not_exists": False}
        said = body | ({"message_reference": answers} if target.answers else {})
        made = await self._threads.call(target.channel, "POST", MESSAGES, said)
        return Spot(found(made, "channel_id"), found(made, "id"))

    async def _drawn(self, message: Message) -> Sequence[Json]:
        if handles := handles_of(message):
            await self._keep(handles)
        try:
            return render(message, self._voice)
        except ValueError as error:  # what it says may repeat the message
            raise SendFailedError(f"The message cannot be drawn: {type(error).__name__}.") from error


def _snowflake(at: datetime) -> int:
    """The smallest id of that moment."""
    return max(0, int(at.timestamp() * 1000) - EPOCH) << 22
