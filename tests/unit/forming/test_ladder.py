"""The ladder: which step is asked when, what an answer changes, and how far a seat may be proposed."""

import pytest

from cohorts.forming.ladder import Widening, choose_grades, decline, has_ended, reach, rungs_to_ask, widen
from cohorts.forming.model import RUNGS, Rung


@pytest.mark.parametrize(
    ("waited", "asked"),
    [
        (0, ()),
        (2, ()),
        (3, ("stack",)),
        (6, ("stack",)),
        (7, ("stack", "family")),
        (9, ("stack", "family")),
        (10, ("stack", "family", "problem", "mixed")),
    ],
)
def test_steps_fall_due_by_school_days(waited: int, asked: tuple[Rung, ...]) -> None:
    assert rungs_to_ask(Widening(), waited, RUNGS) == asked


def test_what_means_nothing_is_not_asked() -> None:
    assert rungs_to_ask(Widening(), 10, ("family", "mixed")) == ("family", "mixed")


def test_yes_reaches_every_nearer_step_and_no_keeps_what_was_agreed_to() -> None:
    yes = widen(Widening(declined=("stack",)), "family")
    assert yes == Widening(widest="family")
    assert decline(yes, ("stack", "family", "mixed")) == Widening(widest="family", declined=("mixed",))
    assert widen(yes, "stack") == yes


def test_other_grades_are_asked_first_and_of_nobody_else() -> None:
    own = Widening(own_grades=True)
    assert rungs_to_ask(own, 0, RUNGS) == ()
    assert rungs_to_ask(own, 1, RUNGS) == ("microcredential",)
    assert rungs_to_ask(own, 3, RUNGS) == ("microcredential", "stack")
    assert rungs_to_ask(own, 3, RUNGS[1:]) == ("stack",), "nobody knows their grades"
    assert rungs_to_ask(Widening(), 2, RUNGS) == ()


def test_other_grades_take_a_word_of_their_own() -> None:
    own = Widening(own_grades=True)
    no = decline(own, ("microcredential",))
    assert no == Widening(own_grades=True, declined=("microcredential",))
    assert widen(no, "family") == Widening(own_grades=True, declined=("microcredential",), widest="family")
    assert widen(no, "microcredential") == Widening()
    assert reach(own, 4) == "stack", "within their own grades"
    assert choose_grades(no, own=True) == no
    assert choose_grades(choose_grades(no, own=False), own=True) == own


def test_a_seat_is_proposed_no_further_than_asked_by_now() -> None:
    assert reach(Widening(), 0) == "microcredential"
    assert reach(Widening(), 4) == "stack"
    assert reach(Widening(declined=("stack",)), 4) == "microcredential"
    assert reach(Widening(widest="mixed"), 0) == "mixed"
    assert reach(Widening(declined=("stack", "family", "problem", "mixed")), 99) == "microcredential"


def test_a_wait_ends_after_ten_school_days_and_after_ten_more() -> None:
    assert [has_ended(Widening(), days) for days in (9, 10, 30)] == [False, True, True]
    assert [has_ended(Widening(waits_on=12), days) for days in (12, 21, 22)] == [False, False, True]
