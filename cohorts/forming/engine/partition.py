"""Few people: many searches at one table, then the best division into cohorts that any of them has seen."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_array

from .columns import Columns, Floats, Goods, Ints, Words
from .descent import NONE
from .search import explore
from .table import lay
from .workshop import NOISE, seed_of

ONE_TABLE = 60
_SEEN = 60_000
_KEPT = 6_000
_NODES = 200
_ROUNDS = 12


def best_partition(
    people: Columns, goods: Goods, rows: Ints, bound: Ints, replicas: int, key: Sequence[str], seed: int
) -> Ints:
    """Each one's cohort by number, NONE for who waits; at most ONE_TABLE rows.

    The last step is a set-partition programme, bounded by nodes and not by time, so that every machine finds the same.
    """
    if len(rows) < goods.smallest:
        return np.full(len(rows), NONE, np.int64)
    table = lay(people, goods, rows, bound)
    seen: Words = np.zeros(_SEEN, np.uint64)
    worth: Floats = np.zeros(_SEEN)
    state = np.array([seed_of(seed, *key)], np.uint64)
    label, count = explore(table, goods, _ROUNDS, replicas, NOISE, seen, worth, state)
    return _improved(label, seen[:count], worth[:count], table.seat)


def _improved(label: Ints, seen: Words, worth: Floats, seat: Floats) -> Ints:
    """The best set of disjoint cohorts, if better than the label's."""
    masks, first = np.unique(seen, return_index=True)
    if len(masks) < 2:
        return label
    inside = (masks[:, None] >> np.arange(len(label), dtype=np.uint64)) & np.uint64(1)
    value = worth[first] + inside @ seat
    best = np.argsort(-(value / inside.sum(axis=1)), kind="stable")[:_KEPT]
    inside, value, masks = inside[best], value[best], masks[best]
    found = milp(
        -value,
        integrality=np.ones(len(value)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(csc_array(inside.T.astype(float)), -np.inf, 1),
        options={"node_limit": _NODES, "mip_rel_gap": 1e-6},
    )
    if found.x is None or -found.fun <= _value_of(label, masks, value) + 1e-9:
        return label
    place = np.full(len(label), NONE, np.int64)
    for number, column in enumerate(np.flatnonzero(found.x > 0.5)):
        place[inside[column] == 1] = number
    return place


def _value_of(label: Ints, masks: Words, value: Floats) -> float:
    """What the label's cohorts are worth; −inf when one of them was not written down."""
    known = dict(zip(masks.tolist(), value.tolist(), strict=True))
    groups: dict[int, int] = {}
    for at, group in enumerate(label.tolist()):
        if group != NONE:
            groups[group] = groups.get(group, 0) | 1 << at
    return sum(known.get(mask, -np.inf) for mask in groups.values())
