"""What a facilitator is asked or told about rooms and who is in them: whether it still stands, and how it is said."""

from cohorts.cards.rooms import about_person_card, closed_card
from cohorts.messages import Message
from cohorts.people.model import Account, Cohort
from cohorts.ports import Transaction

from .ask_facilitator import Question
from .follow_notice import has_seat, is_of
from .room_state import closed_by, is_inside, room_of, unmade_room
from .spoken import call_cohort


def room_question_stands(tx: Transaction, question: Question) -> bool:
    cohort = tx.cohorts.get(question.cohort)
    if cohort.status != "active":
        return False
    if question.kind == "gone":
        return has_seat(cohort, question.about)
    room = question.about if question.kind == "room" else question.more
    platform, workspace, _ = room.split("/", 2)
    now = room_of(tx, cohort, platform, workspace) or unmade_room(cohort.id, platform, workspace)
    if question.kind == "room":
        return now == room and bool(closed_by(tx, room))
    return now == room and _person_stands(tx, question, cohort, room)


def room_question_card(tx: Transaction, question: Question, language: str) -> Message:
    cohort = call_cohort(tx, tx.cohorts.get(question.cohort), language)
    if question.kind == "room":
        return closed_card(cohort, question.about, question.more, language)
    platform, _, rest = question.more.partition("/")
    person = question.about
    if question.kind == "guest":
        account = tx.people.find_account(platform, rest.partition("/")[0], person)
        person = account.educator_id if account else ""
    name = tx.people.get_educator(person).name if person else ""
    return about_person_card(question.kind, cohort, name, platform, language)


def _person_stands(tx: Transaction, question: Question, cohort: Cohort, room: str) -> bool:
    """Somebody who belongs into the room is not in it; or, a guest, the other way round."""
    platform, workspace, _ = room.split("/", 2)
    if question.kind == "guest":
        account = tx.people.find_account(platform, workspace, question.about)
        known = account is not None and is_of(cohort, account.educator_id)
        return not known and bool(is_inside(tx, room, question.about))
    theirs = _there(tx, question.about, platform, workspace)
    return has_seat(cohort, question.about) and not any(is_inside(tx, room, one.user) for one in theirs)


def _there(tx: Transaction, person: str, platform: str, workspace: str) -> list[Account]:
    return [one for one in tx.people.accounts(person) if (one.platform, one.workspace) == (platform, workspace)]
