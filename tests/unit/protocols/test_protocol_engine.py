"""The engine, one rule at a time. 5 October 2026 is a Monday; everybody is in Chicago unless a test says otherwise."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from cohorts.calendar.model import CalendarEntry, Rhythm, SchoolCalendar
from cohorts.people.model import Leave
from cohorts.protocols.queries import accepts, actors, awaited, current, open_steps
from cohorts.protocols.run import (
    Advanced,
    Answered,
    Extended,
    HeaderChanged,
    LateShown,
    Paused,
    Resumed,
    Revealed,
    StepClosed,
)
from cohorts.protocols.sealed import SealedText, StillSealedError

Play = Any  # conftest.Play
Start = Callable[..., Play]

HEAD = "id: p\nversion: 1\ntrust: 1\n"
SEALED = (
    HEAD
    + """
steps:
  - id: write
    visibility: sealed
    form: [{id: warm}, {id: cool}]
    closes: {school_days: 2}
    reveal: {when: close, stages: [[warm], [cool]], gap_hours: 12}
  - {id: talk, form: [{id: say}], opens: {after: [write], school_days: 1}, closes: {school_days: 1}}
"""
)
ONE = HEAD + "steps: [{id: say, form: [{id: say}], closes: {school_days: 4, share: 0.75}}]"
DEADLINE = HEAD + "steps: [{id: say, form: [{id: say}], closes: {by: deadline, school_days: 2}}]"
FACILITATOR = HEAD + "steps: [{id: say, form: [{id: say}], closes: {by: facilitator, school_days: 2}}]"
ASK = HEAD + "steps: [{id: say, form: [{id: say}], closes: {school_days: 2}, on_empty: ask_facilitator}]"


def test_a_run_begun_in_the_morning_opens_its_first_step_at_once(play: Start) -> None:
    run = play(ONE)
    assert run.status("say") == "open"
    assert run.effects[-1] == HeaderChanged()
    assert run.run.step("say").due_of("ana") == run.instant("09 20:00")
    assert [state.id for state in open_steps(run.run)] == ["say"]


@pytest.mark.parametrize(
    ("begun", "opens"),
    [("06 19:30", "07 07:00"), ("10 12:00", "12 09:00"), ("09 16:00", "12 09:00"), ("06 03:00", "06 07:00")],
)
def test_a_run_begun_at_a_bad_moment_opens_at_the_next_good_one(play: Start, begun: str, opens: str) -> None:
    run = play(ONE, at=begun)
    assert run.status("say") == "waiting"
    assert run.wall(run.due) == opens
    assert run.tick(opens) == ["StepOpened say"]


def test_all_answers_close_a_step_at_once(play: Start) -> None:
    run = play(DEADLINE.replace("deadline", "quorum"))
    assert run.answer("say", "ana ben cy") == []
    assert awaited(run.protocol, run.run, "say") == ("dee",)
    assert run.answer("say", "dee") == ["StepClosed say", "Ended"]
    assert run.effects[0] == StepClosed(step="say", by="all")
    assert run.do(Answered(step="say", member="ana")) is None


def test_a_share_of_the_actors_closes_after_that_share_of_the_window(play: Start) -> None:
    run = play(ONE)
    run.answer("say", "ana ben cy", "05 10:00")
    # 75 % of the time from Monday 09:00 to Friday 20:00 is Thursday 17:15.
    assert run.wall(run.due) == "08 17:15"
    assert run.tick("08 17:14") is None
    assert run.tick("08 17:15") == ["StepClosed say", "Ended"]
    assert run.effects[0] == StepClosed(step="say", by="quorum")


def test_a_share_is_rounded_up(play: Start) -> None:
    run = play(ONE, people="ana ben cy")
    run.answer("say", "ana ben", "05 10:00")
    assert run.tick("09 19:00") is None


def test_a_deadline_step_waits_for_the_deadline_even_when_all_have_answered(play: Start) -> None:
    run = play(DEADLINE)
    assert run.answer("say", "ana ben cy dee", "05 10:00") == []
    assert run.tick("07 19:59") is None
    assert run.tick("07 20:00") == ["StepClosed say", "Ended"]


def test_only_those_asked_may_answer_and_only_once(play: Start) -> None:
    run = play(SEALED)
    assert run.do(Answered(step="write", member="fay")) is None
    assert run.do(Answered(step="talk", member="ana")) is None
    assert run.do(Answered(step="nothing", member="ana")) is None
    assert run.answer("write", "ana") == []
    assert run.do(Answered(step="write", member="ana")) is None
    assert not accepts(run.protocol, run.run, "talk", "ana")
    assert actors(run.protocol, run.run, "write") == ("ana", "ben", "cy", "dee")


def test_sealed_words_open_together_in_stages_each_at_a_moment_that_suits_all(play: Start) -> None:
    run = play(SEALED)
    assert run.answer("write", "ana ben cy dee", "05 21:00") == ["StepClosed write"]
    assert run.status("write") == "closed"
    assert run.tick("06 06:59") is None
    assert run.tick("06 07:00") == ["Revealed write"]
    assert run.effects[0] == Revealed(step="write", stage=0, fields=("warm",), last=False)
    assert run.tick("06 19:00") is None, "twelve hours later is a quiet hour"
    assert run.tick("07 07:00") == ["Revealed write"]
    assert run.effects[0] == Revealed(step="write", stage=1, fields=("cool",), last=True)
    assert run.wall(run.due) == "08 08:00", "a school day after the last reveal"


def test_sealed_text_turns_into_shared_text_only_stage_by_stage(play: Start) -> None:
    run = play(SEALED)
    text = SealedText("what I saw")
    run.answer("write", "ana ben cy dee", "05 21:00")
    with pytest.raises(StillSealedError):
        text.reveal(run.run, "write", 0)
    run.tick("06 07:00")
    assert text.reveal(run.run, "write", 0).text == "what I saw"
    with pytest.raises(StillSealedError):
        text.reveal(run.run, "write", 1)


def test_a_late_answer_is_marked_and_shown_only_when_the_rest_is(play: Start) -> None:
    run = play(SEALED)
    run.answer("write", "ana", "05 10:00")
    assert run.tick("07 20:00") == ["StepClosed write"]
    assert run.answer("write", "ben", "07 21:00") == []
    assert run.run.step("write").late == ("ben",)
    run.tick("08 07:00")
    assert run.answer("write", "cy", "08 10:00") == ["LateShown write"]
    assert run.effects[0] == LateShown(step="write", member="cy")
    assert run.run.step("write").late == ("ben", "cy")


def test_a_late_answer_to_a_round_nobody_answered_is_shown(play: Start) -> None:
    run = play(SEALED)
    assert run.tick("07 20:00") == ["StepClosed write"]
    assert run.status("write") == "done"
    assert run.answer("write", "ben", "07 21:00") == ["LateShown write"]


def test_late_input_is_refused_where_the_protocol_says_so(play: Start) -> None:
    run = play(SEALED.replace("closes: {school_days: 2}", "on_late: refuse\n    closes: {school_days: 2}"))
    run.tick("07 20:00")
    assert run.do(Answered(step="write", member="ana")) is None


def test_a_facilitator_has_48_hours_and_then_the_run_moves_on(play: Start) -> None:
    run = play(FACILITATOR)
    run.answer("say", "ana ben cy dee", "05 10:00")
    assert run.tick("07 20:00") == ["FacilitatorAsked say"]
    assert run.tick("10 06:59") is None, "who may not be written to before seven has 48 hours from seven on"
    assert run.tick("10 07:00") == ["StepClosed say", "Ended"]
    assert run.effects[0] == StepClosed(step="say", by="itself")


def test_the_time_to_decide_waits_for_a_weekend_and_not_for_a_week_of_holidays(play: Start) -> None:
    run = play(FACILITATOR, at="07 09:00")
    run.tick("09 20:00")
    assert run.wall(run.due) == "14 09:00", "48 hours from Monday at nine"
    away = Rhythm(zone="America/Chicago", leaves=(Leave(first=date(2026, 10, 8), last=date(2026, 10, 16)),))
    run = play(FACILITATOR, fay=away)
    run.tick("07 20:00")
    assert run.wall(run.due) == "13 20:00"


def test_a_facilitator_closes_when_they_say_so(play: Start) -> None:
    run = play(FACILITATOR)
    assert run.do(Advanced(step="say"), "06 09:00") == ["StepClosed say", "Ended"]
    assert run.effects[0] == StepClosed(step="say", by="facilitator")
    assert run.do(Advanced(step="say")) is None


def test_without_a_facilitator_nobody_is_asked(play: Start) -> None:
    run = play(FACILITATOR, roles={"facilitator": ""})
    assert run.tick("07 20:00") == ["StepClosed say", "Ended"]


def test_an_empty_step_is_asked_about_and_one_answer_then_closes_it(play: Start) -> None:
    run = play(ASK)
    assert run.tick("07 20:00") == ["FacilitatorAsked say"]
    assert run.answer("say", "ana", "08 10:00") == ["StepClosed say", "Ended"]


def test_more_time_takes_the_question_back_and_counts_from_now(play: Start) -> None:
    run = play(ASK)
    run.tick("07 20:00")
    assert run.do(Extended(step="say", school_days=2), "08 10:00") == []
    assert run.run.step("say").due_of("ana") == run.instant("12 20:00")
    assert run.tick("12 20:00") == ["FacilitatorAsked say"]
    assert run.do(Extended(step="say", school_days=0)) is None


def test_each_member_has_the_deadline_of_their_own_calendar_and_zone(play: Start) -> None:
    entry = CalendarEntry(title="Fall holiday", first=date(2026, 10, 6), last=date(2026, 10, 6), kind="off")
    calendar = SchoolCalendar(id="x", lea_ids=("1",), name="X", zone="America/Los_Angeles", entries=(entry,))
    run = play(DEADLINE, at="05 12:00", cy=Rhythm(zone="America/Los_Angeles", calendar=calendar))
    step = run.run.step("say")
    assert run.wall(step.due_of("ana")) == "07 20:00"
    assert run.wall(step.due_of("cy")) == "08 22:00", "eight in the evening in Los Angeles, a school day later"
    assert step.closes_at == step.due_of("cy")
    assert run.do(Extended(step="say", school_days=1)) == []
    assert run.wall(run.run.step("say").due_of("cy")) == "09 22:00"


def test_somebody_away_for_weeks_does_not_hold_the_others_up(play: Start) -> None:
    away = Rhythm(zone="America/Chicago", leaves=(Leave(first=date(2026, 10, 5), last=date(2026, 10, 30)),))
    run = play(DEADLINE, cy=away)
    assert run.wall(run.run.step("say").closes_at) == "14 20:00", "five school days after the first"
    assert run.run.step("say").due_of("cy") > run.run.step("say").closes_at


def test_a_week_begins_on_its_first_school_day(play: Start) -> None:
    week_two = HEAD + "weeks: 2\nsteps: [{id: say, form: [{id: say}], opens: {week: 2}}]"
    entry = CalendarEntry(title="Fall break", first=date(2026, 10, 12), last=date(2026, 10, 13), kind="off")
    calendar = SchoolCalendar(id="x", lea_ids=("1",), name="X", zone="America/Chicago", entries=(entry,))
    assert play(week_two, at="07 09:00").wall(play(week_two, at="07 09:00").due) == "12 09:00"
    off = play(week_two, at="07 09:00", ben=Rhythm(zone="America/Chicago", calendar=calendar))
    assert off.wall(off.due) == "14 08:00"


def test_school_days_count_from_the_week_when_there_is_one(play: Start) -> None:
    run = play(HEAD + "weeks: 2\nsteps: [{id: say, form: [{id: say}], opens: {week: 2, school_days: 2}}]")
    assert run.wall(run.due) == "14 08:00"


def test_a_pause_moves_what_is_pending_and_deadlines_stay_in_the_evening(play: Start) -> None:
    run = play(SEALED)
    assert run.do(Paused(), "06 09:00") == []
    assert run.do(Paused()) is None
    assert run.due is None
    assert run.tick("08 09:00") is None
    assert run.answer("write", "ana", "08 10:00") == [], "words are taken in a pause"
    assert run.do(Advanced(step="write")) is None
    assert run.do(Resumed(), "08 12:00") == []
    assert run.do(Resumed()) is None
    # Two days and three hours on from Wednesday 20:00 is Friday 23:00: the next school day's evening.
    assert run.wall(run.run.step("write").due_of("ana")) == "12 20:00"
    assert run.tick("12 20:00") == ["StepClosed write"]


def test_a_pause_of_exactly_a_day_is_a_day(play: Start) -> None:
    run = play(SEALED)
    run.do(Paused(), "06 09:00")
    run.do(Resumed(), "07 09:00")
    assert run.wall(run.run.step("write").closes_at) == "08 20:00"


def test_a_pause_moves_openings_and_reveals_to_moments_that_suit_all(play: Start) -> None:
    run = play(SEALED)
    run.answer("write", "ana ben cy dee", "05 21:00")
    run.do(Paused(), "05 22:00")
    run.do(Resumed(), "06 22:00")
    assert run.tick("07 06:59") is None
    assert run.tick("07 07:00") == ["Revealed write"]


def test_an_outage_is_made_good_in_order_and_costs_nobody_their_window(play: Start) -> None:
    run = play(SEALED)
    run.answer("write", "ana ben", "05 10:00")
    # Closing, both reveals and the talk were due by Friday; the bell rings again on Sunday.
    assert run.tick("11 15:00") == ["StepClosed write"]
    assert run.tick("12 09:00") == ["Revealed write"]
    assert run.tick("20 10:00") == ["Revealed write"]
    assert run.wall(run.due) == "21 08:00"
    assert run.tick("22 03:00") == [], "in the night it only looks for another moment"
    assert run.tick("22 07:00") == ["StepOpened talk"]
    assert run.wall(run.run.step("talk").closes_at) == "23 20:00"


def test_one_tick_does_everything_that_is_due(play: Start) -> None:
    text = (
        HEAD
        + """
