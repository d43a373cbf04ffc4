"""Few people: many searches at one table, then the best division into cohorts that can be put together of them.

The cohorts seen are the columns of a set-partition programme, and beside them all of whoever may be with few others:
the search comes upon those by luck alone. The prices of its relaxation say which person is dear, and so which
neighbours of a cohort (one person more, fewer or another) would be worth having; they are added until none is. Then
those are added that lose so little that they may be in the best division, and it is looked for among all by branch and
bound. Its work is counted and not timed, so that every machine finds the same.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog
from scipy.sparse import csc_array

from .beside import cohorts_of_few, neighbours
from .columns import Columns, Floats, Goods, Ints, Words
from .cover import cheapest_cover
from .descent import NONE
from .search import explore
from .table import Table, lay
from .workshop import NOISE, seed_of

ONE_TABLE = 60
_SEEN = 40_000
_OF_FEW = 10_000
_FRESH = 400_000
_BASES, _KEPT = 300, 400
_WIDE_BASES, _WIDE_KEPT = 2_000, 10_000
_THOROUGH = 12
_TURNS, _FEW_TURNS = 12, 4
_WORK, _LITTLE_WORK = 20_000_000, 2_000_000
# Cohorts that lose up to such a share of the gap are looked through: most of good divisions lose far less than it.
_SHARES = ((0.15, 0.3), (0.15, 0.3), (0.15, 0.3, 0.5, 1.0))
_ROUNDS = 30
_BETTER = 1e-6

Sides = npt.NDArray[np.float64]


def best_partition(
    people: Columns, goods: Goods, rows: Ints, bound: Ints, replicas: int, key: Sequence[str], seed: int
) -> Ints:
    """Each one's cohort by number, NONE for who waits; at most ONE_TABLE rows."""
    place = np.full(len(rows), NONE, np.int64)
    seated = _with_company(lay(people, goods, rows, bound), goods.smallest)
    if not len(seated):
        return place
    table = lay(people, goods, rows[seated], bound)
    seen: Words = np.zeros(_SEEN, np.uint64)
    worth: Floats = np.zeros(_SEEN)
    state = np.array([seed_of(seed, *key)], np.uint64)
    label, count = explore(table, goods, _ROUNDS, replicas, NOISE, seen, worth, state)
    rest = slice(count, count + _OF_FEW)
    count += cohorts_of_few(table, goods, seen[rest], worth[rest])
    masks, first = np.unique(seen[:count], return_index=True)
    if count:
        label = _put_together(table, goods, label, masks, worth[first], thorough=replicas >= _THOROUGH)
    place[seated] = label
    return place


def _with_company(table: Table, smallest: int) -> Ints:
    """Who may be with enough others for a cohort, of those of whom the same is true; the others wait in any case, and
    would be counted on when the number of cohorts is chosen."""
    together = table.apart == 0
    left = np.ones(len(together), bool)
    while not (together[left][:, left].sum(axis=1) >= smallest).all():
        left &= together[:, left].sum(axis=1) >= smallest
    return np.flatnonzero(left).astype(np.int64)


class _Programme:
    """Choose disjoint cohorts worth most. Of the cohorts written down, `masks` are the members, `value` is the worth
    with seats, and `slack` is what its people cost at the prices beyond that.

    `cost` is the price of each person's seat in the relaxed programme, and `bound` its worth: no division of these
    cohorts is worth more, and one is worth as much less as its cohorts and who waits have slack.
    """

    def __init__(self, table: Table, goods: Goods, masks: Words, worth: Floats) -> None:
        self._table = table
        self._goods = goods
        self.masks = masks
        self.value: Floats = worth + _inside(masks, len(table.seat)) @ table.seat
        self.price()

    def price(self) -> None:
        inside = _inside(self.masks, len(self._table.seat))
        limits = csc_array(inside.T)
        found = linprog(-self.value, A_ub=limits, b_ub=np.ones(len(self._table.seat)), method="highs-ds")
        self.cost: Floats = -found.ineqlin.marginals
        self.bound = float(-found.fun)
        self.slack: Floats = inside @ self.cost - self.value

    def cheapest(self, most: float) -> Words:
        """Cohorts with less slack than `most`, the least first."""
        order = np.argsort(self.slack, kind="stable")
        return self.masks[order[: np.searchsorted(self.slack[order], most)]]

    def add_neighbours(self, bases: Words, most: float, kept: int) -> bool:
        """Those neighbours of the bases with slack under `most` that have least, if not there yet. Whether any is."""
        found: Words = np.zeros(_FRESH, np.uint64)
        gains: Floats = np.zeros(_FRESH)
        count = neighbours(self._table, self._goods, bases, self.cost, -most, found, gains)
        fresh, first = np.unique(found[:count], return_index=True)
        new = ~np.isin(fresh, self.masks)
        fresh, slack = fresh[new], -gains[first][new]
        best = np.argsort(slack, kind="stable")[:kept]
        self.masks = np.concatenate([self.masks, fresh[best]])
        self.slack = np.concatenate([self.slack, slack[best]])
        self.value = np.concatenate([self.value, _inside(fresh[best], len(self.cost)) @ self.cost - slack[best]])
        return len(best) > 0

    def divide(self, gap: float, shares: Sequence[float], work: int) -> tuple[Ints | None, float, int]:
        """The division with least slack, if it has less than the gap; its slack; how much of the work is left."""
        people = len(self.cost)
        choices = np.concatenate([self.masks, np.uint64(1) << np.arange(people, dtype=np.uint64)])
        slack = np.concatenate([self.slack, self.cost])  # who waits has what their seat would cost
        order = np.argsort(slack, kind="stable")
        choices, slack = choices[order], slack[order]
        place, widest = None, gap
        for share in shares:
            count = np.searchsorted(slack, min(gap, share * widest))
            chosen, work = cheapest_cover(choices[:count], slack[:count], people, gap, work)
            if len(chosen):
                gap = float(slack[chosen].sum())
                number = np.where(order[chosen] < len(self.masks), np.arange(len(chosen)), NONE)
                place = number[_inside(choices[chosen], people).argmax(axis=0)]
        return place, gap, work


def _put_together(table: Table, goods: Goods, label: Ints, masks: Words, worth: Floats, *, thorough: bool) -> Ints:
    programme = _Programme(table, goods, masks, worth)
    reached = _value_of(label, masks, programme.value)
    for _ in range(_TURNS if thorough else _FEW_TURNS):
        if not programme.add_neighbours(programme.cheapest(np.inf)[:_BASES], -_BETTER, _KEPT):
            break
        programme.price()
    gap, work = programme.bound - reached + _BETTER, _WORK if thorough else _LITTLE_WORK
    asked: Words = np.zeros(0, np.uint64)
    for shares in _SHARES:
        # The best division need not be made of the best cohorts: any with less slack than the gap may be in it.
        likely = programme.cheapest(gap / 2)
        bases = likely[~np.isin(likely, asked)][:_WIDE_BASES]
        programme.add_neighbours(bases, gap, _WIDE_KEPT)
        asked = np.concatenate([asked, bases])
        better, gap, work = programme.divide(gap, shares, work)
        label = label if better is None else better
    return label


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
