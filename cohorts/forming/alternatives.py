"""Where else somebody could be, and what each place costs or brings: the same terms as the score, so it is exact.

A point is a hundredth of what one person's seat can be worth. The total is the sum over everybody; who waits has none.
"""

from collections.abc import Mapping, Sequence
from math import fsum
from typing import Literal

from cohorts.values import Frozen

from .edit import NEW, WAITING, Places, bar, places_of, refuse, refuse_leaving
from .model import Candidate, Policy, Proposal, RefusalCode
from .objective import People, Person, compare, isolation, near, weigh, worth_of_hours
from .terms import common_hours, worth_of

Good = Literal[
    "hours", "size", "near", "subject", "grade_band", "problem", "stage", "platform", "districts", "topic", "new"
]
POINTS = 100
FELT = 0.01
"""A person's share below this is no reason to name."""
MOST_REASONS = 2
BEST = 3
MOST_LOOKED_AT = 20
_GOODS: Mapping[str, Good] = {
    "subject": "subject",
    "grade_band": "grade_band",
    "problem": "problem",
    "stage": "stage",
    "platform": "platform",
    "other_lea": "districts",
    "shared_hours": "hours",
    "other_microcredential": "topic",
    "repeat": "new",
}


class Alternative(Frozen):
    """`to` is a cohort, NEW or WAITING; `change` what moving there does to the total and `mine` to the person's own
    seat, in points. `better` and `worse` are what the person would have more and less of, weightiest first.
    `leaves_small`: the cohort they leave would be too small to start. With `refused` nothing else is told."""

    to: str
    change: int = 0
    mine: int = 0
    better: tuple[Good, ...] = ()
    worse: tuple[Good, ...] = ()
    leaves_small: bool = False
    refused: RefusalCode | None = None


def total_points(proposal: Proposal) -> int:
    """What all seats are worth together."""
    return _points(_whole(proposal))


def _points(value: float) -> int:
    # Seats have four places: without them a sum that ends in a half would be rounded by how it was summed.
    return round(POINTS * round(value, 4))


def _whole(proposal: Proposal) -> float:
    return fsum(seat.terms.value for group in proposal.groups for seat in group.members)


def _change(whole: float, gain: float) -> int:
    """By how many points the total that is shown will differ: of two rounded numbers, not the rounded difference."""
    return _points(whole + gain) - _points(whole)


def alternatives(
    proposal: Proposal, educator_id: str, policy: Policy, candidates: Sequence[Candidate]
) -> tuple[Alternative, ...]:
    """Every other cohort, NEW (unless alone already) and WAITING (unless they wait), in the order of the proposal.

    The candidates are those it was formed from. Empty for somebody who is not among them.
    """
    people = People(candidates, policy, proposal.starts)
    me = people.index.get(educator_id)
    if me is None:
        return ()
    places = places_of(proposal, people)
    here = next((group_id for group_id, members in places.items() if me in members), "")
    scene = _Scene(people, places, me, here, _whole(proposal))
    held = refuse_leaving(proposal, educator_id)
    found = []
    for to in _targets(places, me, here):
        refused = held or ("locked" if to in proposal.locked else None)
        if refused is None and to in places:
            refused = refuse(people, places, me, to)
        found.append(Alternative(to=to, refused=refused) if refused else scene.alternative(to))
    return tuple(found)


def best_alternatives(found: Sequence[Alternative], most: int = BEST) -> tuple[Alternative, ...]:
    """The cohorts that cost the total least, or bring it most; none that cannot be."""
    possible = [one for one in found if one.refused is None and one.to not in (NEW, WAITING)]
    return tuple(sorted(possible, key=lambda one: (-one.change, one.leaves_small, one.to))[:most])


class Exchange(Frozen):
    """Two people in each other's cohorts: `other` comes from the cohort `to`; `change` of the total is in points."""

    other: str
    to: str
    change: int


