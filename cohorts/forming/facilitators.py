"""Who leads which cohort: all of them decided together, so that nobody is left without who could have had one."""

from collections.abc import Iterator, Mapping, Sequence
from math import inf

from cohorts.values import Frozen

TIME, LOAD = 0.5, 0.25
"""What counts: hours at which the members are free, and leading few others."""
ROUNDS = 8
"""Of improving by exchanges: it is settled after two or three."""
PAIRS = 80_000
"""So many pairs of cohorts are looked at in a round; of more cohorts each is compared with fewer others."""
SLIGHT = 1e-9


class Leader(Frozen):
    """Somebody who facilitates. `room`: so many more cohorts they may lead, of `capacity` in all. `week`: half-hours of
    the UTC week, see hours.py, at which they are at work."""

    educator_id: str
    capacity: int
    room: int
    week: int = 0


class Need(Frozen):
    """A cohort without a facilitator. `able` may lead it by every rule: they speak its language, no line of evaluation,
    no wish to be apart, the consent of both sides covers the LEAs. `week`: half-hours at which its members are free."""

    id: str
    able: frozenset[str]
    week: int = 0


def fit(need: Need, leader: Leader) -> float:
    """How well this leader suits the cohort, the first time they are given one."""
    free = need.week.bit_count()
    overlap = (need.week & leader.week).bit_count() / free if free else 0.0
    return TIME * overlap - LOAD * _fullness(leader, 0)


def assign(needs: Sequence[Need], leaders: Sequence[Leader]) -> Mapping[str, str]:
    """Need → leader, "" for none. As many as can be are led, nobody leads more than they have room for, and no
    exchange between two would fit better. The same in whatever order they come."""
    ordered = sorted(needs, key=lambda need: (len(need.able), need.id))
    board = _Board(ordered, sorted(leaders, key=lambda leader: leader.educator_id))
    for need in ordered:
        board.seat(need)
    for need in ordered:
        if not board.led[need.id]:
            board.make_room(need)
    for _ in range(ROUNDS):
        if not board.improve():
            break
    return {need.id: board.led[need.id] for need in needs}


def _fullness(leader: Leader, more: int) -> float:
    """The share of what they can lead that they lead already, these included."""
    return (leader.capacity - leader.room + more) / leader.capacity if leader.capacity else inf


class _Board:
    def __init__(self, needs: Sequence[Need], leaders: Sequence[Leader]) -> None:
        self._needs = needs
        self._leaders = {leader.educator_id: leader for leader in leaders}
        self._given = dict.fromkeys(self._leaders, 0)
        self._who = {n.id: [one for one in self._leaders if one in n.able] for n in needs}
        self._fits = {(n.id, one.educator_id): fit(n, one) for n in needs for one in leaders}
        self.led = {need.id: "" for need in needs}

    def seat(self, need: Need) -> bool:
        """The best of those who have room."""
        free = [one for one in self._able(need) if self._given[one] < self._leaders[one].room]
        best = max(free, key=lambda one: self._value(need, one), default="")
        if best:
            self._give(need, best)
        return bool(best)

    def make_room(self, need: Need) -> bool:
        """Somebody able gives one of theirs to another who can lead that, and takes this one; along the shortest such
        chain. False when there is none, as when everybody has all they can lead."""
        if all(self._given[one] >= leader.room for one, leader in self._leaders.items()):
            return False
        led_by = self._led_by()
        came: dict[str, tuple[Need, str]] = dict.fromkeys(self._able(need), (need, ""))
        queue = list(came)
        for one in queue:
            if self._given[one] < self._leaders[one].room:
                self._pass_on(one, came)
                return True
            for theirs in led_by[one]:
                for other in self._able(theirs):
                    if other not in came:
                        came[other] = (theirs, one)
                        queue.append(other)
        return False

    def _pass_on(self, free: str, came: Mapping[str, tuple[Need, str]]) -> None:
        """Back along the chain: each gives their cohort to the one behind them."""
        taker = free
        while taker:
            need, giver = came[taker]
            if giver:
                self._given[giver] -= 1
            self._give(need, taker)
            taker = giver

    def improve(self) -> bool:
        """Moves one to a better leader with room, exchanges two, or leads one instead of another; whether anything got
        better."""
        moved = [self._move(need) for need in self._needs if self.led[need.id]]
        swapped = [self._swap(one, other) for one, other in self._pairs()]
        return any(moved) or any(swapped)

    def _pairs(self) -> Iterator[tuple[Need, Need]]:
        """Those near each other in the order, where all pairs would be too many."""
        near = PAIRS // max(1, len(self._needs))
        for at, need in enumerate(self._needs):
            for other in self._needs[at + 1 : at + 1 + near]:
                yield need, other

    def _move(self, need: Need) -> bool:
        now = self.led[need.id]
        self._given[now] -= 1
        best = max(
            (one for one in self._able(need) if self._given[one] < self._leaders[one].room),
            key=lambda one: (self._value(need, one), one == now),
        )
        self._give(need, best)
        return best != now

    def _swap(self, one: Need, other: Need) -> bool:
        """The two take each other's leader, or the lack of one."""
        a, b = self.led[one.id], self.led[other.id]
        if a == b or (b and b not in one.able) or (a and a not in other.able):
            return False
        gain = self._worth(one, b) + self._worth(other, a) - self._worth(one, a) - self._worth(other, b)
        if gain <= SLIGHT:
            return False
        self.led[one.id], self.led[other.id] = b, a
        return True

    def _worth(self, need: Need, leader: str) -> float:
        return self._fits[need.id, leader] if leader else 0.0

    def _able(self, need: Need) -> Sequence[str]:
        return self._who[need.id]

    def _led_by(self) -> Mapping[str, Sequence[Need]]:
        found: dict[str, list[Need]] = {one: [] for one in self._leaders}
        for need in self._needs:
            if leader := self.led[need.id]:
                found[leader].append(need)
        return found

    def _value(self, need: Need, one: str) -> float:
        leader = self._leaders[one]
        return self._fits[need.id, one] - LOAD * (_fullness(leader, self._given[one]) - _fullness(leader, 0))

    def _give(self, need: Need, one: str) -> None:
        self.led[need.id] = one
        self._given[one] += 1
