"""Cohorts out of nothing: one is grown at a time around whoever is hardest to place."""

import numpy as np
import numpy.typing as npt

from .columns import WORDS, Goods, Ints
from .descent import NONE, Groups, gain_of_joining, seat, unseat
from .kernels import kernel, leaf
from .measure import count_hours
from .table import SEAT, Table, fraction

# Hours beyond what the measure pays for are worth something while a cohort grows: who comes next takes some away.
FORESEEN_HOURS = 12
FORESIGHT = 0.35


@leaf
def number_of_groups(goods: Goods, people: int, wish: int) -> int:
    """How many cohorts seat most of so many people; of several, the number nearest to the wish."""
    best, most = 0, -1
    for number in range(people // goods.smallest + 1):
        seated = min(people, number * goods.largest)
        if seated > most or (seated == most and abs(number - wish) < abs(best - wish)):
            best, most = number, seated
    return best


@leaf
def _promise(table: Table, goods: Goods, groups: Groups, x: int, g: int, week: npt.NDArray[np.uint64]) -> float:
    """How well x would go on with a cohort that still grows: closeness to it, and the hours left."""
    size, last = groups.size[g], groups.without.shape[1] - 1
    for word in range(WORDS):
        week[word] = groups.without[g, last, word] & table.week[x, word]
    hours = count_hours(week, FORESEEN_HOURS)
    most = len(goods.hours_worth) - 1
    worth = goods.hours_worth[min(hours, most)] + FORESIGHT * goods.hours_worth[most] * hours / FORESEEN_HOURS
    closely = goods.closeness * groups.to[g, x] / size
    peers = goods.isolation * groups.peers[g, x] / size / 2 if table.lonely[x] else 0.0
    return worth + closely + peers


@leaf
def _first(
    table: Table, groups: Groups, pool: Ints, noise: float, week: npt.NDArray[np.uint64], state: npt.NDArray[np.uint64]
) -> int:
    """Whoever is hardest to place: with few they may be with, alone in the LEA or school, with few hours; chance has a
    say by `noise`."""
    first, hardest = NONE, -1.0
    for x in pool:
        if groups.place[x] != NONE:
            continue
        for word in range(WORDS):
            week[word] = table.week[x, word]
        hard = 1.0 - count_hours(week, FORESEEN_HOURS) / FORESEEN_HOURS + 0.1 * (table.seat[x] - SEAT)
        hard += table.scarce[x] + (0.05 + 4 * noise) * fraction(state) + 1.0
        if hard > hardest:
            first, hardest = x, hard
    return first


@kernel
def build(
    table: Table,
    goods: Goods,
    groups: Groups,
    pool: Ints,
    number: int,
    noise: float,
    state: npt.NDArray[np.uint64],
) -> None:
    """Seat those of the pool who wait into the first `number` empty cohorts; whoever fits nowhere waits on.

    `noise` 0 takes the best each time; more makes the choices differ.
    """
    week = np.empty(WORDS, np.uint64)
    left = 0
    for x in pool:
        left += groups.place[x] == NONE
    made = 0
    for g in range(len(groups.size)):
        if made == number:
            break
        if groups.size[g]:
            continue
        wanted = max(goods.smallest, min(goods.largest, left // (number - made)))
        made += 1
        first = _first(table, groups, pool, noise, week, state)
        if first == NONE:
            break
        seat(table, goods, groups, pool, first, g)
        while groups.size[g] < wanted:
            best, chosen = -1e9, NONE
            for x in pool:
                if groups.place[x] != NONE or groups.parted[g, x]:
                    continue
                promise = _promise(table, goods, groups, x, g, week)
                if noise > 0:
                    promise += noise * fraction(state)
                if promise > best:
                    best, chosen = promise, x
            if chosen == NONE:
                break
            seat(table, goods, groups, pool, chosen, g)
        left -= groups.size[g]
    _dissolve_small(table, goods, groups, pool)
    _seat_rest(table, goods, groups, pool, week)


@leaf
def _dissolve_small(table: Table, goods: Goods, groups: Groups, pool: Ints) -> None:
    for g in range(len(groups.size)):
        if 0 < groups.size[g] < goods.smallest:
            while groups.size[g]:
                unseat(table, goods, groups, pool, groups.member[g, groups.size[g] - 1])


@leaf
def _seat_rest(table: Table, goods: Goods, groups: Groups, pool: Ints, week: npt.NDArray[np.uint64]) -> None:
    for x in pool:
        if groups.place[x] != NONE:
            continue
        best, chosen = -1e9, NONE
        for g in range(len(groups.size)):
            if goods.smallest <= groups.size[g] < goods.largest and not groups.parted[g, x]:
                gain = gain_of_joining(table, goods, groups, x, g, week)
                if gain > best:
                    best, chosen = gain, g
        if chosen != NONE:
            seat(table, goods, groups, pool, x, chosen)
