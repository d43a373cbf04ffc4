"""Few people: many searches at one table, then the best division into cohorts that can be put together of them.

The cohorts seen are the columns of a set-partition programme. Its prices say which person is dear, and so which
neighbours of a cohort (one person more, fewer or another) would be worth having; they are added until none is. The
integer programme at the end is bounded by nodes and not by time, so that every machine finds the same.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csc_array

from .columns import WORDS, Columns, Floats, Goods, Ints, Words
from .descent import NONE
from .kernels import kernel, leaf
from .measure import ENOUGH_NEAR, count_hours
from .search import explore
from .table import Table, lay
from .workshop import NOISE, seed_of

ONE_TABLE = 60
_SEEN = 40_000
_KEPT = 1_500
_BASES = 300
_FRESH = 20_000
_MOST, _FEW = 3_000, 1_000
_LAST_TURNS = 3
_THOROUGH = 12
_TURNS, _FEW_TURNS = 12, 4
_NODES, _FEW_NODES = 80, 8
_ROUNDS = 30
_BETTER = 1e-6

Sides = npt.NDArray[np.float64]


def best_partition(
    people: Columns, goods: Goods, rows: Ints, bound: Ints, replicas: int, key: Sequence[str], seed: int
) -> Ints:
    """Each one's cohort by number, NONE for who waits; at most ONE_TABLE rows."""
    if len(rows) < goods.smallest:
        return np.full(len(rows), NONE, np.int64)
    table = lay(people, goods, rows, bound)
    seen: Words = np.zeros(_SEEN, np.uint64)
    worth: Floats = np.zeros(_SEEN)
    state = np.array([seed_of(seed, *key)], np.uint64)
    label, count = explore(table, goods, _ROUNDS, replicas, NOISE, seen, worth, state)
    masks, first = np.unique(seen[:count], return_index=True)
    if len(masks) < 2:
        return label
    return _put_together(table, goods, label, masks, worth[first], thorough=replicas >= _THOROUGH)


def _put_together(table: Table, goods: Goods, label: Ints, masks: Words, worth: Floats, *, thorough: bool) -> Ints:
    people = len(label)
    value = worth + _inside(masks, people) @ table.seat
    reached = _value_of(label, masks, value)
    cost, bound = _prices(masks, value, people)
    for _ in range(_TURNS if thorough else _FEW_TURNS):
        before = len(masks)
        masks, value = _with_neighbours(table, goods, masks, value, cost, _BETTER)
        if len(masks) == before:
            break
        cost, bound = _prices(masks, value, people)
    # The best division need not be made of the best cohorts: any that loses less than is still to be had may be in it.
    gap = bound - reached + _BETTER
    for _ in range(_LAST_TURNS if thorough else 0):
        masks, value = _with_neighbours(table, goods, masks, value, cost, -gap)
    gain = value - _inside(masks, people) @ cost
    worthy = np.flatnonzero(gain > -gap)
    worthy = worthy[np.argsort(-gain[worthy], kind="stable")[: _MOST if thorough else _FEW]]
    return _divide(masks[worthy], value[worthy], label, reached, _NODES if thorough else _FEW_NODES)


def _with_neighbours(
    table: Table, goods: Goods, masks: Words, value: Floats, cost: Floats, least: float
) -> tuple[Words, Floats]:
    """The cohorts, and neighbours of the best of them that gain more than `least` over what their people cost."""
    people = len(cost)
    gain = value - _inside(masks, people) @ cost
    bases = masks[np.argsort(-gain, kind="stable")[:_BASES]]
    found: Words = np.zeros(_FRESH, np.uint64)
    gains: Floats = np.zeros(_FRESH)
    count = neighbours(table, goods, bases, cost, least, found, gains)
    fresh, first = np.unique(found[:count], return_index=True)
    new = ~np.isin(fresh, masks)
    fresh, gains = fresh[new], gains[first][new]
    best = np.argsort(-gains, kind="stable")[:_KEPT]
    worth = gains[best] + _inside(fresh[best], people) @ cost
    return np.concatenate([masks, fresh[best]]), np.concatenate([value, worth])


