"""When a step opens, for whom, and until when."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from cohorts.calendar.days import add_school_days, next_school_day, week_start
from cohorts.calendar.hours import deadline, next_common
from cohorts.calendar.instants import local, to_instant
from cohorts.calendar.model import Rhythm

from .queries import REVIEWER, asks, child_id, holders, members
from .run import ChildWanted, Effect, Run, StepOpened, StepState
from .template import Protocol, Step

MORNING = time(8)
PATIENCE = 5
"""School days for which the first of a group waits for the last: a week off for one is not a month for all."""
SLACK = timedelta(hours=1)
"""How late the bell may ring for a planned moment before another is looked for."""

Moved = tuple[Run, tuple[Effect, ...]]
Counted = tuple[str, datetime, int]
"""Member, from when, over how many of their own school days: what a deadline is computed from."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What every move needs beside the run. `rhythms` has everybody with a role."""

    protocol: Protocol
    rhythms: Mapping[str, Rhythm]
    now: datetime

    def common(self, run: Run, at: datetime) -> datetime:
        """The first instant from `at` on that suits the whole run."""
        return next_common([self.rhythms[member] for member in members(run)], at)

    def missed(self, run: Run, planned: datetime) -> datetime | None:
        """Another moment, when the planned one passed unused (an outage) and now would be a bad one."""
        if self.now - planned <= SLACK:
            return None
        another = self.common(run, self.now)
        return another if another > self.now else None


def put(run: Run, state: StepState, **changes: object) -> Run:
    """The run with this step's state changed."""
    newer = state.model_copy(update=changes)
    return run.model_copy(update={"steps": tuple(newer if old.id == state.id else old for old in run.steps)})


def plan_opening(scene: Scene, run: Run, step: Step) -> datetime:
    """When a step whose predecessors are all done opens: a morning of its actors that suits the whole run."""
    rhythms = [scene.rhythms[member] for member in holders(run, step) or members(run)]
    earliest = scene.now
    if step.opens.week > 1:
        earliest = max(earliest, _week_morning(rhythms, run.started_at, step.opens.week))
    if step.opens.school_days:
        earliest = _morning_after(rhythms, earliest, step.opens.school_days)
    return scene.common(run, earliest)


def dues(scene: Scene, counted: Sequence[Counted]) -> tuple[tuple[str, datetime], ...]:
    """Each member's own deadline, by their rhythm as it is now."""
    return tuple((member, deadline(scene.rhythms[member], at, days)) for member, at, days in counted)


def _morning_after(rhythms: Sequence[Rhythm], at: datetime, school_days: int) -> datetime:
    return _morning(rhythms, at, lambda rhythm, today: add_school_days(rhythm, today, school_days))


def _week_morning(rhythms: Sequence[Rhythm], started_at: datetime, week: int) -> datetime:
    """Weeks are counted from the Monday of the start."""
    weeks = timedelta(weeks=week - 1)
    return _morning(rhythms, started_at, lambda rhythm, day: next_school_day(rhythm, week_start(day) + weeks))


def _morning(rhythms: Sequence[Rhythm], at: datetime, day_of: Callable[[Rhythm, date], date]) -> datetime:
    """The latest of everybody's mornings, within the patience of the first; `at` when there is nobody."""
    days = [(day_of(rhythm, local(at, rhythm.zone).date()), rhythm) for rhythm in rhythms]
    mornings = [(to_instant(day, MORNING, rhythm.zone), day, rhythm) for day, rhythm in days]
    if not mornings:
        return at
    _, first_day, first = min(mornings, key=lambda entry: entry[0])
    bound = to_instant(add_school_days(first, first_day, PATIENCE), MORNING, first.zone)
    return min(bound, max(instant for instant, _, _ in mornings))


def closing_of(scene: Scene, due: Sequence[tuple[str, datetime]]) -> datetime:
    """The latest of the own deadlines, within the patience of the first. `due` is not empty."""
    first_member, first = min(due, key=lambda entry: entry[1])
    bound = deadline(scene.rhythms[first_member], first, PATIENCE)
    return min(bound, max(instant for _, instant in due))


def open_step(scene: Scene, run: Run, state: StepState) -> Moved:
    """Opens a step whose moment has come; a step that concerns nobody is done at once."""
    step = scene.protocol.step(state.id)
    if state.opens_at and (another := scene.missed(run, state.opens_at)):
        return put(run, state, opens_at=another, opens_from=scene.now, opens_counted=False), ()
    people = holders(run, step)
    if not people and step.actors != REVIEWER:
        return put(run, state, status="done", opened_at=scene.now, closed_at=scene.now), ()
    counted = tuple((member, scene.now, step.closes.school_days) for member in people or members(run))
    window = dues(scene, counted)
    closes_at = closing_of(scene, window) if window else scene.now
    changes = {
        "status": "open",
        "opened_at": scene.now,
        "due": window if people else (),
        "counted": counted,
        "closes_at": closes_at,
        "quorum_at": scene.now + step.closes.share * (closes_at - scene.now) if asks(step) else None,
        "children": tuple(child_id(run.id, step.id, member) for member in people) if step.starts else (),
    }
    return put(run, state, **changes), (StepOpened(step=step.id), *wanted_children(run, step, people))


def wanted_children(run: Run, step: Step, people: Sequence[str]) -> tuple[Effect, ...]:
    """One for each of these people, when the step starts another protocol."""
    starts = step.starts
    if starts is None:
        return ()
    return tuple(
        ChildWanted(
            step=step.id,
            protocol=starts.protocol,
            member=member,
            role=starts.as_role,
            run_id=child_id(run.id, step.id, member),
        )
        for member in people
    )
