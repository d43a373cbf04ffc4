"""Proposing anew around pins and locks: what stays stays, everybody else has the best that is left."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohorts.forming.alternatives import total_points
from cohorts.forming.around import form_around
from cohorts.forming.edit import lock, move, part, pin, unready
from cohorts.forming.form import form_cohorts
from cohorts.forming.model import Candidate, Policy, Proposal, Refusal
from tests.fakes.examples import examples
from tests.unit.forming.conftest import NOW, formed

Make = Callable[..., Candidate]
Crowd = Callable[..., list[Candidate]]


def changed(found: Proposal | Refusal) -> Proposal:
    assert isinstance(found, Proposal)
    return found


def members(proposal: Proposal, who: str) -> set[str]:
    group = proposal.group_of(who)
    return {seat.educator_id for seat in group.members} if group else set()


@settings(max_examples=examples(6), deadline=None)
@given(st.data())
def test_whoever_is_pinned_stays_with_the_pinned_and_nobody_is_lost(data: st.DataObject) -> None:
    people, kept = formed(40, data.draw(st.integers(1, 2)), 2)
    seated = sorted(seat.educator_id for group in kept.groups for seat in group.members)
    for who in data.draw(st.lists(st.sampled_from(seated), max_size=8, unique=True)):
        kept = changed(pin(kept, who))
    for group in data.draw(st.lists(st.sampled_from(kept.groups), max_size=2, unique_by=lambda group: group.id)):
        kept = changed(lock(kept, group.id))
    again = form_around(kept, people, Policy(), 8, NOW)
    for who in kept.pinned:
        assert members(again, who) >= {other for other in kept.pinned if other in members(kept, who)}
        assert (again.group_of(who) or kept).id == kept.group_of(who).id  # type: ignore[union-attr]
    for group_id in kept.locked:
        assert next(g for g in again.groups if g.id == group_id) == next(g for g in kept.groups if g.id == group_id)
    placed = [seat.educator_id for group in again.groups for seat in group.members]
    assert sorted([*placed, *again.unplaced]) == sorted(one.educator_id for one in people)
    assert {refusal.reason for refusal in unready(again, Policy(), people)} <= {"small"}
    assert (again.pinned, again.locked) == (kept.pinned, kept.locked)
    assert form_around(kept, people[::-1], Policy(), 8, NOW) == again


def test_around_nothing_it_is_the_proposal(crowd: Crowd, now: datetime) -> None:
    people = crowd(30, topics=2)
    fresh = form_cohorts(people, Policy(), 7, now)
    assert form_around(fresh, people, Policy(), 7, now) == fresh


@pytest.mark.parametrize("chance", [2, 3])
def test_somebody_moved_and_pinned_is_built_around(chance: int, crowd: Crowd, now: datetime) -> None:
    people = crowd(48, seed=chance)
    fresh = form_cohorts(people, Policy(), 7, now)
    who, there = next(
        (seat.educator_id, other.id)
        for group in fresh.groups
        for other in fresh.groups
        for seat in group.members
        if group != other and isinstance(move(fresh, seat.educator_id, other.id, Policy(), people), Proposal)
    )
    moved = changed(move(fresh, who, there, Policy(), people))
    pinned = changed(pin(moved, who))
    # One who may be with people of other LEAs: who may not has, in some crowds, only the one that was moved away.
    sharing = {person.educator_id for person in people if person.share_across_leas}
    anchor = next(seat.educator_id for seat in pinned.groups[0].members if seat.educator_id in sharing - {who})
    pinned = changed(pin(pinned, anchor))
    again = form_around(pinned, people, Policy(), 7, now)
    assert again.group_of(who).id == there  # type: ignore[union-attr]
    assert not unready(again, Policy(), people)
    anew = form_cohorts(_avoiding(people, who, anchor), Policy(), 7, now)
    for best in [anew] if unready(moved, Policy(), people) else [anew, moved]:
        waiting, bests = len(again.unplaced), len(best.unplaced)
        assert waiting < bests or (waiting == bests and total_points(again) >= total_points(best) - 1)


def _avoiding(people: list[Candidate], one: str, other: str) -> list[Candidate]:
    email = {person.educator_id: person.email for person in people}
    whom = {one: (email[other],), other: (email[one],)}
    return [person.model_copy(update={"avoid": whom.get(person.educator_id, ())}) for person in people]


def test_a_pin_that_cannot_make_a_cohort_is_kept_and_said(candidate: Make, now: datetime) -> None:
    people = [candidate(name) for name in "abcdef"]
    kept = changed(pin(form_cohorts(people, Policy(), 7, now), "a"))
    alone = [people[0].model_copy(update={"share_across_leas": False}), *people[1:]]
    again = form_around(kept, alone, Policy(), 7, now)
    assert members(again, "a") == {"a"}
    assert [refusal.reason for refusal in unready(again, Policy(), alone)] == ["small"]


def test_who_left_is_not_kept_and_who_starts_later_waits(candidate: Make, now: datetime) -> None:
    people = [candidate(name) for name in "abcdefgh"]
    kept = form_cohorts(people, Policy(), 7, now)
    for who in ("a", "b"):
        kept = changed(pin(kept, who))
    later = candidate("z", start_from=date(2026, 6, 1))
    again = form_around(kept, [*people[1:], later], Policy(), 7, now)
    assert again.pinned == ("b",)
    assert again.group_of("a") is None
    assert again.unplaced["z"].code == "start_later"


@pytest.mark.parametrize("take", [pin, lock])
def test_what_is_not_there_cannot_be_kept(take: Callable[..., object], crowd: Crowd, now: datetime) -> None:
    assert isinstance(take(form_cohorts(crowd(12), Policy(), 7, now), "nobody"), Refusal)


def test_a_part_and_the_rest_are_the_whole(crowd: Crowd, now: datetime) -> None:
    whole = form_cohorts(crowd(40, topics=2), Policy(), 7, now)
    first = whole.groups[0]
    whole = changed(lock(changed(pin(whole, first.members[0].educator_id)), whole.groups[1].id))
    begins, rest = part(whole, {first.id})
    assert begins.groups == (first,)
    assert begins.unplaced == {}
    assert begins.pinned == (first.members[0].educator_id,)
    assert rest.groups == whole.groups[1:]
    assert rest.unplaced == whole.unplaced
    assert rest.locked == (whole.groups[1].id,)
    assert {*begins.singletons} | {*rest.singletons} == {*whole.singletons}
    assert total_points(begins) + total_points(rest) == pytest.approx(total_points(whole), abs=1)


@pytest.mark.slow
def test_of_many_people_only_what_pins_touch_is_put_right(crowd: Crowd, now: datetime) -> None:
    people = crowd(650, topics=20, leas=200)
    fresh = form_cohorts(people, Policy(), 7, now)
    first, second = fresh.groups[:2]
    who = next(
        seat.educator_id
        for seat in first.members
        if isinstance(move(fresh, seat.educator_id, second.id, Policy(), people), Proposal)
    )
    kept = changed(pin(changed(move(fresh, who, second.id, Policy(), people)), who))
    kept = changed(pin(kept, second.members[0].educator_id))
    again = form_around(kept, people, Policy(), 7, now)
    assert members(again, who) >= {who, second.members[0].educator_id}
    same = {group.id: group for group in fresh.groups}
    assert sum(group == same.get(group.id) for group in again.groups) >= len(fresh.groups) - 6
    assert not unready(again, Policy(), people)
