"""From candidates to a proposal. `form_cohorts` is the one door; what is behind it may be replaced."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from math import fsum

from cohorts.ids import make_id

from .arrange import Arrangement, arrange, widen
from .model import Candidate, Group, Policy, Proposal, Reason, Rung
from .objective import People
from .terms import describe, find_reason

Key = Callable[[Candidate], str]
_WIDER: tuple[tuple[Rung, Key], ...] = (
    ("stack", lambda candidate: candidate.stack),
    ("family", lambda candidate: candidate.family),
)


def form_cohorts(candidates: Sequence[Candidate], policy: Policy, seed: int, now: datetime) -> Proposal:
    """Cohorts of the policy's sizes, with the reason for everybody who must wait.

    Candidates are people who want to be placed now: whoever opted out is not among them. Equal candidates, policy,
    seed and day give an equal proposal, in whatever order they come. Nobody shares a cohort with their evaluator,
    with anybody either of them avoids, across languages, or across LEAs without consent. As many as possible are
    seated, singletons first, by microcredential; those left then in their stack, then in their competency family.
    Raises DuplicateCandidateError.
    """
    latest = now.date() + timedelta(days=policy.start_within_days)
    ready = [candidate for candidate in candidates if candidate.start_from <= latest]
    starts = max((candidate.start_from for candidate in ready), default=now.date())
    people = People(candidates, policy, max(starts, now.date()))
    indexes = sorted(people.index[candidate.educator_id] for candidate in ready)
    groups = _climb(people, indexes, seed)
    later = {
        candidate.educator_id: Reason(code="start_later", start=candidate.start_from)
        for candidate in candidates
        if candidate.start_from > latest
    }
    return propose(people, [describe(people, _group_id(people, group), group) for group in groups], later)


def propose(people: People, groups: Sequence[Group], known: Mapping[str, Reason]) -> Proposal:
    """The proposal of these cohorts: everybody else waits, for a known reason or one found out here."""
    seated = {seat.educator_id for group in groups for seat in group.members}
    eligible = [i for i, person in enumerate(people.all) if person.candidate.educator_id not in known]
    waiting = {
        person.candidate.educator_id: known.get(person.candidate.educator_id) or find_reason(people, i, eligible)
        for i, person in enumerate(people.all)
        if person.candidate.educator_id not in seated
    }
    values = [seat.terms.value for group in groups for seat in group.members]
    return Proposal(
        groups=tuple(sorted(groups, key=lambda group: (group.language, group.microcredential_id, group.id))),
        unplaced=waiting,
        singletons={person.candidate.educator_id: person.level for person in people.all},
        starts=people.starts,
        score=round(fsum(values) / len(people.all), 4) if people.all else 0.0,
    )


def _climb(people: People, indexes: Sequence[int], seed: int) -> tuple[tuple[int, ...], ...]:
    groups: tuple[tuple[int, ...], ...] = ()
    waiting: list[int] = []
    for key, pool in _pools(people, indexes, lambda candidate: candidate.microcredential_id):
        found = arrange(people, pool, (str(seed), *key))
        groups += found.groups
        waiting += found.waiting
    for rung, name in _WIDER:
        for key, pool in _pools(people, indexes, name):
            inside = set(pool)
            left = tuple(i for i in waiting if i in inside)
            here = tuple(group for group in groups if inside.issuperset(group))
            if not left or len(pool) < people.policy.smallest:
                continue
            found = widen(people, Arrangement(here, left), (str(seed), rung, *key))
            groups = tuple(group for group in groups if group not in here) + found.groups
            waiting = [i for i in waiting if i not in inside] + list(found.waiting)
    return groups


def _pools(people: People, indexes: Sequence[int], name: Key) -> list[tuple[tuple[str, str], list[int]]]:
    pools: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i in indexes:
        candidate = people.all[i].candidate
        if name(candidate):
            pools[candidate.language, name(candidate)].append(i)
    return sorted(pools.items())


def _group_id(people: People, group: Sequence[int]) -> str:
    return make_id("group", *(people.all[i].candidate.interest_id for i in sorted(group)))


def count_sizes(proposal: Proposal) -> Mapping[int, int]:
    """Size → how many cohorts have it, smallest first."""
    return dict(sorted(Counter(len(group.members) for group in proposal.groups).items()))
