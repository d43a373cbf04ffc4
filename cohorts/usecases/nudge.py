"""The only door through which anybody hears from us unasked: one message at their own slot, or the reason why not."""

from datetime import datetime, timedelta
from functools import partial

from cohorts.calendar.days import add_school_days
from cohorts.calendar.instants import local
from cohorts.cards.basics import whisper
from cohorts.cards.joining import undo_card
from cohorts.events import Response, Whisper
from cohorts.messages import moment
from cohorts.nudging.compose import compose, snoozed_refs
from cohorts.nudging.model import MEMORY, Digest, NudgeRecord, Reader, Withheld
from cohorts.nudging.plan import next_digest_at, plan_digest
from cohorts.nudging.why import explain
from cohorts.people.model import Educator
from cohorts.ports import Transaction

from .ask import Ask
from .pause import say_day
from .tell import Note, account_of, rhythm_of, tell
from .tell_facilitator import tell_questions
from .unfinished import dated, undated

SNOOZE = timedelta(days=7)


def send_due_digest(tx: Transaction, educator_id: str, now: datetime) -> None:
    """The bell rang for this person's slot. What was decided is written down, so that "why" has an answer."""
    due = tx.due.at("digest", educator_id)
    if due is None or due > now:
        return
    educator = tx.people.get_educator(educator_id)
    rhythm = rhythm_of(tx, educator)
    tx.due.set("digest", educator_id, next_digest_at(rhythm, educator.digest_at, now))
    if account_of(tx, educator_id) is None:
        return  # nowhere to hear it: what is open waits for the day they are let in
    log = tx.nudges.records(educator_id, now - MEMORY)
    planned: Digest | Withheld
    if tell_questions(tx, educator, due, now):
        planned = Withheld(reason="budget_day")  # who leads a cohort hears of that today, of their own work next time
    else:
        things, rest = dated(tx, educator, now), partial(undated, tx, educator, now)
        planned = plan_digest(things, _reader(tx, educator, now), log, now, tx.nudging, rest)
    if isinstance(planned, Withheld):
        if not log or log[-1].reason != planned.reason:
            tx.nudges.record(NudgeRecord(educator_id=educator_id, at=now, kinds=(), refs=(), reason=planned.reason))
        return
    # Named after its slot, not its day: who travels west over the date line has the same day twice.
    note = Note(key=f"{educator_id}:digest:{due.isoformat()}", message=compose(planned, educator.language))
    delivery = tell(tx, educator_id, note, now, "digest")
    about = {"kinds": planned.kinds, "refs": planned.refs, "in_time": planned.in_time}
    tx.nudges.record(NudgeRecord(educator_id=educator_id, at=now, delivery=delivery, **about))


def snooze(tx: Transaction, ask: Ask) -> Response:
    for ref in snoozed_refs(ask.value):
        tx.nudges.snooze(ask.me, ref, ask.now + SNOOZE)
    until = moment(ask.now + SNOOZE, "day")
    return Whisper(message=undo_card(ask.language, "nudging.snoozed", "nudge.unsnooze", ask.value, until=until))


def undo_snooze(tx: Transaction, ask: Ask) -> Response:
    for ref in snoozed_refs(ask.value):
        tx.nudges.snooze(ask.me, ref, ask.now)
    return whisper(ask.language, "nudging.unsnoozed")


def pause_nudges(tx: Transaction, ask: Ask) -> Response:
    """Two weeks of silence from us; the person keeps their place and their deadlines."""
    rhythm = rhythm_of(tx, ask.educator)
    until = add_school_days(rhythm, local(ask.now, rhythm.zone).date(), 10)
    tx.people.save_educator(ask.educator.model_copy(update={"paused_until": until}))
    day = say_day(ask.language, until)
    return Whisper(message=undo_card(ask.language, "joining.paused.nudges", "join.resume", "", until=day))


def explain_nudges(tx: Transaction, ask: Ask) -> Response:
    """Why they heard from us or did not, whoever asks: also who got nothing yet."""
    records = tx.nudges.records(ask.me, ask.now - MEMORY)
    return Whisper(message=explain(records, ask.language, tx.nudging, tx.due.at("digest", ask.me)))


def _reader(tx: Transaction, educator: Educator, now: datetime) -> Reader:
    return Reader(
        educator_id=educator.id,
        rhythm=rhythm_of(tx, educator),
        paused_until=educator.paused_until,
        snoozed=tx.nudges.snoozed(educator.id, now),
        muted=educator.muted,
    )
