"""Whether a zone is another clock than the one somebody lives by."""

from datetime import datetime, timedelta

from cohorts.calendar.instants import find_zone, local

YEAR = tuple(timedelta(days=days) for days in range(0, 366, 30))


def another_clock(told: str, known: str, now: datetime) -> str:
    """The zone's IANA name when its clock differs from the known one at some time of the coming year, else ""."""
    zone = find_zone(told)
    if zone is None:
        return ""
    same = all(local(now + span, zone).utcoffset() == local(now + span, known).utcoffset() for span in YEAR)
    return "" if same else zone
