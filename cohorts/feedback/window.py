"""A reviewer's window: counted in their own school days, so a weekend or a holiday uses none of it up."""

from datetime import datetime, time, timedelta
from functools import lru_cache

from cohorts.calendar.days import ONE_DAY, next_school_day
from cohorts.calendar.hours import deadline, local, to_instant
from cohorts.calendar.model import Rhythm

MIDNIGHT = time(0)


def review_due(rhythm: Rhythm, opened_at: datetime, school_days: int) -> datetime:
    return deadline(rhythm, opened_at, school_days)


def share_used(rhythm: Rhythm, opened_at: datetime, due: datetime, now: datetime) -> float:
    """How much of the window is over, 0.0 … 1.0, by the time on school days alone; 1.0 from the deadline on."""
    if now >= due:
        return 1.0
    whole = school_time(rhythm, opened_at, due)
    return school_time(rhythm, opened_at, now) / whole if whole else 0.0


@lru_cache(maxsize=8192)
def school_time(rhythm: Rhythm, start: datetime, end: datetime) -> timedelta:
    """The time between two instants that falls on this person's school days, nights included."""
    total = timedelta(0)
    day = next_school_day(rhythm, local(start, rhythm.zone).date())
    while (midnight := to_instant(day, MIDNIGHT, rhythm.zone)) < end:
        next_midnight = to_instant(day + ONE_DAY, MIDNIGHT, rhythm.zone)
        total += max(timedelta(0), min(end, next_midnight) - max(start, midnight))
        day = next_school_day(rhythm, day + ONE_DAY)
    return total
