"""What a facilitator should hear of: a decision is wanted, a review is missing, somebody is silent or has left.

A question is kept when it arises and told at the facilitator's own slot, all of a day in one message, if it still
stands then (tell_facilitator). What keeps the installation itself from working is told to its operators at once.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Literal

from pydantic import ValidationError

from cohorts.cards.leading import Failure, stuck_card
from cohorts.events import Recorded
from cohorts.feedback.model import Assignment
from cohorts.people.model import Cohort, Interest
from cohorts.ports import Delivery, MissingError, Transaction
from cohorts.protocols.run import Run
from cohorts.values import Frozen, UnreadableError

from .digest_slot import plan_digest_slot
from .room_state import closed_by, mark_closed, room_subject, unmade_room
from .sight import may_see
from .spoken import call_cohort
from .tell import Note, tell

QuestionKind = Literal[
    "step",
    "review",
    "silence",
    "left",
    "failed",
    "room",
    "out",
    "guest",
    "uninvited",
    "gone",
    "came",
    "waits",
    "health",
    "few",
    "parted",
    "round",
]


class Question(Frozen):
    """`key` names it the same way every time, so the same need is not kept twice.

    `about`: step: `<run>/<step>`; review: the assignment; silence, left and came: the person; waits: the interest;
    health: the cohort; few: the cohort to merge with, or ""; parted: the cohort; round: the
    proposal;
    failed: who or what it was for; room: `room_subject`; guest: the platform's user; out, uninvited and gone: the
    person. `more`: step: when it was asked; silence: their last sign of life; failed: a Failure; room: what closed it;
    out, guest and uninvited: `room_subject`; gone: the platform.
    """

    key: str
    kind: QuestionKind
    cohort: str = ""
    about: str
    more: str = ""


def ask_about_step(tx: Transaction, cohort: Cohort, run: Run, step_id: str, now: datetime) -> None:
    """The run moves on by itself when nobody says anything."""
    asked_at = run.step(step_id).asked_facilitator_at
    more = asked_at.isoformat() if asked_at else ""
    key = f"{run.id}:{step_id}:asked:{more}"
    _keep(tx, cohort, Question(key=key, kind="step", cohort=cohort.id, about=f"{run.id}/{step_id}", more=more), now)


def ask_for_review(tx: Transaction, cohort: Cohort, assignment: Assignment, now: datetime) -> None:
    """The members' time is over: the facilitator is one of the reviewers now."""
    key = f"{assignment.id}:rescue"
    _keep(tx, cohort, Question(key=key, kind="review", cohort=cohort.id, about=assignment.id), now)


def tell_of_silence(tx: Transaction, cohort: Cohort, educator_id: str, seen: datetime, now: datetime) -> None:
    key = f"{cohort.id}:silence:{educator_id}:{now.date().isoformat()}"
    about = {"about": educator_id, "more": seen.isoformat()}
    _keep(tx, cohort, Question(key=key, kind="silence", cohort=cohort.id, **about), now)
    facts = {"cohort": cohort.id}
    tx.history.append(Recorded(at=now, kind="silence_card", subject=educator_id, actor="timekeeper", facts=facts))


def tell_of_departure(tx: Transaction, cohort: Cohort, educator_id: str, now: datetime) -> None:
    key = f"{cohort.id}:left:{educator_id}:{now.isoformat()}"
    _keep(tx, cohort, Question(key=key, kind="left", cohort=cohort.id, about=educator_id), now)


def tell_of_arrival(tx: Transaction, cohort: Cohort, educator_id: str, now: datetime) -> None:
    key = f"{cohort.id}:came:{educator_id}:{now.isoformat()}"
    _keep(tx, cohort, Question(key=key, kind="came", cohort=cohort.id, about=educator_id), now)


def tell_of_health(tx: Transaction, cohort: Cohort, active: int, everybody: int, now: datetime) -> None:
    key = f"{cohort.id}:health:{now.date().isoformat()}"
    more = f"{active}/{everybody}"
    _keep(tx, cohort, Question(key=key, kind="health", cohort=cohort.id, about=cohort.id, more=more), now)


