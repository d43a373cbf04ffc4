"""The terms of the measure for each person of a cohort: they are the explanation, so it cannot but be exact.

For who has no cohort: the reason, found by asking which single thing would have to be otherwise.
"""

from collections.abc import Mapping, Sequence
from math import fsum

from .hours import ALWAYS, hour_starts
from .model import RUNGS, Group, Policy, Reason, Rung, Seat, Terms, Traded
from .objective import (
    People,
    Person,
    apart,
    compare,
    isolation,
    near,
    same_family,
    weigh,
    worth_of_hours,
    worth_of_size,
)

MOST_TRADED = 2
HALF = 0.5


def rung_between(one: Person, other: Person) -> Rung | None:
    """The first step of the ladder two people share; None when there is none."""
    a, b = one.candidate, other.candidate
    if a.microcredential_id == b.microcredential_id:
        return "microcredential"
    if a.stack and a.stack == b.stack:
        return "stack"
    return "family" if a.family and a.family == b.family else None


def describe(people: People, group_id: str, members: Sequence[int]) -> Group:
    """The cohort of these people, with every figure worked out. Scores are rounded to 4 places."""
    persons = [people.all[member] for member in sorted(members)]
    topics = [person.candidate.microcredential_id for person in persons]
    meet_at = common_hours(persons)
    values = [_value(people.policy, person, persons, len(meet_at)) for person in persons]
    return Group(
        id=group_id,
        microcredential_id=min(topics, key=lambda topic: (-topics.count(topic), topic)),
        language=persons[0].candidate.language,
        members=tuple(
            _seat(people.policy, person, persons, meet_at, value) for person, value in zip(persons, values, strict=True)
        ),
        leas=_leas(persons),
        meet_at=meet_at,
        times_known=all(person.week is not None for person in persons),
        score=round(fsum(values) / len(values), 4),
    )


def common_hours(persons: Sequence[Person]) -> tuple[int, ...]:
    """Starts of hours when all can meet; none when anybody's times are unknown."""
    week = ALWAYS
    for person in persons:
        week &= person.week or 0
    return hour_starts(week)


def _leas(persons: Sequence[Person]) -> int:
    known = {person.candidate.lea_id for person in persons if person.candidate.lea_id}
    return len(known) + sum(not person.candidate.lea_id for person in persons)


def _seat(policy: Policy, person: Person, persons: Sequence[Person], hours: Sequence[int], value: float) -> Seat:
    others = [other for other in persons if other is not person]
    candidate = person.candidate
    shared = [rung_between(person, other) or "family" for other in others]
    terms = Terms(
        same_microcredential=sum(rung == "microcredential" for rung in shared),
        same_subject=sum(bool(person.subject) and other.subject == person.subject for other in others),
        same_family=sum(same_family(person, other) for other in others),
        near_peers=sum(near(person, other) for other in others),
        traded=_traded(policy, person, others, bool(hours)),
        rung=max(shared, key=RUNGS.index, default="microcredential"),
        value=round(value, 4),
    )
    return Seat(
        educator_id=candidate.educator_id,
        interest_id=candidate.interest_id,
        lea_id=candidate.lea_id,
        microcredential_id=candidate.microcredential_id,
        terms=terms,
    )


def _means(person: Person, others: Sequence[Person]) -> Mapping[str, float]:
    found = [compare(person, other) for other in others]
    return {name: fsum(goods[name] for goods in found) / len(found) for name in found[0]} if found else {}


def _value(policy: Policy, person: Person, persons: Sequence[Person], hours: int) -> float:
    others = [other for other in persons if other is not person]
    means, weights = _means(person, others), policy.weights
    near_peers = sum(near(person, other) for other in others)
    return (
        weights.hours * worth_of_hours(policy, hours)
        + weights.closeness * fsum(weight * means.get(name, 0.0) for name, weight in weigh(policy))
        + weights.size * worth_of_size(policy, len(persons))
        - weights.isolation * isolation(near_peers, person.level)
    )


def _traded(policy: Policy, person: Person, others: Sequence[Person], hours: bool) -> tuple[Traded, ...]:
    """What this cohort gives less of than it might, dearest first."""
    means, weights = _means(person, others), policy.weights
    if not means:
        return ()
    lost: dict[Traded, float] = {}
    if means["other_microcredential"] > 0:
        lost["microcredential"] = weights.other_microcredential * means["other_microcredential"]
    if not hours and person.week is not None:
        lost["hours"] = weights.hours
    if means["subject"] < HALF:
        lost["subject"] = weights.subject * (1 - means["subject"])
    if person.band is not None and means["grade_band"] <= HALF:
        lost["grade_band"] = weights.grade_band * (1 - means["grade_band"])
    if person.problem and means["problem"] == 0:
        lost["problem"] = weights.problem * HALF
    if person.candidate.share_across_leas and means["other_lea"] == 0:
        lost["districts"] = weights.other_lea
    return tuple(sorted(lost, key=lambda name: (-lost[name], name))[:MOST_TRADED])


def find_reason(people: People, i: int, eligible: Sequence[int]) -> Reason:
    """The first cause that explains it: language, own LEA only, rules between people, too few; else the numbers
    did not work out (`uneven`)."""
    me, smallest = people.all[i], people.policy.smallest
    alike = [people.all[j] for j in eligible if j != i and rung_between(me, people.all[j])]
    speaking = [other for other in alike if other.candidate.language == me.candidate.language]
    missing = smallest - 1
    if len(speaking) < missing:
        code = "language" if len(alike) >= missing else "too_few"
        return Reason(code=code, needed=missing - len(speaking))
    here = [other for other in speaking if _same_lea(me, other)]
    if not me.candidate.share_across_leas and len(here) < missing:
        return Reason(code="no_consent_alone", needed=missing - len(here))
    consenting = [other for other in speaking if other.candidate.share_across_leas or _same_lea(me, other)]
    if len(consenting) < missing:
        return Reason(code="too_few", needed=missing - len(consenting))
    possible = [other for other in consenting if not apart(me, other)]
    if len(possible) < missing:
        return Reason(code="all_conflict")
    return Reason(code="uneven" if me.candidate.share_across_leas else "no_consent_alone")


def _same_lea(one: Person, other: Person) -> bool:
    return bool(one.candidate.lea_id) and one.candidate.lea_id == other.candidate.lea_id
