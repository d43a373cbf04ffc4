"""Days that change after steps were planned. 5 October 2026 is a Monday; all are in Chicago at first."""

from collections.abc import Callable
from datetime import date
from typing import Any

from cohorts.calendar.model import CalendarEntry, Rhythm, SchoolCalendar
from cohorts.protocols.replanning import Shift, what_moved
from cohorts.protocols.run import Extended, Paused, Replanned, Resumed, Run

Play = Any  # conftest.Play
Start = Callable[..., Play]

EVERYBODY = ("ana", "ben", "cy", "dee", "fay")
HEAD = "id: p\nversion: 1\ntrust: 1\n"
ONE = HEAD + "steps: [{id: say, form: [{id: say}], closes: {school_days: 3}}]"
ASK = HEAD + "steps: [{id: say, form: [{id: say}], closes: {school_days: 1}, on_empty: ask_facilitator}]"
TWO = (
    HEAD
    + """
steps:
  - {id: write, visibility: sealed, form: [{id: warm}], closes: {school_days: 2}, reveal: {when: close}}
  - {id: talk, form: [{id: say}], opens: {after: [write], school_days: 2}, closes: {school_days: 1}}
"""
)


def off(*days: int, zone: str = "America/Chicago") -> Rhythm:
    entries = tuple(
        CalendarEntry(title="Snow", first=date(2026, 10, day), last=date(2026, 10, day), kind="off") for day in days
    )
    return Rhythm(zone=zone, calendar=SchoolCalendar(id="c", lea_ids=("1",), name="C", zone=zone, entries=entries))


def replan(run: Play, at: str, *who: str, rhythm: Rhythm) -> tuple[Shift, ...]:
    """These people's days are others now; what moved."""
    before: Run = run.run
    run.rhythms.update(dict.fromkeys(who, rhythm))
    run.do(Replanned(), at)
    return what_moved(before, run.run, run.now)


def test_a_snow_day_moves_the_own_deadline_and_the_close_and_the_quorum_later(play: Start) -> None:
    run = play(ONE)
    quorum = run.run.step("say").quorum_at
    (shift,) = replan(run, "06 10:00", "ana", rhythm=off(7))
    state = run.run.step("say")
    assert {m: run.wall(at) for m, at in state.due} == {
        "ana": "09 20:00",
        "ben": "08 20:00",
        "cy": "08 20:00",
        "dee": "08 20:00",
    }
    assert (shift.what, shift.shared, run.wall(shift.at)) == ("closes", True, "09 20:00")
    assert [member for member, _ in shift.own] == ["ana"]
    assert state.quorum_at > quorum


def test_a_day_off_that_is_called_off_brings_a_deadline_forward_but_never_into_the_next_day(play: Start) -> None:
    run = play(ONE, ana=off(6, 7), ben=off(6), cy=off(6), dee=off(6))
    assert run.wall(run.run.step("say").closes_at) == "12 20:00"
    replan(run, "06 10:00", "ana", "ben", "cy", "dee", rhythm=off())
    assert {run.wall(at) for _, at in run.run.step("say").due} == {"08 20:00"}
    soon = play(ONE, ana=off(6, 7), ben=off(6, 7), cy=off(6, 7), dee=off(6, 7))
    replan(soon, "08 10:00", "ana", "ben", "cy", "dee", rhythm=off())
    assert {soon.wall(at) for _, at in soon.run.step("say").due} == {"09 20:00"}
    late = play(ONE, ana=off(6), ben=off(6), cy=off(6), dee=off(6))
    assert replan(late, "09 10:00", "ana", "ben", "cy", "dee", rhythm=off()) == ()
    assert {late.wall(at) for _, at in late.run.step("say").due} == {"09 20:00"}


def test_somebody_who_moves_zones_has_the_same_evening_where_they_live_now(play: Start) -> None:
    run = play(ONE)
    replan(run, "06 10:00", "ana", rhythm=Rhythm(zone="Pacific/Honolulu"))
    assert run.wall(run.run.step("say").due_of("ana")) == "09 01:00"


def test_a_snow_day_told_the_morning_after_reopens_what_was_asked_of_the_facilitator(play: Start) -> None:
    run = play(ASK)
    assert run.tick("06 20:00") == ["FacilitatorAsked say"]
    replan(run, "07 06:00", "ana", "ben", "cy", "dee", rhythm=off(6))
    state = run.run.step("say")
    assert (run.wall(state.closes_at), state.asked_facilitator_at) == ("07 20:00", None)
    assert run.tick("07 20:00") == ["FacilitatorAsked say"]


def test_openings_and_reveals_wait_for_the_next_day_on_which_all_may_be_written_to(play: Start) -> None:
    run = play(TWO)
    run.answer("write", "ana ben cy dee", "05 19:00")
    assert run.wall(run.run.step("write").reveal_at) == "06 07:00"
    (shift,) = replan(run, "05 19:30", *EVERYBODY, rhythm=off(6))
    assert (shift.what, run.wall(shift.at)) == ("reveal", "07 07:00")
    assert run.tick("07 07:00") == ["Revealed write"]
    assert run.wall(run.run.step("talk").opens_at) == "09 08:00"
    (shift,) = replan(run, "07 12:00", *EVERYBODY, rhythm=off(6, 8))
    assert (shift.what, run.wall(shift.at)) == ("opens", "12 09:00")
    (shift,) = replan(run, "12 08:00", *EVERYBODY, rhythm=off(6, 12))
    assert (shift.what, run.wall(shift.at)) == ("opens", "13 07:00")


def test_what_waits_in_a_paused_run_is_counted_as_of_the_pause_and_moved_on_by_resuming(play: Start) -> None:
    run = play(ONE)
    run.do(Paused(), "06 10:00")
    replan(run, "12 10:00", "ana", "ben", "cy", "dee", rhythm=off(7))
    assert {run.wall(at) for _, at in run.run.step("say").due} == {"09 20:00"}
    run.do(Resumed(), "13 10:00")
    assert {run.wall(at) for _, at in run.run.step("say").due} == {"16 20:00"}


def test_time_that_was_given_is_kept(play: Start) -> None:
    run = play(ONE)
    run.do(Extended(step="say", school_days=1), "06 10:00")
    assert run.do(Replanned(), "06 11:00") is None
    replan(run, "06 12:00", "ana", rhythm=off(7))
    assert run.wall(run.run.step("say").due_of("ana")) == "12 20:00"
    assert run.wall(run.run.step("say").due_of("ben")) == "09 20:00"
