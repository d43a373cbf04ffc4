"""The facilitator writes to one member, in their own words."""

from datetime import timedelta

from cohorts.cards.basics import whisper
from cohorts.cards.leading import member_form, said_card
from cohorts.events import FieldErrors, OpenForm, Recorded, Response
from cohorts.evidence.student_data import find_student_data
from cohorts.people.model import Cohort
from cohorts.ports import Transaction
from cohorts.words import say

from .ask import Ask
from .steer_run import leads
from .tell import Note, tell

MOST_A_DAY = 3
"""How often one facilitator writes to one member within a day."""


def open_member_form(tx: Transaction, ask: Ask) -> Response:
    if refused := _refuse(tx, ask):
        return refused
    return OpenForm(form=member_form(tx.people.get_educator(ask.value), ask.language))


def write_to_member(tx: Transaction, ask: Ask) -> Response:
    if refused := _refuse(tx, ask):
        return refused
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


def _refuse(tx: Transaction, ask: Ask) -> Response | None:
    """Why this person may not be written to now; None when they may."""
    led = [cohort for cohort in tx.cohorts.of(ask.value) if leads(cohort, ask)]
    if not led:
        return whisper(ask.language, "leading.not.you")
    if not any(cohort.status == "active" and _is_in(cohort, ask.value) for cohort in led):
        return whisper(ask.language, "leading.member.gone")
    if _written_today(tx, ask) >= MOST_A_DAY:
        return whisper(ask.language, "leading.member.enough", most=MOST_A_DAY)
    return None


def _is_in(cohort: Cohort, educator_id: str) -> bool:
    return any(member.educator_id == educator_id and member.status != "left" for member in cohort.members)


def _written_today(tx: Transaction, ask: Ask) -> int:
    mine = (record for record in tx.history.about(ask.value, "lead_wrote") if record.actor == ask.me)
    return sum(ask.now - record.at < timedelta(days=1) for record in mine)
