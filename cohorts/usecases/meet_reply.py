"""Somebody of a cohort says whether they come, looks at a meeting, or takes it into their own calendar."""

from cohorts.cards.basics import whisper
from cohorts.events import Download, Response, Whisper
from cohorts.meeting.file import calendar_file
from cohorts.meeting.model import Meeting
from cohorts.people.model import Cohort
from cohorts.ports import Transaction
from cohorts.words import say

from .ask import Ask
from .meet import may_meet
from .meet_tell import draw, redraw

FILE = "meeting.ics"


def come_to_meeting(tx: Transaction, ask: Ask) -> Response:
    return _answer(tx, ask, comes=True)


def miss_meeting(tx: Transaction, ask: Ask) -> Response:
    return _answer(tx, ask, comes=False)


def look_at_meeting(tx: Transaction, ask: Ask) -> Response:
    """The card of the room, for whoever is elsewhere."""
    meeting, cohort, refused = _find(tx, ask)
    spoken = cohort.model_copy(update={"language": ask.language})
    return refused or Whisper(message=draw(tx, spoken, meeting))


def take_meeting(tx: Transaction, ask: Ask) -> Response:
    """A file for the reader's own calendar. Who comes is not in it."""
    meeting, _, refused = _find(tx, ask)
    if refused:
        return refused
    title = say(ask.language, "meeting.title", topic=meeting.topic)
    return Download(name=FILE, content=calendar_file(meeting, title, ask.now))


def _answer(tx: Transaction, ask: Ask, *, comes: bool) -> Response:
    meeting, cohort, refused = _find(tx, ask)
    if refused:
        return refused
    answered = meeting.answered(ask.me, comes=comes)
    if answered != meeting:
        redraw(tx, cohort, tx.meetings.save(answered), ask.now)
    if comes:
        return whisper(ask.language, "meeting.come.done", at=meeting.starts_at)
    return whisper(ask.language, "meeting.cannot.done")


def _find(tx: Transaction, ask: Ask) -> tuple[Meeting, Cohort, Response | None]:
    meeting = tx.meetings.get(ask.value)
    cohort = tx.cohorts.get(meeting.cohort_id)
    if not may_meet(cohort, ask):
        return meeting, cohort, whisper(ask.language, "meeting.not.here")
    gone = None if meeting.is_ahead(ask.now) else whisper(ask.language, "meeting.gone", off=meeting.status == "off")
    return meeting, cohort, gone
