"""Who takes part: comings and goings, reviewers, runs of one's own, silence. 5 October 2026 is a Monday."""

from collections.abc import Callable
from typing import Any

from cohorts.calendar.model import Rhythm
from cohorts.protocols.queries import awaited, child_id, may_post
from cohorts.protocols.run import (
    Answered,
    ChildEnded,
    ChildWanted,
    Extended,
    Paused,
    Resumed,
    RoleChanged,
)

Play = Any  # conftest.Play
Start = Callable[..., Play]

HEAD = "id: p\nversion: 1\ntrust: 1\n"
ONE = HEAD + "steps: [{id: say, form: [{id: say}], closes: {school_days: 4, share: 0.75}}]"
DEADLINE = HEAD + "steps: [{id: say, form: [{id: say}], closes: {by: deadline, school_days: 2}}]"
STARTS = (
    HEAD
    + """
steps:
  - {id: tune, visibility: none, closes: {by: deadline, school_days: 5}, starts: {protocol: tune-a-draft}}
  - {id: after, form: [{id: say}], opens: {after: [tune]}}
"""
)
REVIEW = (
    HEAD
    + """
roles: [presenter, reviewer, participant, facilitator]
reviewers: 3
min_reviewers: 2
steps:
  - {id: share, actors: presenter, form: [{id: d}], closes: {school_days: 2}, on_empty: end}
  - id: examine
    actors: reviewer
    silent: [presenter]
    form: [{id: see}]
    opens: {after: [share]}
    closes: {school_days: 3, share: 0.66}
    on_empty: ask_facilitator
  - {id: talk, silent: [presenter], opens: {after: [examine]}, closes: {by: deadline, school_days: 1}}
  - {id: respond, actors: presenter, form: [{id: heard}], opens: {after: [talk]}, closes: {school_days: 1}}
"""
)


def test_each_member_gets_a_run_of_their_own_and_the_step_ends_with_the_last(play: Start) -> None:
    run = play(STARTS, people="ana ben")
    wanted = [effect for effect in run.effects if isinstance(effect, ChildWanted)]
    assert [(child.member, child.role) for child in wanted] == [("ana", "presenter"), ("ben", "presenter")]
    assert wanted[0].run_id == child_id("run-1", "tune", "ana")
    assert awaited(run.protocol, run.run, "tune") == ()
    assert run.do(ChildEnded(run_id=wanted[0].run_id)) == []
    assert run.do(ChildEnded(run_id=wanted[0].run_id)) is None
    assert run.do(ChildEnded(run_id=wanted[1].run_id)) == ["StepClosed tune", "StepOpened after"]


def test_a_run_goes_on_when_children_take_longer(play: Start) -> None:
    run = play(STARTS, people="ana ben")
    assert run.tick("12 20:00") == ["StepClosed tune"]
    assert run.do(ChildEnded(run_id=child_id("run-1", "tune", "ana"))) == []
    assert run.tick("13 07:00") == ["StepOpened after"]


def test_comings_and_goings_while_children_run(play: Start) -> None:
    run = play(STARTS, people="ana ben", cy=Rhythm(zone="America/Chicago"))
    assert run.do(RoleChanged(role="participant", members=("ana", "cy"))) == ["ChildWanted tune"]
    assert run.run.step("tune").children == (child_id("run-1", "tune", "ana"), child_id("run-1", "tune", "cy"))
    assert run.do(RoleChanged(role="participant", members=())) == ["StepClosed tune", "Ended"]


def test_somebody_who_leaves_is_no_longer_awaited_and_may_complete_the_rest(play: Start) -> None:
    run = play(ONE)
    run.answer("say", "ana ben cy")
    assert run.do(RoleChanged(role="participant", members=("ana", "ben", "cy"))) == ["StepClosed say", "Ended"]


def test_somebody_who_joins_has_a_deadline_of_at_least_a_school_day(play: Start) -> None:
    run = play(DEADLINE, eve=Rhythm(zone="America/Chicago"))
    run.do(RoleChanged(role="participant", members=("ana", "ben", "cy", "dee", "eve")), "07 10:00")
    assert run.wall(run.run.step("say").due_of("eve")) == "08 20:00"
    assert run.wall(run.run.step("say").closes_at) == "08 20:00"
    assert run.do(RoleChanged(role="participant", members=("ana", "ben", "cy", "dee", "eve"))) is None


