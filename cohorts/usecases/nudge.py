"""The only door through which anybody hears from us unasked: one digest at their own slot, or the reason why not."""

from datetime import datetime, timedelta

from cohorts.calendar.days import add_school_days
from cohorts.calendar.instants import local
from cohorts.cards.basics import whisper
from cohorts.cards.joining import undo_card
from cohorts.events import Response, Whisper
from cohorts.messages import moment
from cohorts.nudging.compose import compose, snoozed_refs
from cohorts.nudging.model import NudgeRecord, Reader, Withheld
from cohorts.nudging.plan import next_digest_at, plan_digest
from cohorts.nudging.why import explain
from cohorts.people.model import Educator
from cohorts.ports import Transaction

from .ask import Ask
from .pause import say_day
from .tell import Note, account_of, rhythm_of, tell
from .unfinished import unfinished

MEMORY = timedelta(days=21)
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
    planned = plan_digest(unfinished(tx, educator, now), _reader(tx, educator, now), log, now)
    if isinstance(planned, Withheld):
        if not log or log[-1].reason != planned.reason:
            tx.nudges.record(NudgeRecord(educator_id=educator_id, at=now, kinds=(), refs=(), reason=planned.reason))
        return
    tx.nudges.record(NudgeRecord(educator_id=educator_id, at=now, kinds=planned.kinds, refs=planned.refs))
    # Named after its slot, not its day: who travels west over the date line has the same day twice.
    key = f"{educator_id}:digest:{due.isoformat()}"
    tell(tx, educator_id, Note(key=key, message=compose(planned, educator.language)), now, "digest")


def snooze(tx: Transaction, ask: Ask) -> Response:
    for ref in snoozed_refs(ask.value):
        tx.nudges.snooze(ask.me, ref, ask.now + SNOOZE)
    return whisper(ask.language, "nudging.snoozed", until=moment(ask.now + SNOOZE, "day"))


def pause_nudges(tx: Transaction, ask: Ask) -> Response:
    """Two weeks of silence from us; the person keeps their place and their deadlines."""
    rhythm = rhythm_of(tx, ask.educator)
    until = add_school_days(rhythm, local(ask.now, rhythm.zone).date(), 10)
    tx.people.save_educator(ask.educator.model_copy(update={"paused_until": until}))
    day = say_day(ask.language, until)
    return Whisper(message=undo_card(ask.language, "joining.paused.nudges", "join.resume", "", until=day))


def explain_nudges(tx: Transaction, ask: Ask) -> Response:
    return Whisper(message=explain(tx.nudges.records(ask.me, ask.now - MEMORY), ask.language))


def _reader(tx: Transaction, educator: Educator, now: datetime) -> Reader:
    return Reader(
        educator_id=educator.id,
        rhythm=rhythm_of(tx, educator),
        paused_until=educator.paused_until,
        snoozed=tx.nudges.snoozed(educator.id, now),
        muted=educator.muted,
    )
