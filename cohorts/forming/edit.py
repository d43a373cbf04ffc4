"""What a facilitator may change in a proposal. Every change gives a new one; undoing is keeping the old one."""

from collections.abc import Collection, Mapping, Sequence
from math import fsum

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
    stay so. An empty group disappears. The candidates are those the proposal was formed from. Whoever is pinned, and
    a locked group, stays as it is until that is taken off.
    """
    people = People(candidates, policy, proposal.starts)
    me = people.index.get(educator_id)
    if me is None:
        return Refusal(reason="unknown_person")
    places = places_of(proposal, people)
    if to == NEW:
        to = make_id("group", "by-hand", educator_id, *sorted(places))
        places = {**places, to: ()}
    refused = refuse_leaving(proposal, educator_id) or (None if to == WAITING else refuse(people, places, me, to))
    if refused is None and to in proposal.locked:
        refused = "locked"
    if refused is not None:
        return Refusal(reason=refused, group_id=to if to in places else "")
    moved = {
        group_id: tuple(i for i in members if i != me) + ((me,) if group_id == to else ())
        for group_id, members in places.items()
    }
    return rebuild(proposal, people, moved, educator_id if to == WAITING else "")


def exchange(
    proposal: Proposal, one: str, other: str, policy: Policy, candidates: Sequence[Candidate]
) -> Proposal | Refusal:
    """The proposal with these two in each other's cohorts."""
    people = People(candidates, policy, proposal.starts)
    places = places_of(proposal, people)
    mine, theirs = people.index.get(one), people.index.get(other)
    here = next((group_id for group_id, members in places.items() if mine in members), "")
    there = next((group_id for group_id, members in places.items() if theirs in members), "")
    if mine is None or theirs is None or not here or not there:
        return Refusal(reason="unknown_person")
    if here == there:
        return Refusal(reason="same_place", group_id=there)
    refused = refuse_leaving(proposal, one) or refuse_leaving(proposal, other)
    swapped = {
        **places,
        here: (*(i for i in places[here] if i != mine), theirs),
        there: (*(i for i in places[there] if i != theirs), mine),
    }
    refused = refused or bar(people, mine, swapped[there][:-1]) or bar(people, theirs, swapped[here][:-1])
    return Refusal(reason=refused, group_id=there) if refused else rebuild(proposal, people, swapped, "")


def pin(proposal: Proposal, educator_id: str) -> Proposal | Refusal:
    """The proposal with this person kept in their cohort; or, where they were, no longer."""
    if proposal.group_of(educator_id) is None:
        return Refusal(reason="unknown_person")
    return proposal.model_copy(update={"pinned": _turned(proposal.pinned, educator_id)})


def lock(proposal: Proposal, group_id: str) -> Proposal | Refusal:
    """The proposal with this cohort kept as it is; or, where it was, no longer."""
    if all(group.id != group_id for group in proposal.groups):
        return Refusal(reason="unknown_group")
    return proposal.model_copy(update={"locked": _turned(proposal.locked, group_id)})


def part(proposal: Proposal, group_ids: Collection[str]) -> tuple[Proposal, Proposal]:
    """These cohorts with their people; and all the others, with everybody who waits. Scores are of each alone."""
    chosen = tuple(group for group in proposal.groups if group.id in group_ids)
    others = tuple(group for group in proposal.groups if group.id not in group_ids)
    return _only(proposal, chosen, {}), _only(proposal, others, proposal.unplaced)


def _only(proposal: Proposal, groups: tuple[Group, ...], unplaced: Mapping[str, Reason]) -> Proposal:
    values = {seat.educator_id: seat.terms.value for group in groups for seat in group.members}
    known = {*values, *unplaced}
    alone = proposal.model_copy(
        update={
            "groups": groups,
            "unplaced": unplaced,
            "singletons": {who: level for who, level in proposal.singletons.items() if who in known},
            "score": round(fsum(values.values()) / len(known), 4) if known else 0.0,
        }
    )
    return _pruned(alone, proposal)


def keep_waiting(proposal: Proposal, policy: Policy, candidates: Sequence[Candidate]) -> Proposal:
    """The proposal without those who no longer wait for it: who left, paused or wants something else gets no seat."""
    waiting = {candidate.interest_id for candidate in candidates}
    if all(seat.interest_id in waiting for group in proposal.groups for seat in group.members):
        return proposal
    people = People(candidates, policy, proposal.starts)
    return rebuild(proposal, people, places_of(proposal, people), "")


