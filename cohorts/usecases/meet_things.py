"""Meetings that are ahead of somebody: their digest names each once, the working day before."""

from collections.abc import Iterator
from datetime import datetime, time
from math import ceil

from cohorts.calendar.days import ONE_DAY, next_school_day
from cohorts.calendar.instants import local, to_instant
from cohorts.calendar.model import Rhythm
from cohorts.meeting.model import Meeting
from cohorts.nudging.model import Thing
from cohorts.people.model import Cohort, Educator
from cohorts.ports import Transaction

from .meet_tell import ahead
from .tell import rhythm_of

FURTHEST = 14
"""Days before a meeting that the last working day can lie, as over the winter break."""


def meeting_things(tx: Transaction, cohort: Cohort, educator: Educator, now: datetime) -> Iterator[Thing]:
    """Those that this person has not declined, once each."""
    for meeting in ahead(tx, cohort, now):
        if educator.id not in meeting.absent and now < meeting.starts_at:
            yield _thing(meeting, educator, rhythm_of(tx, educator))


def _thing(meeting: Meeting, educator: Educator, rhythm: Rhythm) -> Thing:
    return Thing(
        kind="meeting",
        educator_id=educator.id,
        ref=f"{meeting.id}/{meeting.moves}",
        title="nudging.title_meeting",
        params={"topic": meeting.topic},
        minutes=meeting.minutes,
        due=meeting.starts_at,
        reminders=(_hours_before(meeting.starts_at, rhythm),),
        label="nudging.open_meeting",
        action="meet.look.open",
        value=meeting.id,
        mechanism="cue",
        priority=1,
    )


def _hours_before(at: datetime, rhythm: Rhythm) -> int:
    """Hours from the beginning of this person's last working day before it: the digest of that day has it."""
    day = local(at, rhythm.zone).date() - ONE_DAY
    earliest = day - FURTHEST * ONE_DAY
    while day > earliest and next_school_day(rhythm, day) != day:
        day -= ONE_DAY
    return ceil((at - to_instant(day, time(0), rhythm.zone)).total_seconds() / 3600)
