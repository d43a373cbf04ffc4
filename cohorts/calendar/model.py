"""When people work and when they may be written to."""

from datetime import date, time
from typing import Literal

from cohorts.people.model import Leave
from cohorts.values import Frozen

DayKind = Literal["off", "staff", "blackout", "note"]


class CalendarEntry(Frozen):
    """Dates, both included.

    off: nobody works; staff: students away, staff at work; blackout: no nudges (testing); note: a remark.
    """

    title: str
    first: date
    last: date
    kind: DayKind


class SchoolCalendar(Frozen):
    """An LEA's year. Weekdays that no entry calls off are school days, staff days included."""

    id: str
    lea_ids: tuple[str, ...]
    name: str
    zone: str
    entries: tuple[CalendarEntry, ...] = ()

    def __hash__(self) -> int:
        """By its name: a year of entries would be read again for every question remembered about it."""
        return hash(self.id)


class Rhythm(Frozen):
    """One person's time: zone, calendar, quiet hours, leave. Everything that asks "when" asks with this."""

    zone: str
    calendar: SchoolCalendar | None = None
    quiet_from: time = time(18)
    quiet_until: time = time(7)
    leaves: tuple[Leave, ...] = ()

    def __hash__(self) -> int:
        return hash((self.zone, self.quiet_from, self.quiet_until))
