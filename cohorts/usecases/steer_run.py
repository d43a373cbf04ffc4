"""The facilitator moves a run on, gives time, pauses, continues, writes to the cohort."""

from cohorts.cards.basics import whisper
from cohorts.cards.leading import message_form, said_card
from cohorts.events import FieldErrors, OpenForm, Recorded, Response
from cohorts.evidence.student_data import find_student_data
from cohorts.people.model import Cohort
from cohorts.ports import Transaction
from cohorts.protocols.run import Advanced, Extended, Paused, Resumed, RunEvent
from cohorts.words import say

from .ask import Ask
from .carry_out import move_run
from .tell import Note, tell_room

EXTENSION = 2
"""School days a tap gives."""


def advance_step(tx: Transaction, ask: Ask) -> Response:
    return _steer(tx, ask, Advanced(step=_step(ask)), "advance")


def extend_step(tx: Transaction, ask: Ask) -> Response:
    return _steer(tx, ask, Extended(step=_step(ask), school_days=EXTENSION), "extend")


def pause_run(tx: Transaction, ask: Ask) -> Response:
    return _steer(tx, ask, Paused(), "pause")


def resume_run(tx: Transaction, ask: Ask) -> Response:
    return _steer(tx, ask, Resumed(), "resume")


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


def _steer(tx: Transaction, ask: Ask, event: RunEvent, kind: str) -> Response:
    run = tx.runs.get(ask.value.partition("/")[0])
    cohort = tx.cohorts.get(run.cohort_id)
    if not leads(cohort, ask):
        return whisper(ask.language, "leading.not.you")
    if move_run(tx, run, event, ask.now) is None:
        return whisper(ask.language, "leading.nothing")
    _remember(tx, ask, cohort, kind, run=run.id)
    return whisper(ask.language, f"leading.done.{kind}")


def _step(ask: Ask) -> str:
    return ask.value.partition("/")[2]


def _remember(tx: Transaction, ask: Ask, cohort: Cohort, kind: str, **facts: str) -> None:
    tx.history.append(Recorded(at=ask.now, kind=f"lead_{kind}", subject=cohort.id, actor=ask.me, facts=facts))
