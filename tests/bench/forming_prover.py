"""The proved optimum for at most 64 people: a set-partition programme with columns found by exact pricing.

The linear bound comes from columns added until none has a positive reduced cost; then every column whose reduced cost
is within the gap to the best division known is listed, and the integer programme over these is exact.
"""

import numba
import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csc_array

from cohorts.forming.engine.columns import WORDS, Columns, Goods
from cohorts.forming.engine.measure import ENOUGH_NEAR, count_hours
from cohorts.forming.engine.search import explore
from cohorts.forming.engine.table import Table, lay

SEEN = 60_000
MOST_COLUMNS = 3_000_000
AT_ONCE = 4_000


@numba.njit(cache=False)
def _price(table, goods, size, cost, least, masks, worth):  # noqa: ANN001, ANN202 - compiled, of numba's types
    """All cohorts of one size whose worth less the cost of their people is over `least`, up to what fits."""
    people = len(cost)
    closely = 2 * goods.closeness / (size - 1)
    most = len(goods.hours_worth) - 1
    chosen = np.empty(size, np.int64)
    place = np.zeros(size + 1, np.int64)
    common = np.full((size + 1, WORDS), np.uint64(0xFFFFFFFFFFFFFFFF))
    tie = np.zeros((size + 1, people))
    value = np.zeros(size + 1)
    blocked = np.zeros((size + 1, people), np.int64)
    best_pair = np.zeros(people)
    for i in range(people):
        row = np.sort(table.close[i])[::-1]
        best_pair[i] = row[: size - 1].sum()
    found = 0
    depth = 0
    place[0] = 0
    promise = np.empty(people)
    while depth >= 0:
        i = place[depth]
        if i >= people or depth == size:
            depth -= 1
            if depth >= 0:
                place[depth] += 1
            continue
        if blocked[depth, i]:
            place[depth] += 1
            continue
        chosen[depth] = i
        for word in range(WORDS):
            common[depth + 1, word] = common[depth, word] & table.week[i, word]
        value[depth + 1] = value[depth] + table.seat[i] - cost[i] + closely * tie[depth, i]
        hours = goods.hours_worth[count_hours(common[depth + 1], most)]
        base = size * (hours + goods.size_worth[size])
        left = size - depth - 1
        if left == 0:
            alone = 0
            for a in chosen:
                if table.lonely[a]:
                    peers = 0
                    for b in chosen:
                        if a != b:
                            peers += table.near[a, b]
                    alone += max(0, ENOUGH_NEAR - peers)
            total = value[size] + base - goods.isolation * alone / ENOUGH_NEAR
            if total > least and found < len(masks):
                mask = np.uint64(0)
                for a in chosen:
                    mask |= np.uint64(1) << np.uint64(a)
                masks[found] = mask
                worth[found] = total
                found += 1
            place[depth] += 1
            continue
        count = 0
        for j in range(i + 1, people):
            blocked[depth + 1, j] = blocked[depth, j] or table.apart[i, j]
            tie[depth + 1, j] = tie[depth, j] + table.close[i, j]
            if not blocked[depth + 1, j]:
                promise[count] = (
                    table.seat[j] - cost[j] + closely * (tie[depth + 1, j] + best_pair[j] * (left - 1) / (size - 1) / 2)
                )
                count += 1
        if count < left:
            place[depth] += 1
            continue
        top = np.sort(promise[:count])[count - left :].sum()
        if value[depth + 1] + base + top <= least:
            place[depth] += 1
            continue
        depth += 1
        place[depth] = i + 1
    return found


def best_there_is(people: Columns, goods: Goods, seed: int) -> tuple[np.ndarray, float]:
    """Each one's cohort, −1 for who waits, in the best division there is, and its worth with seats."""
    count = len(people.lea)
    table = lay(people, goods, np.arange(count), np.full(count, -1))
    seen, worth = np.zeros(SEEN, np.uint64), np.zeros(SEEN)
    _, known = explore(table, goods, 200, 16, 0.06, seen, worth, np.array([seed], np.uint64))
    masks, first = np.unique(seen[:known], return_index=True)
    value = worth[first] + _inside(masks, count) @ table.seat
    while True:
        inside = _inside(masks, count)
        relaxed = linprog(-value, A_ub=csc_array(inside.T), b_ub=np.ones(count), bounds=(0, None), method="highs")
        cost = -relaxed.ineqlin.marginals
        fresh, gains = _columns(table, goods, cost, 1e-7, AT_ONCE)
        if not len(fresh):
            break
        masks = np.concatenate([masks, fresh])
        value = np.concatenate([value, gains + _inside(fresh, count) @ cost])
    bound = -relaxed.fun
    place, reached = _whole(masks, value, count)
    gap = bound - reached
    if gap > 1e-7:
        masks, gains = _columns(table, goods, cost, -gap - 1e-7, MOST_COLUMNS)
        assert len(masks) < MOST_COLUMNS, "the gap is too wide to list all columns within it"
        place, reached = _whole(masks, gains + _inside(masks, count) @ cost, count)
    return place, reached


def _columns(table: Table, goods: Goods, cost: np.ndarray, least: float, most: int) -> tuple[np.ndarray, np.ndarray]:
    found = []
    for size in range(goods.smallest, goods.largest + 1):
        masks, worth = np.zeros(most, np.uint64), np.zeros(most)
        count = _price(table, goods, size, cost, least, masks, worth)
        found.append((masks[:count], worth[:count]))
    return np.concatenate([masks for masks, _ in found]), np.concatenate([worth for _, worth in found])


def _inside(masks: np.ndarray, count: int) -> np.ndarray:
    return ((masks[:, None] >> np.arange(count, dtype=np.uint64)) & np.uint64(1)).astype(float)


def _whole(masks: np.ndarray, value: np.ndarray, count: int) -> tuple[np.ndarray, float]:
    inside = _inside(masks, count)
    limits = LinearConstraint(csc_array(inside.T), -np.inf, 1)
    found = milp(-value, integrality=np.ones(len(value)), bounds=Bounds(0, 1), constraints=limits)
    place = np.full(count, -1)
    for number, column in enumerate(np.flatnonzero(found.x > 0.5)):
        place[inside[column] == 1] = number
    return place, -found.fun
