"""Two cohorts become one: which of those that could take it in suits a cohort that has become small."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import combinations

from .model import Candidate, Group, Policy
from .objective import People
from .terms import describe, rung_between

TOO_FEW = 3
"""With fewer active people than this a cohort is offered a merge, unless the policy has it begin with fewer.
domain.md 6."""


def is_too_few(active: int, policy: Policy) -> bool:
    return active < min(TOO_FEW, policy.smallest)


def nearest(
    mine: Sequence[Candidate], others: Mapping[str, Sequence[Candidate]], policy: Policy, starts: date
) -> str | None:
    """The cohort these people would do best in, by the mean value of everybody in it; None where none may be.

    `others`: id → who is active there. Together they are no more than the largest size, nobody may not be with
    anybody, and all work on the same microcredential or stack.
    """
    worth = {}
    for cohort_id, theirs in sorted(others.items()):
        together = try_together(mine, theirs, policy, starts)
        if together:
            worth[cohort_id] = together.score
    return max(worth, key=lambda cohort_id: worth[cohort_id], default=None)


def try_together(
    mine: Sequence[Candidate], theirs: Sequence[Candidate], policy: Policy, starts: date, cohort_id: str = "together"
) -> Group | None:
    """All of them as one cohort; None where a rule forbids it."""
    everybody = {candidate.educator_id: candidate for candidate in (*mine, *theirs)}
    if not mine or not theirs or len(everybody) > policy.largest:
        return None
    people = People(list(everybody.values()), policy, starts)
    pairs = combinations(people.all, 2)
    if any(rung_between(one, other) not in ("microcredential", "stack") for one, other in pairs):
        return None
    indexes = range(len(people.all))
    if any(people.apart(one, other) for one, other in combinations(indexes, 2)):
        return None
    return describe(people, cohort_id, list(indexes))
