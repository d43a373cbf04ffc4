"""The search at one table, and at many: build, descend, then take a few cohorts apart and build them anew."""

import numpy as np

from .anneal import anneal
from .build import build, number_of_groups
from .columns import Bytes, Columns, Floats, Goods, Ints, Words
from .descent import BETTER, NONE, Groups, descend, no_groups, seat, total, worth
from .kernels import kernel, leaf
from .table import Table, below, lay

MOST_APART = 4
WAITING_AT_ONCE = 8
TYPICAL_SIZE = 5.6
STEPS_PER_PAIR, HOT, COLD = 26, 1.0, 0.05


@leaf
def usual_number(goods: Goods, people: int) -> int:
    return number_of_groups(goods, people, int(people / min(TYPICAL_SIZE, float(goods.largest)) + 0.5))


@kernel
def divide(table: Table, goods: Goods, number: int, noise: float, state: Words) -> Groups:
    """Everybody at the table into about `number` cohorts, from nothing."""
    people = np.arange(len(table.seat)).astype(np.int64)
    groups = no_groups(len(people), max(1, number), goods.largest)
    build(table, goods, groups, people, number, noise, state)
    descend(table, goods, groups, people, state)
    return groups


@leaf
def _keep(seen: Words, seen_worth: Floats, count: int, groups: Groups, goods: Goods) -> int:
    """Write down each cohort as a mask with its worth; with no room left nothing is kept."""
    for g in range(len(groups.size)):
        if groups.size[g] and count < len(seen):
            mask = np.uint64(0)
            for place in range(groups.size[g]):
                mask |= np.uint64(1) << np.uint64(groups.member[g, place])
            seen[count], seen_worth[count] = mask, worth(goods, groups, g)
            count += 1
    return count


@leaf
def _choose(sizes: Ints, wanted: int, chosen: Bytes, state: Words) -> int:
    """Mark up to `wanted` cohorts that have members; how many were found."""
    chosen[:] = 0
    filled = 0
    for g in range(len(sizes)):
        filled += sizes[g] > 0
    found = 0
    wanted = min(wanted, filled)
    while found < wanted:
        g = below(state, len(sizes))
        if sizes[g] and not chosen[g]:
            chosen[g] = 1
            found += 1
    return found


@kernel
def _gather(label: Ints, chosen: Bytes, state: Words) -> Ints:
    """Those in the chosen cohorts, and some of those who wait."""
    pool = np.empty(len(label), np.int64)
    count, waiting = 0, 0
    start = below(state, len(label))
    for step in range(len(label)):
        x = (start + step) % len(label)
        if label[x] == NONE and waiting < WAITING_AT_ONCE:
            waiting += 1
        elif label[x] == NONE or not chosen[label[x]]:
            continue
        pool[count] = x
        count += 1
    return pool[:count]


@kernel
def _value(table: Table, goods: Goods, label: Ints, chosen: Bytes, pool: Ints) -> float:
    groups = no_groups(len(label), len(chosen), goods.largest)
    for x in pool:
        if label[x] != NONE:
            seat(table, goods, groups, pool, x, label[x])
    return total(table, goods, groups, pool)


@kernel
def _relabel(label: Ints, sizes: Ints, chosen: Bytes, pool: Ints, groups: Groups) -> bool:
    """Write the new cohorts over the chosen ones; False when there are not numbers enough."""
    slots = np.empty(len(groups.size), np.int64)
    at = 0
    for turn in range(2):  # the numbers of the chosen first, then empty ones
        for g in range(len(sizes)):
            if (chosen[g] if turn == 0 else sizes[g] == 0 and not chosen[g]) and at < len(slots):
                slots[at] = g
                at += 1
    if at < len(slots):
        return False
    for g in range(len(sizes)):
        if chosen[g]:
            sizes[g] = 0
    for x in pool:
        label[x] = NONE if groups.place[x] == NONE else slots[groups.place[x]]
        if label[x] != NONE:
            sizes[label[x]] += 1
    return True


