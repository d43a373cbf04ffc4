"""The best division into cohorts that there is among those written down, found by branch and bound.

Prices of the relaxed programme turn the worth of a cohort into its slack: what its people cost more than it is worth.
Slack is hardly ever negative, and what a division falls short of the bound is the slack of its cohorts and of those who
wait. So whoever is in the fewest cohorts goes first, and a branch ends where the least slack with which all others can
still be seated is too much.
"""

from typing import NamedTuple

import numpy as np

from .columns import Floats, Ints, Words
from .kernels import kernel, leaf

_SURE = 1e-9
_SIFTS = 4
NOBODY = -1


class Choices(NamedTuple):
    """k cohorts or waiting people to choose from: `mask` (k,), `slack` (k,) in rising order; `member` (k, largest) and
    `size` (k,) say who is in each.

    `least` (people,): of those still to be had with this person, the least slack a head; `often` (people,) how many.
    """

    mask: Words
    slack: Floats
    member: Ints
    size: Ints
    least: Floats
    often: Ints


@kernel
def _lay_out(mask: Words, slack: Floats, people: int) -> Choices:
    size = np.zeros(len(mask), np.int64)
    most = 1
    for k in range(len(mask)):
        for x in range(people):
            size[k] += np.int64((mask[k] >> np.uint64(x)) & np.uint64(1))
        most = max(most, size[k])
    member = np.zeros((len(mask), most), np.int64)
    for k in range(len(mask)):
        at = 0
        for x in range(people):
            if (mask[k] >> np.uint64(x)) & np.uint64(1):
                member[k, at] = x
                at += 1
    return Choices(mask, slack, member, size, np.zeros(people), np.zeros(people, np.int64))


@leaf
def _count(choices: Choices, here: Ints, number: int) -> None:
    """`least` and `often` of everybody, by the first `number` of the choices in `here`."""
    choices.least[:] = np.inf
    choices.often[:] = 0
    for at in range(number):
        k = here[at]
        share = choices.slack[k] / choices.size[k]
        for place in range(choices.size[k]):
            x = choices.member[k, place]
            choices.often[x] += 1
            choices.least[x] = min(choices.least[x], share)


@leaf
def _sift(choices: Choices, here: Ints, number: int, covered: np.uint64, left: float) -> int:
    """Drops from `here` what cannot be part of a cover with slack under `left`; how many stay."""
    for _ in range(_SIFTS):
        _count(choices, here, number)
        bound = 0.0
        for x in range(len(choices.least)):
            if not (covered >> np.uint64(x)) & np.uint64(1):
                bound += choices.least[x]
        if not bound < left - _SURE:
            return 0
        kept = 0
        for at in range(number):
            k = here[at]
            with_it = bound + choices.slack[k]
            for place in range(choices.size[k]):
                with_it -= choices.least[choices.member[k, place]]
            if with_it < left - _SURE:
                here[kept] = k
                kept += 1
        if kept == number:
            break
        number = kept
    return number


@leaf
def _rarest(choices: Choices, covered: np.uint64) -> int:
    """Who is in the fewest of the choices and not covered; NOBODY when all are."""
    rarest = NOBODY
    for x in range(len(choices.often)):
        if (covered >> np.uint64(x)) & np.uint64(1):
            continue
        if rarest == NOBODY or choices.often[x] < choices.often[rarest]:
            rarest = x
    return rarest


@leaf
def _apart_from(choices: Choices, here: Ints, number: int, covered: np.uint64, there: Ints) -> int:
    """Copies the choices with nobody covered into `there`; how many they are."""
    found = 0
    for at in range(number):
        if choices.mask[here[at]] & covered == np.uint64(0):
            there[found] = here[at]
            found += 1
    return found


class Branch(NamedTuple):
    """By depth (people + 1,): `here` (people + 1, k) are the choices left, the first `number` of them; `at` is the next
    to try for `whom`; `chosen` was taken. `covered` and `spent` are who has a place before that, and its slack."""

    here: Ints
    number: Ints
    at: Ints
    whom: Ints
    chosen: Ints
    covered: Words
    spent: Floats


@kernel
def _root(choices: int, people: int) -> Branch:
    levels = people + 1
    here = np.empty((levels, choices), np.int64)
    here[0] = np.arange(choices)
    number, at = np.zeros(levels, np.int64), np.zeros(levels, np.int64)
    number[0] = choices
    whom, chosen = np.zeros(levels, np.int64), np.zeros(levels, np.int64)
    return Branch(here, number, at, whom, chosen, np.zeros(levels, np.uint64), np.zeros(levels))


@leaf
def _next(choices: Choices, branch: Branch, depth: int, most: float) -> bool:
    """Takes the next choice at this depth, and lays out the depth below it; False when none is left."""
    at, covered = branch.at[depth], branch.covered[depth]
    whom, left = np.uint64(branch.whom[depth]), most - branch.spent[depth] - _SURE
    while at < branch.number[depth]:
        k = branch.here[depth, at]
        at += 1
        if choices.slack[k] >= left:
            break
        if (choices.mask[k] >> whom) & np.uint64(1):
            branch.chosen[depth], branch.at[depth] = k, at
            branch.covered[depth + 1] = covered | choices.mask[k]
            branch.spent[depth + 1] = branch.spent[depth] + choices.slack[k]
            branch.number[depth + 1] = _apart_from(
                choices, branch.here[depth], branch.number[depth], choices.mask[k], branch.here[depth + 1]
            )
            return True
    return False


@kernel
def cheapest_cover(mask: Words, slack: Floats, people: int, most: float, work: int) -> tuple[Ints, int]:
    """Choices that cover each of the people once with the least slack in all, if less than `most`; none if not.

    `mask` (k,) and `slack` (k,) are in rising order of slack. `work` is how many choices may be looked at; the second
    number says how much of it is left, 0 or less if what was found need not be the best.
    """
    choices = _lay_out(mask, slack, people)
    branch = _root(len(mask), people)
    best = np.empty(0, np.int64)
    depth, fresh = 0, True
    while depth >= 0 and work > 0:
        if fresh:
            work -= branch.number[depth]
            left = most - branch.spent[depth]
            covered = branch.covered[depth]
            branch.number[depth] = _sift(choices, branch.here[depth], branch.number[depth], covered, left)
            branch.whom[depth] = _rarest(choices, covered)
            branch.at[depth] = 0
            if branch.whom[depth] == NOBODY and left > _SURE:
                best, most = branch.chosen[:depth].copy(), branch.spent[depth]
        fresh = branch.whom[depth] != NOBODY and _next(choices, branch, depth, most)
        if fresh:
            work -= branch.number[depth]
        depth += 1 if fresh else -1
    return best, work
