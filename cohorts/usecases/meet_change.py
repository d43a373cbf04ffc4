"""A meeting moves or is called off: by whoever set it, or whoever leads its cohort."""

from cohorts.cards.basics import whisper
from cohorts.cards.meeting import move_form, off_form
from cohorts.events import FieldErrors, OpenForm, Response
from cohorts.meeting.model import Meeting
from cohorts.people.model import Cohort
from cohorts.ports import Transaction

from .ask import Ask, remember
from .follow_notice import is_of
from .meet import Given, may_meet, offered, read_form, told_later, zone_of_asker
from .meet_tell import call_off, needs_place, redraw, show_event, tell_moved
from .steer_run import leads


def open_move_meeting(tx: Transaction, ask: Ask) -> Response:
    meeting, cohort, refused = _find(tx, ask)
    if refused:
        return refused
    offers = offered(tx, cohort, ask.now)
    needed = needs_place(tx, cohort)
    return OpenForm(form=move_form(meeting, offers, zone_of_asker(tx, ask), ask.language, needs_place=needed))


def move_meeting(tx: Transaction, ask: Ask) -> Response:
    """At another time whoever had answered is asked again; with the time as it was, the card alone changes."""
    meeting, cohort, refused = _find(tx, ask)
    if refused:
        return refused
    given = read_form(tx, ask, cohort, meeting)
    if not isinstance(given, Given):
        return FieldErrors(problems=given)
    changed = meeting.model_copy(update=given.model_dump())
    if given.starts_at == meeting.starts_at:
        saved = tx.meetings.save(changed)
        redraw(tx, cohort, saved, ask.now)
        show_event(tx, cohort, saved, ask.now)
        return whisper(ask.language, "meeting.move.kept")
    again = {"coming": (ask.me,), "absent": (), "moves": meeting.moves + 1}
    saved = tx.meetings.save(changed.model_copy(update=again))
    tell_moved(tx, cohort, meeting, saved, ask.now)
    remember(tx, ask, "meeting_moved", cohort=cohort.id, meeting=saved.id)
    return whisper(ask.language, "meeting.move.done", at=saved.starts_at, told=told_later(tx, cohort, ask.now))


def ask_to_call_off(tx: Transaction, ask: Ask) -> Response:
    meeting, _, refused = _find(tx, ask)
    return refused or OpenForm(form=off_form(meeting, ask.language))


def call_off_meeting(tx: Transaction, ask: Ask) -> Response:
    meeting, cohort, refused = _find(tx, ask)
    if refused:
        return refused
    call_off(tx, cohort, meeting, "called", ask.now)
    remember(tx, ask, "meeting_off", cohort=cohort.id, meeting=meeting.id)
    return whisper(ask.language, "meeting.off.done")


def _find(tx: Transaction, ask: Ask) -> tuple[Meeting, Cohort, Response | None]:
    """The meeting, its cohort, and why the asker cannot change it, if so."""
    meeting = tx.meetings.get(ask.value)
    cohort = tx.cohorts.get(meeting.cohort_id)
    if not may_meet(cohort, ask):
        return meeting, cohort, whisper(ask.language, "meeting.not.here")
    if not meeting.is_ahead(ask.now):
        return meeting, cohort, whisper(ask.language, "meeting.gone", off=meeting.status == "off")
    mine = ask.me == meeting.set_by or leads(cohort, ask) or _is_nobodys(meeting, cohort)
    return meeting, cohort, None if mine else whisper(ask.language, "meeting.not.yours")


def _is_nobodys(meeting: Meeting, cohort: Cohort) -> bool:
    """Whoever set it has left, and nobody leads the cohort: it is in everybody's hands."""
    return not cohort.facilitator_id and not is_of(cohort, meeting.set_by)
