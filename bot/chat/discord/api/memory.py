"""What this process remembers of its sends and of where they went. It only saves asking again.

A message of ours is known again by the numbers of its components: Discord gives them back as they were set, and nobody
sees them.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any

from bot.chat.discord.ids import Spot, joined_id
from bot.chat.raw import name, part
from cohorts.values import Frozen

MOST = 10_000
MOST_PARTS = 30
_LOWEST = 1 << 20
"""Above the numbers that Discord gives by itself."""


class Trace(Frozen):
    """The Discord messages of one delivery, by part from 1; `of` how many there are, 0 while that is not known."""

    spots: Mapping[int, Spot] = {}
    of: int = 0

    @property
    def whole(self) -> bool:
        return 0 < self.of <= len(self.spots)

    @property
    def id(self) -> str:
        return joined_id([self.spots[number] for number in sorted(self.spots)])


def marked(body: Mapping[str, Any], key: str, number: int, of: int) -> dict[str, Any]:
    """The body with our mark on its first component, where it has one."""
    components = list(body.get("components", ()))
    if components:
        components[0] = components[0] | {"id": _mark(key, number, last=number == of)}
    return {**body, **({"components": components} if components else {})}


def traced(key: str, messages: Iterable[Mapping[str, Any]]) -> Trace:
    """What of this delivery is among messages of a channel."""
    marks = {
        _mark(key, number, last=last): (number, last) for number in range(1, MOST_PARTS + 1) for last in (True, False)
    }
    spots, of = dict[int, Spot](), 0
    for message in messages:
        mark = part(message, "components", 0, "id")
        number, last = marks.get(mark, (0, False)) if isinstance(mark, int) else (0, False)
        channel, message_id = name(message, "channel_id"), name(message, "id")
        if number and channel and message_id:
            spots[number] = Spot(channel, message_id)
            of = number if last else of
    return Trace(spots=spots, of=of)


def _mark(key: str, number: int, *, last: bool) -> int:
    digest = hashlib.sha256(f"{key}\x1f{number}\x1f{last}".encode()).digest()
    return _LOWEST + int.from_bytes(digest[:4], "big") % ((1 << 31) - 1 - _LOWEST)


class Memory:
    """By conversation and delivery key; the oldest are forgotten first."""

    def __init__(self) -> None:
        self._traces: OrderedDict[tuple[str, str], Trace] = OrderedDict()
        self._parents: OrderedDict[str, str] = OrderedDict()
        self._kinds: OrderedDict[str, int] = OrderedDict()

    def trace(self, place: str, key: str) -> Trace | None:
        return self._traces.get((place, key))

    def add(self, place: str, key: str, more: Trace) -> Trace:
        """What is known now."""
        known = self._traces.pop((place, key), Trace())
        whole = Trace(spots={**known.spots, **more.spots}, of=more.of or known.of)
        self._traces[place, key] = whole
        _forget(self._traces)
        return whole

    def parent(self, thread: str) -> str | None:
        """The channel a thread stands in; "" for what stands in none."""
        return self._parents.get(thread)

    def kind(self, channel: str) -> int | None:
        """Discord's number for what kind of channel it is."""
        return self._kinds.get(channel)

    def learn(self, channel: str, kind: int, parent: str = "") -> None:
        self._kinds[channel], self._parents[channel] = kind, parent
        _forget(self._kinds)
        _forget(self._parents)


def _forget(kept: OrderedDict[Any, Any]) -> None:
    while len(kept) > MOST:
        kept.popitem(last=False)
