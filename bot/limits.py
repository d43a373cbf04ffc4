"""Whose turn it is to be written to, within the limits of every platform.

A cell for each conversation, workspace and platform, by the generic cell rate algorithm (ITU-T I.371). Times are
seconds of a clock that never jumps. Nothing sleeps here: one asks what may go, and when more may.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

from cohorts.ports import Chat, Limits, Rate
from cohorts.send_errors import RateLimitedError
from storage.queues.outbox import Head
from storage.queues.workspaces import Place

MOST_KEYS = 50_000
"""So many cells are kept before those at rest are forgotten."""

Cell = tuple[Hashable, Rate | None]


class Meter:
    """When each key may go next. A key that was never asked about is at rest; one without a rate can still be held."""

    def __init__(self) -> None:
        self._spent_to: dict[Hashable, float] = {}
        """Theoretical arrival time: until then the key is ahead of its rate."""
        self._held_to: dict[Hashable, float] = {}

    def ready_at(self, cells: Iterable[Cell]) -> float:
        """The instant from which one more may go through all of these."""
        return max((self._ready_at(key, rate) for key, rate in cells), default=0.0)

    def take(self, cells: Iterable[Cell], now: float) -> None:
        self._forget(now)
        for key, rate in cells:
            if rate is not None:
                self._spent_to[key] = max(self._spent_to.get(key, now), now) + 1 / rate.per_second

    def hold(self, key: Hashable, rate: Rate | None, until: float) -> None:
        """Nothing before `until`, and no burst right after it: the platform has said that we were too fast."""
        self._held_to[key] = max(self._held_to.get(key, until), until)
        if rate is not None:
            self._spent_to[key] = max(self._spent_to.get(key, until), until) + _burst(rate)

    def _ready_at(self, key: Hashable, rate: Rate | None) -> float:
        spent = 0.0 if rate is None else self._spent_to.get(key, 0.0) - _burst(rate)
        return max(spent, self._held_to.get(key, 0.0))

    def _forget(self, now: float) -> None:
        for cells in (self._spent_to, self._held_to):
            if len(cells) > MOST_KEYS:
                for key in [key for key, at in cells.items() if at <= now]:
                    del cells[key]


class Turns:
    """Round robin over workspaces, and in each over conversations, within every limit.

    Who has just pressed or written something waits for the answer, so replies go first. Then comes the conversation
    that has waited longest for its turn: a flood in some rooms does not hold back one message in another.
    """

    def __init__(self, chats: Mapping[str, Chat]) -> None:
        self._chats = chats
        self._meter = Meter()
        self._served: dict[Hashable, int] = {}
        self._count = 0

    def choose(self, heads: Iterable[Head], now: float, most: int) -> tuple[Sequence[Head], float | None]:
        """Heads that go now, their cells taken; and when the next of those that may not yet go could (None: none)."""
        queues, chosen, later = self._queues(heads), list[Head](), list[float]()
        while queues and len(chosen) < most:
            for place in list(queues):
                head = self._next_in(queues[place], now, later)
                if head is None:
                    del queues[place]
                elif len(chosen) < most:
                    chosen.append(head)
        return chosen, min(later, default=None)

    def hold(self, place: Place, conversation: str, error: RateLimitedError, now: float) -> None:
        """The platform asks for a rest of just this scope."""
        limits, until = self._limits(place), now + error.retry_after / timedelta(seconds=1)
        match error.scope:
            case "conversation":
                self._meter.hold(_room(place, conversation), limits.conversation, until)
            case "workspace":
                self._meter.hold(place, limits.workspace, until)
            case "platform":
                self._meter.hold(place[0], limits.platform, until)

    def _next_in(self, queue: list[Head], now: float, later: list[float]) -> Head | None:
        """The next of a workspace's heads that may go, taken from the queue; its cells are taken too."""
        if not queue:
            return None
        shared = tuple(self._shared_cells(queue[-1].place))
        if (ready := self._meter.ready_at(shared)) > now:
            later.append(ready)
            return None
        while queue:
            head = queue.pop()
            own = tuple(self._own_cells(head))
            if (ready := self._meter.ready_at(own)) <= now:
                self._meter.take(shared + own, now)
                self._serve(head)
                return head
            later.append(ready)
        return None

    def _queues(self, heads: Iterable[Head]) -> dict[Place, list[Head]]:
        """By workspace; who is next stands last."""
        queues: dict[Place, list[Head]] = {}
        for head in heads:
            queues.setdefault(head.place, []).append(head)
        for queue in queues.values():
            queue.sort(key=self._urgency, reverse=True)
        return queues

    def _urgency(self, head: Head) -> tuple[bool, int, int]:
        return head.purpose != "reply", self._served.get(_room(head.place, head.conversation), 0), head.id

    def _serve(self, head: Head) -> None:
        if len(self._served) > MOST_KEYS:
            self._served.clear()
        self._count += 1
        self._served[_room(head.place, head.conversation)] = self._count

    def _limits(self, place: Place) -> Limits:
        chat = self._chats.get(place[0])
        return chat.limits if chat else Limits()

    def _shared_cells(self, place: Place) -> Iterator[Cell]:
        limits = self._limits(place)
        yield place[0], limits.platform
        yield place, limits.workspace

    def _own_cells(self, head: Head) -> Iterator[Cell]:
        limits = self._limits(head.place)
        yield _room(head.place, head.conversation), limits.conversation
        if head.verb in limits.verbs:
            yield (head.place, head.verb), limits.verbs[head.verb]


def _room(place: Place, conversation: str) -> Hashable:
    """Both queues of a person lead into one conversation of the platform."""
    return place, conversation.removesuffix(":unasked")


def _burst(rate: Rate) -> float:
    """Seconds by which a key may be ahead of its rate."""
    return (rate.burst - 1) / rate.per_second