def tell_of_few(tx: Transaction, cohort: Cohort, other: Cohort | None, active: int, now: datetime) -> None:
    """Fewer than three are active; `other` is the cohort they could go on with, where there is one."""
    about = other.id if other else ""
    key = f"{cohort.id}:few:{about}:{now.date().isoformat()}"
    ask_leaders(tx, cohort, Question(key=key, kind="few", cohort=cohort.id, about=about, more=str(active)), now)


def tell_of_parting(tx: Transaction, cohort: Cohort, people: int, now: datetime) -> None:
    """So many are out of it, since they may not be with the others any more."""
    key = f"{cohort.id}:parted:{now.isoformat()}"
    question = Question(key=key, kind="parted", cohort=cohort.id, about=cohort.id, more=str(people))
    ask_leaders(tx, cohort, question, now)


def tell_of_round(tx: Transaction, proposal_id: str, counts: tuple[int, int, int], now: datetime) -> None:
    """Everybody who may form cohorts; `counts`: cohorts, people with a seat, people who wait."""
    more = "/".join(map(str, counts))
    question = Question(key=f"{proposal_id}:round:{now.date()}", kind="round", about=proposal_id, more=more)
    for reader in tx.people.leaders():
        if reader.active:
            _keep_for(tx, reader.id, question, now)


def tell_of_long_wait(tx: Transaction, interest: Interest, now: datetime) -> None:
    """The facilitators of their own LEA who may see them, else the operators; once for each wait."""
    question = Question(key=f"{interest.id}:waits:{interest.since.isoformat()}", kind="waits", about=interest.id)
    person = tx.people.get_educator(interest.educator_id)
    near = [one for one in tx.people.educators(person.lea_id) if "facilitator" in one.roles and one.active]
    readers = [one.id for one in near if one.id != person.id and may_see(tx, one, person)]
    for reader in readers or operators_of(tx):
        _keep_for(tx, reader, question, now)


def tell_of_failure(tx: Transaction, delivery: Delivery, why: Failure, now: datetime) -> None:
    """Something could not be delivered: the facilitators it concerns and the operators hear of it.

    Once a day for each conversation: what is behind it in the queue fails for the same reason.
    """
    if delivery.purpose == "facilitator":
        return  # a word about a word that failed would fail in its turn
    kind, _, ref = delivery.conversation.partition(":")
    if delivery.verb == "open_room" and _tell_of_unmade_room(tx, delivery, ref, now):
        return
    person = ref.partition(":")[0]
    cohorts, about = _concerned(tx, kind, person)
    leaders = [cohort.facilitator_id for cohort in cohorts if cohort.facilitator_id]
    key = f"{kind}:{person}:failed:{now.date().isoformat()}"
    question = Question(key=key, kind="failed", about=about, more=why)
    for reader in dict.fromkeys((*leaders, *operators_of(tx))):
        _keep_for(tx, reader, question, now)


def tell_of_closed_room(tx: Transaction, cohort: Cohort, room: str, what: str, now: datetime) -> None:
    """`room`: see `room_subject`; `what`: see `closed_by`. What is for the room waits meanwhile."""
    key = f"{cohort.id}:room:{room}:{what}:{now.isoformat()}"
    ask_leaders(tx, cohort, Question(key=key, kind="room", cohort=cohort.id, about=room, more=what), now)


def find_room_closed(tx: Transaction, delivery: Delivery, now: datetime) -> None:
    """The cohort's room turned out to be closed when something was to go there: told once."""
    kind, _, ref = delivery.conversation.partition(":")
    place = tx.outbox.place(delivery.platform, delivery.workspace, delivery.conversation)
    room = room_subject(delivery.platform, delivery.workspace, place)
    if not place or closed_by(tx, room):
        return
    mark_closed(tx, room, "closed_to_us", now)
    for cohort in _concerned(tx, kind, ref)[0]:
        tell_of_closed_room(tx, cohort, room, "closed_to_us", now)


def _tell_of_unmade_room(tx: Transaction, delivery: Delivery, cohort_id: str, now: datetime) -> bool:
    """False when the cohort has ended or is no longer there: nobody can give it another room."""
    room = unmade_room(cohort_id, delivery.platform, delivery.workspace)
    mark_closed(tx, room, "not_made", now)
    running = [cohort for cohort in _concerned(tx, "cohort", cohort_id)[0] if cohort.status == "active"]
    for cohort in running:
        tell_of_closed_room(tx, cohort, room, "not_made", now)
    return bool(running)


