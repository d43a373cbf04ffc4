"""The measure on columns: what two people have for each other, and what a cohort is worth.

u = hours·A + closeness·mean w + size·Z − isolation·iso for each person; a cohort is worth the sum over its people.
"""

import numpy as np

from .columns import WORDS, Bytes, Columns, Floats, Goods, Ints, Words
from .kernels import kernel, leaf

ENOUGH_NEAR = 2
ENOUGH_HOURS = 3
BANDS = 3.0
STAGES = 4.0
SAME_FAMILY, OTHER_SUBJECT = 0.6, 0.2
# From this cosine on two people work on the same problem of practice.
ALIKE = 0.3
_LAST_WORD = WORDS - 1
_LAST_BIT = 336 - 64 * _LAST_WORD - 1


@leaf
def _run_before(week: Words) -> int:
    """How many starts stand in a row at the end of the week."""
    run = 0
    for slot in range(335, -1, -1):
        if not (week[slot >> 6] >> np.uint64(slot & 63)) & np.uint64(1):
            return run
        run += 1
    return run


@leaf
def _run_after(week: Words) -> int:
    """How many starts stand in a row at the beginning of the week."""
    for slot in range(336):
        if not (week[slot >> 6] >> np.uint64(slot & 63)) & np.uint64(1):
            return slot
    return 336


@leaf
def count_hours(week: Words, most: int) -> int:
    """How many separate hours fit, at most `most`. A free stretch over the end of the week is one stretch."""
    one = np.uint64(1)
    wraps = (week[_LAST_WORD] >> np.uint64(_LAST_BIT)) & week[0] & one
    count = 0
    carry = np.uint64(0)
    for word in range(WORDS):
        left = week[word] & ~carry
        carry = np.uint64(0)
        while left:
            low = left & (~left + one)
            count += 1
            if count >= most and not wraps:
                return most
            carry = low >> np.uint64(63)
            left &= ~(low | (low << one))
    if wraps:
        before, after = _run_before(week), _run_after(week)
        if before % 2 and after % 2 and before < 336:
            count -= 1
    return min(count, most)


@leaf
def rung(people: Columns, i: int, j: int) -> int:
    """The first step of the ladder two people share, 0 (microcredential) to 4 (nothing)."""
    if people.topic[i] == people.topic[j]:
        return 0
    if people.stack[i] >= 0 and people.stack[i] == people.stack[j]:
        return 1
    if people.family[i] >= 0 and people.family[i] == people.family[j]:
        return 2
    return 3 if same_problem(people, i, j) > 0 else 4


@leaf
def same_problem(people: Columns, i: int, j: int) -> float:
    """The cosine of two problems of practice, 0 to 1."""
    if people.text[i] < 0 or people.text[j] < 0:
        return 0.0
    if people.text[i] == people.text[j]:
        return 1.0
    a, a_end = people.text_start[people.text[i]], people.text_start[people.text[i] + 1]
    b, b_end = people.text_start[people.text[j]], people.text_start[people.text[j] + 1]
    total = 0.0
    while a < a_end and b < b_end:
        if people.text_word[a] == people.text_word[b]:
            total += people.text_weight[a] * people.text_weight[b]
            a += 1
            b += 1
        elif people.text_word[a] < people.text_word[b]:
            a += 1
        else:
            b += 1
    return min(1.0, total)


@leaf
def find_alone_with_problem(people: Columns, order: Ints, starts: Ints, alone: Bytes) -> None:
    """Marks who has a problem of practice that nobody beside them has; place g is order[starts[g] : starts[g + 1]]."""
    for g in range(len(starts) - 1):
        for at in range(starts[g], starts[g + 1]):
            i = order[at]
            if people.text[i] < 0:
                continue
            alone[i] = 1
            for other in range(starts[g], starts[g + 1]):
                if other != at and same_problem(people, i, order[other]) >= ALIKE:
                    alone[i] = 0
                    break


@leaf
def _listed(start: Ints, row: Ints, i: int, j: int) -> bool:
    low, high = start[i], start[i + 1]
    while low < high:
        middle = (low + high) >> 1
        if row[middle] < j:
            low = middle + 1
        else:
            high = middle
    return low < start[i + 1] and row[low] == j


@leaf
def apart(people: Columns, i: int, j: int) -> bool:
    """Whether a rule forbids one cohort: language, consent, grade band, a name on a list, a step nobody agreed to."""
    if people.language[i] != people.language[j]:
        return True
    same_lea = people.lea[i] >= 0 and people.lea[i] == people.lea[j]
    if not same_lea and not (people.share[i] and people.share[j]):
        return True
    # An unknown band, NaN, is another one.
    if (people.own_band[i] or people.own_band[j]) and people.band[i] != people.band[j]:
        return True
    if rung(people, i, j) > max(people.widest[i], people.widest[j]):
        return True
    return _listed(people.shun_start, people.shun_row, i, j)


@leaf
def subject_alike(people: Columns, i: int, j: int) -> float:
    if people.subject[i] >= 0 and people.subject[i] == people.subject[j]:
        return 1.0
    if people.subject_family[i] >= 0 and people.subject_family[i] == people.subject_family[j]:
        return SAME_FAMILY
    return OTHER_SUBJECT


@leaf
def near(people: Columns, i: int, j: int) -> bool:
    """A near peer: same subject family, grade bands at most one apart."""
    return abs(people.band[i] - people.band[j]) <= 1 and subject_alike(people, i, j) > 0.5


