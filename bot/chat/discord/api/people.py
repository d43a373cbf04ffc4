"""Who is in a room: by its role where it has one, by name in a private thread, by name in the channel else."""

from collections.abc import Awaitable, Callable, Sequence

import structlog

from bot.chat.discord.ids import is_snowflake
from bot.chat.discord.permissions import HERE, MEMBERS, SEEING
from bot.chat.raw import name as name_at
from bot.chat.raw import part
from cohorts.send_errors import NotInvitedError, RateLimitedError

from .calls import NO_PERMISSION, UNKNOWN_MEMBER, UNKNOWN_ROLE, UNKNOWN_USER, Calls, RefusedError, listing, shown
from .overwrites import MEMBER, ROLE, Json, allowed, by_name, is_made_by, overwrite, shut
from .seeing import is_for, is_harmless, see
from .threads import THREADS

log = structlog.get_logger()

GONE = frozenset({UNKNOWN_MEMBER, UNKNOWN_USER})
"""One person is not there; it says nothing about the others."""
ALONE = "/channels/{channel_id}/permissions/{target}"
"""What somebody by name may do in a channel."""


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
        roles, kept = ((), False) if is_thread(shown) else await self._let_in_by(guild, shown)
        alone = by_name(shown)
        for user in filter(is_snowflake, users):
            if is_thread(shown):
                await self._quietly(
                    "DELETE", "/channels/{channel_id}/thread-members/{user_id}", channel_id=channel, user_id=user
                )
            for role in roles:
                path = "/guilds/{guild_id}/members/{user_id}/roles/{role_id}"
                await self._quietly("DELETE", path, guild_id=guild, user_id=user, role_id=role)
            if kept:
                nothing = {"type": MEMBER, "allow": 0, "deny": SEEING}
                await self._quietly("PUT", ALONE, nothing, channel_id=channel, target=user)
            elif user in alone:
                await self._quietly("DELETE", ALONE, channel_id=channel, target=user)

    async def shown(self, channel: str) -> Json:
        """The channel as it is now."""
        return shown(await self._calls.call("GET", "/channels/{channel_id}", channel_id=channel))

    async def _hide(self, guild: str, channel: str, shown: Json) -> Json:
        """A room that we made is open to those alone who were brought in, whatever somebody has set meanwhile. Returns
        the channel as it is then."""
        if is_thread(shown):
            return shown
        seen = await see(self._calls, shown, guild)
        if not seen.by_all or not seen.ours:
            return shown
        there, wanted = shut(shown, guild), [overwrite(await self._calls.me(), MEMBER, HERE)]
        wanted += [overwrite(seen.role, ROLE, MEMBERS)] if seen.role else []
        lost = [one for one in wanted if one["id"] not in {known["id"] for known in there}]
        body = {"permission_overwrites": [*there, *lost]}
        await self._calls.call("PATCH", "/channels/{channel_id}", body, channel_id=channel)
        return await self.shown(channel)

    async def _role_of(self, guild: str, channel: Json) -> str:
        """The role to give: the one made for this room, that nothing else can be done with. Another room's may read
        along here, and opens that one."""
        ours = (one for one in await self._opening(guild, channel) if is_for(one, channel) and is_harmless(one))
        return next((name_at(one, "id") for one in ours), "")

    async def roles_in(self, guild: str, channel: Json) -> Sequence[str]:
        """The roles by which people were let in."""
        return (await self._let_in_by(guild, channel))[0]

    async def _let_in_by(self, guild: str, channel: Json) -> tuple[Sequence[str], bool]:
        """Those roles; one that has been given another name is known by what we allowed it, in a channel that we made.
        True: there is such a one that somebody has given powers of its own since; whoever has it keeps it, and is shut
        out by name."""
        opening, may = await self._opening(guild, channel), allowed(channel)
        ours, kept = [one for one in opening if is_for(one, channel)], False
        if not ours and is_made_by(channel, await self._calls.me()):
            given = [one for one in opening if may[name_at(one, "id")] == MEMBERS]
            ours = [one for one in given if is_harmless(one)]
            kept = len(ours) < len(given)
        return [name_at(one, "id") for one in ours], kept

    async def _opening(self, guild: str, channel: Json) -> Sequence[Json]:
        """The roles that open the channel, everybody's own aside."""
        opens = {target for target, allow in allowed(channel).items() if allow & SEEING} - {guild}
        if not opens:
            return ()
        roles = listing(await self._calls.call("GET", "/guilds/{guild_id}/roles", guild_id=guild))
        return [one for one in roles if name_at(one, "id") in opens]

    async def _way_in(self, guild: str, channel: str) -> Callable[[str], Awaitable[object]]:
        shown = await self.shown(channel)
        shown = await self._hide(guild, channel, shown)
        role = "" if is_thread(shown) else await self._role_of(guild, shown)
        shut_out = by_name(shown, deny=SEEING)

        async def join(user: str) -> None:
            path = "/channels/{channel_id}/thread-members/{user_id}"
            await self._calls.call("PUT", path, channel_id=channel, user_id=user)

        async def allow(user: str) -> None:
            body = {"type": MEMBER, "allow": MEMBERS, "deny": 0}
            await self._calls.call("PUT", ALONE, body, channel_id=channel, target=user)

        async def give(user: str) -> None:
            path = "/guilds/{guild_id}/members/{user_id}/roles/{role_id}"
            if user in shut_out:
                await self._quietly("DELETE", ALONE, channel_id=channel, target=user)
            try:
                await self._calls.call("PUT", path, guild_id=guild, user_id=user, role_id=role)
            except RefusedError as error:
                if error.code not in (NO_PERMISSION, UNKNOWN_ROLE):
                    raise
                await allow(user)  # somebody has put the role above ours, or taken it away

        return join if is_thread(shown) else give if role else allow

    async def _quietly(self, method: str, path: str, body: object = None, **given: str) -> None:
        """Whoever is not there need not be taken out."""
        try:
            await self._calls.call(method, path, body, **given)
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


def is_thread(channel: Json) -> bool:
    return part(channel, "type") in THREADS
