"""Where else somebody could be: what is promised is what a move does, and what cannot be says nobody's secret."""

from collections.abc import Callable
from datetime import datetime
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohorts.forming.alternatives import (
    POINTS,
    Good,
    alternatives,
    best_alternatives,
    best_exchanges,
    shares,
    total_points,
)
from cohorts.forming.edit import NEW, WAITING, exchange, lock, move, pin, unready
from cohorts.forming.form import form_cohorts
from cohorts.forming.model import Candidate, Policy, Proposal, Refusal
from cohorts.forming.objective import People, weigh
from cohorts.words import LANGUAGES, say
from tests.fakes.examples import examples
from tests.unit.forming.conftest import formed

Make = Callable[..., Candidate]
Crowd = Callable[..., list[Candidate]]


@pytest.fixture
def people(crowd: Crowd) -> list[Candidate]:
    return crowd(48, seed=3, topics=4)


@pytest.fixture
def proposal(people: list[Candidate], now: datetime) -> Proposal:
    return form_cohorts(people, Policy(), 7, now)


@settings(max_examples=examples(12), deadline=None)
@given(st.integers(0, 47), st.integers(1, 2))
def test_what_is_promised_is_what_a_move_does(place: int, seed: int) -> None:
    people, proposal = formed(48, seed, 3)
    for one in alternatives(proposal, f"e{place:04}", Policy(), people):
        moved = move(proposal, f"e{place:04}", one.to, Policy(), people)
        if one.refused:
            assert isinstance(moved, Refusal)
            assert moved.reason == one.refused
            continue
        assert isinstance(moved, Proposal)
        assert total_points(moved) - total_points(proposal) == one.change
        before, after = proposal.seat_of(f"e{place:04}"), moved.seat_of(f"e{place:04}")
        mine = (after.terms.value if after else 0) - (before.terms.value if before else 0)
        assert abs(POINTS * mine - one.mine) <= 1


def test_the_best_three_are_possible_and_in_order(people: list[Candidate], proposal: Proposal) -> None:
    found = alternatives(proposal, "e0000", Policy(), people)
    best = best_alternatives(found)
    assert len(best) == 3
    assert [one.change for one in best] == sorted((one.change for one in best), reverse=True)
    assert not {one.to for one in best} & {NEW, WAITING}
    assert all(one.refused is None for one in best)


def test_the_shares_of_a_seat_are_its_value(people: list[Candidate], proposal: Proposal) -> None:
    ready = People(people, Policy(), proposal.starts)
    for group in proposal.groups:
        members = [ready.index[seat.educator_id] for seat in group.members]
        for seat in group.members:
            told = shares(ready, ready.index[seat.educator_id], members)
            assert sum(told.values()) == pytest.approx(seat.terms.value, abs=1e-3)


def test_every_part_of_the_measure_has_a_name(people: list[Candidate], proposal: Proposal) -> None:
    ready = People(people, Policy(), proposal.starts)
    told = shares(ready, 0, [0, 1])
    assert told
    for language in LANGUAGES:
        assert all(say(language, f"forming.good_{name}") for name in get_args(Good))
    assert set(told) <= set(get_args(Good))
    assert weigh(Policy())


def test_reasons_are_those_of_the_person(candidate: Make, now: datetime) -> None:
    days = [candidate(name, availability=[{"weekday": 0, "start": "16:00", "end": "18:00"}]) for name in "abcdef"]
    evenings = [candidate(name, availability=[{"weekday": 3, "start": "16:00", "end": "18:00"}]) for name in "ghijkl"]
    people = days + [one.model_copy(update={"grade_band": "K-2"}) for one in evenings]
    proposal = form_cohorts(people, Policy(), 7, now)
    (other, new, waiting) = alternatives(proposal, "a", Policy(), people)
    assert other.worse == ("near", "hours")
    assert other.better == ()
    assert new.worse == waiting.worse == ()
    assert waiting.mine < 0


