"""Discord's ids. Outside this file they are opaque strings.

A workspace is the guild. A conversation is a channel or a thread; somebody's own with us is `@` and the channel. A
message is `channel/message`, in the channel where it stands: of one in a thread that is the thread. A message of ours
that had to be sent as several is the ids of its parts, joined by `+`.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from typing import NamedTuple

from cohorts.ids import make_id

PLATFORM = "discord"
MOST_ID = 255
MOST_NAME = 90
_NOT_IN_NAMES = re.compile(r"[^\w]+|_+")
_ROLE = re.compile(r".+ · ([a-z2-7]{6})", re.DOTALL)
_SNOWFLAKE = re.compile(r"[0-9]{1,20}", re.ASCII)
_CONVERSATION = re.compile(r"@?[0-9]{1,20}", re.ASCII)
_MESSAGE = re.compile(r"([0-9]{1,20})/([0-9]{1,20})", re.ASCII)


class Spot(NamedTuple):
    """A message as Discord names it."""

    channel: str
    message: str


def is_snowflake(found: str) -> bool:
    return bool(_SNOWFLAKE.fullmatch(found))


def is_conversation(found: str) -> bool:
    return bool(_CONVERSATION.fullmatch(found))


def direct_id(channel: str) -> str:
    """The conversation of somebody's own with us; "" where there is none."""
    return f"@{channel}" if channel else ""


def is_direct(conversation: str) -> bool:
    return conversation.startswith("@") and is_conversation(conversation)


def channel_of(conversation: str) -> str:
    """The channel behind a conversation of ours. Raises ValueError for what is none."""
    if not is_conversation(conversation):
        raise ValueError(f"not a conversation: {conversation[:40]!r}")
    return conversation.removeprefix("@")


def message_id(channel: str, message: str) -> str:
    """ "" where there is no message."""
    return f"{channel}/{message}" if channel and message else ""


def joined_id(spots: Sequence[Spot]) -> str:
    return "+".join(message_id(*spot) for spot in spots)


def spots_of(message: str) -> Sequence[Spot]:
    """The Discord messages behind an id of ours, in order. Raises ValueError for what is no id of ours."""
    matches = [_MESSAGE.fullmatch(part) for part in message.split("+")]
    spots = [Spot(match[1], match[2]) for match in matches if match]
    if len(spots) != len(matches) or len({spot.channel for spot in spots}) != 1:
        raise ValueError(f"not a message id: {message[:40]!r}")
    return spots


def nonce_of(channel: str, key: str, number: int = 1) -> str:
    """What keeps Discord from taking the same message twice: 24 characters that depend on where it goes, the key and
    the part. Discord asks for no more than 25."""
    digest = hashlib.sha256(f"{channel}\x1f{key}\x1f{number}".encode()).digest()[:15]
    return base64.b32encode(digest).decode().lower()


def event_key(kind: str, *parts: str) -> str:
    """One thing that happened, however often Discord tells us of it."""
    return make_id(f"discord-{kind}", *parts)


def room_tail(key: str) -> str:
    """Six characters by which a room and its role are known again. Hardly any two keys have the same."""
    return make_id("room", key).removeprefix("room-")[:6]


def room_name(name: str, key: str, number: int = 1) -> str:
    """A channel name Discord takes, at most 90 characters. Equal keys give equal names; from 2 on the number stands
    behind it."""
    slug = _NOT_IN_NAMES.sub("-", name.lower()).strip("-") or "cohort"
    tail = room_tail(key) + (f"-{number}" if number > 1 else "")
    return f"{slug[: MOST_NAME - len(tail) - 1].rstrip('-')}-{tail}"


def role_name(key: str) -> str:
    """The role that opens a room. Everybody in a server sees who has which, so it names no cohort."""
    return f"Cohort · {room_tail(key)}"


def is_role_for(role: str, key: str) -> bool:
    """Whether a role, by its name, was made for this key; earlier ones have a cohort's name in theirs."""
    match = _ROLE.fullmatch(role)
    return match is not None and match[1] == room_tail(key)


def event_mark(key: str) -> str:
    """By which a scheduled event is known again as that of this meeting: the last line of what it says."""
    return f"· {make_id('event', key).removeprefix('event-')[:8]}"


def is_role_of(role: str, room: str) -> bool:
    """Whether a role and a room, by their names, were made for the same key."""
    match = _ROLE.fullmatch(role)
    return match is not None and f"-{match[1]}-" in f"-{room}-"
