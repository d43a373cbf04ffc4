"""A meeting as a calendar file, for whatever calendar somebody keeps."""

from datetime import datetime

from icalendar import Calendar, Event

from .model import Meeting
from .place import is_link

PRODUCT = "-//Cohortium//Meetings//EN"


def calendar_file(meeting: Meeting, title: str, now: datetime) -> bytes:
    """An .ics that a calendar takes in once, and again as a change of the same entry when it was moved."""
    event = Event()
    event.add("uid", f"{meeting.id}@cohortium")
    event.add("sequence", meeting.moves)
    event.add("dtstamp", now)
    event.add("dtstart", meeting.starts_at)
    event.add("dtend", meeting.ends_at)
    event.add("summary", title)
    event.add("description", meeting.topic)
    if meeting.where:
        event.add("location", meeting.where)
    if is_link(meeting.where):
        event.add("url", meeting.where)
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written
