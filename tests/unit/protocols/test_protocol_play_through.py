"""Every protocol, shipped or sketched from domain.md section 4, played to its end by made-up members.

Members answer in time, late or never, and some leave. Whatever they do: the next due instant is exact, steps open
after what they wait for, nothing is revealed before its step has closed, and the run ends.
"""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cohorts.calendar.hours import next_common
from cohorts.calendar.model import CalendarEntry, Rhythm, SchoolCalendar
from cohorts.people.model import Leave
from cohorts.protocols.engine import advance, begin, next_due
from cohorts.protocols.lint import lint
from cohorts.protocols.load import latest, read_with_positions, shipped
from cohorts.protocols.queries import awaited, members
from cohorts.protocols.run import (
    Advanced,
    Answered,
    ChildEnded,
    ChildWanted,
    Effect,
    Ended,
    Extended,
    LateShown,
    Paused,
    Resumed,
    Revealed,
    RoleChanged,
    Run,
    RunEvent,
    RunIdentity,
    StepClosed,
    StepOpened,
    StepState,
    Ticked,
)
from cohorts.protocols.template import Protocol
from tests.fakes.examples import examples

SKETCHES = sorted((Path(__file__).parent / "sketches").glob("*.yaml"))
SKETCHED = {path.stem: read_with_positions(path.name, path.read_text("utf-8")) for path in SKETCHES}
SHIPPED = {name: protocol for (name, _), protocol in shipped().items()}
EVERY = {**SHIPPED, **{name: protocol for name, (protocol, _) in SKETCHED.items()}}
START = datetime(2026, 9, 7, 15, tzinfo=UTC)
PEOPLE = ("ana", "ben", "cy", "dee", "eve", "flo")
Group = dict[str, Rhythm]
Habit = dict[str, str]
EMPTY_EVENTS = [Paused(), Resumed(), Ticked()]

breaks = st.tuples(st.integers(0, 60), st.integers(0, 7)).map(
    lambda span: CalendarEntry(
        title="Break",
        first=date(2026, 9, 7) + timedelta(days=span[0]),
        last=date(2026, 9, 7) + timedelta(days=span[0] + span[1]),
        kind="off",
    )
)
calendars = st.lists(breaks, max_size=2).map(
    lambda entries: SchoolCalendar(id="c", lea_ids=("1",), name="C", zone="America/Chicago", entries=tuple(entries))
)
leaves = st.integers(0, 40).map(
    lambda day: (Leave(first=date(2026, 9, 7) + timedelta(days=day), last=date(2026, 9, 7) + timedelta(days=day + 12)),)
)
rhythms_made = st.builds(
    Rhythm,
    zone=st.sampled_from(["America/New_York", "America/Chicago", "America/Denver", "Pacific/Honolulu"]),
    calendar=calendars,
    leaves=st.one_of(st.just(()), st.just(()), leaves),
)
groups = st.fixed_dictionaries(dict.fromkeys((*PEOPLE, "fay"), rhythms_made))
habits = st.fixed_dictionaries(
    {name: st.sampled_from(["prompt", "prompt", "slow", "late", "silent", "leaves"]) for name in PEOPLE}
)


def roles_for(protocol: Protocol, presenter: str = "ana") -> dict[str, tuple[str, ...]]:
    others = tuple(name for name in PEOPLE if name != presenter)
    wanted = {
        "participant": PEOPLE,
        "facilitator": ("fay",),
        "presenter": (presenter,),
        "reviewer": others[:3],
        "teacher": (presenter,),
        "observer": others[:3],
        "commentator": others[3:4],
    }
    return {role: wanted[role] for role in protocol.roles}


