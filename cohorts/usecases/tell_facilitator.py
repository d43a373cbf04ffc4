"""The facilitator's one message of the day: every question that still stands, each with what answers it."""

from datetime import datetime

from cohorts.calendar.hours import hold
from cohorts.cards.leading import departure_card, failure_card, failure_of, questions_card, review_card, step_card
from cohorts.messages import Message
from cohorts.nudging.silence import silence_card, silent_days, suggest_sentence
from cohorts.people.model import Educator
from cohorts.ports import Transaction
from cohorts.protocols.closing import is_asked
from cohorts.protocols.load import protocol_of
from cohorts.protocols.queries import reviewing_step

from .ask_facilitator import Question, mark_told, questions_of
from .carry_out import Scene, view
from .living.questions import living_question_card, living_question_stands
from .room_questions import room_question_card, room_question_stands
from .spoken import call_cohort
from .tell import Audience, Note, rhythm_of, tell

AT_ONCE = 8
"""More would not be read, and chats draw only so many blocks; the rest comes with the next slot."""
ORDER = (
    *("room", "step", "review", "silence", "left", "gone", "out", "uninvited", "guest", "failed"),
    *("round", "few", "parted", "health", "waits", "came"),
)


def tell_questions(tx: Transaction, reader: Educator, slot: datetime, now: datetime) -> bool:
    """What this person has not been told and still stands, at their slot; False when there is nothing to tell."""
    waiting = [question for question, told in questions_of(tx, reader.id).items() if not told]
    if not waiting or hold(rhythm_of(tx, reader), now):
        return False
    standing = sorted((q for q in waiting if _stands(tx, q)), key=lambda question: ORDER.index(question.kind))
    if not standing:
        return False
    key = f"{reader.id}:questions:{slot.isoformat()}"
    cards = [_card(tx, question, reader, now) for question in standing[:AT_ONCE]]
    message = questions_card(cards, len(standing) - len(cards), reader.language)
    tell(tx, reader.id, Note(key=key, message=message), now, "facilitator")
    for question in standing[:AT_ONCE]:
        mark_told(tx, reader.id, question, key, now)
    return True


def is_settled(tx: Transaction, reader: str, message: str) -> bool:
    """Nothing that this message asks stands any more. False for one that asks nothing."""
    asked = [question for question, told in questions_of(tx, reader).items() if told == message]
    return bool(asked) and not any(_stands(tx, question) for question in asked)


def _stands(tx: Transaction, question: Question) -> bool:
    match question.kind:
        case "step":
            return _is_wanted(tx, question)
        case "review":
            return tx.feedback.get_assignment(question.about).status in ("queued", "open", "started")
        case "silence":
            seen = tx.people.last_seen(question.about)
            here = question.about in tx.cohorts.get(question.cohort).active_members
            return here and (seen is None or seen <= datetime.fromisoformat(question.more))
        case "left":
            return question.about not in tx.cohorts.get(question.cohort).active_members
        case "failed":
            return True
        case "room" | "out" | "guest" | "uninvited" | "gone":
            return room_question_stands(tx, question)
        case "came" | "waits" | "health" | "few" | "parted" | "round":
            return living_question_stands(tx, question)


def _is_wanted(tx: Transaction, question: Question) -> bool:
    """The run still waits for this very decision."""
    run_id, _, step_id = question.about.partition("/")
    run = tx.runs.get(run_id)
    state = run.step(step_id)
    same = state.asked_facilitator_at == (datetime.fromisoformat(question.more) if question.more else None)
    return run.status != "ended" and state.status == "open" and is_asked(state) and same


def _card(tx: Transaction, question: Question, reader: Educator, now: datetime) -> Message:
    language, about = reader.language, question.about
    match question.kind:
        case "step":
            return _step(tx, question, language, now)
        case "review":
            return _review(tx, question, language)
        case "silence":
            return _silence(tx, question, language, now)
        case "left":
            cohort = call_cohort(tx, tx.cohorts.get(question.cohort), language)
            return departure_card(cohort, tx.people.get_educator(about).name, language)
        case "failed":
            return failure_card(about, failure_of(question.more), reader)
        case "room" | "out" | "guest" | "uninvited" | "gone":
            return room_question_card(tx, question, language)
        case "came" | "waits" | "health" | "few" | "parted" | "round":
            return living_question_card(tx, question, language, now)


def _step(tx: Transaction, question: Question, language: str, now: datetime) -> Message:
    run_id, _, step_id = question.about.partition("/")
    run = tx.runs.get(run_id)
    cohort = call_cohort(tx, tx.cohorts.get(run.cohort_id), language)
    scene = Scene(audience=Audience(tx, cohort, now), protocol=protocol_of(run), run=run)
    return step_card(view(tx, scene), scene.protocol.step(step_id), language)


def _review(tx: Transaction, question: Question, language: str) -> Message:
    assignment = tx.feedback.get_assignment(question.about)
    step = reviewing_step(protocol_of(tx.runs.get(assignment.run_id)))
    author = tx.people.get_educator(assignment.author).name
    where = f"{assignment.run_id}/{step.id if step else ''}"
    return review_card(call_cohort(tx, tx.cohorts.get(question.cohort), language), author, where, language)


def _silence(tx: Transaction, question: Question, language: str, now: datetime) -> Message:
    """With a sentence that a human could say, in the silent person's language."""
    person = tx.people.get_educator(question.about)
    days = silent_days(datetime.fromisoformat(question.more), now, rhythm_of(tx, person))
    sentence = suggest_sentence(person.language, person.given_name, salt=f"{question.cohort}/{person.id}")
    return silence_card(person.id, person.name, sentence, days, language)
