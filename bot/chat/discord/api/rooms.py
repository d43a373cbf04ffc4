"""Opening rooms and closing them. Doing any of it again does no more, and mends what somebody took apart."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Literal

from bot.chat.discord.ids import is_role_for, role_name, room_name
from bot.chat.discord.permissions import HERE, MEMBERS, READERS, SEEING, WRITING
from bot.chat.raw import name as name_at
from bot.chat.raw import part
from bot.chat.words.cutting import shorten
from cohorts.send_errors import SendFailedError
from cohorts.values import Frozen

from .calls import MOST_ROLES, NOT_HERE, Calls, ClosedError, RefusedError, found, listing
from .overwrites import MEMBER, ROLE, Json, is_made_by, overwrite, overwrites_of, shut
from .people import People, is_thread
from .seeing import is_harmless
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

    def __init__(self, calls: Calls, people: People, styles: Mapping[str, RoomStyle]) -> None:
        """`styles`: by guild, under "" that of all others."""
        self._calls, self._people, self._styles = calls, people, styles
        self.making: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        """By guild: what was not found must not be made twice."""

    async def open(self, key: str, guild: str, about: tuple[str, str], users: Sequence[str]) -> str:
        """The room of this key, made when it is not there. Raises NotInvitedError, with everything else done, for
        whoever cannot be brought in. `about` is its name and topic."""
        async with self.making[guild]:
            match self._style(guild).kind:
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
        style = self._style(guild)
        if style.kind == "existing" and channel == style.channel:
            return
        shown = await self._people.shown(channel)
        if is_thread(shown):
            asleep = {"archived": True, "locked": True}
            await self._calls.call("PATCH", "/channels/{channel_id}", asleep, channel_id=channel)
            return
        me, changed = await self._calls.me(), list[Json]()
        for one in shut(shown, guild) if is_made_by(shown, me) else overwrites_of(shown):
            kept = one["id"] in (me, guild) or one["deny"] & SEEING
            changed.append(one if kept else overwrite(one["id"], one["type"], READERS, WRITING))
        await self._set(channel, changed)

    def _style(self, guild: str) -> RoomStyle:
        return self._styles.get(guild) or self._styles.get("") or RoomStyle()

    async def _channel(self, key: str, guild: str, about: tuple[str, str]) -> str:
        """The name is the key's, so a channel that has it was made by an earlier try whose answer was lost. One that
        we were shut out of keeps it: the next gets a number."""
        there = listing(await self._calls.call("GET", "/guilds/{guild_id}/channels", guild_id=guild))
        known = {name_at(one, "name"): one for one in there if part(one, "type") in (TEXT, FORUM)}
        overwrites = await self._overwrites(guild, await self._role(key, guild))
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
        if self._style(guild).kind == "forum":
            try:
                return found(await self._calls.call("POST", path, made | {"type": FORUM}, guild_id=guild), "id")
            except RefusedError as error:
                if error.code != NOT_HERE:
                    raise
        return found(await self._calls.call("POST", path, made, guild_id=guild), "id")

    async def _overwrites(self, guild: str, role: str) -> list[Json]:
        ours = overwrite(await self._calls.me(), MEMBER, HERE)
        opened = [overwrite(role, ROLE, MEMBERS)] if role else []
        return [overwrite(guild, ROLE, deny=SEEING), ours, *opened]

    async def mend(self, channel: Json, wanted: Sequence[Json]) -> None:
        """What we set is set again where it is not so any more; what others set beside it stays."""
        there = overwrites_of(channel)
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

    async def _role(self, key: str, guild: str) -> str:
        """The room's own role, which opens nothing but it; "" where the server has as many roles as it may."""
        for one in listing(await self._calls.call("GET", "/guilds/{guild_id}/roles", guild_id=guild)):
            if is_role_for(name_at(one, "name"), key) and is_harmless(one):
                return found(one, "id")
        made = {"name": role_name(key), "permissions": 0, "mentionable": False, "hoist": False}
        try:
            return found(await self._calls.call("POST", "/guilds/{guild_id}/roles", made, guild_id=guild), "id")
        except RefusedError as error:
            if error.code != MOST_ROLES:
                raise
        return ""

    async def _ours(self, guild: str) -> str:
        """The channel that rooms are set to be in, where it is this server's: another one's people must not read."""
        wanted = self._style(guild).channel
        shown = await self._people.shown(wanted)
        if name_at(shown, "guild_id") != guild:
            raise SendFailedError(f"The channel {wanted} is not in the server {guild}.")
        return found(shown, "id")

    async def _thread(self, key: str, guild: str, name: str) -> str:
        wanted, parent = room_name(name, key), await self._ours(guild)
        active = await self._calls.call("GET", "/guilds/{guild_id}/threads/active", guild_id=guild)
        for one in listing(part(active, "threads")):
            if name_at(one, "name") == wanted and name_at(one, "parent_id") == parent:
                return found(one, "id")
        made = {"name": wanted, "type": PRIVATE_THREAD, "invitable": False, "auto_archive_duration": LONGEST_SLEEP}
        return found(await self._calls.call("POST", "/channels/{channel_id}/threads", made, channel_id=parent), "id")
