"""Who forming is measured against, each with the rules it can keep: pools of one language and microcredential, people
without consent among their own LEA or waiting."""

from collections.abc import Callable, Iterator

import numpy as np
from k_means_constrained import KMeansConstrained
from ortools.sat.python import cp_model

from cohorts.forming.engine.columns import Columns, Goods
from cohorts.forming.engine.landscape import find_points
from cohorts.forming.engine.measure import values_of
from cohorts.forming.engine.table import lay

SIZE = 5.6
Divide = Callable[[np.ndarray, int], np.ndarray]


def score(people: Columns, goods: Goods, place: np.ndarray) -> float:
    """F: the mean value of all people; who waits counts 0."""
    rows = np.flatnonzero(place >= 0)
    rows = rows[np.argsort(place[rows], kind="stable")]
    sizes = np.unique(place[rows], return_counts=True)[1]
    values = np.zeros(len(rows))
    values_of(people, goods, np.concatenate([[0], np.cumsum(sizes)]), rows, values)
    return float(values.sum() / len(place))


def pools(people: Columns) -> Iterator[np.ndarray]:
    """Rows that may be together: of one language and microcredential, sharing, or of one LEA."""
    lea = np.where(people.share == 1, -1, people.lea)
    keys = np.stack([people.language, people.topic, lea])
    _, group = np.unique(keys, axis=1, return_inverse=True)
    order = np.argsort(group.ravel(), kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(group.ravel()[order])) + 1)


def _divide(people: Columns, goods: Goods, divide: Divide) -> np.ndarray:
    place = np.full(len(people.lea), -1)
    number = 0
    for rows in pools(people):
        if len(rows) >= goods.smallest:
            groups = max(1, round(len(rows) / SIZE))
            while groups * goods.largest < len(rows):
                groups += 1
            found = divide(rows, min(groups, len(rows) // goods.smallest))
            place[rows] = found + number
            number += found.max() + 1
    return place


def random_feasible(people: Columns, goods: Goods, seed: int) -> np.ndarray:
    chance = np.random.default_rng(seed)
    return _divide(people, goods, lambda rows, groups: chance.permutation(np.arange(len(rows)) % groups))


def k_means(people: Columns, goods: Goods, seed: int) -> np.ndarray:
    """k-means with sizes held, on the same coordinates as ours."""
    points = find_points(people, goods, np.arange(len(people.lea)))

    def divide(rows: np.ndarray, groups: int) -> np.ndarray:
        if groups == 1:
            return np.zeros(len(rows), np.int64)
        solver = KMeansConstrained(groups, size_min=goods.smallest, size_max=goods.largest, random_state=seed, n_init=2)
        return np.asarray(solver.fit_predict(points[rows].astype(np.float64)))

    return _divide(people, goods, divide)


def cp_sat(people: Columns, goods: Goods, seconds: float) -> np.ndarray:
    """OR-Tools CP-SAT with a variable for each person and cohort, pairs in one cohort, and the hours of each."""
    count = len(people.lea)
    table = lay(people, goods, np.arange(count), np.full(count, -1))
    model = cp_model.CpModel()
    groups = max(1, round(count / SIZE))
    sits = [[model.new_bool_var(f"{i} {g}") for g in range(groups)] for i in range(count)]
    worth = []
    for i in range(count):
        model.add(sum(sits[i]) <= 1)
    for g in range(groups):
        size = sum(sits[i][g] for i in range(count))
        exact = [model.new_bool_var(f"{g} has {n}") for n in range(goods.largest + 1)]
        model.add_exactly_one(exact)
        model.add(size == sum(n * exact[n] for n in range(goods.largest + 1)))
        for n in range(1, goods.smallest):
            model.add(exact[n] == 0)
        hours = [model.new_bool_var(f"{g} at {slot}") for slot in range(336)]
        for slot in range(336):
            busy = [sits[i][g] for i in range(count) if not int(table.week[i, slot >> 6]) >> (slot & 63) & 1]
            for one in busy:
                model.add_implication(hours[slot], one.negated())
        for h in range(1, len(goods.hours_worth)):
            enough = model.new_bool_var(f"{g} {h} hours")
            model.add(sum(hours[::2]) + sum(hours[1::2]) >= 2 * h - 1).only_enforce_if(enough)
            gain = goods.hours_worth[h] - goods.hours_worth[h - 1]
            for n in range(goods.smallest, goods.largest + 1):
                both = model.new_bool_var(f"{g} {h} {n}")
                model.add_implication(both, enough)
                model.add_implication(both, exact[n])
                worth.append(int(1e6 * gain * n) * both)
        worth += [int(1e6 * n * goods.size_worth[n]) * exact[n] for n in range(goods.smallest, goods.largest + 1)]
        for i in range(count):
            for j in range(i):
                if table.apart[i, j]:
                    model.add_bool_or(sits[i][g].negated(), sits[j][g].negated())
                    continue
                both = model.new_bool_var(f"{i} {j} {g}")
                model.add_implication(both, sits[i][g])
                model.add_implication(both, sits[j][g])
                worth.append(int(1e6 * 2 * goods.closeness * table.close[i, j] / (SIZE - 1)) * both)
    model.maximize(sum(worth) + sum(int(1e6 * table.seat[i]) * sits[i][g] for i in range(count) for g in range(groups)))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 2
    status = solver.solve(model)
    place = np.full(count, -1)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        for i in range(count):
            for g in range(groups):
                if solver.value(sits[i][g]):
                    place[i] = g
    return place
