"""School days: which days people work, and counting by them. Dates in, dates out; no clock, no zone."""

from datetime import date, timedelta
from functools import lru_cache

from .model import DayKind, Rhythm, SchoolCalendar

ONE_DAY = timedelta(days=1)
HORIZON = timedelta(days=731)  # further than any school year is published

_OFF: tuple[DayKind, ...] = ("off",)
_NO_NUDGES: tuple[DayKind, ...] = ("off", "blackout")


def is_weekend(day: date) -> bool:
    return day.weekday() >= 5


def week_start(day: date) -> date:
    """The Monday of the day's week."""
    return day - timedelta(days=day.weekday())


def is_school_day(calendar: SchoolCalendar | None, day: date) -> bool:
    """Staff are at work: a weekday that no entry calls off. Without a calendar, Monday to Friday."""
    return not is_weekend(day) and last_day_of(calendar, day, _OFF) is None


@lru_cache(maxsize=8192)
def last_day_of(calendar: SchoolCalendar | None, day: date, kinds: tuple[DayKind, ...]) -> date | None:
    """The last day of an entry of these kinds that covers the day; None when no entry does."""
    entries = calendar.entries if calendar else ()
    return max(
        (entry.last for entry in entries if entry.first <= day <= entry.last and entry.kind in kinds),
        default=None,
    )


def last_day_of_leave(rhythm: Rhythm, day: date) -> date | None:
    """The last day of a leave that covers the day; None when the person is not away."""
    return max((leave.last for leave in rhythm.leaves if leave.first <= day <= leave.last), default=None)


def next_school_day(rhythm: Rhythm, day: date) -> date:
    """The day itself or the first after it on which this person works."""
    return _first_free(rhythm, day, _OFF)


def next_nudge_day(rhythm: Rhythm, day: date) -> date:
    """The day itself or the first after it on which this person works and no blackout asks for silence."""
    return _first_free(rhythm, day, _NO_NUDGES)


def add_school_days(rhythm: Rhythm, day: date, n: int) -> date:
    """The n-th of this person's school days after the day; 0 gives the day itself or the next school day.

    Somebody with no school day for two years gets the day two years on: later than any step, but a date.
    """
    if n == 0:
        return next_school_day(rhythm, day)
    for _ in range(n):
        day = next_school_day(rhythm, day + ONE_DAY)
    return day


def school_days_between(rhythm: Rhythm, first: date, last: date) -> int:
    """How many of this person's school days lie after `first`, up to and including `last`."""
    count = 0
    day = next_school_day(rhythm, first + ONE_DAY)
    while day <= last:
        count += 1
        day = next_school_day(rhythm, day + ONE_DAY)
    return count


def _first_free(rhythm: Rhythm, day: date, closed: tuple[DayKind, ...]) -> date:
    """Hops over whole weekends, leaves and entries; gives up at the horizon and returns that day."""
    limit = day + HORIZON
    while day < limit:
        if is_weekend(day):
            day += timedelta(days=7 - day.weekday())
            continue
        away = last_day_of_leave(rhythm, day) or last_day_of(rhythm.calendar, day, closed)
        if away is None:
            return day
        day = min(away, limit) + ONE_DAY
    return limit
