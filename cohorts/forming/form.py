"""From candidates to a proposal. `form_cohorts` is the one door; what is behind it may be replaced."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from math import fsum

from cohorts.ids import make_id

from .model import Candidate, Group, Policy, Proposal, Reason
from .objective import People
from .reasons import reasons_for
from .terms import describe

Cohorts = Sequence[Sequence[str]]
Progress = Callable[[str, float], None]


def form_cohorts(  # noqa: PLR0913 - the last three say how to search, not what
    candidates: Sequence[Candidate],
    policy: Policy,
    seed: int,
    now: datetime,
    *,
    fixed: Cohorts = (),
    seconds: float | None = None,
    workers: int = 2,
    progress: Progress | None = None,
) -> Proposal:
    """Cohorts of the policy's sizes, with the reason for everybody who must wait.

    Candidates are people who want to be placed now: whoever opted out is not among them, and whoever has a hindrance
    waits for that. Equal candidates, policy,
    seed and day give an equal proposal, in whatever order they come, on any number of `workers` (threads). Nobody
    shares a cohort with their evaluator, with anybody either of them avoids, across languages, or across LEAs without
    consent. As many as possible are seated, singletons first, by microcredential; those left then in their stack,
    their competency family, and with anybody. `fixed` are the cohorts people are in now, by educator id: pairs of one
    are worth `policy.move_price` more. `seconds` bounds the work, by what two usual cores do in that time.
    Raises DuplicateCandidateError.
    """
    latest = now.date() + timedelta(days=policy.start_within_days)
    able = [candidate for candidate in candidates if not candidate.hindrance]
    ready = [candidate for candidate in able if candidate.start_from <= latest]
    starts = max(max((candidate.start_from for candidate in ready), default=now.date()), now.date())
    from .seating import find_cohorts  # noqa: PLC0415 - the search weighs a hundred megabytes: only who forms loads it

    people = People(candidates, policy, starts)
    found, alone = find_cohorts(
        ready, policy, seed, starts, fixed=fixed, seconds=seconds, workers=workers, progress=progress
    )
    later = {
        candidate.educator_id: Reason(code="start_later", start=candidate.start_from)
        for candidate in able
        if candidate.start_from > latest
    }
    groups = [
        describe(people, _group_id(people, members), members)
        for ids in found
        if (members := [people.index[person] for person in ids])
    ]
    return propose(people, groups, later).model_copy(update={"problem_singletons": alone})


def propose(people: People, groups: Sequence[Group], known: Mapping[str, Reason]) -> Proposal:
    """The proposal of these cohorts: everybody else waits, for a known reason or one found out here."""
    seated = {seat.educator_id for group in groups for seat in group.members}
    candidates = [person.candidate for person in people.all]
    hindered = {one.educator_id: Reason(code=one.hindrance) for one in candidates if one.hindrance}
    known = {**known, **{who: reason for who, reason in hindered.items() if who not in seated}}
    eligible = [candidate for candidate in candidates if candidate.educator_id not in known]
    unknown = [candidate for candidate in eligible if candidate.educator_id not in seated]
    reasons = {**known, **reasons_for(eligible, unknown, people.policy)}
    values = [seat.terms.value for group in groups for seat in group.members]
    return Proposal(
        groups=tuple(sorted(groups, key=lambda group: (group.language, group.microcredential_id, group.id))),
        unplaced={
            candidate.educator_id: reasons[candidate.educator_id]
            for candidate in candidates
            if candidate.educator_id not in seated
        },
        singletons={person.candidate.educator_id: person.level for person in people.all},
        starts=people.starts,
        score=round(fsum(values) / len(people.all), 4) if people.all else 0.0,
    )


def _group_id(people: People, group: Sequence[int]) -> str:
    return make_id("group", *(people.all[i].candidate.interest_id for i in sorted(group)))


def count_sizes(proposal: Proposal) -> Mapping[int, int]:
    """Size → how many cohorts have it, smallest first."""
    return dict(sorted(Counter(len(group.members) for group in proposal.groups).items()))