class Watch:
    """What must hold of the effects of one run, whatever happens."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        self.opened: list[str] = []
        self.closed: list[str] = []
        self.stages: dict[str, list[int]] = defaultdict(list)
        self.ended = 0

    def see(self, run: Run, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            assert not self.ended or type(effect).__name__ == "HeaderChanged"
            if isinstance(effect, StepOpened):
                assert effect.step not in self.opened
                skipped = {state.id for state in run.steps if state.status == "done"}
                assert {*self.closed, *skipped}.issuperset(self.protocol.step(effect.step).opens.after)
                self.opened.append(effect.step)
            elif isinstance(effect, StepClosed):
                assert effect.step in self.opened
                assert effect.step not in self.closed
                self.closed.append(effect.step)
            elif isinstance(effect, Revealed):
                assert effect.step in self.closed
                assert effect.stage == len(self.stages[effect.step])
                self.stages[effect.step].append(effect.stage)
            elif isinstance(effect, LateShown):
                assert effect.step in self.closed
            elif isinstance(effect, Ended):
                self.ended += 1
        assert self.ended == (run.status == "ended")
        for state in run.steps:
            assert state.revealed == 0 or state.status in ("closed", "done")


class Game:
    """One run and members who act by habit between two rings of the bell."""

    def __init__(self, protocol: Protocol, group: Group, habit: Habit) -> None:
        self.protocol, self.group, self.habit, self.now = protocol, group, habit, START
        self.watch = Watch(protocol)
        self.children: list[tuple[datetime, str]] = []
        started = begin(protocol, RunIdentity(id="r", cohort_id="c"), roles_for(protocol), START, group)
        self._take(*started)

    def do(self, event: RunEvent, later: timedelta = timedelta(0)) -> bool:
        """Whether the event changed anything."""
        self.now += later
        moved = advance(self.protocol, self.run, event, self.now, self.group)
        if moved is not None:
            self._take(*moved)
        return moved is not None

    def _take(self, run: Run, effects: tuple[Effect, ...]) -> None:
        self.run = run
        self.watch.see(run, effects)
        self.children += [(self.now, effect.run_id) for effect in effects if isinstance(effect, ChildWanted)]

    def act(self) -> None:
        for state in self.run.steps:
            for member in awaited(self.protocol, self.run, state.id):
                self._maybe_answer(member, state)
            if self.run.step(state.id).status == "done":
                for member in (name for name in PEOPLE if self.habit[name] == "late"):
                    self.do(Answered(step=state.id, member=member))
        for at, run_id in [child for child in self.children if self.now > child[0] + timedelta(days=3)]:
            self.children.remove((at, run_id))
            self.do(ChildEnded(run_id=run_id))

    def _maybe_answer(self, member: str, state: StepState) -> None:
        habit = self.habit.get(member, "prompt")
        is_old = state.opened_at is not None and self.now > state.opened_at + timedelta(days=1)
        if habit == "prompt" or (habit == "slow" and is_old):
            self.do(Answered(step=state.id, member=member), timedelta(minutes=7))

    def leave(self) -> None:
        for role, people in self.run.roles:
            self.do(RoleChanged(role=role, members=tuple(name for name in people if self.habit.get(name) != "leaves")))

    def ring(self) -> bool:
        """The next ring, exactly when it is due; False when none is."""
        due = next_due(self.protocol, self.run)
        if due is None:
            return False
        assert due > self.now, "everything due has been done"
        assert advance(self.protocol, self.run, Ticked(), due - timedelta(microseconds=1), self.group) is None
        self.now = due
        assert self.do(Ticked())
        assert not self.do(Ticked())
        return True


def play_to_end(protocol: Protocol, group: Group, habit: Habit) -> tuple[Run, Watch]:
    game = Game(protocol, group, habit)
    for ring in range(400):
        game.act()
        if ring == 4:
            game.leave()
        if not game.ring():
            break
    return game.run, game.watch


@pytest.mark.parametrize("name", sorted(SKETCHED))
def test_the_rest_of_the_catalogue_can_be_written_down(name: str) -> None:
    protocol, positions = SKETCHED[name]
    assert lint(protocol, positions, lambda *_: True, set(EVERY)) == []


@pytest.mark.parametrize("name", sorted(EVERY))
@settings(max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(group=groups, habit=habits)
def test_every_protocol_runs_to_its_end(name: str, group: Group, habit: Habit) -> None:
    run, watch = play_to_end(EVERY[name], group, habit)
    assert run.status == "ended"
    assert watch.ended == 1
    for state in run.steps:
        stages = len(EVERY[name].step(state.id).reveal.stages or ((),))
        assert len(watch.stages[state.id]) in (0, stages)


events = st.one_of(
    st.builds(
        Answered, step=st.sampled_from(["share", "clarify", "examine", "respond"]), member=st.sampled_from(PEOPLE)
    ),
    st.builds(Advanced, step=st.sampled_from(["share", "examine", "talk"])),
    st.builds(Extended, step=st.sampled_from(["share", "examine", "talk"]), school_days=st.integers(0, 3)),
    st.sampled_from(EMPTY_EVENTS),
    st.builds(
        RoleChanged,
        role=st.sampled_from(["reviewer", "participant", "presenter", "facilitator"]),
        members=st.sets(st.sampled_from(PEOPLE), max_size=4).map(lambda people: tuple(sorted(people))),
    ),
)


@settings(max_examples=examples(120), deadline=None, derandomize=True)
@given(group=groups, script=st.lists(st.tuples(st.integers(0, 60), events), max_size=25))
def test_the_next_due_instant_is_exact_whatever_people_do(group: Group, script: list[tuple[int, RunEvent]]) -> None:
    protocol, now = latest("tune-a-draft"), START
    run, effects = begin(protocol, RunIdentity(id="r", cohort_id="c"), roles_for(protocol), now, group)
    watch = Watch(protocol)
    watch.see(run, effects)
    for hours, event in script:
        now += timedelta(hours=hours)
        moved = advance(protocol, run, event, now, group)
        if moved is None:
            continue
        run, effects = moved
        watch.see(run, effects)
        due = next_due(protocol, run)
        if due is None:
            assert run.status != "running"
            continue
        assert due > now
        assert advance(protocol, run, Ticked(), due - timedelta(microseconds=1), group) is None
        assert advance(protocol, run, Ticked(), due, group) is not None


@settings(max_examples=examples(40), deadline=None, derandomize=True)
@given(group=groups, gaps=st.lists(st.integers(1, 200), min_size=60, max_size=60))
def test_a_bell_that_rings_seldom_still_brings_everything_in_order(group: Group, gaps: list[int]) -> None:
    protocol, now = latest("inquiry-cycle"), START
    run, effects = begin(protocol, RunIdentity(id="r", cohort_id="c"), roles_for(protocol), now, group)
    watch = Watch(protocol)
    watch.see(run, effects)
    for hours in gaps:
        now += timedelta(hours=hours)
        moved = advance(protocol, run, Ticked(), now, group)
        if moved is None:
            due = next_due(protocol, run)
            assert due is None or due > now
            continue
        before, (run, effects) = run, moved
        watch.see(run, effects)
        for state in run.steps:
            planned = before.step(state.id).opens_at
            if state.opened_at == now and planned and now - planned > timedelta(hours=1) and state.status != "done":
                assert next_common([group[member] for member in members(run)], now) == now


def test_the_cycle_of_a_prompt_cohort_takes_eight_weeks() -> None:
    protocol = latest("inquiry-cycle")
    group = dict.fromkeys((*PEOPLE, "fay"), Rhythm(zone="America/Chicago"))
    run, _ = play_to_end(protocol, group, dict.fromkeys(PEOPLE, "prompt"))
    opened = {state.id: state.opened_at for state in run.steps}
    weeks = {step.id: step.opens.week or 1 for step in protocol.steps}
    assert {name: (at - datetime(2026, 9, 7, tzinfo=UTC)).days // 7 + 1 for name, at in opened.items() if at} == weeks


def test_the_cycle_of_a_silent_cohort_ends_within_nine_weeks() -> None:
    group = dict.fromkeys((*PEOPLE, "fay"), Rhythm(zone="America/Chicago"))
    run, _ = play_to_end(latest("inquiry-cycle"), group, dict.fromkeys(PEOPLE, "silent"))
    assert max(state.closed_at for state in run.steps) < datetime(2026, 9, 7, tzinfo=UTC) + timedelta(weeks=9)
