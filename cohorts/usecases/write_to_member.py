"""The facilitator writes to one member, in their own words."""

from cohorts.cards.basics import whisper
from cohorts.cards.leading import member_form, said_card
from cohorts.events import FieldErrors, OpenForm, Recorded, Response
from cohorts.evidence.student_data import find_student_data
from cohorts.ports import Transaction
from cohorts.words import say

from .ask import Ask
from .tell import Note, tell


def open_member_form(tx: Transaction, ask: Ask) -> Response:
    if not _leads(tx, ask):
        return whisper(ask.language, "leading.not.you")
    return OpenForm(form=member_form(tx.people.get_educator(ask.value), ask.language))


def write_to_member(tx: Transaction, ask: Ask) -> Response:
    if not _leads(tx, ask):
        return whisper(ask.language, "leading.not.you")
    text = ask.values.get("text", "").strip()
    if not text:
        return FieldErrors(problems={"text": say(ask.language, "basics.required")})
    if ask.values.get("no_students") != "yes" and (found := find_student_data(text)):
        return FieldErrors(problems={"text": say(ask.language, "running.problem.students", found=found[0].text)})
    person = tx.people.get_educator(ask.value)
    message = said_card(ask.educator.name, text, person.language)
    tell(tx, person.id, Note(key=f"{person.id}:said:{ask.key}", message=message), ask.now, "facilitator")
    facts = {"member": person.id}
    tx.history.append(Recorded(at=ask.now, kind="lead_wrote", subject=person.id, actor=ask.me, facts=facts))
    return whisper(ask.language, "leading.done.member", name=person.name)


def _leads(tx: Transaction, ask: Ask) -> bool:
    led = any(cohort.facilitator_id == ask.me for cohort in tx.cohorts.of(ask.value))
    return led or "operator" in ask.educator.roles
