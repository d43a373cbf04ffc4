"""What a channel is to those around it: whether everybody in its server may look into it, and whether we made it."""

from typing import NamedTuple

from bot.chat.discord.ids import is_role_of
from bot.chat.discord.permissions import SEEING
from bot.chat.raw import name as name_at
from bot.chat.raw import part

from .calls import Calls, listing
from .overwrites import Json, allowed, bits, is_made_by, is_open_to_all


class Seen(NamedTuple):
    """`role` is the one that was made for it, where that had to be found out; "" where there is none."""

    by_all: bool
    ours: bool
    role: str = ""


async def see(calls: Calls, channel: object, guild: str) -> Seen:
    """Raises what `Calls.call` does. A room of ours that has lost all it said of itself, as when somebody has set it to
    what its category says, is known by its role."""
    ours = is_made_by(channel, await calls.me())
    if not is_open_to_all(channel, guild):
        return Seen(by_all=False, ours=ours)
    roles = listing(await calls.call("GET", "/guilds/{guild_id}/roles", guild_id=guild))
    role = next((name_at(one, "id") for one in roles if is_for(one, channel) and is_harmless(one)), "")
    by_all = bool(allowed(channel).get(guild, 0) & SEEING) or any(_sees(one, guild) for one in roles)
    return Seen(by_all=by_all, ours=ours or bool(role), role=role)


def is_for(role: Json, channel: object) -> bool:
    return is_role_of(name_at(role, "name"), name_at(channel, "name"))


def is_harmless(role: Json) -> bool:
    return str(part(role, "permissions")) == "0" and part(role, "managed") is not True


def _sees(role: Json, guild: str) -> bool:
    """Whether everybody sees channels that say nothing of it."""
    return name_at(role, "id") == guild and bool(bits(part(role, "permissions")) & SEEING)
