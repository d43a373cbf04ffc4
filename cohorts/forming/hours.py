"""The week as 336 half-hours in UTC, one bit each, so "when can all of them meet" is one AND."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from cohorts.people.model import Window

SLOT = 30
SLOTS = 336
DAY = 24 * 60
WEEK = 7 * DAY
ALWAYS = (1 << SLOTS) - 1
_LAST_MINUTE = time(23, 59)


@lru_cache(maxsize=1 << 12)
def offset_minutes(zone: str, on: date) -> int:
    """Minutes ahead of UTC at noon of that day. Raises ZoneInfoNotFoundError."""
    offset = datetime.combine(on, time(12), ZoneInfo(zone)).utcoffset() or timedelta()
    return int(offset.total_seconds()) // 60


def week_of(windows: Iterable[Window], zone: str, on: date) -> int:
    """The half-hours of the UTC week that lie wholly inside a window; 0 when none does.

    A window whose end comes before its start runs past midnight. Zones off by a quarter of an hour lose the
    broken half-hours at both ends.
    """
    ahead = offset_minutes(zone, on)
    week = 0
    for window in windows:
        start, end = _span(window)
        first = -((ahead - start) // SLOT)
        last = (end - ahead) // SLOT
        for slot in range(first, last):
            week |= 1 << slot % SLOTS
    return week


def _span(window: Window) -> tuple[int, int]:
    start = window.start.hour * 60 + window.start.minute
    end = DAY if window.end >= _LAST_MINUTE else window.end.hour * 60 + window.end.minute
    if end < start:
        end += DAY
    return window.weekday * DAY + start, window.weekday * DAY + end


def hour_starts(week: int) -> tuple[int, ...]:
    """Starts of as many separate hours as fit into the free half-hours, in minutes of the UTC week."""
    return separate_hours(starts_within(week))


def starts_within(week: int) -> int:
    """The half-hours at which a free hour may begin; the last of the week goes on in its first."""
    return week & ((week >> 1) | (week << (SLOTS - 1))) & ALWAYS


@lru_cache(maxsize=1 << 16)
def separate_hours(starts: int) -> tuple[int, ...]:
    """The same, of the half-hours at which an hour may begin."""
    if starts == ALWAYS:
        return tuple(range(0, WEEK, 60))
    # Begin behind a slot where none may: a run that crosses Sunday midnight is then one run, not two.
    shift = 0
    while starts >> (SLOTS - 1 - shift) & 1:
        shift += 1
    free = ((starts << shift) | (starts >> (SLOTS - shift))) & ALWAYS
    found = []
    while free:
        slot = (free & -free).bit_length() - 1
        found.append((slot - shift) % SLOTS * SLOT)
        free &= ~(0b11 << slot)
    return tuple(sorted(found))


def count_hours(week: int) -> int:
    """How many separate hours fit."""
    return len(hour_starts(week))


def local_time(minute: int, zone: str, on: date) -> tuple[int, time]:
    """A minute of the UTC week as weekday (Monday is 0) and wall clock of the zone, by the offset of that day."""
    local = (minute + offset_minutes(zone, on)) % WEEK
    return local // DAY, time(local % DAY // 60, local % 60)
