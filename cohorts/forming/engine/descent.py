"""Swaps and moves between cohorts at a table, as long as one of them helps."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .columns import WORDS, Floats, Goods, Ints, Words
from .kernels import kernel, leaf
from .measure import ENOUGH_NEAR, count_hours
from .table import Table, below

Shorts = npt.NDArray[np.int16]

BETTER = 1e-9
NONE = -1
FULL = 0xFFFFFFFFFFFFFFFF


class Groups(NamedTuple):
    """Some cohorts at a table of m people, at most `largest` in each of k cohorts.

    `place` (m,) is each one's cohort, NONE for who waits; `slot` (m,) their seat in it. `member` (k, largest).
    `without` (k, largest + 1, 6): the hours of all but the one in that seat; the last is of all.
    `ceiling` (m,): what hours give each of one's own cohort with oneself gone, more than with anybody in one's stead.
    `to`, `peers`, `parted` (k, m): summed closeness, near peers and forbidden people of anybody in each cohort.
    `pairs`, `worth`, `alone` (k,): closeness of its pairs, what hours and size give each member, cost of isolation.
    """

    place: Ints
    slot: Ints
    member: Ints
    size: Ints
    without: Words
    ceiling: Floats
    to: Floats
    peers: Shorts
    parted: Shorts
    pairs: Floats
    hours: Floats
    alone: Floats


@kernel
def no_groups(people: int, number: int, largest: int) -> Groups:
    return Groups(
        np.full(people, NONE, np.int64),
        np.zeros(people, np.int64),
        np.zeros((number, largest), np.int64),
        np.zeros(number, np.int64),
        np.full((number, largest + 1, WORDS), np.uint64(FULL)),
        np.zeros(people),
        np.zeros((number, people)),
        np.zeros((number, people), np.int16),
        np.zeros((number, people), np.int16),
        np.zeros(number),
        np.zeros(number),
        np.zeros(number),
    )


@leaf
def _refresh(table: Table, goods: Goods, groups: Groups, g: int) -> None:
    """What is kept of a cohort besides its sums, worked out anew."""
    size, last = groups.size[g], groups.without.shape[1] - 1
    for word in range(WORDS):
        before = np.uint64(FULL)
        for seat in range(size):
            groups.without[g, seat, word] = before
            before &= table.week[groups.member[g, seat], word]
        groups.without[g, last, word] = before
        after = np.uint64(FULL)
        for back in range(size):
            seat = size - 1 - back
            groups.without[g, seat, word] &= after
            after &= table.week[groups.member[g, seat], word]
    most = len(goods.hours_worth) - 1
    groups.hours[g] = goods.hours_worth[count_hours(groups.without[g, last], most)] if size else 0.0
    pairs, alone = 0.0, 0
    for seat in range(size):
        x = groups.member[g, seat]
        groups.ceiling[x] = goods.hours_worth[count_hours(groups.without[g, seat], most)]
        pairs += groups.to[g, x]
        if table.lonely[x]:
            alone += max(0, ENOUGH_NEAR - groups.peers[g, x])
    groups.pairs[g] = pairs / 2
    groups.alone[g] = goods.isolation * alone / ENOUGH_NEAR


@leaf
def _sum(table: Table, groups: Groups, pool: Ints, x: int, g: int, sign: int) -> None:
    to, peers, parted = groups.to[g], groups.peers[g], groups.parted[g]
    close, near, apart = table.close[x], table.near[x], table.apart[x]
    for other in pool:
        to[other] += sign * close[other]
        peers[other] += sign * near[other]
        parted[other] += sign * apart[other]


@leaf
def seat(table: Table, goods: Goods, groups: Groups, pool: Ints, x: int, g: int) -> None:
    """Put somebody who waits into a cohort with a free seat."""
    groups.member[g, groups.size[g]] = x
    groups.slot[x], groups.place[x] = groups.size[g], g
    groups.size[g] += 1
    _sum(table, groups, pool, x, g, 1)
    _refresh(table, goods, groups, g)


@leaf
def unseat(table: Table, goods: Goods, groups: Groups, pool: Ints, x: int) -> None:
    g, gap = groups.place[x], groups.slot[x]
    last = groups.member[g, groups.size[g] - 1]
    groups.member[g, gap] = last
    groups.slot[last] = gap
    groups.size[g] -= 1
    groups.place[x] = NONE
    _sum(table, groups, pool, x, g, -1)
    if groups.size[g] == 0:  # no rounding is carried over into the next cohort of this number
        for other in pool:
            groups.to[g, other] = 0.0
    _refresh(table, goods, groups, g)


@leaf
def worth(goods: Goods, groups: Groups, g: int) -> float:
    """What the cohort is worth, without its seats."""
    size = groups.size[g]
    if size == 0:
        return 0.0
    closely = 2 * goods.closeness * groups.pairs[g] / (size - 1) if size > 1 else 0.0
    return size * (groups.hours[g] + goods.size_worth[size]) + closely - groups.alone[g]


@leaf
def total(table: Table, goods: Goods, groups: Groups, pool: Ints) -> float:
    """The worth of all cohorts of these people, with their seats."""
    value = 0.0
    for g in range(len(groups.size)):
        value += worth(goods, groups, g)
    for x in pool:
        if groups.place[x] != NONE:
            value += table.seat[x]
    return value


@leaf
def _hours_with(table: Table, goods: Goods, groups: Groups, g: int, out: int, into: int, week: Words) -> float:
    """What common hours are worth with the seat `out` emptied (the last: none) and `into` come (NONE: nobody)."""
    for word in range(WORDS):
        week[word] = groups.without[g, out, word]
        if into != NONE:
            week[word] &= table.week[into, word]
    return goods.hours_worth[count_hours(week, len(goods.hours_worth) - 1)]


@leaf
def _alone_with(table: Table, goods: Goods, groups: Groups, g: int, out: int, into: int) -> float:
    """What isolation costs with person `out` gone and person `into` come (NONE: nobody)."""
    alone = 0
    for place in range(groups.size[g]):
        x = groups.member[g, place]
        if x != out and table.lonely[x]:
            peers = groups.peers[g, x]
            if out != NONE:
                peers -= table.near[x, out]
            if into != NONE:
                peers += table.near[x, into]
            alone += max(0, ENOUGH_NEAR - peers)
    if into != NONE and table.lonely[into]:
        peers = groups.peers[g, into]
        if out != NONE:
            peers -= table.near[into, out]
        alone += max(0, ENOUGH_NEAR - peers)
    return goods.isolation * alone / ENOUGH_NEAR


@leaf
def gain_of_swap(table: Table, goods: Goods, groups: Groups, i: int, j: int, least: float, week: Words) -> float:
    """What it is worth that i and j, in two cohorts, change places; anything at most `least` when it is no more."""
    a, b = groups.place[i], groups.place[j]
    if groups.parted[a, j] > table.apart[j, i] or groups.parted[b, i] > table.apart[i, j]:
        return least
    na, nb = groups.size[a], groups.size[b]
    between = table.close[i, j]
    pairs_a = groups.to[a, j] - groups.to[a, i] - between
    pairs_b = groups.to[b, i] - groups.to[b, j] - between
    gain = 2 * goods.closeness * (pairs_a / (na - 1) + pairs_b / (nb - 1)) if na > 1 and nb > 1 else 0.0
    best = goods.hours_worth[-1]
    alone = groups.alone[a] + groups.alone[b]
    if gain + alone + na * (best - groups.hours[a]) + nb * (best - groups.hours[b]) <= least:
        return least
    gain += na * (_hours_with(table, goods, groups, a, groups.slot[i], j, week) - groups.hours[a])
    if gain + alone + nb * (best - groups.hours[b]) <= least:
        return least
    gain += nb * (_hours_with(table, goods, groups, b, groups.slot[j], i, week) - groups.hours[b])
    if gain + alone <= least:
        return least
    gain += alone - _alone_with(table, goods, groups, a, i, j)
    return gain - _alone_with(table, goods, groups, b, j, i)


@leaf
def gain_of_joining(table: Table, goods: Goods, groups: Groups, x: int, b: int, week: Words) -> float:
    """What it is worth to the cohort that x comes, not counting the seat; the cohort has room and nobody apart."""
    size = groups.size[b]
    hours = _hours_with(table, goods, groups, b, groups.without.shape[1] - 1, x, week)
    closely = 2 * goods.closeness * (groups.pairs[b] + groups.to[b, x]) / size if size else 0.0
    value = (size + 1) * (hours + goods.size_worth[size + 1]) + closely
    return value - _alone_with(table, goods, groups, b, NONE, x) - worth(goods, groups, b)


@leaf
def _most_of_joining(goods: Goods, groups: Groups, x: int, b: int) -> float:
    """No less than `gain_of_joining`: as if x had all the hours of the cohort and nobody were alone in it."""
    size = groups.size[b]
    closely = 2 * goods.closeness * (groups.pairs[b] + groups.to[b, x]) / size
    value = (size + 1) * (groups.hours[b] + goods.size_worth[size + 1]) + closely
    return value - worth(goods, groups, b) + BETTER


@leaf
def gain_of_leaving(table: Table, goods: Goods, groups: Groups, x: int, week: Words) -> float:
    """What it is worth to the cohort that x goes, not counting the seat."""
    a = groups.place[x]
    size = groups.size[a]
    if size == 1:
        return -worth(goods, groups, a)
    hours = _hours_with(table, goods, groups, a, groups.slot[x], NONE, week)
    closely = 2 * goods.closeness * (groups.pairs[a] - groups.to[a, x]) / (size - 2) if size > 2 else 0.0
    value = (size - 1) * (hours + goods.size_worth[size - 1]) + closely
    return value - _alone_with(table, goods, groups, a, x, NONE) - worth(goods, groups, a)


@leaf
def gain_of_relief(table: Table, goods: Goods, groups: Groups, i: int, x: int, week: Words) -> float:
    """What it is worth that x, who waits, takes the seat of i; the cohort has nobody else apart from x."""
    a = groups.place[i]
    size = groups.size[a]
    pairs = groups.pairs[a] - groups.to[a, i] + groups.to[a, x] - table.close[i, x]
    hours = _hours_with(table, goods, groups, a, groups.slot[i], x, week)
    closely = 2 * goods.closeness * pairs / (size - 1) if size > 1 else 0.0
    value = size * (hours + goods.size_worth[size]) + closely - _alone_with(table, goods, groups, a, i, x)
    return value - worth(goods, groups, a) + table.seat[x] - table.seat[i]


@leaf
def _best_swap(
    table: Table, goods: Goods, groups: Groups, i: int, b: int, least: float, week: Words
) -> tuple[float, int]:
    """The best swap of i with one of another cohort, if it is worth more than `least`, and with whom, else NONE.

    Most cannot be: closeness with the ceilings of hours shows it, before anything is counted.
    """
    a, partner = groups.place[i], NONE
    na, nb = groups.size[a], groups.size[b]
    per_a = 2 * goods.closeness / (na - 1) if na > 1 and nb > 1 else 0.0
    per_b = 2 * goods.closeness / (nb - 1) if na > 1 and nb > 1 else 0.0
    room = na * (groups.ceiling[i] - groups.hours[a]) - nb * groups.hours[b] + groups.alone[a] + groups.alone[b]
    room += per_b * groups.to[b, i] - per_a * groups.to[a, i] + BETTER
    both = per_a + per_b
    member, to_a, to_b = groups.member[b], groups.to[a], groups.to[b]
    close = table.close[i]
    for place in range(nb):
        j = member[place]
        if room + per_a * to_a[j] - per_b * to_b[j] - both * close[j] + nb * groups.ceiling[j] > least:
            found = gain_of_swap(table, goods, groups, i, j, least, week)
            if found > least:
                least, partner = found, j
    return least, partner


@leaf
def _best_change(
    table: Table, goods: Goods, groups: Groups, waiting: Ints, i: int, since: int, changed: Ints, week: Words
) -> tuple[float, int, int]:
    """The best that can be done with i: its gain, with whom to change places, or (then NONE) which cohort to join.

    Only what may have become better `since` i was last asked is looked at: cohorts that have changed, or all when
    the own one has.
    """
    gain, partner, target = BETTER, NONE, NONE
    a = groups.place[i]
    if a == NONE or changed[a] > since:
        since = NONE
    may_leave = a == NONE or groups.size[a] > goods.smallest
    leaving = table.seat[i] if a == NONE else gain_of_leaving(table, goods, groups, i, week) if may_leave else 0.0
    for b in range(len(groups.size)):
        if b == a or changed[b] <= since or groups.size[b] == 0:
            continue
        if groups.parted[b, i] <= 1:
            if a != NONE:
                found, j = _best_swap(table, goods, groups, i, b, gain, week)
                if j != NONE:
                    gain, partner, target = found, j, NONE
            for place in range(groups.size[b] if a == NONE else 0):
                j = groups.member[b, place]
                if groups.parted[b, i] <= table.apart[i, j]:
                    found = gain_of_relief(table, goods, groups, j, i, week)
                    if found > gain:
                        gain, partner, target = found, j, NONE
        if may_leave and goods.smallest <= groups.size[b] < goods.largest and not groups.parted[b, i]:
            if leaving + _most_of_joining(goods, groups, i, b) <= gain:
                continue
            found = leaving + gain_of_joining(table, goods, groups, i, b, week)
            if found > gain:
                gain, partner, target = found, NONE, b
    if a != NONE and since == NONE:
        for j in waiting:
            if groups.place[j] == NONE and groups.parted[a, j] <= table.apart[j, i]:
                found = gain_of_relief(table, goods, groups, i, j, week)
                if found > gain:
                    gain, partner, target = found, j, NONE
    return gain, partner, target


@leaf
def change(table: Table, goods: Goods, groups: Groups, pool: Ints, i: int, partner: int, target: int) -> None:
    a = groups.place[i]
    b = groups.place[partner] if partner != NONE else target
    if a != NONE:
        unseat(table, goods, groups, pool, i)
    if partner != NONE and b != NONE:
        unseat(table, goods, groups, pool, partner)
    if b != NONE:
        seat(table, goods, groups, pool, i, b)
    if partner != NONE and a != NONE:
        seat(table, goods, groups, pool, partner, a)


@kernel
def descend(table: Table, goods: Goods, groups: Groups, pool: Ints, state: npt.NDArray[np.uint64]) -> None:
    """Each in turn makes the change that is worth most, until nobody can. Ends: every change raises the worth."""
    week = np.empty(WORDS, np.uint64)
    number = len(pool)
    changed = np.zeros(len(groups.size), np.int64)
    asked = np.full(len(table.seat), NONE, np.int64)
    at, quiet, tick = below(state, number), 0, 0
    while quiet < number:
        i = pool[at]
        a = groups.place[i]
        gain, partner, target = _best_change(table, goods, groups, pool, i, asked[i], changed, week)
        if gain > BETTER:
            tick += 1
            b = groups.place[partner] if partner != NONE else target
            change(table, goods, groups, pool, i, partner, target)
            if a != NONE:
                changed[a] = tick
            if b != NONE:
                changed[b] = tick
            quiet = 0
        else:
            asked[i] = tick
            quiet += 1
        at = (at + 1) % number