def tell_of_uninvited(tx: Transaction, delivery: Delivery, room: str, users: Sequence[str], now: datetime) -> None:
    """These users of the platform cannot come into the cohort's room (`room_subject`)."""
    kind, _, ref = delivery.conversation.partition(":")
    if kind != "cohort":
        return
    cohort = tx.cohorts.get(ref)
    for user in users:
        account = tx.people.find_account(delivery.platform, delivery.workspace, user)
        if account:
            key = f"{cohort.id}:uninvited:{room}/{user}"
            about = {"cohort": cohort.id, "about": account.educator_id, "more": room}
            ask_leaders(tx, cohort, Question(key=key, kind="uninvited", **about), now)


def ask_leaders(tx: Transaction, cohort: Cohort, question: Question, now: datetime) -> None:
    """The cohort's facilitator; the operators where it has none."""
    for reader in (cohort.facilitator_id,) if cohort.facilitator_id else operators_of(tx):
        _keep_for(tx, reader, question, now)


def _concerned(tx: Transaction, kind: str, ref: str) -> tuple[Sequence[Cohort], str]:
    """The cohorts of a conversation and what to call it; a dead letter may be about what is no longer there."""
    try:
        if kind == "cohort":
            cohort = tx.cohorts.get(ref)
            return (cohort,), cohort.name
        return tx.cohorts.of(ref), tx.people.get_educator(ref).name
    except MissingError:
        return (), f"{kind}:{ref}"


def tell_of_stuck_work(
    tx: Transaction, kind: str, ref: str, error: str, now: datetime, known_by: Collection[str] = ()
) -> None:
    """Due work failed on its last try: the operators and, where it is a cohort's, its facilitator get a card, but for
    those who were told already."""
    cohort = cohort_of_work(tx, kind, ref)
    leader = [cohort.facilitator_id] if cohort and cohort.facilitator_id else []
    for reader in dict.fromkeys((*leader, *operators_of(tx))):
        if reader in known_by:
            continue
        educator = tx.people.get_educator(reader)
        name = call_cohort(tx, cohort, educator.language).name if cohort else ""
        message = stuck_card(educator, name, kind, ref, error)
        key = f"{kind}/{ref}:stuck:{now.isoformat()}:{reader}"
        tell(tx, reader, Note(key=key, message=message), now, "facilitator")


def operators_of(tx: Transaction) -> list[str]:
    return [one.id for one in tx.people.leaders() if "operator" in one.roles and one.active]


def cohort_of_work(tx: Transaction, kind: str, ref: str) -> Cohort | None:
    """The cohort that a piece of due work is about, if it is about one, as far as that can be read."""
    try:
        if kind == "meeting":
            return tx.cohorts.get(tx.meetings.get(ref).cohort_id)
        return tx.cohorts.get(tx.runs.get(ref).cohort_id if kind == "run" else ref)
    except (MissingError, UnreadableError, ValidationError):
        return None


def questions_of(tx: Transaction, reader: str) -> Mapping[Question, str]:
    """Every question this person was ever asked, oldest first, with the key of the message that told it, or ""."""
    lines = tx.history.about(_subject(reader), "question", "question_told")
    told = {line.facts["key"]: line.facts["message"] for line in lines if line.kind == "question_told"}
    asked = [Question.model_validate(line.facts) for line in lines if line.kind == "question"]
    return {question: told.get(question.key, "") for question in asked}


def mark_told(tx: Transaction, reader: str, question: Question, message: str, now: datetime) -> None:
    facts = {"key": question.key, "message": message}
    line = Recorded(at=now, kind="question_told", subject=_subject(reader), actor="timekeeper", facts=facts)
    tx.history.append(line)


def _keep(tx: Transaction, cohort: Cohort, question: Question, now: datetime) -> None:
    if cohort.facilitator_id:
        _keep_for(tx, cohort.facilitator_id, question, now)


def _keep_for(tx: Transaction, reader: str, question: Question, now: datetime) -> None:
    if tx.history.holds(_subject(reader), "question", question.key):
        return
    facts = question.model_dump()
    tx.history.append(Recorded(at=now, kind="question", subject=_subject(reader), actor="timekeeper", facts=facts))
    plan_digest_slot(tx, tx.people.get_educator(reader), now)


def _subject(reader: str) -> str:
    return f"questions/{reader}"