def without(proposal: Proposal, policy: Policy, candidates: Sequence[Candidate], gone: Collection[str]) -> Proposal:
    """The proposal with these educators in none of it, neither seated nor waiting. Cohorts that become too small
    without them are dissolved, unless they are locked or somebody is pinned in them; whoever was in one waits. The
    candidates are those it was formed from, without them."""
    if all(proposal.group_of(person) is None for person in gone):
        return _only(proposal, proposal.groups, {k: v for k, v in proposal.unplaced.items() if k not in gone})
    people = People(candidates, policy, proposal.starts)
    held = {*proposal.locked, *(group.id for person in proposal.pinned if (group := proposal.group_of(person)))}
    sizes = {group.id: len(group.members) for group in proposal.groups}
    places = {
        group_id: members
        for group_id, members in places_of(proposal, people).items()
        if len(members) in (sizes[group_id], *range(policy.smallest, policy.largest + 1)) or group_id in held
    }
    return rebuild(proposal, people, places, "")


def unready(proposal: Proposal, policy: Policy, candidates: Sequence[Candidate]) -> tuple[Refusal, ...]:
    """What keeps the proposal from being approved: each cohort whose size is not the policy's, or in which two may
    not be together by what they say now. The candidates are those who wait now; of whom all have left is no cohort."""
    seated = {seat.interest_id for group in proposal.groups for seat in group.members}
    here = [one for one in candidates if one.interest_id in seated]
    people = People(here, policy, proposal.starts, words=False)
    places = places_of(proposal, people)
    found = ((group_id, _unfit(people, members)) for group_id, members in places.items() if members)
    return tuple(Refusal(reason=reason, group_id=group_id) for group_id, reason in found if reason)


def _unfit(people: People, members: Sequence[int]) -> RefusalCode | None:
    if len(members) < people.policy.smallest:
        return "small"
    if len(members) > people.policy.largest:
        return "full"
    grounds = (ground(people, one, members[:place]) for place, one in enumerate(members))
    return next((found for found in grounds if found), None)


def places_of(proposal: Proposal, people: People) -> Places:
    """Group id → its members by index: of those in the proposal, whoever still waits for the same."""
    interests = {person.candidate.interest_id: i for i, person in enumerate(people.all)}
    return {
        group.id: tuple(interests[seat.interest_id] for seat in group.members if seat.interest_id in interests)
        for group in proposal.groups
    }


def refuse_leaving(proposal: Proposal, educator_id: str) -> RefusalCode | None:
    """Why this person cannot be moved anywhere for now."""
    if educator_id in proposal.pinned:
        return "pinned"
    group = proposal.group_of(educator_id)
    return "locked" if group and group.id in proposal.locked else None


def refuse(people: People, places: Places, me: int, to: str) -> RefusalCode | None:
    """Why this person cannot come into that group."""
    if to not in places:
        return "unknown_group"
    others = places[to]
    if me in others:
        return "same_place"
    if len(others) >= people.policy.largest:
        return "full"
    return bar(people, me, others)


def bar(people: People, me: int, others: Sequence[int]) -> RefusalCode | None:
    """Why this person is not moved in with these others: `ground`, or that it is wider than they agreed to."""
    found = ground(people, me, others)
    return found or ("ladder" if too_wide(people.all[me], [people.all[i] for i in others]) else None)


def ground(people: People, me: int, others: Sequence[int]) -> RefusalCode | None:
    """Why this person may not be with these others, whatever the size."""
    mine = people.all[me]
    if any(people.all[i].candidate.hindrance for i in (me, *others)):
        return "hindered"
    if any(people.all[i].candidate.language != mine.candidate.language for i in others):
        return "language"
    # One word for every personal ground: which it was, and whose, is nobody's to know.
    if any(people.apart(me, i) for i in others):
        return "apart"
    return None


def rebuild(proposal: Proposal, people: People, places: Places, held: str) -> Proposal:
    """The proposal with these places, terms worked out anew where anybody came or went. `held` waits by hand."""
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
    return _pruned(propose(people, groups, known), proposal)


def _untouched(people: People, before: Group | None, members: Sequence[int]) -> bool:
    return before is not None and {seat.educator_id for seat in before.members} == {
        people.all[i].candidate.educator_id for i in members
    }


def _pruned(proposal: Proposal, before: Proposal) -> Proposal:
    """What was pinned or locked stays so where it still is."""
    seated = {seat.educator_id for group in proposal.groups for seat in group.members}
    groups = {group.id for group in proposal.groups}
    kept = {
        "problem_singletons": before.problem_singletons,
        "pinned": tuple(who for who in before.pinned if who in seated),
        "locked": tuple(group_id for group_id in before.locked if group_id in groups),
    }
    return proposal.model_copy(update=kept)


def _turned(names: Sequence[str], name: str) -> tuple[str, ...]:
    return tuple(sorted({*names} ^ {name}))
