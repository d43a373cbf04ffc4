"""The bell comes back to a meeting: an hour before it, and when it is over."""

from datetime import datetime

from cohorts.calendar.hours import next_common
from cohorts.cards.meeting import soon_card
from cohorts.meeting.model import Meeting
from cohorts.people.model import Cohort
from cohorts.ports import Transaction

from .meet_tell import KIND, call_off, names_of, place_of, redraw
from .tell import Note, rhythms_of, tell_room


def watch_due_meeting(tx: Transaction, meeting_id: str, now: datetime) -> None:
    """One word in the room an hour before it, if that suits all; afterwards the card has nothing left to press."""
    due = tx.due.at(KIND, meeting_id)
    if due is None or due > now:
        return
    meeting = tx.meetings.get(meeting_id)
    cohort = tx.cohorts.get(meeting.cohort_id)
    if meeting.status != "set":
        tx.due.clear(KIND, meeting_id)
    elif now >= meeting.ends_at:
        tx.due.clear(KIND, meeting_id)
        redraw(tx, cohort, tx.meetings.save(meeting.model_copy(update={"status": "over"})), now)
    elif cohort.status != "active" and now < meeting.starts_at:
        call_off(tx, cohort, meeting, "ended", now)
    elif now < meeting.remind_at:
        tx.due.set(KIND, meeting_id, meeting.remind_at)
    else:
        tx.due.set(KIND, meeting_id, meeting.ends_at)
        if now < meeting.starts_at:
            _remind(tx, cohort, meeting, now)


def _remind(tx: Transaction, cohort: Cohort, meeting: Meeting, now: datetime) -> None:
    """In somebody's quiet hours nothing is said: by the time it could be, the meeting would have begun."""
    if next_common(tuple(rhythms_of(tx, cohort).values()), now) > now:
        return
    message = soon_card(meeting, names_of(tx, cohort), cohort.language, place_of(tx, cohort))
    tell_room(tx, cohort, Note(key=f"{meeting.id}:soon:{meeting.moves}", message=message), now)
