"""Opening rooms and who is in them. Doing any of it again does no more, and mends what somebody took apart."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal

import structlog

from bot.chat.discord.ids import is_role_name, is_snowflake, role_name, room_name
from bot.chat.discord.permissions import HERE, MEMBERS, READERS, SEEING, WRITING
from bot.chat.raw import name as name_at
from bot.chat.raw import part
from bot.chat.words.cutting import shorten
from cohorts.send_errors import NotInvitedError, SendFailedError
from cohorts.values import Frozen

from .calls import (
    MOST_ROLES,
    NO_PERMISSION,
    UNKNOWN_MEMBER,
    UNKNOWN_ROLE,
    UNKNOWN_USER,
    Calls,
    RefusedError,
    found,
    listed,
)
from .threads import LONGEST_SLEEP, THREADS

log = structlog.get_logger()

TEXT, CATEGORY, PRIVATE_THREAD, FORUM = 0, 4, 12, 15
MOST_IN_CATEGORY = 50
MOST_TOPIC = 1024
CATEGORY_NAME = "Cohorts"
GONE = frozenset({UNKNOWN_MEMBER, UNKNOWN_USER})
"""One person is not there; it says nothing about the others."""
ROLE, MEMBER = 0, 1
Json = Mapping[str, Any]


class RoomStyle(Frozen):
    """How rooms are made. `channel`: where private threads are made, or the channel that is the room itself."""

    kind: Literal["channel", "forum", "thread", "existing"] = "channel"
    channel: str = ""


class Rooms:
    """Private channels and forums, each opened by a role of its own; private threads; channels that are there."""

    def __init__(self, calls: Calls, style: RoomStyle) -> None:
        self._calls, self._style = calls, style
        self._making: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        """By guild: what was not found must not be made twice."""
        self._brought: dict[tuple[str, Sequence[str]], set[str]] = {}
        """How far bringing people in had come when Discord bade us wait."""

    async def open(self, key: str, guild: str, about: tuple[str, str], users: Sequence[str]) -> str:
        """The room of this key, made when it is not there. Raises NotInvitedError, with everything else done, for
        whoever cannot be brought in. `about` is its name and topic."""
        async with self._making[guild]:
            match self._style.kind:
                case "existing":
                    channel = found(await self._shown(self._style.channel), "id")
                case "thread":
                    channel = await self._thread(key, guild, about[0])
                case _:
                    channel = await self._channel(key, guild, about)
        await self.add(guild, channel, users)
        return channel

    async def add(self, guild: str, channel: str, users: Sequence[str]) -> None:
        """Raises NotInvitedError for those who cannot come, when the others are in."""
        bring, refused = await self._way_in(guild, channel), dict[str, int]()
        done = self._brought.setdefault((channel, users), set())
        for user in (one for one in users if one not in done):
            try:
                if not is_snowflake(user):
                    raise RefusedError(UNKNOWN_USER)
                await bring(user)
            except RefusedError as error:
                if error.code not in GONE:
                    raise
                refused[user] = error.code
            else:
                done.add(user)
        del self._brought[channel, users]
        if refused:
            log.warning("not_invited", workspace=guild, channel=channel, count=len(refused))
            raise NotInvitedError(channel, tuple(refused), ", ".join(str(code) for code in set(refused.values())))

    async def remove(self, guild: str, channel: str, users: Sequence[str]) -> None:
        shown = await self._shown(channel)
        role = "" if _is_thread(shown) else await self._role_of(guild, shown)
        alone = {
            name_at(one, "id") for one in listed(part(shown, "permission_overwrites")) if part(one, "type") == MEMBER
        }
        for user in filter(is_snowflake, users):
            if _is_thread(shown):
                await self._quietly(
                    "DELETE", "/channels/{channel_id}/thread-members/{user_id}", channel_id=channel, user_id=user
                )
            if role:
                path = "/guilds/{guild_id}/members/{user_id}/roles/{role_id}"
                await self._quietly("DELETE", path, guild_id=guild, user_id=user, role_id=role)
            if user in alone:
                path = "/channels/{channel_id}/permissions/{target}"
                await self._quietly("DELETE", path, channel_id=channel, target=user)

    async def close(self, guild: str, channel: str) -> None:
        """Everybody still reads it and nobody writes there. A channel that was there before us stays as it is."""
        if self._style.kind == "existing" and channel == self._style.channel:
            return
        shown = await self._shown(channel)
        if _is_thread(shown):
            asleep = {"archived": True, "locked": True}
            await self._calls.call("PATCH", "/channels/{channel_id}", asleep, channel_id=channel)
            return
        me, changed = await self._calls.me(), list[Json]()
        for one in listed(part(shown, "permission_overwrites")):
            ours = name_at(one, "id") in (me, guild)
            changed.append(one if ours else _overwrite(name_at(one, "id"), part(one, "type"), READERS, WRITING))
        await self._set(channel, [_as_sent(one) for one in changed])

    async def _channel(self, key: str, guild: str, about: tuple[str, str]) -> str:
        """The name is the key's, so a channel that has it was made by an earlier try whose answer was lost."""
        wanted, kind = room_name(about[0], key), FORUM if self._style.kind == "forum" else TEXT
        there = listed(await self._calls.call("GET", "/guilds/{guild_id}/channels", guild_id=guild))
        known = next((one for one in there if name_at(one, "name") == wanted and part(one, "type") == kind), None)
        role = await self._role(key, guild, about[0])
        overwrites = await self._overwrites(guild, role)
        if known is not None:
            await self._mend(known, overwrites)
            return found(known, "id")
        made = {"name": wanted, "type": kind, "topic": shorten(about[1] or about[0], MOST_TOPIC)}
        made |= {"parent_id": await self._category(guild, there), "permission_overwrites": overwrites}
        return found(await self._calls.call("POST", "/guilds/{guild_id}/channels", made, guild_id=guild), "id")

    async def _overwrites(self, guild: str, role: str) -> list[Json]:
        ours = _overwrite(await self._calls.me(), MEMBER, HERE)
        opened = [_overwrite(role, ROLE, MEMBERS)] if role else []
        return [_overwrite(guild, ROLE, deny=SEEING), ours, *opened]

    async def _mend(self, channel: Json, wanted: Sequence[Json]) -> None:
        """What we set is set again where it is not so any more; what others set beside it stays."""
        there = [_as_sent(one) for one in listed(part(channel, "permission_overwrites"))]
        theirs = [one for one in there if one["id"] not in {ours["id"] for ours in wanted}]
        if any(one not in there for one in wanted):
            await self._set(found(channel, "id"), [*wanted, *theirs])

    async def _set(self, channel: str, overwrites: Sequence[Json]) -> None:
        body = {"permission_overwrites": list(overwrites)}
        await self._calls.call("PATCH", "/channels/{channel_id}", body, channel_id=channel)

    async def _category(self, guild: str, there: Sequence[Json]) -> str:
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
            if name_at(one, "name") == wanted and _is_harmless(one):
                return found(one, "id")
        made = {"name": wanted, "permissions": 0, "mentionable": False, "hoist": False}
        try:
            return found(await self._calls.call("POST", "/guilds/{guild_id}/roles", made, guild_id=guild), "id")
        except RefusedError as error:
            if error.code != MOST_ROLES:
                raise
        return ""

    async def _role_of(self, guild: str, channel: Json) -> str:
        """The role that opens this room: one of ours, that nothing else can be done with."""
        opens = {
            name_at(one, "id") for one in listed(part(channel, "permission_overwrites")) if part(one, "type") == ROLE
        }
        if not opens - {guild}:
            return ""
        for one in listed(await self._calls.call("GET", "/guilds/{guild_id}/roles", guild_id=guild)):
            if name_at(one, "id") in opens and is_role_name(name_at(one, "name")) and _is_harmless(one):
                return name_at(one, "id")
        return ""

    async def _way_in(self, guild: str, channel: str) -> Callable[[str], Awaitable[object]]:
        shown = await self._shown(channel)
        role = "" if _is_thread(shown) else await self._role_of(guild, shown)

        async def join(user: str) -> None:
            path = "/channels/{channel_id}/thread-members/{user_id}"
            await self._calls.call("PUT", path, channel_id=channel, user_id=user)

        async def allow(user: str) -> None:
            path = "/channels/{channel_id}/permissions/{target}"
            body = {"type": MEMBER, "allow": MEMBERS, "deny": 0}
            await self._calls.call("PUT", path, body, channel_id=channel, target=user)

        async def give(user: str) -> None:
            path = "/guilds/{guild_id}/members/{user_id}/roles/{role_id}"
            try:
                await self._calls.call("PUT", path, guild_id=guild, user_id=user, role_id=role)
            except RefusedError as error:
                if error.code not in (NO_PERMISSION, UNKNOWN_ROLE):
                    raise
                await allow(user)  # somebody has put the role above ours, or taken it away

        return join if _is_thread(shown) else give if role else allow

    async def _thread(self, key: str, guild: str, name: str) -> str:
        wanted, parent = room_name(name, key), self._style.channel
        active = await self._calls.call("GET", "/guilds/{guild_id}/threads/active", guild_id=guild)
        for one in listed(part(active, "threads")):
            if name_at(one, "name") == wanted and name_at(one, "parent_id") == parent:
                return found(one, "id")
        made = {"name": wanted, "type": PRIVATE_THREAD, "invitable": False, "auto_archive_duration": LONGEST_SLEEP}
        return found(await self._calls.call("POST", "/channels/{channel_id}/threads", made, channel_id=parent), "id")

    async def _shown(self, channel: str) -> Json:
        shown = await self._calls.call("GET", "/channels/{channel_id}", channel_id=channel)
        return shown if isinstance(shown, Mapping) else {}

    async def _quietly(self, method: str, path: str, **given: str) -> None:
        """Whoever is not there need not be taken out."""
        try:
            await self._calls.call(method, path, **given)
        except RefusedError as error:
            if error.code not in GONE:
                raise


def _is_thread(channel: Json) -> bool:
    return part(channel, "type") in THREADS


def _is_harmless(role: Json) -> bool:
    return str(part(role, "permissions")) == "0" and part(role, "managed") is not True


def _overwrite(target: str, kind: object, allow: int = 0, deny: int = 0) -> Json:
    return {"id": target, "type": kind, "allow": allow, "deny": deny}


def _as_sent(overwrite: Json) -> Json:
    """Discord tells permissions as text and takes numbers."""
    allow, deny = (int(str(part(overwrite, name) or 0)) for name in ("allow", "deny"))
    return _overwrite(name_at(overwrite, "id"), part(overwrite, "type"), allow, deny)
