"""Dividing a few dozen people into the best cohorts: build greedily, then swap and move while it helps.

Sets of people are bit masks over a table's own numbering. Seating everybody comes before a better score, and
singletons come before others; both are bonuses too large for the measure to outweigh.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from .hours import ALWAYS, count_hours
from .objective import ENOUGH_NEAR, People, worth_of_hours, worth_of_size

IMPOSSIBLE = float("-inf")
BETTER = 1e-9
USUAL_NUMBERS = 3
SEAT_BONUS = {"none": 10.0, "school": 11.0, "lea": 12.0}
_MASK64 = (1 << 64) - 1


class Dice:
    """Chance that is a function of its seed: splitmix64 (Steele, Lea and Flood 2014)."""

    def __init__(self, seed: int) -> None:
        self._state = seed & _MASK64

    def below(self, limit: int) -> int:
        """0 … limit − 1."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK64
        z = self._state
        z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & _MASK64
        z = ((z ^ z >> 27) * 0x94D049BB133111EB) & _MASK64
        return (z ^ z >> 31) % limit

    def shuffled(self, items: Sequence[int]) -> list[int]:
        rest = list(items)
        return [rest.pop(self.below(len(rest))) for _ in items]


@dataclass(frozen=True, slots=True)
class Division:
    """Cohorts as masks, and the mask of those who wait. `value` counts seats and scores."""

    groups: tuple[int, ...]
    waiting: int
    value: float


def bits(mask: int) -> list[int]:
    """The positions of the ones, lowest first."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found


@dataclass(frozen=True, slots=True)
class Side:
    """A cohort with what it takes to see the worth of a change at once: `to` is the summed closeness of anybody at
    the table to it, `week_without` what its people share when one of them (or nobody, -1) is gone."""

    group: int
    members: tuple[int, ...]
    bonus: float
    pairs: float
    to: list[float]
    week_without: dict[int, int]


class Table:
    """Some people side by side: everything a score needs, by local number. `mixing` is a further cost of pairs with
    different microcredentials, so that people are mixed for the sake of a seat and for nothing less."""

    def __init__(self, people: People, members: Sequence[int], mixing: float = 0.0) -> None:
        self.members = tuple(members)
        self.policy = people.policy
        size = range(len(members))
        persons = [people.all[member] for member in members]
        topic = [person.candidate.microcredential_id for person in persons]
        self.close = [
            [
                0.0 if a == b else people.closeness(members[a], members[b]) - mixing * (topic[a] != topic[b])
                for b in size
            ]
            for a in size
        ]
        self.apart = [sum(1 << b for b in size if a != b and people.apart(members[a], members[b])) for a in size]
        self.near = [sum(1 << b for b in size if a != b and people.near(members[a], members[b])) for a in size]
        self.week = [person.week or 0 for person in persons]
        self.bonus = [SEAT_BONUS[person.level] for person in persons]
        self.lonely = sum(1 << a for a, person in enumerate(persons) if person.level != "none")
        weights = self.policy.weights
        self._largest = self.policy.largest
        self._both_ways = 2 * weights.closeness
        self._size_worth = [weights.size * worth_of_size(self.policy, n) for n in range(self._largest + 1)]
        self._hours_worth = {0: weights.hours * worth_of_hours(self.policy, 0)}
        self._sides: dict[int, Side] = {}
        self._isolation: dict[int, float] = {}

    def side(self, group: int) -> Side:
        """The cohort, ready for `promise`; kept, because every search comes back to it."""
        known = self._sides.get(group)
        if known is None:
            known = self._sides[group] = self._side(group)
        return known

    def _side(self, group: int) -> Side:
        members = tuple(bits(group))
        rows = [self.close[a] for a in members]
        to = [sum(column) for column in zip(*rows, strict=True)] if rows else [0.0] * len(self.members)
        without = {-1: ALWAYS}
        for a in members:
            without = {out: week & self.week[a] for out, week in without.items()} | {a: without[-1]}
        bonus = sum(self.bonus[a] for a in members)
        return Side(group, members, bonus, sum(to[a] for a in members) / 2, to, without)

    def promise(self, side: Side, out: int, into: int) -> float:
        """The most the cohort is worth with `out` gone and `into` come (-1: nobody): seats and score, but for what
        isolation costs. Any size up to the largest; IMPOSSIBLE when a rule forbids it."""
        size, pairs, bonus, group = len(side.members), side.pairs, side.bonus, side.group
        week = side.week_without[out]
        if out >= 0:
            size, pairs, bonus, group = size - 1, pairs - side.to[out], bonus - self.bonus[out], group ^ 1 << out
        if into >= 0:
            if self.apart[into] & group:
                return IMPOSSIBLE
            size, pairs, bonus, week = size + 1, pairs + side.to[into], bonus + self.bonus[into], week & self.week[into]
            if out >= 0:
                pairs -= self.close[out][into]
        return self._worth(size, pairs, bonus, week)

    def _worth(self, size: int, pairs: float, bonus: float, week: int) -> float:
        if size == 0:
            return 0.0
        if size > self._largest:
            return IMPOSSIBLE
        hours = self._hours_worth.get(week)
        if hours is None:
            worth = worth_of_hours(self.policy, count_hours(week))
            hours = self._hours_worth[week] = self.policy.weights.hours * worth
        closeness = self._both_ways * pairs / (size - 1) if size > 1 else 0.0
        return bonus + size * (hours + self._size_worth[size]) + closeness

    def value(self, group: int) -> float:
        """Seats and score of a cohort whose size is allowed; 0 for nobody. Rules are `promise`'s to keep."""
        return self.promise(self.side(group), -1, -1) - self.isolation(group)

    def isolation(self, group: int) -> float:
        """What it costs that singletons of the cohort have too few near peers in it."""
        known = self._isolation.get(group)
        if known is None:
            alone, lonely = 0, self.lonely & group
            while lonely:
                low = lonely & -lonely
                lonely ^= low
                alone += max(0, ENOUGH_NEAR - (self.near[low.bit_length() - 1] & group).bit_count())
            known = self._isolation[group] = self.policy.weights.isolation * alone / ENOUGH_NEAR
        return known

    def allows(self, size: int) -> bool:
        return size == 0 or self.policy.smallest <= size <= self.policy.largest

    def division(self, groups: Sequence[int]) -> Division:
        """These cohorts, in order; everybody else waits."""
        seated = 0
        for group in groups:
            seated |= group
        everybody = (1 << len(self.members)) - 1
        kept = tuple(sorted(group for group in groups if group))
        return Division(kept, everybody & ~seated, sum(self.value(group) for group in kept))


