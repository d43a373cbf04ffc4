"""What people do to a run: answer, close early, give more time, pause, come and go.

Each function gives None when the event does not apply to the run as it is.
"""

from datetime import datetime, timedelta

from cohorts.calendar.hours import deadline

from .closing import close
from .opening import Counted, Moved, Scene, closing_of, dues, put, wanted_children
from .queries import REVIEWER, accepts, child_id, holders, members
from .run import (
    Advanced,
    Answered,
    ChildEnded,
    Effect,
    Extended,
    LateShown,
    RoleChanged,
    Run,
    StepState,
)

SOON = timedelta(hours=24)
INSTANT = timedelta(seconds=1)


def answer(scene: Scene, run: Run, event: Answered) -> Moved | None:
    """A first answer of somebody it is asked of; what comes after the close is marked."""
    state = _find(run, event.step)
    if state is None or event.member in state.answered:
        return None
    if not accepts(scene.protocol, run, event.step, event.member):
        return None
    answered = (*state.answered, event.member)
    if state.status == "open":
        return put(run, state, answered=answered), ()
    is_shown = state.revealed > 0
    effects: tuple[Effect, ...] = (LateShown(step=event.step, member=event.member),) if is_shown else ()
    return put(run, state, answered=answered, late=(*state.late, event.member)), effects


def advance_step(scene: Scene, run: Run, event: Advanced) -> Moved | None:
    """Closes an open step now."""
    state = _find(run, event.step)
    if state is None or state.status != "open" or run.status == "paused":
        return None
    return close(scene, run, state, "facilitator")


def extend(scene: Scene, run: Run, event: Extended) -> Moved | None:
    """Every actor of an open step gets so many more of their own school days, from their deadline or from now."""
    state = _find(run, event.step)
    if state is None or state.status != "open" or state.closes_at is None or event.school_days < 1:
        return None
    # Before anybody holds the role, the window is everybody's.
    known = state.due or tuple((member, state.closes_at) for member in members(run))
    counted = tuple(_extended(scene, state, entry, event.school_days) for entry in known)
    later = dues(scene, counted)
    due = later if state.due else ()
    closes_at = max(state.closes_at, closing_of(scene, later)) if later else state.closes_at
    share = scene.protocol.step(state.id).closes.share
    quorum_at = scene.now + share * (closes_at - scene.now) if state.quorum_at else None
    changes = {"due": due, "counted": counted, "closes_at": closes_at, "quorum_at": quorum_at}
    return put(run, state, **changes, asked_facilitator_at=None), ()


def _extended(scene: Scene, state: StepState, known: tuple[str, datetime], school_days: int) -> Counted:
    """Counted on from what the deadline was counted from, so that a day off before it still moves both."""
    member, at = known
    rhythm = scene.rhythms[member]
    wanted = deadline(rhythm, max(at, scene.now), school_days)
    for name, since, days in state.counted:
        if name == member and at >= scene.now and deadline(rhythm, since, days + school_days) == wanted:
            return member, since, days + school_days
    return member, max(at, scene.now), school_days


def pause(scene: Scene, run: Run) -> Moved | None:
    if run.status != "running":
        return None
    return run.model_copy(update={"status": "paused", "paused_at": scene.now}), ()


def resume(scene: Scene, run: Run) -> Moved | None:
    """Whatever has not happened yet moves by the time the pause took, to the next moment that suits."""
    if run.status != "paused" or run.paused_at is None:
        return None
    length = scene.now - run.paused_at
    steps = tuple(_shift(scene, run, state, length) for state in run.steps)
    return run.model_copy(update={"status": "running", "paused_at": None, "steps": steps}), ()


def _shift(scene: Scene, run: Run, state: StepState, length: timedelta) -> StepState:
    if state.status == "waiting" and state.opens_at:
        later = state.opens_at + length
        planned = {"opens_at": scene.common(run, later), "opens_from": later, "opens_counted": False}
        return state.model_copy(update=planned)
    if state.status == "closed" and state.reveal_at:
        later = state.reveal_at + length
        return state.model_copy(update={"reveal_at": scene.common(run, later), "reveal_from": later})
    if state.status != "open" or state.closes_at is None:
        return state
    # A deadline is at its wall clock again: that evening, or the evening of the next school day.
    counted = tuple((member, at + length - INSTANT, 0) for member, at in state.due)
    due = dues(scene, counted)
    closes_at = closing_of(scene, due) if due else state.closes_at + length
    return state.model_copy(
        update={
            "due": due,
            "counted": counted,
            "closes_at": closes_at,
            "quorum_at": _later(state.quorum_at, length),
            "asked_facilitator_at": _later(state.asked_facilitator_at, length),
        }
    )


def _later(at: datetime | None, length: timedelta) -> datetime | None:
    return at + length if at else None


def change_role(scene: Scene, run: Run, event: RoleChanged) -> Moved | None:
    """Whoever left is no longer awaited; whoever came has a deadline in every open step of the role."""
    before = run.role(event.role)
    if before == event.members:
        return None
    roles = {**dict(run.roles), event.role: event.members}
    run = run.model_copy(update={"roles": tuple(roles.items())})
    effects: tuple[Effect, ...] = ()
    for state in run.steps:
        step = scene.protocol.step(state.id)
        if state.status != "open" or event.role != (step.starts.each if step.starts else step.actors):
            continue
        run = _reschedule(scene, run, state)
        joined = tuple(member for member in event.members if member not in before)
        effects += wanted_children(run, step, joined)
    return run, effects


def _reschedule(scene: Scene, run: Run, state: StepState) -> Run:
    step = scene.protocol.step(state.id)
    people = holders(run, step)
    known = dict(state.due)
    kept = {member: (member, at, days) for member, at, days in state.counted if member in known}
    counted = tuple(kept.get(member) or _own_window(scene, state, member) for member in people)
    due = tuple((member, known.get(member) or at) for member, at in dues(scene, counted))
    children = state.children
    if step.starts:
        going = {*children, *(child_id(run.id, step.id, member) for member in people if member not in known)}
        ids = (child_id(run.id, step.id, member) for member in people)
        children = tuple(child for child in ids if child in going)
    closes_at = closing_of(scene, due) if due else state.closes_at
    return put(run, state, due=due, counted=counted, closes_at=closes_at, children=children)


def _own_window(scene: Scene, state: StepState, member: str) -> Counted:
    """For somebody who comes into an open step: as if there from its opening, but never less than a school day."""
    rhythm = scene.rhythms[member]
    step = scene.protocol.step(state.id)
    window = step.closes.school_days
    if step.actors == REVIEWER:
        return member, scene.now, window  # was asked only now, so has the whole window
    opened_at = state.opened_at or scene.now
    if deadline(rhythm, opened_at, window) >= scene.now + SOON:
        return member, opened_at, window
    return member, scene.now, 1


def end_child(run: Run, event: ChildEnded) -> Moved | None:
    for state in run.steps:
        if event.run_id in state.children:
            left = tuple(child for child in state.children if child != event.run_id)
            return put(run, state, children=left), ()
    return None


def _find(run: Run, step_id: str) -> StepState | None:
    return next((state for state in run.steps if state.id == step_id), None)
