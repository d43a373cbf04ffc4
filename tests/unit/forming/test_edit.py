"""A facilitator's changes: the rules still hold, the terms are new, and a refusal tells nobody's secret."""

from collections.abc import Callable
from datetime import datetime

import pytest

from cohorts.forming.edit import NEW, WAITING, keep_waiting, lock, move, unready, without
from cohorts.forming.explain import explain_refusal
from cohorts.forming.form import form_cohorts
from cohorts.forming.model import Candidate, Policy, Proposal, Refusal

Make = Callable[..., Candidate]


@pytest.fixture
def people(candidate: Make) -> list[Candidate]:
    """Two cohorts' worth, who can meet on different days; z may not meet a, y keeps to its LEA, x speaks Spanish."""
    days = {name: place % 2 for place, name in enumerate("abcdefghijkl")}
    made = [
        candidate(name, availability=[{"weekday": day, "start": "16:00", "end": "18:00"}]) for name, day in days.items()
    ]
    made.append(candidate("z", avoid=("a@example.org",), share_across_leas=True))
    made.append(candidate("y", share_across_leas=False))
    made.append(candidate("x", language="es"))
    made.append(candidate("w", microcredential_id="other", stack="s", family="f", widest="family"))
    return made


@pytest.fixture
def proposal(people: list[Candidate], now: datetime) -> Proposal:
    return form_cohorts(people, Policy(), 7, now)


def home(proposal: Proposal, educator_id: str) -> str:
    group = proposal.group_of(educator_id)
    assert group is not None
    return group.id


def changed(found: Proposal | Refusal) -> Proposal:
    assert isinstance(found, Proposal)
    return found


def test_moving_works_the_terms_out_again(people: list[Candidate], proposal: Proposal) -> None:
    there = home(proposal, "b")
    after = changed(move(proposal, "c", there, Policy(), people))
    assert home(after, "c") == there
    assert after.score < proposal.score
    group = after.group_of("c")
    assert group is not None
    assert group.common_hours == 0
    assert after.singletons == proposal.singletons


def test_moving_back_gives_the_same_terms(people: list[Candidate], proposal: Proposal) -> None:
    here = home(proposal, "c")
    after = changed(move(proposal, "c", home(proposal, "b"), Policy(), people))
    assert changed(move(after, "c", here, Policy(), people)) == proposal


def test_one_can_wait_and_is_told_so(people: list[Candidate], proposal: Proposal) -> None:
    after = changed(move(proposal, "a", WAITING, Policy(), people))
    assert after.group_of("a") is None
    assert after.unplaced["a"].code == "held"
    assert {who: reason for who, reason in after.unplaced.items() if who != "a"} == proposal.unplaced


def test_a_new_cohort_can_be_filled_one_by_one(people: list[Candidate], proposal: Proposal) -> None:
    after = changed(move(proposal, "a", NEW, Policy(), people))
    there = home(after, "a")
    assert unready(after, Policy(), people) == (Refusal(reason="small", group_id=there),)
    for name in "bcd":
        after = changed(move(after, name, there, Policy(), people))
    assert {refusal.group_id for refusal in unready(after, Policy(), people)} == set()
    assert len(after.groups) == len(proposal.groups) + 1


def test_an_empty_cohort_disappears(people: list[Candidate], proposal: Proposal) -> None:
    after = changed(move(proposal, "a", NEW, Policy(), people))
    again = changed(move(after, "a", WAITING, Policy(), people))
    assert len(again.groups) == len(proposal.groups)


@pytest.mark.parametrize(("who", "reason"), [("y", "apart"), ("x", "language"), ("w", "ladder")])
def test_rules_hold_for_facilitators_too(who: str, reason: str, people: list[Candidate], proposal: Proposal) -> None:
    there = home(proposal, "a")
    assert move(proposal, who, there, Policy(), people) == Refusal.model_validate({"reason": reason, "group_id": there})


