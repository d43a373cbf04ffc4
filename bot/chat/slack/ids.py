"""Slack's ids. Outside this file they are opaque strings.

A conversation is the channel. A message is `channel/ts`, for a reply in a thread `channel/ts/thread`: a `ts` names a
message only inside its channel, and only the first message of a thread can be replied to. A message of ours that had
to be sent as several is the ids of its parts, joined by `+`. A workspace is the team, also where the app is
installed for a whole enterprise; what is of no team in particular there has the enterprise's id (origin.py).
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from cohorts.events import Place
from cohorts.ids import make_id

PLATFORM = "slack"
DELIVERY = "cohortium_delivery"
"""The `event_type` of the metadata on what we send; its payload holds the delivery key."""
MOST_ID = 255
_MESSAGE = re.compile(r"([A-Z0-9]{2,32})/(\d{1,12}\.\d{1,9})(?:/(\d{1,12}\.\d{1,9}))?")
_CHANNEL = re.compile(r"[A-Z0-9]{2,32}")
_NOT_IN_NAMES = re.compile(r"[^\w]+|_+")
MOST_NAME = 80


class Spot(NamedTuple):
    """A message as Slack names it; `thread` is "" outside of threads."""

    channel: str
    ts: str
    thread: str = ""


def message_id(channel: str, ts: str, thread: str = "") -> str:
    """ "" where there is no message."""
    if not channel or not ts:
        return ""
    return f"{channel}/{ts}/{thread}" if thread and thread != ts else f"{channel}/{ts}"


def joined_id(spots: Sequence[Spot]) -> str:
    return "+".join(message_id(*spot) for spot in spots)


def spots_of(message: str) -> Sequence[Spot]:
    """The Slack messages behind an id of ours, in order. Raises ValueError for what is no id of ours."""
    matches = [_MESSAGE.fullmatch(part) for part in message.split("+")]
    spots = [Spot(match[1], match[2], match[3] or "") for match in matches if match]
    if len(spots) != len(matches) or len({spot.channel for spot in spots}) != 1:
        raise ValueError(f"not a message id: {message[:40]!r}")
    return spots


def thread_of(place: Place) -> str:
    """The `ts` of the thread in which something was said; what stands outside of threads begins one of its own."""
    root = place.thread or place.message
    return spots_of(root)[0].ts if root else ""


def is_channel(conversation: str) -> bool:
    return bool(_CHANNEL.fullmatch(conversation))


def is_direct(conversation: str) -> bool:
    """A direct conversation. What is written or opened there reaches us from somebody's own with us alone; a command or
    a message's menu also from two people's, and from notes to oneself."""
    return conversation.startswith("D") and is_channel(conversation)


def room_name(name: str, key: str, number: int = 1) -> str:
    """A channel name Slack takes, at most 80 characters. Equal keys give equal names, and hardly any others do; from 2
    on the number stands behind it."""
    slug = _NOT_IN_NAMES.sub("-", name.lower()).strip("-") or "cohort"
    tail = make_id("room", key).removeprefix("room-")[:6] + (f"-{number}" if number > 1 else "")
    return f"{slug[: MOST_NAME - len(tail) - 1].rstrip('-')}-{tail}"


def event_key(kind: str, *parts: str) -> str:
    """One thing that happened, however often and in whatever wrapping Slack tells us of it."""
    return make_id(f"slack-{kind}", *parts)
