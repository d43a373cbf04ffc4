"""Somebody's days or hours changed after steps were planned: what rests on them is counted again.

Everything is counted from what it was counted from before, so where nothing has changed nothing moves.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Literal

from cohorts.calendar.hours import PROMISED, keep_promise
from cohorts.values import Frozen

from .opening import Moved, Scene, closing_of, dues, plan_opening
from .run import Run, StepState


class Shift(Frozen):
    """One step's planned moment that is another now.

    `at` is the moment for the whole run, moved itself only where `shared`; `own` are the members whose own deadline
    moved, each with the new one.
    """

    step: str
    what: Literal["opens", "closes", "reveal"]
    at: datetime
    shared: bool = True
    own: tuple[tuple[str, datetime], ...] = ()


def replan(scene: Scene, run: Run) -> Moved | None:
    """The run with its openings, deadlines and reveals counted again; None when none moves.

    In a paused run time stands still: it counts as of the pause, and resuming moves all of it on.
    """
    if run.paused_at:
        scene = replace(scene, now=run.paused_at)
    steps = tuple(_again(scene, run, state) for state in run.steps)
    return None if steps == run.steps else (run.model_copy(update={"steps": steps}), ())


def what_moved(before: Run, after: Run, now: datetime) -> tuple[Shift, ...]:
    """What a reader should know: moments still to come that are others now, in the protocol's order."""
    return tuple(shift for old, new in zip(before.steps, after.steps, strict=True) for shift in _shifts(old, new, now))


def _again(scene: Scene, run: Run, state: StepState) -> StepState:
    match state.status:
        case "waiting":
            return _reopen(scene, run, state)
        case "open":
            return _reclose(scene, state)
        case "closed":
            return _rereveal(scene, run, state)
        case _:
            return state


def _reopen(scene: Scene, run: Run, state: StepState) -> StepState:
    if state.opens_at is None or state.opens_from is None:
        return state
    if state.opens_counted:
        then = replace(scene, now=state.opens_from)
        at = plan_opening(then, run, scene.protocol.step(state.id))
    else:
        at = scene.common(run, state.opens_from)
    return state.model_copy(update={"opens_at": _to_come(scene, run, state.opens_at, at)})


def _rereveal(scene: Scene, run: Run, state: StepState) -> StepState:
    if state.reveal_at is None or state.reveal_from is None:
        return state
    at = scene.common(run, state.reveal_from)
    return state.model_copy(update={"reveal_at": _to_come(scene, run, state.reveal_at, at)})


def _to_come(scene: Scene, run: Run, planned: datetime, counted: datetime) -> datetime:
    """What would have been before now is the next moment that suits."""
    return counted if counted == planned or counted >= scene.now else scene.common(run, scene.now)


def _reclose(scene: Scene, state: StepState) -> StepState:
    if state.closes_at is None or not state.counted:
        return state
    fresh = dues(scene, state.counted)
    again = dict(fresh)
    due = tuple(
        (member, keep_promise(scene.rhythms[member], at, again.get(member, at), scene.now)) for member, at in state.due
    )
    whole = closing_of(scene, due or fresh)
    earlier = whole < state.closes_at and due != state.due
    closes_at = _not_soon(scene, state.closes_at, whole) if whole > state.closes_at or earlier else state.closes_at
    if closes_at == state.closes_at:
        return state.model_copy(update={"due": due})
    changes = {"due": due, "closes_at": closes_at, "quorum_at": _quorum(scene, state, closes_at)}
    asked_at = None if closes_at > scene.now else state.asked_facilitator_at
    return state.model_copy(update={**changes, "asked_facilitator_at": asked_at})


def _quorum(scene: Scene, state: StepState, closes_at: datetime) -> datetime | None:
    """It keeps its place in the window."""
    if state.quorum_at is None or state.closes_at is None:
        return None
    share = scene.protocol.step(state.id).closes.share
    return _not_soon(scene, state.quorum_at, state.quorum_at + share * (closes_at - state.closes_at))


def _not_soon(scene: Scene, planned: datetime, counted: datetime) -> datetime:
    """Later freely; earlier never to less than a day from now."""
    return max(counted, min(planned, scene.now + PROMISED))


def _shifts(old: StepState, new: StepState, now: datetime) -> Iterator[Shift]:
    if old.status != new.status:
        return
    if old.opens_at and new.opens_at and old.opens_at != new.opens_at > now:
        yield Shift(step=new.id, what="opens", at=new.opens_at)
    if old.reveal_at and new.reveal_at and old.reveal_at != new.reveal_at > now and old.revealed == new.revealed:
        yield Shift(step=new.id, what="reveal", at=new.reveal_at)
    if new.status == "open" and new.closes_at and new.closes_at > now:
        known = dict(old.due)
        own = tuple((member, at) for member, at in new.due if known.get(member, at) != at)
        if own or old.closes_at != new.closes_at:
            yield Shift(step=new.id, what="closes", at=new.closes_at, shared=old.closes_at != new.closes_at, own=own)
