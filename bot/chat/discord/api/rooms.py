"""Opening rooms and closing them. Doing any of it again does no more, and mends what somebody took apart."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from typing import Literal

from bot.chat.discord.ids import role_name, room_name
from bot.chat.discord.permissions import HERE, MEMBERS, READERS, SEEING, WRITING
from bot.chat.raw import name as name_at
from bot.chat.raw import part
from bot.chat.words.cutting import shorten
from cohorts.send_errors import SendFailedError
from cohorts.values import Frozen

from .calls import MOST_ROLES, NOT_HERE, Calls, ClosedError, RefusedError, found, listed
from .people import MEMBER, ROLE, Json, People, is_harmless, is_thread
from .threads import LONGEST_SLEEP

TEXT, CATEGORY, PRIVATE_THREAD, FORUM = 0, 4, 12, 15
MOST_IN_CATEGORY = 50
MOST_TOPIC = 1024
MOST_NUMBERS = 20
"""So many channels of one name are tried."""
CATEGORY_NAME = "Cohorts"


class RoomStyle(Frozen):
    """How rooms are made. `channel`: where private threads are made, or the channel that is the room itself."""

    kind: Literal["channel", "forum", "thread", "existing"] = "channel"
    channel: str = ""


class Rooms:
    """Private channels and forums, each opened by a role of its own; private threads; channels that are there."""

    def __init__(self, calls: Calls, people: People, style: RoomStyle) -> None:
        self._calls, self._people, self._style = calls, people, style
        self.making: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        """By guild: what was not found must not be made twice."""

    async def open(self, key: str, guild: str, about: tuple[str, str], users: Sequence[str]) -> str:
        """The room of this key, made when it is not there. Raises NotInvitedError, with everything else done, for
        whoever cannot be brought in. `about` is its name and topic."""
        async with self.making[guild]:
            match self._style.kind:
                case "existing":
                    channel = await self._ours(guild)
                case "thread":
                    channel = await self._thread(key, guild, about[0])
                case _:
                    channel = await self._channel(key, guild, about)
        await self._people.add(guild, channel, users)
        return channel

    async def close(self, guild: str, channel: str) -> None:
        """Everybody still reads it and nobody writes there. A channel that was there before us stays as it is."""
        if self._style.kind == "existing" and channel == self._style.channel:
            return
        shown = await self._people.shown(channel)
        if is_thread(shown):
            asleep = {"archived": True, "locked": True}
            await self._calls.call("PATCH", "/channels/{channel_id}", asleep, channel_id=channel)
            return
        me, changed = await self._calls.me(), list[Json]()
        for one in listed(part(shown, "permission_overwrites")):
            ours = name_at(one, "id") in (me, guild)
            changed.append(one if ours else overwrite_of(name_at(one, "id"), part(one, "type"), READERS, WRITING))
        await self._set(channel, [_as_sent(one) for one in changed])

    async def _channel(self, key: str, guild: str, about: tuple[str, str]) -> str:
        """The name is the key's, so a channel that has it was made by an earlier try whose answer was lost. One that
        we were shut out of keeps it: the next gets a number."""
        there = listed(await self._calls.call("GET", "/guilds/{guild_id}/channels", guild_id=guild))
        known = {name_at(one, "name"): one for one in there if part(one, "type") in (TEXT, FORUM)}
        overwrites = await self._overwrites(guild, await self._role(key, guild, about[0]))
        for number in range(1, MOST_NUMBERS + 1):
            wanted = room_name(about[0], key, number)
            if wanted not in known:
                return await self._make(guild, wanted, about[1] or about[0], there, overwrites)
            with suppress(ClosedError):
                await self.mend(known[wanted], overwrites)
                return found(known[wanted], "id")
        raise SendFailedError(f"We were shut out of every channel like {room_name(about[0], key)}.")

    async def _make(self, guild: str, name: str, topic: str, there: Sequence[Json], overwrites: Sequence[Json]) -> str:
        """A forum where those are wanted and the server has them."""
        made = {"name": name, "type": TEXT, "topic": shorten(topic, MOST_TOPIC)}
        made |= {"parent_id": await self.category(guild, there), "permission_overwrites": list(overwrites)}
        path = "/guilds/{guild_id}/channels"
        if self._style.kind == "forum":
            try:
                return found(await self._calls.call("POST", path, made | {"type": FORUM}, guild_id=guild), "id")
            except RefusedError as error:
                if error.code != NOT_HERE:
                    raise
        return found(await self._calls.call("POST", path, made, guild_id=guild), "id")

    async def _overwrites(self, guild: str, role: str) -> list[Json]:
        ours = overwrite_of(await self._calls.me(), MEMBER, HERE)
        opened = [overwrite_of(role, ROLE, MEMBERS)] if role else []
        return [overwrite_of(guild, ROLE, deny=SEEING), ours, *opened]

    async def mend(self, channel: Json, wanted: Sequence[Json]) -> None:
        """What we set is set again where it is not so any more; what others set beside it stays."""
        there = [_as_sent(one) for one in listed(part(channel, "permission_overwrites"))]
        theirs = [one for one in there if one["id"] not in {ours["id"] for ours in wanted}]
        if any(one not in there for one in wanted):
            await self._set(found(channel, "id"), [*wanted, *theirs])

    async def _set(self, channel: str, overwrites: Sequence[Json]) -> None:
        body = {"permission_overwrites": list(overwrites)}
        await self._calls.call("PATCH", "/channels/{channel_id}", body, channel_id=channel)

    async def category(self, guild: str, there: Sequence[Json]) -> str:
        """One of ours with room in it."""
        parents = [name_at(one, "parent_id") for one in there]
        for number in range(1, len(there) + 2):
            wanted = CATEGORY_NAME if number == 1 else f"{CATEGORY_NAME} {number}"
            ours = (one for one in there if part(one, "type") == CATEGORY and name_at(one, "name") == wanted)
            known = next((found(one, "id") for one in ours), "")
            if known and parents.count(known) < MOST_IN_CATEGORY:
                return known
            if not known:
                made = {"name": wanted, "type": CATEGORY}
                return found(await self._calls.call("POST", "/guilds/{guild_id}/channels", made, guild_id=guild), "id")
        raise SendFailedError("Every category of ours is full.")

    async def _role(self, key: str, guild: str, name: str) -> str:
        """The room's own role, which opens nothing but it; "" where the server has as many roles as it may."""
        wanted = role_name(name, key)
        for one in listed(await self._calls.call("GET", "/guilds/{guild_id}/roles", guild_id=guild)):
            if name_at(one, "name") == wanted and is_harmless(one):
                return found(one, "id")
        made = {"name": wanted, "permissions": 0, "mentionable": False, "hoist": False}
        try:
            return found(await self._calls.call("POST", "/guilds/{guild_id}/roles", made, guild_id=guild), "id")
        except RefusedError as error:
            if error.code != MOST_ROLES:
                raise
        return ""

    async def _ours(self, guild: str) -> str:
        """The channel that rooms are set to be in, where it is this server's: another one's people must not read."""
        shown = await self._people.shown(self._style.channel)
        if name_at(shown, "guild_id") != guild:
            raise SendFailedError(f"The channel {self._style.channel} is not in the server {guild}.")
        return found(shown, "id")

    async def _thread(self, key: str, guild: str, name: str) -> str:
        wanted, parent = room_name(name, key), await self._ours(guild)
        active = await self._calls.call("GET", "/guilds/{guild_id}/threads/active", guild_id=guild)
        for one in listed(part(active, "threads")):
            if name_at(one, "name") == wanted and name_at(one, "parent_id") == parent:
                return found(one, "id")
        made = {"name": wanted, "type": PRIVATE_THREAD, "invitable": False, "auto_archive_duration": LONGEST_SLEEP}
        return found(await self._calls.call("POST", "/channels/{channel_id}/threads", made, channel_id=parent), "id")


def overwrite_of(target: str, kind: object, allow: int = 0, deny: int = 0) -> Json:
    return {"id": target, "type": kind, "allow": allow, "deny": deny}


def _as_sent(overwrite: Json) -> Json:
    """Discord tells permissions as text and takes numbers."""
    allow, deny = (int(str(part(overwrite, name) or 0)) for name in ("allow", "deny"))
    return overwrite_of(name_at(overwrite, "id"), part(overwrite, "type"), allow, deny)
