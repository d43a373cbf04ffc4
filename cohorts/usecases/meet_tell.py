"""What a cohort hears of its meetings: the card, a word when one moves or is called off, and the chat's own event."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from cohorts.cards.meeting import meeting_card, moved_card, off_card
from cohorts.cards.rooms import place_name
from cohorts.live_ports import LiveEvent
from cohorts.meeting.model import HOSTING, Meeting, OffReason
from cohorts.messages import Message
from cohorts.people.model import Cohort
from cohorts.ports import Delivery, Transaction
from cohorts.words import say

from .tell import Note, Room, rooms_of, tell_one_room, tell_room

KIND = "meeting"
"""Of the due work that comes back to a meeting; it also begins every meeting's id, and so every key of what is said of
one."""


def announce(tx: Transaction, cohort: Cohort, meeting: Meeting, now: datetime) -> None:
    """The room hears of it when it suits all, and so does the chat's own calendar."""
    tell_room(tx, cohort, Note(key=card_key(meeting), message=draw(tx, cohort, meeting)), now)
    show_event(tx, cohort, meeting, now)
    plan_look(tx, meeting, now)


def announce_in(tx: Transaction, cohort: Cohort, room: Room, now: datetime) -> None:
    """A room that has just been opened: what is ahead is said there too."""
    for meeting in ahead(tx, cohort, now):
        tell_one_room(tx, cohort, room, Note(key=card_key(meeting), message=draw(tx, cohort, meeting)), now)
        _show_event_in(tx, cohort, room, meeting, now)


def redraw(tx: Transaction, cohort: Cohort, meeting: Meeting, now: datetime) -> None:
    """The card says what holds now. Nobody is told of that."""
    about = card_key(meeting)
    message = draw(tx, cohort, meeting)
    note = Note(key=f"{about}:{meeting.version}", message=message, verb="update", about=about, silent=True)
    tell_room(tx, cohort, note, now)


def tell_moved(tx: Transaction, cohort: Cohort, before: Meeting, after: Meeting, now: datetime) -> None:
    # What is shown changes at once; only what is said waits for an hour that suits all, and nothing behind it passes.
    redraw(tx, cohort, after, now)
    show_event(tx, cohort, after, now)
    message = moved_card(before, after, cohort.language)
    tell_room(tx, cohort, Note(key=f"{after.id}:moved:{after.moves}", message=message), now)
    plan_look(tx, after, now)


def call_off(tx: Transaction, cohort: Cohort, meeting: Meeting, why: OffReason, now: datetime) -> None:
    """It does not take place, and the room hears so."""
    off = tx.meetings.save(meeting.model_copy(update={"status": "off", "why_off": why}))
    redraw(tx, cohort, off, now)
    show_event(tx, cohort, off, now)
    tell_room(tx, cohort, Note(key=f"{off.id}:off", message=off_card(off, cohort.language)), now)
    tx.due.clear(KIND, off.id)


def call_off_all(tx: Transaction, cohort: Cohort, why: OffReason, now: datetime) -> None:
    """The cohort pauses or comes to its end: of what is ahead nothing takes place."""
    for meeting in ahead(tx, cohort, now):
        if now < meeting.starts_at:
            call_off(tx, cohort, meeting, why, now)


def ahead(tx: Transaction, cohort: Cohort, now: datetime) -> Sequence[Meeting]:
    """Those that are set and not over, the next first."""
    return [meeting for meeting in tx.meetings.of_cohort(cohort.id) if meeting.is_ahead(now)]


def plan_look(tx: Transaction, meeting: Meeting, now: datetime) -> None:
    """The bell comes back to it: for the reminder, and when it is over."""
    tx.due.set(KIND, meeting.id, meeting.remind_at if meeting.remind_at > now else meeting.ends_at)


def show_event(tx: Transaction, cohort: Cohort, meeting: Meeting, now: datetime) -> None:
    """Where a chat has a calendar of its own, it shows the meeting as it is by the time this gets there."""
    for room in rooms_of(tx, cohort):
        _show_event_in(tx, cohort, room, meeting, now)


def draw(tx: Transaction, cohort: Cohort, meeting: Meeting) -> Message:
    return meeting_card(meeting, names_of(tx, cohort), cohort.language, place_of(tx, cohort))


def names_of(tx: Transaction, cohort: Cohort) -> Mapping[str, str]:
    """Whoever is of the cohort now, by id."""
    seats = (member.educator_id for member in cohort.members if member.status != "left")
    people = dict.fromkeys((*seats, *filter(None, (cohort.facilitator_id,))))
    return {person: tx.people.get_educator(person).name for person in people}


def place_of(tx: Transaction, cohort: Cohort) -> str:
    """What the chat is called in which the cohort's first room is."""
    return next((place_name(platform) for platform, _ in rooms_of(tx, cohort)), "")


def needs_place(tx: Transaction, cohort: Cohort) -> bool:
    """Somebody is where nobody can talk beside the room."""
    return any(platform not in HOSTING for platform, _ in rooms_of(tx, cohort))


def card_key(meeting: Meeting) -> str:
    return f"{meeting.id}:card"


def is_past(tx: Transaction, key: str, now: datetime) -> bool:
    """What goes out under this delivery key is about a meeting, and says nothing that is still of use: it was to come
    before a meeting that has begun, moved again or been called off."""
    meeting_id, _, what = key.partition("@")[0].partition(":")
    name, _, number = what.partition(":")
    if not meeting_id.startswith(f"{KIND}-") or name not in ("soon", "moved", "off"):
        return False
    meeting = tx.meetings.get(meeting_id)
    if now >= meeting.starts_at:
        return True
    return name != "off" and (meeting.status != "set" or number != str(meeting.moves))


def event_of(tx: Transaction, meeting_id: str, now: datetime) -> LiveEvent | Literal["ended", "begun"]:
    """What a chat's own calendar is to show of it now; ended: nothing. What has begun is left as it is there."""
    meeting = tx.meetings.get(meeting_id)
    if meeting.status == "off":
        return "ended"
    if now >= meeting.starts_at:
        return "begun"
    language = tx.cohorts.get(meeting.cohort_id).language
    return LiveEvent(
        key=meeting.id,
        name=meeting.topic,
        about=say(language, "meeting.event", where=meeting.where),
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
    )


def _show_event_in(tx: Transaction, cohort: Cohort, room: Room, meeting: Meeting, now: datetime) -> None:
    platform, workspace = room
    if platform not in HOSTING:
        return
    delivery = Delivery(
        key=f"{meeting.id}:event:{meeting.version}@{platform}/{workspace}",
        platform=platform,
        workspace=workspace,
        conversation=f"cohort:{cohort.id}",
        verb="event",
        name=meeting.id,
        not_before=now,
    )
    tx.outbox.add(delivery, now)
