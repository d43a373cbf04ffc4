"""A cohort to which anything may happen: days off, moved people, other hours, pauses, outages, a clock set back."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cohorts.calendar.hours import hold
from cohorts.calendar.model import CalendarEntry, SchoolCalendar
from cohorts.protocols.load import protocol_of
from cohorts.protocols.queries import asks
from cohorts.usecases.take_in import take_in_calendar
from cohorts.usecases.tell import rhythm_of
from storage.queues import agenda
from tests.fakes.examples import examples
from tests.scenarios.town import LEAS, START, open_town

T = TypeVar("T")
NAMES = ("ann", "ben", "cam", "dee")
ZONES = ("district", "America/St_Johns", "America/Los_Angeles", "America/Puerto_Rico", "America/Phoenix")
SOFT = {None, "holiday", "leave", "blackout"}
people = st.sampled_from(NAMES)


class AnyTown(RuleBasedStateMachine):
    """Its own town and clock. Whatever was heard is looked at with the days and hours that held when it was said."""

    def __init__(self) -> None:
        super().__init__()
        self.runner, self.stack = asyncio.Runner(), AsyncExitStack()
        folder = Path(self.stack.enter_context(TemporaryDirectory()))
        self.town = self._do(self.stack.enter_async_context(open_town(folder, *NAMES)))
        (cohort,) = self._do(self._begin())
        self.room, self.looked = self._do(self.town.room_of(cohort)), 0

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    async def _begin(self) -> Any:
        for name in NAMES:
            await self.town.arrive(name)
        cohorts = await self.town.form(*NAMES)
        await self.town.pass_days(0.2)
        return cohorts

    @rule(hours=st.integers(6, 96))
    def time_passes(self, hours: int) -> None:
        self._do(self.town.pass_days(hours / 24))

    @rule(hours=st.integers(2, 60))
    def nothing_runs_for_a_while(self, hours: int) -> None:
        self.town.clock.at += timedelta(hours=hours)
        self._do(self.town.house.bell.tick())

    @rule(minutes=st.integers(5, 26 * 60))
    def the_clock_is_set_back(self, minutes: int) -> None:
        self.town.clock.at -= timedelta(minutes=minutes)
        self._do(self.town.house.bell.tick())

    @rule(number=st.integers(0, 2), ahead=st.integers(0, 9), length=st.integers(0, 3), off=st.booleans())
    def a_calendar_comes(self, number: int, ahead: int, length: int, off: bool) -> None:
        lea_id, name, zone = LEAS[number]
        first: date = self.town.clock.now().date() + timedelta(days=ahead)
        entry = CalendarEntry(
            title="Days", first=first, last=first + timedelta(days=length), kind="off" if off else "blackout"
        )
        calendar = SchoolCalendar(id=f"c{number}", lea_ids=(lea_id,), name=name, zone=zone, entries=(entry,))
        self._do(self.town.change(lambda tx: take_in_calendar(tx, calendar, self.town.clock.now())))
        self._do(self.town.house.bell.tick())

    @rule(name=people, zone=st.sampled_from(ZONES), evening=st.sampled_from(["17:30", "19:00"]), undo=st.booleans())
    def somebody_sets_their_times(self, name: str, zone: str, evening: str, undo: bool) -> None:
        walls = {"quiet_from": evening, "quiet_until": "07:30", "digest_at": "12:15"}
        self._do(self.town.send(name, "times.send", zone=zone, other="", **walls))
        if undo:
            self._do(self.town.press(name, "times.undo"))
        self._do(self.town.house.bell.tick())

    @rule(name=people)
    def somebody_answers_all_that_is_open(self, name: str) -> None:
        self._do(self._answer(name))

    async def _answer(self, name: str) -> None:
        run = await self.town.cycle()
        for step in protocol_of(run).steps:
            if asks(step) and run.step(step.id).status == "open" and name in run.role(step.actors):
                await self.town.answer(name, run, step.id)

    @rule(hours=st.integers(1, 100))
    def the_facilitator_pauses_for_a_while(self, hours: int) -> None:
        run = self._do(self.town.cycle())
        self._do(self.town.press("fay", "lead.pause", run.id))
        self._do(self.town.pass_days(hours / 24))
        self._do(self.town.press("fay", "lead.resume", run.id))

    @invariant()
    def nobody_is_written_to_when_they_must_not(self) -> None:
        heard, self.looked = list(self._do(self.town.heard()))[self.looked :], len(self._do(self.town.heard()))
        rhythms = self._do(self.town.ask(lambda tx: {n: rhythm_of(tx, tx.people.get_educator(n)) for n in NAMES}))
        for entry in heard:
            if entry.room == self.room and not entry.only_for and ":welcome@" not in entry.key:
                assert {hold(rhythm, entry.at) for rhythm in rhythms.values()} <= SOFT, entry.key
            if ":digest:" in entry.key:
                assert hold(rhythms[entry.key.partition(":")[0]], entry.at) is None, entry.key

    @invariant()
    def nothing_comes_twice_and_the_order_is_kept(self) -> None:
        heard, run = self._do(self.town.heard()), self._do(self.town.cycle())
        assert [key for key, times in Counter(entry.key for entry in heard).items() if times > 1] == []
        done = {state.id for state in run.steps if state.status == "done"}
        for state in run.steps:
            if state.opened_at:
                assert done.issuperset(protocol_of(run).step(state.id).opens.after)
                assert all(at > state.opened_at for _, at in state.due)

    @invariant()
    def a_digest_a_day_is_the_most(self) -> None:
        sent = self._do(self.town.ask(lambda tx: {n: tx.nudges.records(n, START) for n in NAMES}))
        for records in sent.values():
            days = Counter(record.at.date() for record in records if record.sent)
            assert max(days.values(), default=0) <= 1

    def teardown(self) -> None:
        self._do(self.town.pass_days(5))
        self.nobody_is_written_to_when_they_must_not()
        self.nothing_comes_twice_and_the_order_is_kept()
        states = self._do(self.town.states())
        due = self._do(self.town.ask(lambda tx: list(tx.connection.exec_driver_sql("select error from due"))))
        next_at = self._do(self.town.ask(lambda tx: agenda.next_due(tx.connection)))
        self._do(self.stack.aclose())
        self.runner.close()
        assert {state for key, state in states.items() if ":digest:" not in key} <= {"sent", "pending"}
        assert next_at is None or next_at > self.town.clock.now(), "what is pending waits for its hour"
        assert {row[0] for row in due} <= {""}


AnyTown.TestCase.settings = settings(
    max_examples=examples(6),
    stateful_step_count=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestAnythingMayHappen = AnyTown.TestCase
