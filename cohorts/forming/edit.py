"""What a facilitator may change in a proposal. Every change gives a new one; undoing is keeping the old one."""

from collections.abc import Mapping, Sequence

from cohorts.ids import make_id

from .form import propose
from .model import Candidate, Group, Policy, Proposal, Reason, Refusal, RefusalCode
from .objective import People
from .terms import describe, too_wide

NEW = "new"
WAITING = "waiting"

Places = Mapping[str, tuple[int, ...]]


def move(
    proposal: Proposal, educator_id: str, to: str, policy: Policy, candidates: Sequence[Candidate]
) -> Proposal | Refusal:
    """The proposal with this person in that group, in a NEW one, or WAITING; everybody's terms worked out again.

    A group may be too small for a while, so that people can be moved one by one; `unready` says when it must not
    stay so. An empty group disappears. The candidates are those the proposal was formed from.
    """
    people = People(candidates, policy, proposal.starts)
    me = people.index.get(educator_id)
    if me is None:
        return Refusal(reason="unknown_person")
    places = _places(proposal, people)
    if to == NEW:
        to = make_id("group", "by-hand", educator_id, *sorted(places))
        places = {**places, to: ()}
    refused = None if to == WAITING else _refuse(people, places, me, to)
    if refused is not None:
        return Refusal(reason=refused, group_id=to if to in places else "")
    moved = {
        group_id: tuple(i for i in members if i != me) + ((me,) if group_id == to else ())
        for group_id, members in places.items()
    }
    return _rebuilt(proposal, people, moved, educator_id if to == WAITING else "")


def keep_waiting(proposal: Proposal, policy: Policy, candidates: Sequence[Candidate]) -> Proposal:
    """The proposal without those who no longer wait for it: who left, paused or wants something else gets no seat."""
    waiting = {candidate.interest_id for candidate in candidates}
    if all(seat.interest_id in waiting for group in proposal.groups for seat in group.members):
        return proposal
    people = People(candidates, policy, proposal.starts)
    return _rebuilt(proposal, people, _places(proposal, people), "")


def unready(proposal: Proposal, policy: Policy, candidates: Sequence[Candidate]) -> tuple[Refusal, ...]:
    """What keeps the proposal from being approved: each cohort whose size is not the policy's, or in which two may
    not be together by what they say now. The candidates are those who wait now."""
    people = People(candidates, policy, proposal.starts)
    found = ((group_id, _unfit(people, members)) for group_id, members in _places(proposal, people).items())
    return tuple(Refusal(reason=reason, group_id=group_id) for group_id, reason in found if reason)


def _unfit(people: People, members: Sequence[int]) -> RefusalCode | None:
    if len(members) < people.policy.smallest:
        return "small"
    if len(members) > people.policy.largest:
        return "full"
    grounds = (_ground(people, one, members[:place]) for place, one in enumerate(members))
    return next((ground for ground in grounds if ground), None)


def _places(proposal: Proposal, people: People) -> Places:
    """Group id → its members by index: of those in the proposal, whoever still waits for the same."""
    interests = {person.candidate.interest_id: i for i, person in enumerate(people.all)}
    return {
        group.id: tuple(interests[seat.interest_id] for seat in group.members if seat.interest_id in interests)
        for group in proposal.groups
    }


def _refuse(people: People, places: Places, me: int, to: str) -> RefusalCode | None:
    if to not in places:
        return "unknown_group"
    others = places[to]
    if me in others:
        return "same_place"
    if len(others) >= people.policy.largest:
        return "full"
    ground = _ground(people, me, others)
    if ground is None and too_wide(people.all[me], [people.all[i] for i in others]):
        return "ladder"
    return ground


def _ground(people: People, me: int, others: Sequence[int]) -> RefusalCode | None:
    """Why this person may not be with these others, whatever the size."""
    mine = people.all[me]
    if any(people.all[i].candidate.language != mine.candidate.language for i in others):
        return "language"
    # One word for every personal ground: which it was, and whose, is nobody's to know.
    if any(people.apart(me, i) for i in others):
        return "apart"
    return None


def _rebuilt(proposal: Proposal, people: People, places: Places, held: str) -> Proposal:
    before = {group.id: group for group in proposal.groups}
    groups = [
        before[group_id] if _untouched(people, before.get(group_id), members) else describe(people, group_id, members)
        for group_id, members in places.items()
        if members
    ]
    seated = {people.all[i].candidate.educator_id for members in places.values() for i in members}
    known = {who: reason for who, reason in proposal.unplaced.items() if who not in seated}
    if held:
        known[held] = Reason(code="held")
    return propose(people, groups, known)


def _untouched(people: People, before: Group | None, members: Sequence[int]) -> bool:
    return before is not None and {seat.educator_id for seat in before.members} == {
        people.all[i].candidate.educator_id for i in members
    }
