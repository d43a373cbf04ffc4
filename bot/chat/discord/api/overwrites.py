"""What a channel says of who may see it and write in it: Discord's overwrites, read and written."""

from collections.abc import Mapping
from typing import Any

from bot.chat.discord.permissions import HERE, SEEING
from bot.chat.raw import name as name_at
from bot.chat.raw import part

from .calls import listed

ROLE, MEMBER = 0, 1
Json = Mapping[str, Any]


def overwrite(target: str, kind: object, allow: int = 0, deny: int = 0) -> Json:
    return {"id": target, "type": kind, "allow": allow, "deny": deny}


def as_sent(found: Json) -> Json:
    """Discord tells permissions as text and takes numbers."""
    return overwrite(name_at(found, "id"), part(found, "type"), bits(part(found, "allow")), bits(part(found, "deny")))


def overwrites_of(channel: object) -> list[Json]:
    return [as_sent(one) for one in listed(part(channel, "permission_overwrites"))]


def allowed(channel: object) -> Mapping[str, int]:
    """What a role or a member is allowed in it, by id."""
    return {one["id"]: one["allow"] for one in overwrites_of(channel)}


def by_name(channel: object, deny: int = 0) -> frozenset[str]:
    """Of whom it says something by name; with `deny`, who may not do this."""
    named = (one for one in overwrites_of(channel) if one["type"] == MEMBER)
    return frozenset(one["id"] for one in named if one["deny"] & deny == deny)


def is_open_to_all(channel: object, guild: str) -> bool:
    """Whether it shuts out nobody of the server."""
    return not any(one["id"] == guild and one["deny"] & SEEING for one in overwrites_of(channel))


def is_made_by(channel: object, me: str) -> bool:
    """Whether we made it: what we allow ourselves in a room of ours nobody else would."""
    return allowed(channel).get(me) == HERE


def shut(channel: object, guild: str) -> list[Json]:
    """Its overwrites with everybody shut out who is let in by none of the others."""
    everybody = next((one for one in overwrites_of(channel) if one["id"] == guild), overwrite(guild, ROLE))
    allow, deny = everybody["allow"] & ~SEEING, everybody["deny"] | SEEING
    return [overwrite(guild, ROLE, allow, deny), *(one for one in overwrites_of(channel) if one["id"] != guild)]


def bits(found: object) -> int:
    said = str(found)
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 40 else 0
