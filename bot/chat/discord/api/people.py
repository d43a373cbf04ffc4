"""Who is in a room: by its role where it has one, by name in a private thread, by name in the channel else."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog

from bot.chat.discord.ids import is_role_of, is_snowflake
from bot.chat.discord.permissions import HERE, MEMBERS, SEEING
from bot.chat.raw import name as name_at
from bot.chat.raw import part
from cohorts.send_errors import NotInvitedError, RateLimitedError

from .calls import NO_PERMISSION, UNKNOWN_MEMBER, UNKNOWN_ROLE, UNKNOWN_USER, Calls, RefusedError, listed
from .threads import THREADS

log = structlog.get_logger()

GONE = frozenset({UNKNOWN_MEMBER, UNKNOWN_USER})
"""One person is not there; it says nothing about the others."""
ROLE, MEMBER = 0, 1
Json = Mapping[str, Any]


class People:
    """Brought into rooms and taken out of them. Doing any of it again does no more."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._brought: dict[tuple[str, Sequence[str]], set[str]] = {}
        """How far bringing people in had come when Discord bade us wait."""

    async def add(self, guild: str, channel: str, users: Sequence[str]) -> None:
        """Raises NotInvitedError for those who cannot come, when the others are in."""
        bring, asked = await self._way_in(guild, channel), (channel, users)
        done = self._brought.pop(asked, set())
        try:
            refused = await _each(bring, [user for user in users if user not in done], done)
        except RateLimitedError:
            self._brought[asked] = done
            raise
        if refused:
            log.warning("not_invited", workspace=guild, channel=channel, count=len(refused))
            raise NotInvitedError(channel, tuple(refused), ", ".join(str(code) for code in set(refused.values())))

    async def remove(self, guild: str, channel: str, users: Sequence[str]) -> None:
        shown = await self.shown(channel)
        roles = [] if is_thread(shown) else await self.roles_in(guild, shown)
        alone = {
            name_at(one, "id") for one in listed(part(shown, "permission_overwrites")) if part(one, "type") == MEMBER
        }
        for user in filter(is_snowflake, users):
            if is_thread(shown):
                await self._quietly(
                    "DELETE", "/channels/{channel_id}/thread-members/{user_id}", channel_id=channel, user_id=user
                )
            for role in roles:
                path = "/guilds/{guild_id}/members/{user_id}/roles/{role_id}"
                await self._quietly("DELETE", path, guild_id=guild, user_id=user, role_id=role)
            if user in alone:
                path = "/channels/{channel_id}/permissions/{target}"
                await self._quietly("DELETE", path, channel_id=channel, target=user)

    async def shown(self, channel: str) -> Json:
        """The channel as it is now."""
        shown = await self._calls.call("GET", "/channels/{channel_id}", channel_id=channel)
        return shown if isinstance(shown, Mapping) else {}

    async def _role_of(self, guild: str, channel: Json) -> str:
        """The role to give: the one made for this room, that nothing else can be done with. Another room's may read
        along here, and opens that one."""
        ours = (one for one in await self._opening(guild, channel) if _is_for(one, channel) and is_harmless(one))
        return next((name_at(one, "id") for one in ours), "")

    async def roles_in(self, guild: str, channel: Json) -> Sequence[str]:
        """The roles by which people were let in. One that has been given another name is known by what we allowed it,
        in a channel that we made."""
        opening, allowed = await self._opening(guild, channel), _allowed(channel)
        ours = [one for one in opening if _is_for(one, channel)]
        if not ours and allowed.get(await self._calls.me()) == HERE:
            ours = [one for one in opening if allowed[name_at(one, "id")] == MEMBERS and is_harmless(one)]
        return [name_at(one, "id") for one in ours]

    async def _opening(self, guild: str, channel: Json) -> Sequence[Json]:
        """The roles that open the channel, everybody's own aside."""
        opens = {target for target, allow in _allowed(channel).items() if allow & SEEING} - {guild}
        if not opens:
            return ()
        roles = listed(await self._calls.call("GET", "/guilds/{guild_id}/roles", guild_id=guild))
        return [one for one in roles if name_at(one, "id") in opens]

    async def _way_in(self, guild: str, channel: str) -> Callable[[str], Awaitable[object]]:
        shown = await self.shown(channel)
        role = "" if is_thread(shown) else await self._role_of(guild, shown)

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

        return join if is_thread(shown) else give if role else allow

    async def _quietly(self, method: str, path: str, **given: str) -> None:
        """Whoever is not there need not be taken out."""
        try:
            await self._calls.call(method, path, **given)
        except RefusedError as error:
            if error.code not in GONE:
                raise


async def _each(bring: Callable[[str], Awaitable[object]], users: Sequence[str], done: set[str]) -> dict[str, int]:
    """Who cannot come → Discord's number for why; who came is noted at once."""
    refused = dict[str, int]()
    for user in users:
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
    return refused


def _is_for(role: Json, channel: Json) -> bool:
    return is_role_of(name_at(role, "name"), name_at(channel, "name"))


def _allowed(channel: Json) -> Mapping[str, int]:
    """What a role or a member is allowed in it, by id; Discord writes it as text."""
    given = ((name_at(one, "id"), str(part(one, "allow"))) for one in listed(part(channel, "permission_overwrites")))
    return {target: int(allow) for target, allow in given if allow.isascii() and allow.isdecimal()}


def is_thread(channel: Json) -> bool:
    return part(channel, "type") in THREADS


def is_harmless(role: Json) -> bool:
    return str(part(role, "permissions")) == "0" and part(role, "managed") is not True
