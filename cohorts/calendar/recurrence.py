"""A weekly time on a wall clock, such as Thursdays at 16:00 in Chicago, through every change of clocks."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from itertools import islice

from cohorts.values import Frozen

from .days import ONE_DAY
from .instants import local, to_instant

WEEK = timedelta(days=7)


class Weekly(Frozen):
    """Once a week; Monday is 0; `wall` is what the clock of the IANA zone shows."""

    weekday: int
    wall: time
    zone: str


def instants_after(weekly: Weekly, after: datetime) -> Iterator[datetime]:
    """Each week's instant (UTC) after `after`, without end: one a week, none doubled or lost by a jump."""
    # The eve is tried too: a time skipped at midnight falls on the next date.
    eve = local(after, weekly.zone).date() - ONE_DAY
    day = eve + timedelta(days=(weekly.weekday - eve.weekday()) % 7)
    while True:
        instant = to_instant(day, weekly.wall, weekly.zone)
        if instant > after:
            yield instant
        day += WEEK


def next_instant(weekly: Weekly, after: datetime) -> datetime:
    """The first instant (UTC) strictly after `after`."""
    return next(instants_after(weekly, after))


def next_instants(weekly: Weekly, after: datetime, count: int) -> tuple[datetime, ...]:
    """The next `count` instants (UTC) strictly after `after`."""
    return tuple(islice(instants_after(weekly, after), count))
