"""The terms of the measure for each person of a cohort: they are the explanation, so it cannot but be exact."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import fsum

from .hours import ALWAYS, hour_starts
from .model import RUNGS, Group, Policy, Rung, Seat, Terms, Traded
from .objective import (
    People,
    Person,
    compare,
    isolation,
    near,
    same_family,
    weigh,
    worth_of_hours,
)
from .similarity import cosine

Goods = Mapping[str, float]
"""What `compare` tells, by name."""
MOST_TRADED = 2
PLACES = 4
"""To so many a seat's value is rounded."""
HALF = 0.5


def rung_between(one: Person, other: Person) -> Rung:
    """The first step of the ladder two people share."""
    a, b = one.candidate, other.candidate
    if a.microcredential_id == b.microcredential_id:
        return "microcredential"
    if a.stack and a.stack == b.stack:
        return "stack"
    if a.family and a.family == b.family:
        return "family"
    return "problem" if cosine(one.problem, other.problem) > 0 else "mixed"


def rung_among(person: Person, others: Sequence[Person]) -> Rung:
    """How wide a cohort with these others is for somebody: as wide as the farthest of them, unless half of them are
    on the same microcredential; then the others step down to it."""
    shared = [rung_between(person, other) for other in others]
    alike = sum(rung == "microcredential" for rung in shared)
    return "microcredential" if 2 * alike >= len(others) else max(shared, key=RUNGS.index)


def too_wide(person: Person, others: Sequence[Person]) -> bool:
    """Whether a cohort with these others goes beyond what somebody agreed to."""
    return RUNGS.index(rung_among(person, others)) > RUNGS.index(person.candidate.widest)


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


def worth_of(people: People, members: Sequence[int]) -> float:
    """What the seats of these people together would be worth: the sum that `describe` gives, and nothing else of it."""
    persons = [people.all[member] for member in sorted(members)]
    hours, size = len(common_hours(persons)), len(persons)
    goods: list[list[Goods]] = [[] for _ in persons]
    peers = [0] * size
    for one, other in combinations(range(size), 2):  # two have the same for each other, whoever is asked first
        both, close = compare(persons[one], persons[other]), near(persons[one], persons[other])
        for at in (one, other):
            goods[at].append(both)
            peers[at] += close
    values = (
        _value_by(people.policy, person, _mean(found), (hours, size, close))
        for person, found, close in zip(persons, goods, peers, strict=True)
    )
    return fsum(round(value, PLACES) for value in values)


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
    terms = Terms(
        same_microcredential=sum(rung_between(person, other) == "microcredential" for other in others),
        same_subject=sum(bool(person.subject) and other.subject == person.subject for other in others),
        same_family=sum(same_family(person, other) for other in others),
        near_peers=sum(near(person, other) for other in others),
        traded=_traded(policy, person, others, bool(hours)),
        rung=rung_among(person, others),
        value=round(value, PLACES),
    )
    return Seat(
        educator_id=candidate.educator_id,
        interest_id=candidate.interest_id,
        lea_id=candidate.lea_id,
        microcredential_id=candidate.microcredential_id,
        terms=terms,
    )


def _means(person: Person, others: Sequence[Person]) -> Goods:
    return _mean([compare(person, other) for other in others])


def _mean(found: Sequence[Goods]) -> Goods:
    return {name: fsum(goods[name] for goods in found) / len(found) for name in found[0]} if found else {}


def _value(policy: Policy, person: Person, persons: Sequence[Person], hours: int) -> float:
    others = [other for other in persons if other is not person]
    near_peers = sum(near(person, other) for other in others)
    return _value_by(policy, person, _means(person, others), (hours, len(persons), near_peers))


def _value_by(policy: Policy, person: Person, means: Goods, counts: tuple[int, int, int]) -> float:
    """`counts`: common hours, people, and the person's near peers."""
    weights, (hours, size, near_peers) = policy.weights, counts
    return (
        weights.hours * worth_of_hours(policy, hours)
        + weights.closeness * fsum(weight * means.get(name, 0.0) for name, weight in weigh(policy))
        + weights.size * policy.worth_of_size(size)
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