def build(table: Table, number: int, dice: Dice | None) -> Division:
    """At most so many cohorts, each grown from the hardest person left. With dice, a little by chance."""
    unseated = (1 << len(table.members)) - 1
    seeds = bits(unseated) if dice is None else dice.shuffled(bits(unseated))
    seeds.sort(key=lambda a: (-table.apart[a].bit_count(), -table.bonus[a]))
    groups: list[int] = []
    for seed in seeds:
        left = number - len(groups)
        if left == 0:
            break
        if not unseated >> seed & 1:
            continue
        wanted = round(unseated.bit_count() / left)
        size = max(table.policy.smallest, min(table.policy.largest, wanted))
        group = _grow(table, 1 << seed, unseated, size, dice)
        if group.bit_count() >= table.policy.smallest:
            groups.append(group)
            unseated &= ~group
    return table.division(groups)


def _grow(table: Table, group: int, pool: int, size: int, dice: Dice | None) -> int:
    while group.bit_count() < size:
        side = table.side(group)
        tried = [(table.promise(side, -1, a), -a) for a in bits(pool & ~group)]
        possible = sorted((trial for trial in tried if trial[0] > IMPOSSIBLE), reverse=True)
        if not possible:
            break
        chosen = possible[0 if dice is None else dice.below(min(3, len(possible)))]
        group |= 1 << -chosen[1]
    return group


def descend(table: Table, start: Division) -> Division:
    """Best swap or move between two cohorts, or a cohort and the waiting, until none helps."""
    groups = [*start.groups, start.waiting]
    waiting = len(groups) - 1
    todo = {(g, h) for g in range(len(groups)) for h in range(g + 1, len(groups))}
    while todo:
        g, h = min(todo)
        todo.discard((g, h))
        better = _best_between(table, groups[g], groups[h], h == waiting)
        if better is not None:
            groups[g], groups[h] = better
            todo |= {(min(g, k), max(g, k)) for k in range(len(groups)) if k != g}
            todo |= {(min(h, k), max(h, k)) for k in range(len(groups)) if k != h}
    return table.division(groups[:waiting])


def _best_between(table: Table, left: int, right: int, right_waits: bool) -> tuple[int, int] | None:
    one, other = table.side(left), table.side(right)
    best, found = table.value(left) + (0.0 if right_waits else table.value(right)) + BETTER, None
    for a, b in _changes(table, one, other, right_waits):
        gain = table.promise(one, a, b) + (0.0 if right_waits else table.promise(other, b, a))
        if gain > best:
            change = (1 << a if a >= 0 else 0) | (1 << b if b >= 0 else 0)
            gain -= table.isolation(left ^ change) + (0.0 if right_waits else table.isolation(right ^ change))
            if gain > best:
                best, found = gain, (left ^ change, right ^ change)
    return found


def _changes(table: Table, one: Side, other: Side, right_waits: bool) -> list[tuple[int, int]]:
    """Swaps, and the moves after which both sizes are allowed."""
    changes = [(a, b) for a in one.members for b in other.members]
    if table.allows(len(one.members) - 1) and (right_waits or table.allows(len(other.members) + 1)):
        changes += [(a, -1) for a in one.members]
    if table.allows(len(one.members) + 1) and (right_waits or table.allows(len(other.members) - 1)):
        changes += [(-1, b) for b in other.members]
    return changes


def divide(table: Table, dice: Dice, attempts: int, start: Division | None = None) -> Division:
    """The best division of everybody at the table that so many attempts find, never worse than the start.

    Tries numbers of cohorts near the target's; without a start, every possible one while somebody has no seat.
    """
    policy, people = table.policy, len(table.members)
    usual = max(1, round(people / policy.target))
    numbers = sorted(range(1, people // policy.smallest + 1), key=lambda n: (abs(n - usual), n))
    best = descend(table, start or table.division(()))
    for attempt in range(attempts):
        for place, number in enumerate(numbers):
            if place >= USUAL_NUMBERS and (start or not best.waiting):
                break
            by_chance = attempt > 0 or start is not None
            found = descend(table, build(table, number, dice if by_chance else None))
            if found.value > best.value + BETTER:
                best = found
    return best
