"""Swaps and moves by chance, worse ones too while it is warm: out of what `descend` cannot leave."""

import numpy as np

from .columns import WORDS, Goods, Ints, Words
from .descent import (
    NONE,
    Groups,
    change,
    gain_of_joining,
    gain_of_leaving,
    gain_of_relief,
    gain_of_swap,
    total,
)
from .kernels import kernel, leaf
from .table import Table, below, fraction

MOVES = 0.3
_IMPOSSIBLE = -1e9


@leaf
def _gain(table: Table, goods: Goods, groups: Groups, i: int, j: int, moving: bool, least: float, week: Words) -> float:
    """What it is worth that i goes to the cohort of j, or that the two change places; at most `least` if no more."""
    a, b = groups.place[i], groups.place[j]
    if moving:
        if groups.parted[b, i] or not goods.smallest <= groups.size[b] < goods.largest:
            return _IMPOSSIBLE
        if a == NONE:
            return table.seat[i] + gain_of_joining(table, goods, groups, i, b, week)
        if groups.size[a] <= goods.smallest:
            return _IMPOSSIBLE
        return gain_of_leaving(table, goods, groups, i, week) + gain_of_joining(table, goods, groups, i, b, week)
    if a == NONE:
        return gain_of_relief(table, goods, groups, j, i, week) if groups.parted[b, i] <= table.apart[i, j] else least
    if b == NONE:
        return gain_of_relief(table, goods, groups, i, j, week) if groups.parted[a, j] <= table.apart[j, i] else least
    return gain_of_swap(table, goods, groups, i, j, least, week)


@kernel
def anneal(
    table: Table, goods: Goods, groups: Groups, pool: Ints, steps: int, hot: float, cold: float, state: Words
) -> Ints:
    """Tries `steps` changes among the people of the pool while it cools; each one's cohort in the best that was seen.

    A change that costs c is made with the chance of e^(−c/warmth).
    """
    week = np.empty(WORDS, np.uint64)
    value = best_value = total(table, goods, groups, pool)
    best = groups.place.copy()
    cooling = (cold / hot) ** (1.0 / max(1, steps))
    warmth = hot
    for _ in range(steps):
        warmth *= cooling
        i, j = pool[below(state, len(pool))], pool[below(state, len(pool))]
        moving = groups.place[j] != NONE and fraction(state) < MOVES
        least = warmth * np.log(1.0 - fraction(state))
        if groups.place[i] == groups.place[j]:
            continue
        gain = _gain(table, goods, groups, i, j, moving, least, week)
        if gain <= least:
            continue
        if moving:
            change(table, goods, groups, pool, i, NONE, groups.place[j])
        else:
            change(table, goods, groups, pool, i, j, NONE)
        value += gain
        if value > best_value + 1e-9:
            best_value = value
            best[:] = groups.place
    return best
