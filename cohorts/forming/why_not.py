"""Why somebody is not in another cohort of the same round: truthful, and the same words whatever anybody wished.

The answer is a function of the terms alone. Lists of people to be apart from, and who evaluates whom, are never looked
at, so no question about any cohort can find one out. Of cohorts in which somebody of another LEA or grade band keeps to
their own, nothing is said at all.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice

from cohorts.values import Frozen

from .alternatives import FELT, MOST_REASONS, Good, shares
from .model import Candidate, Group, Policy, Proposal, Seat
from .objective import People, Person, keeps_band
from .terms import too_wide

MOST_ASKED_ABOUT = 20
MOST_LOOKED_AT = 60


class WhyNot(Frozen):
    """What speaks against it, each true by itself. `better` and `worse` are of the person's own seat there."""

    language: bool = False
    far: bool = False
    full: bool = False
    needed_here: bool = False
    better: tuple[Good, ...] = ()
    worse: tuple[Good, ...] = ()


def other_groups(
    proposal: Proposal,
    educator_id: str,
    shares_across: Callable[[Seat], bool],
    welcomes: Callable[[Seat], bool] = lambda _: True,
) -> tuple[Group, ...]:
    """Cohorts of the round that may be asked about, those on the same microcredential first; of many the first few.

    `shares_across` tells whether somebody agreed to be with people of other LEAs, `welcomes` whether with people of the
    asker's grades.
    """
    seat, mine = proposal.seat_of(educator_id), proposal.group_of(educator_id)
    if seat is None or mine is None:
        return ()
    near = [group for group in proposal.groups if group is not mine]
    near.sort(
        key=lambda one: (one.language != mine.language, one.microcredential_id != mine.microcredential_id, one.id)
    )
    told = (
        group
        for group in near[:MOST_LOOKED_AT]
        if all(one.lea_id == seat.lea_id or shares_across(one) for one in group.members)
        and all(map(welcomes, group.members))
    )
    return tuple(islice(told, MOST_ASKED_ABOUT))


def why_not(
    proposal: Proposal, educator_id: str, other: Group, policy: Policy, candidates: Sequence[Candidate]
) -> WhyNot | None:
    """None when the person has no seat in the proposal, or is not among the candidates: those of both cohorts."""
    mine = proposal.group_of(educator_id)
    known = {one.educator_id for one in candidates}
    if mine is None or educator_id not in known:
        return None
    people = _people(proposal, [mine, other], policy, candidates)
    me = people.index[educator_id]
    here, there = (
        [people.index[seat.educator_id] for seat in group.members if seat.educator_id in known]
        for group in (mine, other)
    )
    now, then = shares(people, me, here), shares(people, me, [*there, me])
    differences = {name: then.get(name, 0.0) - now.get(name, 0.0) for name in {**now, **then}}
    ranked = sorted(differences, key=lambda name: (-abs(differences[name]), name))
    return WhyNot(
        language=other.language != mine.language,
        far=_is_far(people.all[me], [people.all[i] for i in there]),
        full=len(other.members) >= policy.largest,
        needed_here=len(mine.members) <= policy.smallest,
        better=tuple(name for name in ranked if differences[name] > FELT)[:MOST_REASONS],
        worse=tuple(name for name in ranked if differences[name] < -FELT)[:MOST_REASONS],
    )


def _is_far(me: Person, others: Sequence[Person]) -> bool:
    """By the asker's own word alone."""
    return too_wide(me, others) or (keeps_band(me) and any(other.band != me.band for other in others))


def _people(proposal: Proposal, groups: Sequence[Group], policy: Policy, candidates: Sequence[Candidate]) -> People:
    """These alone, with who is a singleton as it was among everybody."""
    wanted = {seat.educator_id for group in groups for seat in group.members}
    people = People([one for one in candidates if one.educator_id in wanted], policy, proposal.starts)
    people.all = [
        replace(person, level=proposal.singletons.get(person.candidate.educator_id, person.level))
        for person in people.all
    ]
    return people
