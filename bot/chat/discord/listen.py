"""From Discord to the core: read, kept, and only then answered. One listener for everything."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection
from typing import TypeVar

import structlog

from bot.chat.raw import part, text
from cohorts.events import Event, Notice, Place, Posted, Pressed, Sent

from .events import happened
from .hearing.answers import Answers
from .hearing.desk import Desk, Heard, Told
from .hearing.looking import snowflake
from .hearing.places import Places, under
from .hearing.replying import FOR_THEM, Interaction
from .ids import is_direct
from .interactions import HERE, HERE_SENT, KEPT, PAGE, language_of, leads_on, thread_parent

log = structlog.get_logger()

T = TypeVar("T")
Pauses = tuple[float, ...]
ALLOWED = frozenset({"GUILD_ROLE_UPDATE", "GUILD_ROLE_DELETE", "GUILD_MEMBER_UPDATE", "CHANNEL_UPDATE"})
"""After these a room that was closed to us may be open again."""
IN_TURN = frozenset({"GUILD_CREATE", "CHANNEL_UPDATE"})
"""These say how a room is now: of one server they are gone through in the order in which they come."""
SOON = (0.1, 0.3, 0.9)
"""Seconds before another try to keep what somebody waits for: Discord gives us three."""
PATIENTLY = (0.1, 0.5, 2.0, 5.0, 10.0, 20.0, 30.0)
"""The same where nobody waits. Discord never tells anything twice."""


class Listener:
    """What Discord tells, in the order that loses nothing: kept and committed, then answered."""

    def __init__(
        self,
        desk: Desk,
        answers: Answers,
        places: Places,
        *,
        servers: Collection[str] = (),
        pauses: tuple[Pauses, Pauses] = (SOON, PATIENTLY),
    ) -> None:
        """`servers`: those that are heard; none: all. `pauses`: where somebody waits for the answer, and where nobody
        does."""
        self._desk, self._answers, self._places, self._servers = desk, answers, places, frozenset(servers)
        self._soon, self._patiently = pauses
        self._under_way: set[asyncio.Task[None]] = set()
        self._looking: set[str] = set()
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        """By server."""

    def take(self, raw: object) -> None:
        """Begins with it, and returns."""
        kind, event = text(raw, "t"), happened(raw)
        if kind in ALLOWED or kind == "GUILD_CREATE" or event is not None:
            task = asyncio.get_running_loop().create_task(self._safely(raw, event))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def stop(self) -> None:
        """What is under way is finished."""
        while self._under_way:
            await asyncio.gather(*self._under_way)

    async def hear(self, raw: object) -> None:
        """Returns when it is kept and answered. Raises what the house raises when it could not be kept."""
        await self._hear(raw, happened(raw))

    async def _hear(self, raw: object, event: Event | Notice | None) -> None:
        kind, data = text(raw, "t"), part(raw, "d")
        if kind in IN_TURN and self._is_served(kind, data):
            async with self._turns[_server(kind, data)]:
                await self._take_up(kind, data, event)
        elif self._is_served(kind, data):
            await self._take_up(kind, data, event)
        elif isinstance(event, Pressed | Sent):
            await self._answers.turn_away(Interaction(data, event), language_of(data))

    async def _take_up(self, kind: str, data: object, event: Event | Notice | None) -> None:
        if kind == "GUILD_CREATE":
            await self._let_in(data)
        if isinstance(event, Notice):
            await _kept(self._patiently, lambda: self._desk.note(event))
        elif isinstance(event, Pressed | Sent):
            await self._interact(data, event)
        elif event is not None:
            await self._read(data, event)
        if kind in IN_TURN:
            await self._watch(kind, data)
        if kind in ALLOWED:
            await self._look_again(snowflake(data, "guild_id"))

    def _is_served(self, kind: str, data: object) -> bool:
        """Whoever brings us into a server of their own is told that it is not one of ours."""
        server = _server(kind, data)
        return not self._servers or not server or server in self._servers

    async def _safely(self, raw: object, event: Event | Notice | None) -> None:
        try:
            await self._hear(raw, event)
        except Exception as error:  # noqa: BLE001 - it is lost; what comes next must not be lost with it
            log.error("discord_not_kept", kind=text(raw, "t"), error=type(error).__name__)  # noqa: TRY400 - no words in logs

    async def _interact(self, data: object, event: Pressed | Sent) -> None:
        message = part(data, "message")
        used_up = isinstance(event, Sent) and leads_on(message)
        asked = Interaction(data, event, on_message=_stays(message), used_up=used_up)
        if isinstance(event, Pressed) and event.action == PAGE:
            await self._answers.turn(asked, event, language_of(data))
            return
        heard = Heard(event=await self._whole(event), within=_within(data, event), language=language_of(data))
        if isinstance(event, Sent) and event.action == KEPT:
            await self._answers.take_in(asked, heard, self._take_form)
            return
        await self._answers.follow(asked, *await self._handle(self._soon, heard))

    async def _take_form(self, heard: Heard) -> Told:
        """Where it was opened may be everybody's by now."""
        return await self._handle(self._soon, heard.model_copy(update={"event": await self._whole(heard.event)}))

    async def _whole(self, event: Event) -> Event:
        """Discord does not say of a channel whether it is everybody's: that is asked where it matters."""
        if not isinstance(event, Pressed | Sent) or event.action not in (HERE, HERE_SENT):
            return event
        here = event.place.conversation
        private = not is_direct(here) and await self._places.is_private(event.account.workspace, here)
        return event.model_copy(update={"value": "private" if private else ""})

    async def _read(self, data: object, event: Event) -> None:
        """Words in a conversation. In a room they concern us only when somebody we know wrote them."""
        direct = is_direct(event.place.conversation)
        if not event.account.user or not (
            direct or await _kept(self._patiently, lambda: self._desk.knows(event.account))
        ):
            return
        asks = isinstance(event, Posted) and not direct
        within = await self._places.within(event.place.conversation) if asks else None
        said = await self._handle(self._patiently, Heard(event=event, within=within))
        if direct and isinstance(event, Posted):
            await self._answers.write_back(event, said, snowflake(data, "id"))

    async def _handle(self, pauses: Pauses, heard: Heard) -> Told:
        return await _kept(pauses, lambda: self._desk.handle(heard))

    async def _let_in(self, data: object) -> None:
        workspace = snowflake(data, "id")
        if workspace and part(data, "unavailable") is not True:
            await _kept(self._patiently, lambda: self._desk.let_in(workspace))

    async def _watch(self, kind: str, data: object) -> None:
        """Into which rooms everybody may look: told of one when it changes, and of all when a server comes."""
        workspace = _server(kind, data)
        channels = part(data, "channels") if kind == "GUILD_CREATE" else [data]
        if not workspace or not isinstance(channels, list):
            return
        rooms = await _kept(self._patiently, lambda: self._desk.rooms(workspace))
        for channel in channels if rooms else ():
            room = snowflake(channel, "id")
            if room in rooms:
                look = await self._places.look_of(workspace, channel)
                await _kept(self._patiently, lambda: self._desk.watch(workspace, room, look))  # noqa: B023 - called at once

    async def _look_again(self, workspace: str) -> None:
        """Who may do what has changed in a server: rooms that were closed to us may be open. One look at a time."""
        if not workspace or workspace in self._looking:
            return
        self._looking.add(workspace)
        try:
            for room in await _kept(self._patiently, lambda: self._desk.closed_rooms(workspace)):
                if await self._places.is_seen(room):
                    await _kept(self._patiently, lambda: self._desk.open_again(workspace, room))  # noqa: B023 - called at once
        finally:
            self._looking.discard(workspace)


def _server(kind: str, data: object) -> str:
    return snowflake(data, "id") if kind in ("GUILD_CREATE", "GUILD_DELETE") else snowflake(data, "guild_id")


def _stays(message: object) -> bool:
    """A message of ours that is brought up to date when something has happened. What one person alone was shown is
    not, so there they are told."""
    flags = part(message, "flags")
    return bool(snowflake(message, "id")) and not (isinstance(flags, int) and flags & FOR_THEM)


def _within(data: object, event: Pressed | Sent) -> Place | None:
    """A thread that is to be a room is meant itself: its channel may be everybody's."""
    if event.action == HERE:
        return None
    parent, conversation = thread_parent(data), event.place.conversation
    return under(parent, conversation) if parent and not is_direct(conversation) else None


async def _kept(pauses: Pauses, keep: Callable[[], Awaitable[T]]) -> T:
    """Tries until it is kept, or the pauses are over; then it raises what the house raised last."""
    for pause in pauses:
        try:
            return await keep()
        except Exception as error:  # noqa: BLE001 - whatever it is, a moment later the database may be there again
            log.warning("discord_kept_late", error=type(error).__name__)
            await asyncio.sleep(pause)
    return await keep()