def best_exchanges(
    proposal: Proposal, educator_id: str, policy: Policy, candidates: Sequence[Candidate]
) -> tuple[Exchange, ...]:
    """Those that cost the total least, or bring it most, with people of cohorts that would suit the person best. What
    cannot be is left out, so it says nothing of a reason."""
    people = People(candidates, policy, proposal.starts)
    me, places = people.index.get(educator_id), places_of(proposal, people)
    here = next((group_id for group_id, members in places.items() if me in members), "")
    if me is None or not here or refuse_leaving(proposal, educator_id):
        return ()
    whole = _whole(proposal)
    open_to = [to for to in places if to not in (here, *proposal.locked) and places[to]]
    open_to.sort(key=lambda to: (-fsum(shares(people, me, (*places[to], me)).values()), to))
    left = tuple(i for i in places[here] if i != me)
    found = []
    for to in open_to[:MOST_LOOKED_AT]:
        for i in places[to]:
            other, rest = people.all[i].candidate.educator_id, tuple(j for j in places[to] if j != i)
            if other in proposal.pinned or bar(people, me, rest) or bar(people, i, left):
                continue
            gain = _gain(people, places[here], (*left, i)) + _gain(people, places[to], (*rest, me))
            found.append(Exchange(other=other, to=to, change=_change(whole, gain)))
    return tuple(sorted(found, key=lambda one: (-one.change, one.to, one.other))[:BEST])


def _gain(people: People, before: Sequence[int], after: Sequence[int]) -> float:
    return worth_of(people, after) - worth_of(people, before)


def _targets(places: Places, me: int, here: str) -> list[str]:
    alone = places.get(here) == (me,)
    others = [group_id for group_id, members in places.items() if group_id != here and members]
    return [*others, *([] if alone else [NEW]), *([WAITING] if here else [])]


class _Scene:
    """One person before any move: what their cohort is worth with and without them."""

    def __init__(self, people: People, places: Places, me: int, here: str, whole: float) -> None:
        self._people, self._places, self._me, self._here, self._whole = people, places, me, here, whole
        self._stay = places.get(here, ())
        self._left = tuple(i for i in self._stay if i != me)
        self._without = _gain(people, self._stay, self._left)
        self._now = shares(people, me, self._stay) if here else {}

    def alternative(self, to: str) -> Alternative:
        there = self._places.get(to, ())
        joined = (*there, self._me)
        gain = 0.0 if to == WAITING else _gain(self._people, there, joined)
        then = {} if to == WAITING else shares(self._people, self._me, joined)
        differences = {name: then.get(name, 0.0) - self._now.get(name, 0.0) for name in {**self._now, **then}}
        ranked = sorted(differences, key=lambda name: (-abs(differences[name]), name))
        told = ranked if self._here and to not in (NEW, WAITING) else []
        return Alternative(
            to=to,
            change=_change(self._whole, self._without + gain),
            mine=round(POINTS * fsum(differences.values())),
            better=tuple(name for name in told if differences[name] > FELT)[:MOST_REASONS],
            worse=tuple(name for name in told if differences[name] < -FELT)[:MOST_REASONS],
            leaves_small=0 < len(self._left) < self._people.policy.smallest <= len(self._stay),
        )


def shares(people: People, me: int, members: Sequence[int]) -> Mapping[Good, float]:
    """What each good adds to this person's value in this cohort, or takes from it. The sum is their value."""
    policy, weights = people.policy, people.policy.weights
    mine, persons = people.all[me], [people.all[i] for i in members]
    others = [people.all[i] for i in members if i != me]
    found: dict[Good, float] = {
        "hours": weights.hours * worth_of_hours(policy, len(common_hours(persons))),
        "size": weights.size * policy.worth_of_size(len(persons)),
        "near": -weights.isolation * isolation(sum(near(mine, other) for other in others), mine.level),
    }
    for name, worth in _closeness(policy, mine, others).items():
        found[_GOODS[name]] = found.get(_GOODS[name], 0.0) + weights.closeness * worth
    return found


def _closeness(policy: Policy, mine: Person, others: Sequence[Person]) -> Mapping[str, float]:
    compared = [compare(mine, other) for other in others]
    if not compared:
        return {}
    return {name: weight * fsum(goods[name] for goods in compared) / len(compared) for name, weight in weigh(policy)}
