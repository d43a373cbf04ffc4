"""Questions about a run that change nothing: who acts, who is awaited, what is going on, who should hold."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from cohorts.ids import make_id

from .run import Run, StepState
from .template import Protocol, Step

REVIEWER = "reviewer"
"""The one role filled after a run has begun: a step for it waits for reviewers instead of being skipped."""
EVERYBODY = "participant"
"""The role that every active member holds."""
LATE_FOR = timedelta(days=7)
"""How long after its close a step that takes late answers is still offered to those who have not answered."""


def child_id(run_id: str, step_id: str, member: str) -> str:
    """The id of the run that this step starts for this member."""
    return make_id("run", run_id, step_id, member)


def begun_again_id(run_id: str, at: datetime) -> str:
    """The id of the run that is begun at this instant in place of one that ended when its member went away."""
    return make_id("run", run_id, at.isoformat())


def begun_for(run: Run, people: Iterable[str]) -> str:
    """For whom of these people the run was begun, whether or not they still have a role in it; "" for nobody."""
    ids = ((child_id(run.parent_id, run.parent_step, person), person) for person in people)
    found = (person for id_, person in ids if run.id in (id_, begun_again_id(id_, run.started_at)))
    return next(found, "") if run.parent_id else ""


def members(run: Run) -> tuple[str, ...]:
    """Everybody with a role, once."""
    return tuple(dict.fromkeys(member for _, holders in run.roles for member in holders))


def asks(step: Step) -> bool:
    """Whether the step waits for an answer of each actor."""
    return bool(step.form) and step.starts is None


def stages_of(step: Step) -> tuple[tuple[str, ...], ...]:
    """The fields that each reveal shows; all at once where the protocol names no stages. Private fields never."""
    return step.reveal.stages or (tuple(field.id for field in step.form if not field.private),)


def reviewing_step(protocol: Protocol) -> Step | None:
    """The step in which reviews are written; None for a protocol without reviewers."""
    steps = (step for step in protocol.steps if step.actors == REVIEWER and step.visibility == "sealed")
    return next(steps, None)


def holders(run: Run, step: Step) -> tuple[str, ...]:
    """Whom the step concerns: its actors, or those for whom it starts a run."""
    return run.role(step.starts.each if step.starts else step.actors)


def actors(protocol: Protocol, run: Run, step_id: str) -> tuple[str, ...]:
    """Raises KeyError when there is no such step."""
    return run.role(protocol.step(step_id).actors)


def awaited(protocol: Protocol, run: Run, step_id: str) -> tuple[str, ...]:
    """Actors of an open step who have not answered. Child runs await for themselves."""
    state, step = run.step(step_id), protocol.step(step_id)
    if state.status != "open" or not asks(step):
        return ()
    return _others(run, step, state)


def passed_by(protocol: Protocol, run: Run, step_id: str, now: datetime) -> tuple[str, ...]:
    """Actors who let a step close without them in the last week and from whom an answer is still welcome."""
    state, step = run.step(step_id), protocol.step(step_id)
    if not asks(step) or step.on_late == "refuse" or state.closed_at is None or now - state.closed_at >= LATE_FOR:
        return ()
    return _others(run, step, state)


def _others(run: Run, step: Step, state: StepState) -> tuple[str, ...]:
    """The actors who neither answered nor were let off."""
    settled = {*state.answered, *state.skipped}
    people = run.role(step.actors)
    return tuple([member for member in people if member not in settled]) if settled else people


def missing(protocol: Protocol, run: Run, step_id: str, now: datetime) -> tuple[str, ...]:
    """Whom one would remind: awaited now, or passed by; not of what they would only have kept for themselves."""
    if run.step(step_id).status == "open":
        return awaited(protocol, run, step_id)
    return () if protocol.step(step_id).visibility == "private" else passed_by(protocol, run, step_id, now)


def accepts(protocol: Protocol, run: Run, step_id: str, member: str) -> bool:
    """Whether an answer of this member would be taken now, in time or late."""
    state, step = run.step(step_id), protocol.step(step_id)
    if run.status == "ended" or state.status == "waiting" or not asks(step):
        return False
    return member in run.role(step.actors) and (state.status == "open" or step.on_late == "accept")


def open_steps(run: Run) -> tuple[StepState, ...]:
    """In the protocol's order."""
    return tuple(state for state in run.steps if state.status == "open")


def current(protocol: Protocol, run: Run) -> Step | None:
    """The step to name in the header: what closes first, else what is revealed first, else what opens first."""
    for status, instant in (("open", "closes_at"), ("closed", "reveal_at"), ("waiting", "opens_at")):
        timed = [state for state in run.steps if state.status == status and getattr(state, instant)]
        if timed:
            return protocol.step(min(timed, key=lambda state: getattr(state, instant)).id)
    return None


def may_post(protocol: Protocol, run: Run, member: str, step_id: str = "") -> str | None:
    """None when the member may speak; else the id of the step until which to hold ("" when none is left).

    Asked about one step, or about all that go on now. Between two steps, the next one counts already.
    """
    mine = {role for role, people in run.roles if member in people}
    here = [protocol.step(step_id)] if step_id else _going_on(protocol, run)
    if run.status == "ended" or not any(mine & set(step.silent) for step in here):
        return None
    order = [step.id for step in protocol.steps]
    after = max(order.index(step.id) for step in here)
    return next((step.id for step in protocol.steps[after + 1 :] if not mine & set(step.silent)), "")


def _going_on(protocol: Protocol, run: Run) -> list[Step]:
    live = [state.id for state in run.steps if state.status in ("open", "closed")]
    planned = [state.id for state in run.steps if state.status == "waiting" and state.opens_at]
    return [protocol.step(step_id) for step_id in live or planned]
