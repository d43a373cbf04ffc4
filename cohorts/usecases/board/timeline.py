"""The weeks of a cycle as days: which step runs from when to when, and when whose school is closed."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from cohorts.calendar.days import add_school_days
from cohorts.calendar.instants import local
from cohorts.calendar.model import CalendarEntry, Rhythm, SchoolCalendar
from cohorts.people.model import Educator
from cohorts.people.names import tidy_lea
from cohorts.ports import Transaction
from cohorts.protocols.queries import awaited
from cohorts.protocols.run import StepState
from cohorts.protocols.template import Step
from cohorts.values import Frozen

from .glance import Seen, monday_of, planned_day

BarKind = Literal["done", "open", "planned"]


class Bar(Frozen):
    """A step on its days, both included. planned: it has not opened, so its days are what the protocol intends."""

    step_id: str
    title: str
    kind: BarKind
    week: int
    first: date
    last: date
    answered: int
    awaited: int


class Closure(Frozen):
    """Days on which somebody's school is closed (off) or asks for silence (blackout); both days included."""

    leas: tuple[str, ...]
    title: str
    kind: Literal["off", "blackout"]
    first: date
    last: date


class Timeline(Frozen):
    """`weeks` is the protocol's, or more when the last step has moved beyond."""

    monday: date
    weeks: int
    today: date
    bars: tuple[Bar, ...]
    closures: tuple[Closure, ...]

    @property
    def end(self) -> date:
        """The day after the last."""
        return self.monday + timedelta(weeks=self.weeks)


def timeline(tx: Transaction, cycle: Seen, members: Iterable[Educator], rhythm: Rhythm, now: datetime) -> Timeline:
    monday, today = monday_of(cycle.run, rhythm), local(now, rhythm.zone).date()
    bars = sorted((_bar(cycle, state, rhythm) for state in cycle.run.steps), key=lambda bar: (bar.first, bar.last))
    last = max((bar.last for bar in bars), default=monday)
    weeks = max(cycle.protocol.weeks, (last - monday).days // 7 + 1)
    shown = Timeline(monday=monday, weeks=weeks, today=today, bars=tuple(bars), closures=())
    return shown.model_copy(update={"closures": _closures(tx, members, shown)})


def _bar(cycle: Seen, state: StepState, rhythm: Rhythm) -> Bar:
    step = cycle.protocol.step(state.id)
    first, last = _days(cycle, step, state, rhythm)
    kinds: dict[str, BarKind] = {"waiting": "planned", "open": "open"}
    return Bar(
        step_id=step.id,
        title=cycle.title(step),
        kind=kinds.get(state.status, "done"),
        week=max(1, (first - monday_of(cycle.run, rhythm)).days // 7 + 1),
        first=first,
        last=max(first, last),
        answered=len(state.answered),
        awaited=len(awaited(cycle.protocol, cycle.run, step.id)) or len(state.children),
    )


def _days(cycle: Seen, step: Step, state: StepState, rhythm: Rhythm) -> tuple[date, date]:
    if state.opened_at:
        end = state.closed_at or state.closes_at or state.opened_at
        return local(state.opened_at, rhythm.zone).date(), local(end, rhythm.zone).date()
    opens = local(state.opens_at, rhythm.zone).date() if state.opens_at else planned_day(cycle, step, rhythm)
    return opens, add_school_days(rhythm, opens, step.closes.school_days)


def _closures(tx: Transaction, members: Iterable[Educator], shown: Timeline) -> tuple[Closure, ...]:
    """Each closure once, with every LEA it concerns, in the order of its days."""
    calendars: dict[str, tuple[SchoolCalendar, list[str]]] = {}
    for lea_id in dict.fromkeys(member.lea_id for member in members):
        calendar, lea = tx.calendars.find_for_lea(lea_id), tx.people.find_lea(lea_id)
        if calendar:
            calendars.setdefault(calendar.id, (calendar, []))[1].append(tidy_lea(lea.name) if lea else lea_id)
    found: dict[tuple[date, date, str, str], list[str]] = {}
    for calendar, leas in calendars.values():
        for entry in _within(calendar.entries, shown):
            found.setdefault((entry.first, entry.last, entry.title, entry.kind), []).extend(leas)
    return tuple(
        Closure.model_validate(
            {"first": first, "last": last, "title": title, "kind": kind, "leas": tuple(sorted(set(leas)))}
        )
        for (first, last, title, kind), leas in sorted(found.items())
    )


def _within(entries: Sequence[CalendarEntry], shown: Timeline) -> list[CalendarEntry]:
    closed = [entry for entry in entries if entry.kind in ("off", "blackout")]
    return [entry for entry in closed if entry.first < shown.end and entry.last >= shown.monday]
