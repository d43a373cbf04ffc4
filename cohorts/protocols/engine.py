"""A protocol under way: (run, event, now) → (run, effects).

After every call the run is settled: all that was due by `now` has happened, in the order of its instants. So
`next_due` is exact, a bell that rings too early changes nothing, and one ring after an outage catches up with
everything. Windows opened while catching up count from now: nobody loses time to an outage.
"""

from collections.abc import Mapping
from datetime import datetime

from cohorts.calendar.model import Rhythm

from .changing import advance_step, answer, change_role, end_child, extend, pause, resume
from .closing import due_at, end, move_on
from .opening import Moved, Scene, open_step, plan_opening, put
from .replanning import replan
from .run import (
    Advanced,
    Answered,
    ChildEnded,
    Effect,
    Ended,
    Extended,
    HeaderChanged,
    Paused,
    Replanned,
    Resumed,
    RoleChanged,
    Run,
    RunEvent,
    RunIdentity,
    StepState,
    Ticked,
)
from .template import Protocol

__all__ = ["RunIdentity", "advance", "begin", "next_due"]


def begin(
    protocol: Protocol,
    ident: RunIdentity,
    roles: Mapping[str, tuple[str, ...]],
    now: datetime,
    rhythms: Mapping[str, Rhythm],
) -> Moved:
    """A new run and what follows at once. `rhythms` has everybody in `roles`; else KeyError."""
    run = Run(
        id=ident.id,
        cohort_id=ident.cohort_id,
        protocol_id=protocol.id,
        protocol_version=protocol.version,
        parent_id=ident.parent_id,
        parent_step=ident.parent_step,
        roles=tuple(roles.items()),
        started_at=now,
        steps=tuple(StepState(id=step.id) for step in protocol.steps),
    )
    begun, effects = _settle(Scene(protocol, rhythms, now), run)
    return begun, (*effects, HeaderChanged())


def advance(
    protocol: Protocol, run: Run, event: RunEvent, now: datetime, rhythms: Mapping[str, Rhythm]
) -> Moved | None:
    """The run after the event, settled at `now`, and what follows, in order.

    None when the event changes nothing: too early a tick, a repeated answer, somebody who is not asked, a step
    that is not open, a run that has ended. `rhythms` has everybody with a role, those new by the event included.
    A paused run takes answers and comings and goings; time stands still in it.
    """
    if run.status == "ended":
        return None
    scene = Scene(protocol, rhythms, now)
    applied = _apply(scene, run, event)
    if applied is None:
        return None
    settled, effects = _settle(scene, applied[0])
    if settled == run:
        return None
    return settled, (*applied[1], *effects, HeaderChanged())


def next_due(protocol: Protocol, run: Run) -> datetime | None:
    """The earliest instant at which `Ticked` changes anything; None when only people can move the run."""
    if run.status != "running":
        return None
    instants = (due_at(protocol, run, state) for state in run.steps)
    return min((instant for instant in instants if instant), default=None)


def _apply(scene: Scene, run: Run, event: RunEvent) -> Moved | None:
    match event:
        case Answered():
            return answer(scene, run, event)
        case RoleChanged():
            return change_role(scene, run, event)
        case ChildEnded():
            return end_child(run, event)
        case Advanced() | Extended() | Paused() | Resumed():
            return _steer(scene, run, event)
        case Replanned():
            return replan(scene, run)
        case Ticked():
            return run, ()


def _steer(scene: Scene, run: Run, event: Advanced | Extended | Paused | Resumed) -> Moved | None:
    match event:
        case Advanced():
            return advance_step(scene, run, event)
        case Extended():
            return extend(scene, run, event)
        case Paused():
            return pause(scene, run)
        case Resumed():
            return resume(scene, run)


def _settle(scene: Scene, run: Run) -> Moved:
    """Does what is due, earliest first, until nothing is. Every move makes a step's next instant later or none."""
    effects: tuple[Effect, ...] = ()
    while run.status == "running":
        run = _plan(scene, run)
        state = _most_due(scene, run)
        if state is None:
            break
        run, more = open_step(scene, run, state) if state.status == "waiting" else move_on(scene, run, state)
        effects += more
    if run.status == "running" and all(state.status == "done" for state in run.steps):
        return end(run), (*effects, Ended())
    return run, effects


def _plan(scene: Scene, run: Run) -> Run:
    """Gives an opening to every step whose predecessors are all done."""
    done = {state.id for state in run.steps if state.status == "done"}
    for state in run.steps:
        step = scene.protocol.step(state.id)
        if state.status == "waiting" and state.opens_at is None and done.issuperset(step.opens.after):
            run = put(run, state, opens_at=plan_opening(scene, run, step), opens_from=scene.now)
    return run


def _most_due(scene: Scene, run: Run) -> StepState | None:
    timed = [(due_at(scene.protocol, run, state), state) for state in run.steps]
    due = [(at, state) for at, state in timed if at is not None and at <= scene.now]
    return min(due, key=lambda entry: entry[0])[1] if due else None