@leaf
def closeness(people: Columns, goods: Goods, shared: Words, i: int, j: int) -> float:
    """w of a pair. `shared` (6,) is scratch space. What is unknown of either counts as half or nothing."""
    for word in range(WORDS):
        shared[word] = people.week[i, word] & people.week[j, word]
    return closeness_given(people, goods, count_hours(shared, ENOUGH_HOURS), same_problem(people, i, j), i, j)


@leaf
def closeness_given(people: Columns, goods: Goods, hours: int, cosine: float, i: int, j: int) -> float:
    """`closeness` of a pair of whom the hours in common, at most ENOUGH_HOURS, and `same_problem` are known."""
    bands = abs(people.band[i] - people.band[j])
    grade = 0.5 if np.isnan(bands) else 1.0 - bands / BANDS
    total = goods.subject * subject_alike(people, i, j) + goods.grade_band * grade
    total += goods.problem * cosine
    total += goods.stage * (1.0 - min(STAGES, abs(people.stage[i] - people.stage[j])) / STAGES)
    if people.platform[i] >= 0 and people.platform[i] == people.platform[j]:
        total += goods.platform
    if people.lea[i] >= 0 and people.lea[j] >= 0 and people.lea[i] != people.lea[j]:
        total += goods.other_lea
    total += goods.shared_hours * (hours / ENOUGH_HOURS)
    if people.topic[i] != people.topic[j]:
        total -= goods.other_microcredential
        if goods.mixing > 0:
            free = 1 if people.freed[i] or people.freed[j] else 0
            total -= goods.mixing * (rung(people, i, j) - free)
    if _listed(people.met_start, people.met_row, i, j):
        total -= goods.repeat
    return total


@leaf
def hours_worth(goods: Goods, week: Words) -> float:
    return goods.hours_worth[count_hours(week, len(goods.hours_worth) - 1)]


@kernel
def value_of(people: Columns, goods: Goods, members: Ints, values: Floats) -> float:
    """What a cohort is worth; `values` (at least its size) gets each one's share, in the order of `members`."""
    size = len(members)
    shared = np.empty(WORDS, np.uint64)
    common = np.full(WORDS, np.uint64(0xFFFFFFFFFFFFFFFF))
    for member in members:
        for word in range(WORDS):
            common[word] &= people.week[member, word]
    base = hours_worth(goods, common) + (goods.size_worth[size] if size < len(goods.size_worth) else 0.0)
    total = 0.0
    for place in range(size):
        closely, peers = 0.0, 0
        for other in range(size):
            if other != place:
                one, two = min(members[place], members[other]), max(members[place], members[other])
                closely += closeness(people, goods, shared, one, two)
                peers += near(people, one, two)
        mean = closely / (size - 1) if size > 1 else 0.0
        lonely = max(0, ENOUGH_NEAR - peers) / ENOUGH_NEAR if people.level[members[place]] else 0.0
        values[place] = base + goods.closeness * mean - goods.isolation * lonely
        total += values[place]
    return total


@kernel
def values_of(people: Columns, goods: Goods, starts: Ints, members: Ints, values: Floats) -> None:
    """`value_of` for many cohorts: cohort g is members[starts[g] : starts[g + 1]]; `values` lies alongside."""
    for g in range(len(starts) - 1):
        value_of(people, goods, members[starts[g] : starts[g + 1]], values[starts[g] : starts[g + 1]])


@leaf
def near_counts(people: Columns, starts: Ints, members: Ints, counts: Bytes) -> None:
    """Near peers of everybody in their own cohort; `counts` lies alongside `members`."""
    for g in range(len(starts) - 1):
        for place in range(starts[g], starts[g + 1]):
            counts[place] = 0
            for other in range(starts[g], starts[g + 1]):
                if other != place and near(people, members[place], members[other]):
                    counts[place] += 1


@leaf
def rung_among(people: Columns, members: Ints, place: int) -> int:
    """How wide a cohort is for this member: 0 when half of the others are on their microcredential, else the rung of
    the farthest of them."""
    alike, widest = 0, 0
    for other in range(len(members)):
        if other != place:
            step = rung(people, members[place], members[other])
            alike += step == 0
            widest = max(widest, step)
    return 0 if 2 * alike >= len(members) - 1 else widest


@leaf
def rungs_of(people: Columns, starts: Ints, members: Ints, rungs: Bytes) -> None:
    """`rung_among` for everybody in their own cohort; `rungs` lies alongside `members`."""
    for g in range(len(starts) - 1):
        for place in range(starts[g], starts[g + 1]):
            rungs[place] = rung_among(people, members[starts[g] : starts[g + 1]], place - starts[g])


@leaf
def find_alone(people: Columns, starts: Ints, members: Ints, alone: Bytes) -> None:
    """Which singletons have too few near peers in the group they stand in; `alone` lies alongside `members`."""
    for g in range(len(starts) - 1):
        for place in range(starts[g], starts[g + 1]):
            alone[place] = 0
            if people.level[members[place]] == 0:
                continue
            peers = 0
            for other in range(starts[g], starts[g + 1]):
                if other != place and near(people, members[place], members[other]):
                    peers += 1
                    if peers == ENOUGH_NEAR:
                        break
            alone[place] = peers < ENOUGH_NEAR