def test_pinned_and_locked_are_said(people: list[Candidate], proposal: Proposal) -> None:
    pinned = pin(proposal, "e0000")
    assert isinstance(pinned, Proposal)
    assert {one.refused for one in alternatives(pinned, "e0000", Policy(), people)} == {"pinned"}
    there = next(one.to for one in best_alternatives(alternatives(proposal, "e0000", Policy(), people)))
    locked = lock(proposal, there)
    assert isinstance(locked, Proposal)
    refused = {one.to: one.refused for one in alternatives(locked, "e0000", Policy(), people)}
    assert refused[there] == "locked"
    assert move(locked, "e0000", there, Policy(), people) == Refusal(reason="locked", group_id=there)


def test_whose_wish_forbids_it_is_not_told(candidate: Make, now: datetime) -> None:
    """A name on either's list and consent that ends at the district look the same, and carry no figure."""
    people = [candidate(name, lea_id=f"lea-{place % 3}") for place, name in enumerate("abcdefghijkl")]
    proposal = form_cohorts(people, Policy(), 7, now)
    me, there = "a", next(group for group in proposal.groups if "a" not in {seat.educator_id for seat in group.members})
    other = there.members[0].educator_id

    def seen(changes: dict[str, object], of: str) -> object:
        changed = [one.model_copy(update=changes) if one.educator_id == of else one for one in people]
        return next(one for one in alternatives(proposal, me, Policy(), changed) if one.to == there.id)

    views = [
        seen({"avoid": (f"{other}@example.org",)}, me),
        seen({"avoid": (f"{me}@example.org",)}, other),
        seen({"evaluators": (f"{me}@example.org",)}, other),
        seen({"share_across_leas": False, "lea_id": "elsewhere"}, other),
    ]
    assert views == [views[0]] * 4
    assert views[0].refused == "apart"  # type: ignore[attr-defined]
    assert (views[0].change, views[0].mine) == (0, 0)  # type: ignore[attr-defined]


def test_whoever_is_not_among_them_has_no_places(people: list[Candidate], proposal: Proposal) -> None:
    assert alternatives(proposal, "nobody", Policy(), people) == ()


@settings(max_examples=examples(10), deadline=None)
@given(st.integers(0, 47), st.integers(1, 2))
def test_what_an_exchange_promises_it_does(place: int, seed: int) -> None:
    (people, proposal), who = formed(48, seed, 3), f"e{place:04}"
    found = best_exchanges(proposal, who, Policy(), people)
    assert bool(found) <= (proposal.group_of(who) is not None)
    assert [one.change for one in found] == sorted((one.change for one in found), reverse=True)
    for one in found:
        changed = exchange(proposal, who, one.other, Policy(), people)
        assert isinstance(changed, Proposal)
        assert total_points(changed) - total_points(proposal) == one.change
        assert {len(group.members) for group in changed.groups} == {len(group.members) for group in proposal.groups}
        assert not unready(changed, Policy(), people)
        assert exchange(changed, who, one.other, Policy(), people) == proposal


def test_an_exchange_that_cannot_be_is_refused(people: list[Candidate], proposal: Proposal) -> None:
    first, second = proposal.groups[:2]
    a, b, c = first.members[0].educator_id, first.members[1].educator_id, second.members[0].educator_id
    reasons = [
        exchange(proposal, a, b, Policy(), people),
        exchange(proposal, a, "nobody", Policy(), people),
        exchange(pin(proposal, a), a, c, Policy(), people),  # type: ignore[arg-type]
        exchange(lock(proposal, second.id), a, c, Policy(), people),  # type: ignore[arg-type]
    ]
    assert [one.reason for one in reasons if isinstance(one, Refusal)] == [
        "same_place",
        "unknown_person",
        "pinned",
        "locked",
    ]
    assert best_exchanges(pin(proposal, a), a, Policy(), people) == ()  # type: ignore[arg-type]