steps:
  - {id: one, visibility: sealed, form: [{id: say}], closes: {school_days: 1}, reveal: {when: close}}
  - {id: two, form: [{id: say}], opens: {after: [one]}}
"""
    )
    run = play(text)
    run.answer("one", "ana")
    assert run.tick("08 10:00") == ["StepClosed one", "Revealed one", "StepOpened two"]


def test_the_header_names_what_closes_first_then_what_opens_next(play: Start) -> None:
    run = play(SEALED)
    assert current(run.protocol, run.run).id == "write"
    run.answer("write", "ana ben cy dee", "05 21:00")
    assert current(run.protocol, run.run).id == "write"
    run.tick("06 07:00")
    run.tick("07 07:00")
    assert current(run.protocol, run.run).id == "talk"
    run.tick("08 08:00")
    run.answer("talk", "ana ben cy dee", "08 09:00")
    assert current(run.protocol, run.run) is None


def test_a_tick_exactly_when_due_changes_something_and_a_moment_before_nothing(play: Start) -> None:
    run = play(SEALED)
    for _ in range(20):
        due = run.due
        if due is None:
            break
        run.now = due - timedelta(microseconds=1)
        assert run.tick("") is None
        run.now = due
        assert run.tick("") is not None
    assert run.run.status == "ended"
