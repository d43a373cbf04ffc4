"""Live meetings as Discord's own scheduled events, each in a voice channel that only its cohort's role opens.

An event elsewhere than in a channel is seen by everybody in the server; one in a channel by whoever sees the channel.
So where a room has no role of its own, as a thread or a channel that was there before us, no event is made.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import structlog

from bot.chat.discord.ids import event_mark
from bot.chat.discord.permissions import HOST, READERS, SEEING, TALKING, WRITING
from bot.chat.raw import name as name_at
from bot.chat.raw import part
from bot.chat.words.cutting import shorten
from cohorts.live_ports import LiveEvent

from .calls import Calls, ClosedError, RefusedError, found, listed, listing
from .overwrites import MEMBER, ROLE, Json, overwrite
from .people import People, is_thread
from .rooms import Rooms

log = structlog.get_logger()

VOICE = 2
IN_VOICE, GUILD_ONLY = 2, 2
SCHEDULED, ACTIVE, COMPLETED = 1, 2, 3
MOST_NAME, MOST_ABOUT = 100, 1000
MOST_IN_CATEGORY = 50
UNKNOWN_EVENT = 10070
EVENTS = "/guilds/{guild_id}/scheduled-events"
EVENT = EVENTS + "/{event_id}"
CONNECT = TALKING & ~SEEING


class Events:
    """Shown, changed and taken back; doing any of it again does no more."""

    def __init__(self, calls: Calls, people: People, rooms: Rooms) -> None:
        self._calls, self._people, self._rooms = calls, people, rooms

    async def show(self, guild: str, room: str, event: LiveEvent) -> None:
        """It stands there once, as it is now. What Discord refuses for good is not shown: the card in the room is."""
        shown = await self._people.shown(room)
        role = await self._role(guild, shown)
        if not role:
            await self.end(guild, event.key)
            return
        try:
            await self._set(guild, await self._voice(guild, shown, role), event)
        except RefusedError as error:
            log.warning("event_not_shown", workspace=guild, code=error.code)

    async def end(self, guild: str, key: str) -> None:
        known = await self._find(guild, key)
        if known:
            await self._drop(guild, found(known, "id"))

    async def close(self, guild: str, room: str) -> None:
        """What was said beside the room can still be read, and nobody talks there any more."""
        shown = await self._people.shown(room)
        role = await self._role(guild, shown)
        for channel in await self._voices(guild, role) if role else ():
            closed = [*await self._base(guild), overwrite(role, ROLE, READERS, WRITING | CONNECT)]
            with suppress(RefusedError):  # the room itself is closed all the same
                await self._rooms.mend(channel, closed)

    async def _role(self, guild: str, shown: Json) -> str:
        """By which people were let into the room; "" where they were not by one."""
        roles = () if is_thread(shown) else await self._people.roles_in(guild, shown)
        return next(iter(roles), "")

    async def _set(self, guild: str, channel: str, event: LiveEvent) -> None:
        wanted, known = _body(channel, event), await self._find(guild, event.key)
        if known and part(known, "status") == ACTIVE and not _is_same(known, wanted):
            # People have begun early, and what has begun is not moved: it ends, and the other time is another event.
            await self._calls.call("PATCH", EVENT, {"status": COMPLETED}, guild_id=guild, event_id=found(known, "id"))
            known = None
        if known is None:
            found(await self._calls.call("POST", EVENTS, wanted, guild_id=guild), "id")
        elif not _is_same(known, wanted):
            changed = await self._calls.call("PATCH", EVENT, wanted, guild_id=guild, event_id=found(known, "id"))
            found(changed, "id")

    async def _find(self, guild: str, key: str) -> Json | None:
        """The one of this meeting, by its mark: also one that an earlier try made whose answer was lost."""
        me, mark = await self._calls.me(), event_mark(key)
        for one in listing(await self._calls.call("GET", EVENTS, guild_id=guild)):
            if str(part(one, "description") or "").endswith(mark) and name_at(one, "creator_id") == me:
                return one
        return None

    async def _drop(self, guild: str, event: str) -> None:
        try:
            await self._calls.call("DELETE", EVENT, guild_id=guild, event_id=event)
        except RefusedError as error:
            if error.code != UNKNOWN_EVENT:
                log.warning("event_not_ended", workspace=guild, code=error.code)

    async def _voice(self, guild: str, shown: Json, role: str) -> str:
        """The voice channel beside the room, made when it is not there; one that others can look into is closed to
        them again."""
        overwrites = [*await self._base(guild), overwrite(role, ROLE, TALKING)]
        async with self._rooms.making[guild]:
            for channel in await self._voices(guild, role):
                with suppress(ClosedError):
                    await self._rooms.mend(channel, overwrites)
                    return found(channel, "id")
            return await self._make(guild, shown, overwrites)

    async def _voices(self, guild: str, role: str) -> Sequence[Json]:
        """Voice channels that this room's role opens."""
        there = listing(await self._calls.call("GET", "/guilds/{guild_id}/channels", guild_id=guild))
        return [one for one in there if part(one, "type") == VOICE and _opens(one, role)]

    async def _make(self, guild: str, shown: Json, overwrites: Sequence[Json]) -> str:
        """In the room's own category, where there is room in it."""
        path = "/guilds/{guild_id}/channels"
        there = listing(await self._calls.call("GET", path, guild_id=guild))
        parent = name_at(shown, "parent_id")
        if sum(name_at(one, "parent_id") == parent for one in there) >= MOST_IN_CATEGORY or not parent:
            parent = await self._rooms.category(guild, there)
        made = {"name": name_at(shown, "name"), "type": VOICE, "parent_id": parent}
        made["permission_overwrites"] = list(overwrites)
        return found(await self._calls.call("POST", path, made, guild_id=guild), "id")

    async def _base(self, guild: str) -> list[Json]:
        ours = overwrite(await self._calls.me(), MEMBER, HOST)
        return [overwrite(guild, ROLE, deny=SEEING | CONNECT), ours]


def _opens(channel: Json, role: str) -> bool:
    """The role is named in it, whatever it may do there now."""
    return any(name_at(one, "id") == role for one in listed(part(channel, "permission_overwrites")))


def _body(channel: str, event: LiveEvent) -> Mapping[str, Any]:
    mark = event_mark(event.key)
    about = shorten(event.about, MOST_ABOUT - len(mark) - 2)
    return {
        "name": shorten(event.name, MOST_NAME),
        "description": f"{about}\n{mark}".strip(),
        "scheduled_start_time": event.starts_at.astimezone(UTC).isoformat(),
        "scheduled_end_time": event.ends_at.astimezone(UTC).isoformat(),
        "privacy_level": GUILD_ONLY,
        "entity_type": IN_VOICE,
        "channel_id": channel,
    }


def _is_same(known: Json, wanted: Mapping[str, Any]) -> bool:
    """Times are written in more than one way."""
    words = all(part(known, name) == wanted[name] for name in ("name", "description", "channel_id"))
    return words and all(
        _instant(known, name) == datetime.fromisoformat(wanted[name])
        for name in ("scheduled_start_time", "scheduled_end_time")
    )


def _instant(known: Json, name: str) -> datetime | None:
    try:
        return datetime.fromisoformat(name_at(known, name))
    except ValueError:
        return None
