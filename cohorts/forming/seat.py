"""One more person into a cohort that is there already: which one gains most, and whether that is worth it."""

from collections.abc import Mapping, Sequence
from datetime import date
from math import fsum

from cohorts.values import Frozen

from .ladder import is_beyond, step_of
from .model import Candidate, Group, Policy
from .objective import People
from .terms import describe


class Found(Frozen):
    """The cohort with the newcomer in it; `gain` is what all of it are worth more, the newcomer included."""

    cohort_id: str
    group: Group
    gain: float


def find_seat(
    newcomer: Candidate, cohorts: Mapping[str, Sequence[Candidate]], policy: Policy, starts: date
) -> Found | None:
    """The best of the cohorts with room in which nobody may not be with the newcomer, and which is no wider than the
    newcomer agreed to; None where no gain is as much as the policy asks. `cohorts`: id → who has a seat."""
    found = (try_seat(newcomer, cohort_id, members, policy, starts) for cohort_id, members in sorted(cohorts.items()))
    worth = [one for one in found if one and one.gain >= policy.seat_gain]
    return max(worth, key=lambda one: one.gain, default=None)


def try_seat(
    newcomer: Candidate, cohort_id: str, members: Sequence[Candidate], policy: Policy, starts: date
) -> Found | None:
    """This cohort with the newcomer in it, whatever the gain; None where a rule forbids it."""
    if not members or len(members) >= policy.largest or newcomer.hindrance:
        return None
    if newcomer.email and newcomer.email.lower() in {one.email.lower() for one in members}:
        return None  # one of the two addresses is wrong, and nobody's wishes are sure until it is mended
    people = People((*members, newcomer), policy, starts)
    me = people.index[newcomer.educator_id]
    others = [at for at in range(len(people.all)) if at != me]
    if any(people.apart(me, other) for other in others):
        return None
    before, after = describe(people, cohort_id, others), describe(people, cohort_id, [*others, me])
    seat = next(seat for seat in after.members if seat.educator_id == newcomer.educator_id)
    if is_beyond(step_of(seat, after), newcomer.widest):
        return None
    return Found(cohort_id=cohort_id, group=after, gain=round(_worth(after) - _worth(before), 4))


def _worth(group: Group) -> float:
    return fsum(seat.terms.value for seat in group.members)
