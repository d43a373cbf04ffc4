"""What this process remembers of its sends: which Slack messages a delivery key has left, and how far it was sought.

It only saves asking again. A process that has forgotten, or another one, looks into the conversation itself.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence

from bot.chat.slack.hearing.raw import name, part
from bot.chat.slack.ids import DELIVERY, Spot, joined_id
from cohorts.values import Frozen

MOST = 10_000


def place_of(workspace: str, channel: str) -> str:
    """A room that becomes another one says under the same key what holds now: there, it was not said before."""
    return f"{workspace}/{channel}"


class Trace(Frozen):
    """The Slack messages of one delivery, by part from 1; `of` how many there are when all are there."""

    spots: Mapping[int, Spot] = {}
    of: int = 1

    @property
    def whole(self) -> bool:
        return len(self.spots) >= self.of

    @property
    def id(self) -> str:
        return joined_id([self.spots[number] for number in sorted(self.spots)])


def stamp(key: str, number: int, of: int) -> dict[str, object]:
    """The metadata by which a message of ours is known again."""
    return {"event_type": DELIVERY, "event_payload": {"key": key, "part": number, "of": of}}


def traced(key: str, channel: str, messages: object) -> Trace:
    """What of this delivery is among messages of a history."""
    spots, of = dict[int, Spot](), 1
    for message in messages if isinstance(messages, Sequence) and not isinstance(messages, str) else ():
        payload = part(message, "metadata", "event_payload")
        ours = part(message, "metadata", "event_type") == DELIVERY and part(payload, "key") == key
        ts, thread = name(message, "ts"), name(message, "thread_ts")
        if ours and ts:
            number, many = part(payload, "part"), part(payload, "of")
            of = many if isinstance(many, int) else 1
            spots[number if isinstance(number, int) else 1] = Spot(channel, ts, "" if thread == ts else thread)
    return Trace(spots=spots, of=of)


class Memory:
    """By place (`place_of`) and delivery key; the oldest are forgotten first."""

    def __init__(self) -> None:
        self._traces: OrderedDict[tuple[str, str], Trace] = OrderedDict()
        self._cursors: OrderedDict[tuple[str, str], str] = OrderedDict()

    def trace(self, place: str, key: str) -> Trace | None:
        return self._traces.get((place, key))

    def add(self, place: str, key: str, more: Trace) -> Trace:
        """What is known now."""
        known = self._traces.pop((place, key), Trace())
        whole = Trace(spots={**known.spots, **more.spots}, of=max(more.of, known.of))
        self._traces[place, key] = whole
        while len(self._traces) > MOST:
            self._traces.popitem(last=False)
        return whole

    def cursor(self, place: str, key: str) -> str:
        """Where looking for it goes on."""
        return self._cursors.get((place, key), "")

    def look_on(self, place: str, key: str, cursor: str) -> None:
        self._cursors.pop((place, key), None)
        if cursor:
            self._cursors[place, key] = cursor
        while len(self._cursors) > MOST:
            self._cursors.popitem(last=False)