@kernel
def refine(
    table: Table,
    goods: Goods,
    label: Ints,
    numbers: int,
    rounds: int,
    noise: float,
    seen: Words,
    seen_worth: Floats,
    known: int,
    state: Words,
) -> tuple[float, int]:
    """Take some cohorts apart with some who wait, build them anew, keep what is better. `label` (m,) below `numbers`.

    Returns what was gained, and how many cohorts are written down in `seen` beside the `known` ones; with no room
    there (and more than 64 people) none is.
    """
    sizes = np.zeros(numbers, np.int64)
    for x in range(len(label)):
        if label[x] != NONE:
            sizes[label[x]] += 1
    chosen = np.zeros(numbers, np.uint8)
    gained = 0.0
    for _ in range(rounds):
        found = _choose(sizes, 2 + below(state, MOST_APART - 1), chosen, state)
        pool = _gather(label, chosen, state)
        if len(pool) < goods.smallest:
            break
        wish = found + below(state, 3) - 1 if below(state, 3) == 0 else found
        wish = number_of_groups(goods, len(pool), wish)
        groups = no_groups(len(label), max(1, wish), goods.largest)
        build(table, goods, groups, pool, wish, noise * below(state, 4), state)
        descend(table, goods, groups, pool, state)
        if known < len(seen):
            known = _keep(seen, seen_worth, known, groups, goods)
        gain = total(table, goods, groups, pool) - _value(table, goods, label, chosen, pool)
        if gain > BETTER and _relabel(label, sizes, chosen, pool, groups):
            gained += gain
    return gained, known


@kernel
def _regroup(table: Table, goods: Goods, label: Ints, numbers: int) -> Groups:
    everybody = np.arange(len(label)).astype(np.int64)
    groups = no_groups(len(label), numbers, goods.largest)
    for x in range(len(label)):
        if label[x] != NONE:
            seat(table, goods, groups, everybody, x, label[x])
    return groups


@kernel
def exchange(table: Table, goods: Goods, label: Ints, numbers: int, state: Words) -> float:
    """Swaps and moves among all cohorts of the table. Returns what was gained."""
    everybody = np.arange(len(label)).astype(np.int64)
    groups = _regroup(table, goods, label, numbers)
    before = total(table, goods, groups, everybody)
    descend(table, goods, groups, everybody, state)
    label[:] = groups.place
    return total(table, goods, groups, everybody) - before


@kernel
def seat_tiles(
    people: Columns, goods: Goods, bound: Ints, starts: Ints, members: Ints, seeds: Words, label: Ints
) -> None:
    """Tile t is members[starts[t] : starts[t + 1]]; `label` lies alongside and gets the number of each one's cohort
    within the tile, or NONE."""
    state = np.empty(1, np.uint64)
    for t in range(len(starts) - 1):
        here = members[starts[t] : starts[t + 1]]
        state[0] = seeds[t]
        if len(here) < goods.smallest:
            label[starts[t] : starts[t + 1]] = NONE
            continue
        table = lay(people, goods, here, bound)
        groups = divide(table, goods, usual_number(goods, len(here)), 0.0, state)
        label[starts[t] : starts[t + 1]] = groups.place


@kernel
def refine_tiles(
    people: Columns,
    goods: Goods,
    bound: Ints,
    starts: Ints,
    members: Ints,
    seeds: Words,
    label: Ints,
    rounds: int,
    noise: float,
    gains: Floats,
) -> None:
    """`refine`, or with no rounds `exchange`, for many tiles as `seat_tiles` has them; labels count from 0 in each."""
    state = np.empty(1, np.uint64)
    nothing = np.empty(0, np.uint64)
    for t in range(len(starts) - 1):
        here = label[starts[t] : starts[t + 1]]
        state[0] = seeds[t]
        table = lay(people, goods, members[starts[t] : starts[t + 1]], bound)
        numbers = 2
        for x in range(len(here)):
            numbers = max(numbers, here[x] + 3)
        if rounds:
            gains[t], _ = refine(table, goods, here, numbers, rounds, noise, nothing, gains[:0], 0, state)
        else:
            gains[t] = exchange(table, goods, here, numbers, state)


@kernel
def explore(
    table: Table, goods: Goods, rounds: int, replicas: int, noise: float, seen: Words, seen_worth: Floats, state: Words
) -> tuple[Ints, int]:
    """The best of several searches over a table of at most 64 people, and how many cohorts were written down: those
    at the end of each cooling, and those of some rebuilding after it."""
    people = len(table.seat)
    everybody = np.arange(people).astype(np.int64)
    usual = usual_number(goods, people)
    best_value, count = -1.0, 0
    best = np.full(people, NONE, np.int64)
    for replica in range(replicas):
        number = max(1, number_of_groups(goods, people, max(1, usual + (replica + 1) % 3 - 1)))
        groups = divide(table, goods, number, noise * (replica % 8), state)
        steps = STEPS_PER_PAIR * people * (people - 1) // 2
        label = anneal(table, goods, groups, everybody, steps, HOT, COLD, state)
        exchange(table, goods, label, number + 3, state)
        count = _keep(seen, seen_worth, count, _regroup(table, goods, label, number + 3), goods)
        _, count = refine(table, goods, label, number + 3, rounds, noise, seen, seen_worth, count, state)
        value = total(table, goods, _regroup(table, goods, label, number + 3), everybody)
        if value > best_value:
            best_value, best = value, label
    return best, count