def test_reviewers_are_waited_for_and_two_of_three_are_enough(play: Start) -> None:
    run = play(REVIEW, roles={"presenter": "ana", "reviewer": ""})
    run.answer("share", "ana", "05 10:00")
    assert run.status("examine") == "open"
    assert run.do(RoleChanged(role="reviewer", members=("ben", "cy", "dee")), "05 11:00") == []
    assert run.wall(run.run.step("examine").due_of("ben")) == "08 20:00"
    run.answer("examine", "ben cy", "05 12:00")
    assert run.wall(run.due).startswith("07 ")
    run.tick("07 17:00")
    assert run.status("examine") == "done"
    assert run.status("talk") == "open"


def test_one_review_alone_is_asked_about(play: Start) -> None:
    run = play(REVIEW, roles={"presenter": "ana", "reviewer": "ben cy"})
    run.answer("share", "ana", "05 10:00")
    run.answer("examine", "ben", "05 12:00")
    run.do(RoleChanged(role="reviewer", members=("ben",)), "05 13:00")
    assert run.status("examine") == "open"
    assert run.tick("08 20:00") == ["FacilitatorAsked examine"]
    run.do(RoleChanged(role="reviewer", members=("ben", "dee")), "09 10:00")
    assert run.answer("examine", "dee", "09 11:00") == ["StepClosed examine", "StepOpened talk"]


def test_a_reviewer_who_comes_after_the_question_has_their_own_time(play: Start) -> None:
    run = play(REVIEW, roles={"presenter": "ana", "reviewer": "ben cy"})
    run.answer("share", "ana", "05 10:00")
    run.answer("examine", "ben", "05 12:00")
    run.tick("08 20:00")
    run.do(RoleChanged(role="reviewer", members=("ben", "cy", "dee")), "09 10:00")
    assert run.wall(run.due) == "14 20:00", "not the end of the time to decide"
    assert run.tick("14 20:00") == ["FacilitatorAsked examine"]


def test_missing_reviews_are_asked_about_without_a_facilitator_too(play: Start) -> None:
    run = play(REVIEW, roles={"presenter": "ana", "reviewer": "ben cy", "facilitator": ""})
    run.answer("share", "ana", "05 10:00")
    assert run.tick("08 20:00") == ["FacilitatorAsked examine"]


def test_nothing_shared_ends_the_run_after_a_last_chance(play: Start) -> None:
    run = play(REVIEW, roles={"presenter": "ana", "reviewer": "ben cy"})
    assert run.tick("07 20:00") == ["FacilitatorAsked share"]
    assert run.tick("10 07:00") == ["StepClosed share", "Ended"]
    assert run.do(Answered(step="share", member="ana")) is None
    assert run.due is None


def test_sharing_in_the_last_chance_goes_on(play: Start) -> None:
    run = play(REVIEW, roles={"presenter": "ana", "reviewer": "ben cy"})
    run.tick("07 20:00")
    assert run.answer("share", "ana", "09 10:00") == ["StepClosed share", "StepOpened examine"]


def test_a_step_of_a_role_nobody_holds_is_skipped(play: Start) -> None:
    text = (
        HEAD
        + """
roles: [participant, facilitator, guest]
steps:
  - {id: guest, actors: guest, form: [{id: say}]}
  - {id: all, form: [{id: say}], opens: {after: [guest]}}
"""
    )
    run = play(text)
    assert (run.status("guest"), run.status("all")) == ("done", "open")


def test_the_presenter_holds_until_it_is_their_turn(play: Start) -> None:
    run = play(REVIEW, roles={"presenter": "ana", "reviewer": "ben cy"})
    assert may_post(run.protocol, run.run, "ana") is None
    run.answer("share", "ana", "05 10:00")
    assert may_post(run.protocol, run.run, "ana") == "respond"
    assert may_post(run.protocol, run.run, "ben") is None
    assert may_post(run.protocol, run.run, "ana", "respond") is None
    run.answer("examine", "ben cy", "05 21:00")
    assert run.status("talk") == "waiting"
    assert may_post(run.protocol, run.run, "ana") == "respond", "between two silent steps too"


def test_time_passes_alike_for_a_step_that_waits_for_reviewers(play: Start) -> None:
    run = play(REVIEW, roles={"presenter": "ana", "reviewer": ""})
    run.answer("share", "ana", "05 10:00")
    assert run.wall(run.run.step("examine").closes_at) == "08 20:00"
    run.do(Extended(step="examine", school_days=1))
    assert run.wall(run.run.step("examine").closes_at) == "09 20:00"
    run.do(Paused(), "06 10:00")
    run.do(Resumed(), "06 11:00")
    assert run.wall(run.run.step("examine").closes_at) == "09 21:00"
    assert run.run.step("examine").due == ()