def _prices(masks: Words, value: Floats, people: int) -> tuple[Floats, float]:
    """What each person's seat costs in the relaxed programme, and its worth: a bound for these columns."""
    inside = csc_array(_inside(masks, people).T)
    found = linprog(-value, A_ub=inside, b_ub=np.ones(people), bounds=(0, None), method="highs-ds")
    return -found.ineqlin.marginals, -found.fun


def _divide(masks: Words, value: Floats, label: Ints, reached: float, nodes: int) -> Ints:
    """The best set of disjoint cohorts, if better than the label's."""
    if not len(masks):
        return label
    inside = _inside(masks, len(label))
    found = milp(
        -value,
        integrality=np.ones(len(value)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(csc_array(inside.T), -np.inf, 1),
        options={"node_limit": nodes, "mip_rel_gap": 5e-6},
    )
    if found.x is None or -found.fun <= reached + _BETTER:
        return label
    place = np.full(len(label), NONE, np.int64)
    for number, column in enumerate(np.flatnonzero(found.x > 0.5)):
        place[inside[column] == 1] = number
    return place


def _inside(masks: Words, people: int) -> Sides:
    """(len(masks), people): 1 where somebody is in the cohort."""
    return np.asarray((masks[:, None] >> np.arange(people, dtype=np.uint64)) & np.uint64(1), np.float64)


def _masks_of(label: Ints) -> Words:
    groups: dict[int, int] = {}
    for at, group in enumerate(label.tolist()):
        if group != NONE:
            groups[group] = groups.get(group, 0) | 1 << at
    return np.array(sorted(groups.values()), np.uint64)


def _value_of(label: Ints, masks: Words, value: Floats) -> float:
    """What the label's cohorts are worth; one that there was no room to write down counts nothing."""
    known = dict(zip(masks.tolist(), value.tolist(), strict=True))
    return float(sum(known.get(mask, 0.0) for mask in _masks_of(label).tolist()))


@leaf
def worth_of(table: Table, goods: Goods, members: Ints, size: int, week: Words) -> float:
    """What the cohort of the first `size` of these places at the table is worth, without seats; −inf if forbidden."""
    for word in range(WORDS):
        week[word] = np.uint64(0xFFFFFFFFFFFFFFFF)
    pairs, alone = 0.0, 0
    for a in range(size):
        x, peers = members[a], 0
        for word in range(WORDS):
            week[word] &= table.week[x, word]
        for b in range(size):
            if a != b:
                if table.apart[x, members[b]]:
                    return -np.inf
                pairs += table.close[x, members[b]]
                peers += table.near[x, members[b]]
        if table.lonely[x]:
            alone += max(0, ENOUGH_NEAR - peers)
    hours = goods.hours_worth[count_hours(week, len(goods.hours_worth) - 1)]
    closely = goods.closeness * pairs / (size - 1) if size > 1 else 0.0
    return size * (hours + goods.size_worth[size]) + closely - goods.isolation * alone / ENOUGH_NEAR


@kernel
def neighbours(
    table: Table, goods: Goods, bases: Words, cost: Floats, least: float, found: Words, gains: Floats
) -> int:
    """Cohorts one person away from the bases whose worth, with seats, is more than `least` over what their people
    cost. Returns how many were found."""
    people = len(cost)
    members = np.empty(goods.largest + 1, np.int64)
    week = np.empty(WORDS, np.uint64)
    count = 0
    for base in bases:
        size = 0
        for x in range(people):
            if (base >> np.uint64(x)) & np.uint64(1):
                members[size] = x
                size += 1
        for out in range(size + 1):  # the last: nobody goes
            for into in range(people + 1):  # the last: nobody comes
                if into < people and (base >> np.uint64(into)) & np.uint64(1):
                    continue
                after = size - (out < size) + (into < people)
                if after < goods.smallest or after > goods.largest or count == len(found):
                    continue
                gone = members[out]
                last = members[size - 1]
                total = size
                if out < size:
                    members[out] = last
                    total -= 1
                if into < people:
                    members[total] = into
                    total += 1
                gain = worth_of(table, goods, members, total, week)
                mask = np.uint64(0)
                for place in range(total):
                    gain += table.seat[members[place]] - cost[members[place]]
                    mask |= np.uint64(1) << np.uint64(members[place])
                if gain > least:
                    found[count] = mask
                    gains[count] = gain
                    count += 1
                if out < size:
                    members[size - 1] = last
                    members[out] = gone
    return count
