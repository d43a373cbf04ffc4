"""Cards for the facilitator: a decision is wanted, somebody is silent, somebody has left."""

from datetime import datetime

from cohorts.cards.leading import departure_card, failure_card, review_card, step_card
from cohorts.cards.running import RunView
from cohorts.events import Recorded
from cohorts.feedback.model import Assignment
from cohorts.nudging.silence import silence_card, silent_days, suggest_sentence
from cohorts.people.model import Cohort
from cohorts.ports import Delivery, Transaction
from cohorts.protocols.load import protocol_of
from cohorts.protocols.queries import reviewing_step
from cohorts.protocols.template import Step

from .tell import Note, rhythm_of, tell


def ask_about_step(tx: Transaction, view: RunView, step: Step) -> None:
    """The run moves on by itself in 48 hours if nobody says anything."""
    facilitator = view.cohort.facilitator_id
    message = step_card(view, step, tx.people.get_educator(facilitator).language)
    asked_at = view.run.step(step.id).asked_facilitator_at
    key = f"{view.run.id}:{step.id}:asked:{asked_at.isoformat() if asked_at else ''}"
    tell(tx, facilitator, Note(key=key, message=message), view.now, "facilitator")


def ask_for_review(tx: Transaction, cohort: Cohort, assignment: Assignment, now: datetime) -> None:
    """The members' time is over: the facilitator is one of the reviewers now."""
    language = tx.people.get_educator(assignment.reviewer).language
    author = tx.people.get_educator(assignment.author).name
    step = reviewing_step(protocol_of(tx.runs.get(assignment.run_id)))
    message = review_card(cohort, author, f"{assignment.run_id}/{step.id if step else ''}", language)
    tell(tx, assignment.reviewer, Note(key=f"{assignment.id}:rescue", message=message), now, "facilitator")


def tell_of_silence(tx: Transaction, cohort: Cohort, educator_id: str, seen: datetime, now: datetime) -> None:
    """A card with a sentence that a human could say, in the silent person's language."""
    person = tx.people.get_educator(educator_id)
    language = tx.people.get_educator(cohort.facilitator_id).language
    sentence = suggest_sentence(person.language, person.given_name, salt=f"{cohort.id}/{person.id}")
    days = silent_days(seen, now, rhythm_of(tx, person))
    message = silence_card(educator_id, person.name, sentence, days, language)
    key = f"{cohort.id}:silence:{educator_id}:{now.date().isoformat()}"
    tell(tx, cohort.facilitator_id, Note(key=key, message=message), now, "facilitator")
    facts = {"cohort": cohort.id}
    tx.history.append(Recorded(at=now, kind="silence_card", subject=educator_id, actor="timekeeper", facts=facts))


def tell_of_departure(tx: Transaction, cohort: Cohort, educator_id: str, now: datetime) -> None:
    if not cohort.facilitator_id:
        return
    cohort = tx.cohorts.get(cohort.id)
    language = tx.people.get_educator(cohort.facilitator_id).language
    message = departure_card(cohort, tx.people.get_educator(educator_id).name, language)
    key = f"{cohort.id}:left:{educator_id}:{now.isoformat()}"
    tell(tx, cohort.facilitator_id, Note(key=key, message=message), now, "facilitator")


def tell_of_failure(tx: Transaction, delivery: Delivery, error: str, now: datetime) -> None:
    """Something could not be delivered: the facilitators it concerns and the operators get a card, once."""
    if delivery.purpose == "facilitator":
        return  # a card about a card that failed would fail in its turn
    kind, _, ref = delivery.conversation.partition(":")
    person = ref.partition(":")[0]
    cohorts = [tx.cohorts.get(ref)] if kind == "cohort" else tx.cohorts.of(person)
    about = cohorts[0].name if kind == "cohort" else tx.people.get_educator(person).name
    operators = [educator.id for educator in tx.people.educators() if "operator" in educator.roles]
    leaders = [cohort.facilitator_id for cohort in cohorts if cohort.facilitator_id]
    for reader in dict.fromkeys((*leaders, *operators)):
        message = failure_card(about, error, tx.people.get_educator(reader).language)
        tell(tx, reader, Note(key=f"{delivery.key}:failed:{reader}", message=message), now, "facilitator")
