"""Runs in which calendars, zones, hours and leaves change, and the clock goes forward and back, over two years."""

from collections.abc import Sequence
from datetime import time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cohorts.calendar.hours import PROMISED, hold
from cohorts.calendar.model import CalendarEntry, Rhythm, SchoolCalendar
from cohorts.people.model import Leave
from cohorts.protocols.engine import advance, begin, next_due
from cohorts.protocols.load import latest
from cohorts.protocols.queries import awaited, members
from cohorts.protocols.replanning import what_moved
from cohorts.protocols.run import (
    Answered,
    ChildEnded,
    Effect,
    Extended,
    Paused,
    Replanned,
    Resumed,
    Revealed,
    Run,
    RunEvent,
    RunIdentity,
    StepOpened,
    Ticked,
)
from tests.fakes.examples import examples
from tests.unit.protocols.test_protocol_play_through import PEOPLE, START, Watch, roles_for

EVERYBODY = (*PEOPLE, "fay")
BANDS = (
    ("America/St_Johns", "America/Chicago", "America/Havana", "America/Los_Angeles", "America/Asuncion"),
    ("Australia/Lord_Howe", "Pacific/Apia", "Australia/Adelaide", "Pacific/Chatham", "Pacific/Auckland"),
    ("Africa/Casablanca", "Africa/Cairo", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Tehran"),
)
"""Zones whose working days meet, half hours and odd rules among them."""
SOFT = {None, "holiday", "leave", "blackout"}
Group = dict[str, Rhythm]

spans = st.tuples(st.integers(0, 90), st.integers(0, 8)).map(
    lambda span: (START.date() + timedelta(days=span[0]), START.date() + timedelta(days=sum(span)))
)
entries = st.builds(
    lambda days, kind: CalendarEntry(title=kind, first=days[0], last=days[1], kind=kind),
    spans,
    st.sampled_from(["off", "off", "blackout", "staff"]),
)
calendars = st.lists(entries, max_size=4).map(
    lambda found: SchoolCalendar(id="c", lea_ids=("1",), name="C", zone="UTC", entries=tuple(found))
)


def rhythms_in(band: Sequence[str]) -> st.SearchStrategy[Rhythm]:
    return st.builds(
        Rhythm,
        zone=st.sampled_from(band),
        calendar=calendars,
        quiet_from=st.builds(time, st.integers(17, 22), st.sampled_from([0, 30])),
        quiet_until=st.builds(time, st.integers(5, 8), st.sampled_from([0, 30])),
        leaves=st.lists(spans, max_size=1).map(lambda found: tuple(Leave(first=a, last=b) for a, b in found)),
    )


def groups_in(band: Sequence[str]) -> st.SearchStrategy[Group]:
    return st.fixed_dictionaries(dict.fromkeys(EVERYBODY, rhythms_in(band)))


moves = st.one_of(
    st.tuples(st.just("ring"), st.integers(0, 5)),
    st.tuples(st.just("ring"), st.integers(0, 5)),
    st.tuples(st.just("outage"), st.integers(2, 240)),
    st.tuples(st.just("back"), st.integers(1, 72)),
    st.tuples(st.just("change"), st.integers(0, 48)),
    st.tuples(st.just("answer"), st.integers(0, 5)),
    st.tuples(st.just("extend"), st.integers(1, 3)),
    st.tuples(st.just("pause"), st.integers(1, 400)),
)
scripts = st.sampled_from(BANDS).flatmap(
    lambda band: st.tuples(
        groups_in(band),
        st.lists(st.tuples(moves, st.dictionaries(st.sampled_from(EVERYBODY), rhythms_in(band))), max_size=14),
    )
)


class Life:
    """One run whose people's days change. After everything that happens to it, what must hold is looked at."""

    def __init__(self, protocol_id: str, group: Group) -> None:
        self.protocol, self.group, self.now = latest(protocol_id), group, START
        self.watch = Watch(self.protocol)
        run, effects = begin(self.protocol, RunIdentity(id="r", cohort_id="c"), roles_for(self.protocol), START, group)
        self._take(run, effects, exact=True)

    def do(self, event: RunEvent, *, exact: bool = False) -> None:
        moved = advance(self.protocol, self.run, event, self.now, self.group)
        if moved is not None:
            self._take(*moved, exact=exact)

    def ring(self) -> bool:
        due = next_due(self.protocol, self.run)
        if due is None:
            return False
        self.now = max(self.now, due)
        self.do(Ticked(), exact=self.now == due)
        return True

    def play(self, what: str, how_much: int, newer: Group) -> None:
        match what:
            case "ring":
                for _ in range(how_much):
                    self.ring()
            case "outage":
                self.now += timedelta(hours=how_much)
                self.do(Ticked())
            case "back":
                self.now -= timedelta(hours=how_much)
            case "change":
                self.now += timedelta(hours=how_much)
                self.do(Ticked())
                self.change(newer)
            case "pause":
                self.do(Paused())
                self.now += timedelta(hours=how_much)
                self.change(newer)
                self.do(Resumed())
            case _:
                self._people(what, how_much)

    def change(self, newer: Group) -> None:
        """The bell brings the news; no promise is broken."""
        before, self.group = self.run, {**self.group, **newer}
        self.do(Replanned())
        now = before.paused_at or self.now
        for old, new in zip(before.steps, self.run.steps, strict=True):
            for member, at in old.due if new.status == "open" else ():
                kept = new.due_of(member)
                assert kept is not None
                assert kept >= (at if at - now < PROMISED else min(at, now + PROMISED))
            if new.status == old.status == "open" and old.closes_at and new.closes_at:
                assert new.closes_at >= min(old.closes_at, now + PROMISED)
        if not newer:
            assert what_moved(before, self.run, self.now) == ()

    def _people(self, what: str, how_much: int) -> None:
        for state in self.run.steps:
            if state.status == "open" and what == "extend":
                self.do(Extended(step=state.id, school_days=how_much))
            for member in awaited(self.protocol, self.run, state.id)[:how_much] if what == "answer" else ():
                self.do(Answered(step=state.id, member=member))

    def _take(self, run: Run, effects: tuple[Effect, ...], *, exact: bool) -> None:
        self.run = run
        self.watch.see(run, effects)
        if exact and any(isinstance(effect, StepOpened | Revealed) for effect in effects):
            holds = [hold(self.group[member], self.now) for member in members(run)]
            assert None in holds
            assert set(holds) <= SOFT, "never in anybody's night or weekend"
        self._look()

    def _look(self) -> None:
        due = next_due(self.protocol, self.run)
        assert due is None or due > self.now, "all that was due has been done"
        for state in self.run.steps:
            if state.status == "open" and state.opened_at:
                assert all(at > state.opened_at for _, at in state.due)
                assert state.closes_at is None or state.closes_at >= state.opened_at
        again = advance(self.protocol, self.run, Replanned(), self.now, self.group)
        assert again is None, "counted again by the same days nothing moves"


@pytest.mark.parametrize("protocol_id", ["tune-a-draft", "inquiry-cycle", "sealed-round"])
@settings(max_examples=examples(60), deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(script=scripts)
def test_whatever_days_and_clocks_do_each_step_comes_once_in_order_and_the_run_ends(
    protocol_id: str, script: tuple[Group, list[tuple[tuple[str, int], Group]]]
) -> None:
    group, happenings = script
    life = Life(protocol_id, group)
    for (what, how_much), newer in happenings:
        life.play(what, how_much, newer)
    for _ in range(400):
        for state in life.run.steps:
            for child in state.children:
                life.do(ChildEnded(run_id=child))
        if not life.ring():
            break
    assert life.run.status == "ended"
    assert life.watch.ended == 1
    ended_empty = any(
        step.on_empty == "end" and life.run.step(step.id).status == "done" and not life.run.step(step.id).answered
        for step in life.protocol.steps
    )
    done = {state.id for state in life.run.steps if state.status == "done"}
    assert ended_empty or done == {step.id for step in life.protocol.steps}, "none is lost"
