"""Cohorts beside those that the search has seen: one person away from them, and all of whoever fits into few."""

import numpy as np

from .columns import WORDS, Floats, Goods, Ints, Words
from .kernels import kernel, leaf
from .measure import ENOUGH_NEAR, count_hours
from .table import Table

ONE = np.uint64(1)


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


@leaf
def _sit_down(company: Words, mask: np.uint64, members: Ints) -> int:
    """Writes down the people of the mask; how many they are, 0 when they are too many or two may not be together."""
    size = 0
    for x in range(len(company)):
        if (mask >> np.uint64(x)) & ONE:
            if size == len(members) or mask & ~company[x]:
                return 0
            members[size] = x
            size += 1
    return size


@kernel
def cohorts_of_few(table: Table, goods: Goods, found: Words, worth: Floats) -> int:
    """Every cohort with somebody who is scarce and its worth, without seats, as long as there is room; those of whoever
    may be with fewest first. Returns how many were found."""
    company = np.zeros(len(table.seat), np.uint64)  # with oneself
    for x in range(len(company)):
        for y in range(len(company)):
            if not table.apart[x, y]:
                company[x] |= ONE << np.uint64(y)
    members = np.empty(goods.largest, np.int64)
    week = np.empty(WORDS, np.uint64)
    count, done = 0, np.uint64(0)
    for x in np.argsort(-table.scarce, kind="mergesort"):
        if table.scarce[x] == 0:
            break
        me = ONE << np.uint64(x)
        done |= me
        others = company[x] & ~done
        some = others
        while some and count < len(found):
            size = _sit_down(company, some | me, members)
            if size >= goods.smallest:
                found[count], worth[count] = some | me, worth_of(table, goods, members, size, week)
                count += 1
            some = (some - ONE) & others  # the next smaller subset
    return count


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
