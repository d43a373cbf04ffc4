"""The one place that writes a time for a reader, in the reader's zone and language."""

import re
from datetime import UTC, date, datetime, time
from functools import lru_cache

from babel.dates import format_date, format_datetime, format_time, get_timezone_location, get_timezone_name

from cohorts.messages import MOMENT, MomentStyle

from .instants import local

# CLDR patterns: a teacher in English reads 8:00 PM, in Spanish 20:00.
_PATTERNS: dict[str, dict[MomentStyle, str]] = {
    "en": {
        "day": "EEEE, MMM d",
        "time": "h:mm a",
        "day_time": "EEEE, MMM d, h:mm a",
        "weekday_time": "EEEE, h:mm a",
    },
    "es": {
        "day": "EEEE, d MMM",
        "time": "HH:mm",
        "day_time": "EEEE, d MMM, HH:mm",
        "weekday_time": "EEEE, HH:mm",
    },
}
_WITH_YEAR = {"MMM d": "MMM d, y", "d MMM": "d MMM y"}


def speak(at: datetime, zone: str, language: str, style: MomentStyle = "day_time", now: datetime | None = None) -> str:
    """An instant on its reader's wall clock, e.g. `Thursday, Jan 15, 8:00 PM` or `jueves, 15 ene, 20:00`.

    With `now`, a day of another year carries its year. A language we do not speak is written as English.
    """
    shown = local(at, zone)
    spoken = language if language in _PATTERNS else "en"
    pattern = _PATTERNS[spoken][style]
    if now is not None and local(now, zone).year != shown.year:
        for bare, dated in _WITH_YEAR.items():
            pattern = pattern.replace(bare, dated)
    return _write(shown.replace(tzinfo=None), pattern, spoken)


@lru_cache(maxsize=4096)
def _write(wall: datetime, pattern: str, language: str) -> str:
    """The zone is applied already: Babel reads a naive time as UTC and keeps it. The same deadline is read by many."""
    return format_datetime(wall, pattern, locale=language)


def speak_day(day: date, language: str, today: date) -> str:
    """A day of a calendar, e.g. `Thursday, Jan 15`; one of another year than today's carries its year."""
    spoken = language if language in _PATTERNS else "en"
    pattern = _PATTERNS[spoken]["day"]
    if day.year != today.year:
        for bare, dated in _WITH_YEAR.items():
            pattern = pattern.replace(bare, dated)
    return format_date(day, pattern, locale=spoken)


def speak_wall(wall: time, language: str) -> str:
    """What a clock on any wall shows, e.g. `6:00 PM` or `18:00`."""
    spoken = language if language in _PATTERNS else "en"
    return format_time(wall, _PATTERNS[spoken]["time"], locale=spoken)


def speak_zone(zone: str, language: str) -> str:
    """A time zone for a reader, e.g. `Chicago (Central Time)` or `Chicago (hora central)`."""
    if "/" not in zone or zone.startswith("Etc/"):
        return zone
    spoken = language if language in _PATTERNS else "en"
    city = get_timezone_location(zone, locale=spoken, return_city=True)
    return f"{city} ({get_timezone_name(zone, zone_variant='generic', locale=spoken)})"


def translate_moments(text: str, zone: str, language: str) -> str:
    """The text with every moment token spoken for this reader; a token that is no instant stays as it is."""

    def spoken(token: re.Match[str]) -> str:
        try:
            at = datetime.fromisoformat(token[1])
        except ValueError:
            return token[0]
        return speak(at if at.tzinfo else at.replace(tzinfo=UTC), zone, language, _style(token[2]))

    return MOMENT.sub(spoken, text)


def _style(name: str) -> MomentStyle:
    return next((style for style in _PATTERNS["en"] if style == name), "day_time")