def test_who_avoids_whom_stays_a_secret(people: list[Candidate], proposal: Proposal) -> None:
    avoids = move(proposal, "z", home(proposal, "a"), Policy(), people)
    stays = move(proposal, "y", home(proposal, "a"), Policy(), people)
    avoided = move(proposal, "a", home(proposal, "z"), Policy(), people)
    assert isinstance(avoids, Refusal)
    assert isinstance(stays, Refusal)
    assert isinstance(avoided, Refusal)
    assert avoids == stays
    assert explain_refusal(avoided, "en") == "They can't be in one cohort."


def test_what_makes_no_sense_is_refused(people: list[Candidate], proposal: Proposal) -> None:
    assert move(proposal, "nobody", WAITING, Policy(), people) == Refusal(reason="unknown_person")
    assert move(proposal, "a", "no-group", Policy(), people) == Refusal(reason="unknown_group")
    here = home(proposal, "a")
    assert move(proposal, "a", here, Policy(), people) == Refusal(reason="same_place", group_id=here)


def test_full_is_full(people: list[Candidate], proposal: Proposal) -> None:
    there = home(proposal, "b")
    tight = Policy(smallest=2, target=2, largest=4)
    assert move(proposal, "c", there, tight, people) == Refusal(reason="full", group_id=there)
    assert {refusal.reason for refusal in unready(proposal, tight, people)} == {"full"}


def test_who_withdrew_is_gone_after_the_next_change(people: list[Candidate], proposal: Proposal) -> None:
    left = [person for person in people if person.educator_id != "c"]
    after = changed(move(proposal, "a", WAITING, Policy(), left))
    assert after.group_of("c") is None
    assert "c" not in after.unplaced


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"avoid": ("c@example.org",)}, "apart"),
        ({"evaluators": ("c@example.org",)}, "apart"),
        ({"share_across_leas": False}, "apart"),
        ({"language": "es"}, "language"),
    ],
)
def test_what_changed_since_is_looked_at_again(
    change: dict[str, object], reason: str, people: list[Candidate], proposal: Proposal
) -> None:
    now = [person.model_copy(update=change) if person.educator_id == "a" else person for person in people]
    assert {refusal.reason for refusal in unready(proposal, Policy(), people)} == set()
    found = Refusal.model_validate({"reason": reason, "group_id": home(proposal, "a")})
    assert unready(proposal, Policy(), now) == (found,)


def test_who_wants_something_else_by_now_gives_the_seat_up(people: list[Candidate], proposal: Proposal) -> None:
    other = {"interest_id": "i-other", "microcredential_id": "other"}
    now = [person.model_copy(update=other) if person.educator_id == "a" else person for person in people]
    assert keep_waiting(proposal, Policy(), now).seat_of("a") is None


def test_without_somebody_all_the_others_keep_their_seats(people: list[Candidate], proposal: Proposal) -> None:
    others = [one for one in people if one.educator_id != "c"]
    after = without(proposal, Policy(), others, {"c"})
    assert after.group_of("c") is None
    assert not {"c"} & {*after.unplaced, *after.singletons}
    assert {*after.unplaced} == {*proposal.unplaced}
    assert all(home(after, one) == home(proposal, one) for one in "abdefghijkl")


def test_without_two_a_cohort_too_small_is_dissolved_unless_it_is_locked(
    people: list[Candidate], proposal: Proposal
) -> None:
    here = home(proposal, "c")
    (mates,) = ([seat.educator_id for seat in group.members] for group in proposal.groups if group.id == here)
    gone = {*mates[3:]}
    others = [one for one in people if one.educator_id not in gone]
    after = without(proposal, Policy(), others, gone)
    assert {*mates[:3]} <= {*after.unplaced}
    kept = without(changed(lock(proposal, here)), Policy(), others, gone)
    assert {home(kept, one) for one in mates[:3]} == {here}
    assert kept.locked == (here,)
