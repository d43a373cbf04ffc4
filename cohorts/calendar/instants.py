"""Between a wall clock and an instant, with one rule for the two nights a year on which clocks jump."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones


@cache
def zone_of(name: str) -> ZoneInfo:
    """The IANA zone; raises ZoneInfoNotFoundError for a name nobody knows."""
    return ZoneInfo(name)


@lru_cache(maxsize=4096)
def knows_zone(name: str) -> bool:
    """Whether `zone_of` finds it."""
    try:
        zone_of(name)
    except (KeyError, ValueError, OSError):  # a name nobody knows, a path, a folder of names
        return False
    return True


def find_zone(text: str) -> str | None:
    """The IANA name somebody meant, as it is spelled: `asia/kolkata ` is Asia/Kolkata. None when there is none."""
    return _by_folded_name().get("_".join(text.split()).casefold())


@cache
def _by_folded_name() -> dict[str, str]:
    """Places only: the data also has names of rules, such as EST5EDT or Factory, that are nobody's zone."""
    return {name.casefold(): name for name in available_timezones() if "/" in name or name == "UTC"}


def local(at: datetime, zone: str) -> datetime:
    """The aware instant as the wall clock of the zone shows it."""
    return at.astimezone(zone_of(zone))


def to_instant(day: date, wall: time, zone: str) -> datetime:
    """The UTC instant at which the zone's clock shows this time on this day.

    A time the clock shows twice is its first showing. A time it skips is the first instant after the gap.
    """
    shown = datetime.combine(day, wall.replace(tzinfo=None, fold=0))
    instant = shown.replace(tzinfo=zone_of(zone)).astimezone(UTC)
    if local(instant, zone).replace(tzinfo=None, fold=0) == shown:
        return instant
    return _end_of_gap(shown, zone)


def _end_of_gap(shown: datetime, zone: str) -> datetime:
    """The transition that skips `shown`, to the second.

    PEP 495: in a gap fold=1 reads the later offset and so falls before the transition, fold=0 after it.
    """
    info = zone_of(zone)
    before = shown.replace(tzinfo=info, fold=1, microsecond=0).astimezone(UTC)
    after = shown.replace(tzinfo=info, fold=0, microsecond=0).astimezone(UTC)
    old_offset = before.astimezone(info).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(info).utcoffset() == old_offset:
            before = middle
        else:
            after = middle
    return after
