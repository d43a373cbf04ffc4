"""When a step closes, why, and what it then shows."""

from datetime import datetime, timedelta
from math import ceil
from typing import Literal

from cohorts.calendar.hours import next_allowed

from .opening import Moved, Scene, put
from .queries import REVIEWER, asks, awaited, holders, stages_of
from .run import Effect, Ended, FacilitatorAsked, Revealed, Run, StepClosed, StepState
from .template import Protocol, Step

DECISION_TIME = timedelta(hours=48)
"""How long a facilitator has for a decision before the run moves on by itself, from when they may be asked."""
LONGEST_WAIT = timedelta(days=4)
"""A night or a weekend is waited for, a facilitator's week of holidays is not: nobody is blocked by it."""

ClosedBy = Literal["all", "quorum", "deadline", "facilitator", "itself"]


def due_at(protocol: Protocol, run: Run, state: StepState) -> datetime | None:
    """The instant from which time alone moves this step; None when only people can."""
    if state.status == "waiting":
        return state.opens_at
    if state.status == "open":
        return _closing_due(protocol, run, state)
    return state.reveal_at if state.status == "closed" else None


def _closing_due(protocol: Protocol, run: Run, state: StepState) -> datetime | None:
    step = protocol.step(state.id)
    if _is_complete(protocol, run, step):
        return state.opened_at
    if is_asked(state) and (step.closes.by == "facilitator" or _is_short(protocol, run, step)):
        return decide_by(state)
    if _has_share(protocol, run, step) and state.quorum_at and state.closes_at:
        return min(state.quorum_at, state.closes_at)
    return state.closes_at


def is_asked(state: StepState) -> bool:
    """A decision is wanted: the facilitator was asked, and no new window has begun since."""
    asked_at = state.asked_facilitator_at
    return asked_at is not None and state.closes_at is not None and state.closes_at <= asked_at


def decide_by(state: StepState) -> datetime | None:
    """Until when the facilitator's word is waited for; None when none is."""
    asked_at = state.asked_facilitator_at
    return asked_at + DECISION_TIME if asked_at and is_asked(state) else None


def _is_complete(protocol: Protocol, run: Run, step: Step) -> bool:
    """Nothing more can come: waiting on would be for nobody."""
    state = run.step(step.id)
    if step.starts:
        return not state.children
    if not holders(run, step):
        return step.actors != REVIEWER
    done = asks(step) and not awaited(protocol, run, step.id)
    return step.closes.by == "quorum" and done and not _is_short(protocol, run, step)


def _has_share(protocol: Protocol, run: Run, step: Step) -> bool:
    if step.closes.by != "quorum" or not asks(step) or _is_short(protocol, run, step):
        return False
    people = run.role(step.actors)
    given = len(people) - len(awaited(protocol, run, step.id))
    return given >= ceil(step.closes.share * len(people))


def _is_short(protocol: Protocol, run: Run, step: Step) -> bool:
    """Fewer answers than the step is worth having with: none, or below the reviewers that are wanted at least."""
    needed = max(1, protocol.min_reviewers if step.actors == REVIEWER else 1)
    return asks(step) and len(run.step(step.id).answered) < needed


def move_on(scene: Scene, run: Run, state: StepState) -> Moved:
    """What time does to an open or closed step that is due: close it, ask about it, reveal it."""
    if state.status == "closed":
        return _reveal(scene, run, state)
    step = scene.protocol.step(state.id)
    if _is_complete(scene.protocol, run, step):
        return close(scene, run, state, "all" if holders(run, step) else "itself")
    if (until := decide_by(state)) and scene.now >= until:
        return close(scene, run, state, "itself")
    if state.closes_at and scene.now < state.closes_at:
        return close(scene, run, state, "quorum")
    if _must_ask(scene, run, step):
        return put(run, state, asked_facilitator_at=_ask_at(scene, run)), (FacilitatorAsked(step=step.id),)
    return close(scene, run, state, "deadline")


def _must_ask(scene: Scene, run: Run, step: Step) -> bool:
    """There is somebody to ask, not asked yet, and something to decide. For a missing review, that may be anybody."""
    if is_asked(run.step(step.id)) or not (run.role("facilitator") or step.actors == REVIEWER):
        return False
    return step.closes.by == "facilitator" or (step.on_empty != "close" and _is_short(scene.protocol, run, step))


def _ask_at(scene: Scene, run: Run) -> datetime:
    """When the facilitator may hear of it: the time to decide does not pass while they may not be written to."""
    heard = [next_allowed(scene.rhythms[person], scene.now) for person in run.role("facilitator")]
    return min(max(heard, default=scene.now), scene.now + LONGEST_WAIT)


def close(scene: Scene, run: Run, state: StepState, by: ClosedBy) -> Moved:
    """The step awaits nobody any more. What it keeps sealed gets its moment of reveal; all else is done."""
    step = scene.protocol.step(state.id)
    closed: tuple[Effect, ...] = (StepClosed(step=step.id, by=by),)
    if step.on_empty == "end" and asks(step) and not state.answered:
        return end(put(run, state, status="done", closed_at=scene.now)), (*closed, Ended())
    if step.reveal.when != "close":
        return put(run, state, status="done", closed_at=scene.now), closed
    if not state.answered:
        # Nothing to show, yet a late answer is not sealed for ever: it comes after the moment of reveal.
        shown = len(stages_of(step))
        return put(run, state, status="done", closed_at=scene.now, revealed=shown), closed
    reveal_at = scene.common(run, scene.now)
    return put(run, state, status="closed", closed_at=scene.now, reveal_at=reveal_at, reveal_from=scene.now), closed


def _reveal(scene: Scene, run: Run, state: StepState) -> Moved:
    if state.reveal_at and (another := scene.missed(run, state.reveal_at)):
        return put(run, state, reveal_at=another, reveal_from=scene.now), ()
    step = scene.protocol.step(state.id)
    stages = stages_of(step)
    last = state.revealed + 1 == len(stages)
    shown = Revealed(step=step.id, stage=state.revealed, fields=stages[state.revealed], last=last)
    if last:
        return put(run, state, status="done", revealed=len(stages), reveal_at=None), (shown,)
    from_then = scene.now + timedelta(hours=step.reveal.gap_hours)
    next_at = scene.common(run, from_then)
    return put(run, state, revealed=state.revealed + 1, reveal_at=next_at, reveal_from=from_then), (shown,)


def end(run: Run) -> Run:
    """Nothing more comes; steps that never opened stay as they are."""
    return run.model_copy(update={"status": "ended"})
