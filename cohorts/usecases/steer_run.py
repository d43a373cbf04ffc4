"""The facilitator moves a run on, gives time, pauses, continues, writes to the cohort."""

from cohorts.cards.basics import whisper
from cohorts.cards.leading import advance_form, message_form, said_card
from cohorts.events import FieldErrors, OpenForm, Recorded, Response
from cohorts.evidence.student_data import find_student_data
from cohorts.people.model import Cohort
from cohorts.ports import Transaction
from cohorts.protocols.queries import open_steps
from cohorts.protocols.run import Advanced, Extended, Paused, Resumed, Run, RunEvent
from cohorts.words import say

from .ask import Ask
from .carry_out import move_run, scene_of, view
from .meet_tell import call_off_all
from .tell import Note, tell_room

EXTENSION = 2
"""School days a tap gives."""
MOST_EXTENSIONS = 2
"""Times a facilitator may give a step more of them."""


def ask_to_advance(tx: Transaction, ask: Ask) -> Response:
    """Nothing takes it back, so how many are awaited is said first, and asked."""
    run, cohort = _find(tx, ask)
    if not leads(cohort, ask):
        return whisper(ask.language, "leading.not.you")
    step = _step(ask)
    if run.status != "running" or step not in {state.id for state in open_steps(run)}:
        return whisper(ask.language, "leading.nothing")
    scene = scene_of(tx, run, ask.now)
    return OpenForm(form=advance_form(view(tx, scene), scene.protocol.step(step), ask.language))


def advance_step(tx: Transaction, ask: Ask) -> Response:
    return _steer(tx, ask, Advanced(step=_step(ask)), "advance") or whisper(ask.language, "leading.done.advance")


def extend_step(tx: Transaction, ask: Ask) -> Response:
    """Two school days, twice at most for each step: what is pressed again by mistake goes no further."""
    run, cohort = _find(tx, ask)
    about = {"run": run.id, "step": _step(ask)}
    given = sum(line.facts == about for line in tx.history.about(cohort.id, "lead_extend"))
    if leads(cohort, ask) and given >= MOST_EXTENSIONS:
        return whisper(ask.language, "leading.extend.enough")
    refused = _steer(tx, ask, Extended(step=_step(ask), school_days=EXTENSION), "extend")
    if refused:
        return refused
    at, left = tx.runs.get(run.id).step(_step(ask)).closes_at, MOST_EXTENSIONS - given - 1
    return whisper(ask.language, "leading.done.extend", at=at, left=left)


def pause_run(tx: Transaction, ask: Ask) -> Response:
    """Meetings that were ahead are called off: who knows when it goes on."""
    refused = _steer(tx, ask, Paused(), "pause")
    if refused:
        return refused
    call_off_all(tx, _find(tx, ask)[1], "paused", ask.now)
    return whisper(ask.language, "leading.done.pause")


def resume_run(tx: Transaction, ask: Ask) -> Response:
    return _steer(tx, ask, Resumed(), "resume") or whisper(ask.language, "leading.done.resume")


def open_message_form(tx: Transaction, ask: Ask) -> Response:
    cohort = tx.cohorts.get(ask.value)
    if not leads(cohort, ask):
        return whisper(ask.language, "leading.not.you")
    return OpenForm(form=message_form(cohort, ask.language))


def write_to_cohort(tx: Transaction, ask: Ask) -> Response:
    cohort = tx.cohorts.get(ask.value)
    if not leads(cohort, ask):
        return whisper(ask.language, "leading.not.you")
    text = ask.values.get("text", "").strip()
    if not text:
        return FieldErrors(problems={"text": say(ask.language, "basics.required")})
    if ask.values.get("no_students") != "yes" and (found := find_student_data(text)):
        return FieldErrors(problems={"text": say(ask.language, "running.problem.students", found=found[0].text)})
    message = said_card(ask.educator.name, text, cohort.language)
    tell_room(tx, cohort, Note(key=f"{cohort.id}:said:{ask.key}", message=message), ask.now)
    _remember(tx, ask, cohort, "wrote_to_cohort")
    return whisper(ask.language, "leading.done.message")


def leads(cohort: Cohort, ask: Ask) -> bool:
    return ask.me == cohort.facilitator_id or "operator" in ask.educator.roles


def _steer(tx: Transaction, ask: Ask, event: RunEvent, kind: str) -> Response | None:
    """None when it was done; else why not."""
    run, cohort = _find(tx, ask)
    if not leads(cohort, ask):
        return whisper(ask.language, "leading.not.you")
    if move_run(tx, run, event, ask.now) is None:
        return whisper(ask.language, "leading.nothing")
    _remember(tx, ask, cohort, kind, run=run.id, **({"step": _step(ask)} if _step(ask) else {}))
    return None


def _find(tx: Transaction, ask: Ask) -> tuple[Run, Cohort]:
    run = tx.runs.get(ask.value.partition("/")[0])
    return run, tx.cohorts.get(run.cohort_id)


def _step(ask: Ask) -> str:
    return ask.value.partition("/")[2]


def _remember(tx: Transaction, ask: Ask, cohort: Cohort, kind: str, **facts: str) -> None:
    tx.history.append(Recorded(at=ask.now, kind=f"lead_{kind}", subject=cohort.id, actor=ask.me, facts=facts))
