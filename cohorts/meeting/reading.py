"""A day and a time as people write them: `2026-01-20 15:30`, `Jan 20, 3:30 pm`, `Thursday 4pm`, `20 de enero 15:30`.

Months and days in English or Spanish. What could mean two things is asked about, never guessed.
"""

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from cohorts.calendar.instants import local, to_instant, zone_of

from .model import HORIZON

Reason = Literal[
    "no_day",
    "no_time",
    "unknown_day",
    "unknown_time",
    "morning_or_afternoon",
    "day_or_month",
    "other_weekday",
    "skipped",
    "twice",
    "past",
    "too_far",
]

_MONTHS = (
    "january enero",
    "february febrero",
    "march marzo",
    "april abril",
    "may mayo",
    "june junio",
    "july julio",
    "august agosto",
    "september septiembre setiembre sept",
    "october octubre",
    "november noviembre",
    "december diciembre",
)
_WEEKDAYS = (
    "monday lunes",
    "tuesday martes tues",
    "wednesday miercoles weds",
    "thursday jueves thur thurs",
    "friday viernes",
    "saturday sabado",
    "sunday domingo",
)
_SHORTEST = 3
_PARTS_OF_DAY = (
    (re.compile(r"\b(?:de|por) la manana\b"), "am"),
    (re.compile(r"\b(?:de|por) la tarde\b"), "pm"),
    (re.compile(r"(?<!\b12 )(?<!\b12:00 )\b(?:de|por) la noche\b"), "pm"),
    (re.compile(r"\bin the morning\b"), "am"),
    (re.compile(r"\bin the afternoon\b"), "pm"),
)
"""Not twelve at night: that is the end of one day to some, and the beginning of it to others."""
_SKIPPED = re.compile(r"(?<![\w.])(?:at|on|the|a las|a la|el|de|del|of)(?![\w.])|,")
_TIME = re.compile(r"(?:^|(?<=\s))(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2})|(?P<h>h))?\s*(?P<half>[ap]\.?\s?m\.?)?$")
_NOON = re.compile(r"(?:^|(?<=\s))(?:noon|mediodia)$")
_WHICH = re.compile(r"\s(?P<which>first|second|primera|segunda)$")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_SLASHES = re.compile(r"(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?")
_WORDED = re.compile(
    r"(?:(?P<m1>[^\W\d]+)\.?\s+(?P<d1>\d{1,2})|(?P<d2>\d{1,2})\s+(?P<m2>[^\W\d]+)\.?)(?:\s+(?P<y>\d{4}))?"
)
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th|o|º)\b")
_SOON = {"today": 0, "hoy": 0, "tomorrow": 1, "manana": 1}


class WhenError(ValueError):
    """This is not understood as a day and a time, or no meeting can be then; `word` is the piece of it."""

    def __init__(self, reason: Reason, word: str) -> None:
        super().__init__(f"{reason}: {word}")
        self.reason = reason
        self.word = word


def read_when(text: str, zone: str, now: datetime) -> datetime:
    """The instant (UTC) that the writer's own clock shows so, ahead of `now`. Raises WhenError."""
    bare, which = _without_which(_simple(text))
    wall, rest = _wall(bare, text)
    today = local(now, zone).date()
    day = _day(rest, today, text)
    if day == today and _names_weekday(rest) and _instant(day, wall, zone, which) <= now:
        day += timedelta(days=7)  # it is Thursday evening, and Thursday morning is meant
    at = _instant(day, wall, zone, which)
    if at <= now:
        raise WhenError("past", text)
    if at > now + HORIZON:
        raise WhenError("too_far", text)
    return at


def _simple(text: str) -> str:
    """Small letters without accents, and without the words that say nothing."""
    folded = unicodedata.normalize("NFD", text.casefold())
    bare = "".join(letter for letter in folded if not unicodedata.combining(letter))
    for words, half in _PARTS_OF_DAY:
        bare = words.sub(half, bare)
    return " ".join(_SKIPPED.sub(" ", _ORDINAL.sub("", bare)).split())


def _without_which(text: str) -> tuple[str, int | None]:
    """Which of two showings of a time is meant, 0 or 1; None where nothing is said."""
    match = _WHICH.search(text)
    if match is None:
        return text, None
    return text[: match.start()], int(match["which"] in ("second", "segunda"))


def _wall(text: str, written: str) -> tuple[time, str]:
    """The time at the end, and what stands before it."""
    if noon := _NOON.search(text):
        return time(12), text[: noon.start()].strip()
    match = _TIME.search(text)
    if match is None or not (match["minute"] or match["half"] or match["h"]):
        raise WhenError("no_time", written)
    hour, minute, half = int(match["hour"]), int(match["minute"] or 0), (match["half"] or "")[:1]
    if half and not 1 <= hour <= 12:
        raise WhenError("unknown_time", match.group())
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    elif len(match["hour"]) == 1 and 1 <= hour <= 6:
        raise WhenError("morning_or_afternoon", match.group())
    try:
        return time(hour, minute), text[: match.start()].strip()
    except ValueError:
        raise WhenError("unknown_time", match.group()) from None


def _day(text: str, today: date, written: str) -> date:
    if not text:
        raise WhenError("no_day", written)
    if text in _SOON:
        return today + timedelta(days=_SOON[text])
    first, _, rest = text.partition(" ")
    weekday = _number(_WEEKDAYS, first.rstrip("."))
    if weekday is not None and not rest:
        return today + timedelta(days=(weekday - today.weekday()) % 7)
    day = _dated(rest if weekday is not None else text, today, written)
    if weekday is not None and day.weekday() != weekday:
        raise WhenError("other_weekday", written)
    return day


def _names_weekday(text: str) -> bool:
    return _number(_WEEKDAYS, text.rstrip(".")) is not None


def _dated(text: str, today: date, written: str) -> date:
    try:
        if match := _ISO.fullmatch(text):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match := _SLASHES.fullmatch(text):
            return _slashed(match, today, written)
        match = _WORDED.fullmatch(text)
        month = _number(_MONTHS, match["m1"] or match["m2"]) if match else None
        if match is None or month is None:
            raise WhenError("unknown_day", written)
        return _with_year(match["y"], month + 1, int(match["d1"] or match["d2"]), today)
    except WhenError:
        raise
    except ValueError:
        raise WhenError("unknown_day", written) from None


def _slashed(match: re.Match[str], today: date, written: str) -> date:
    """`1/20` can only be a month and a day; `3/4` is read one way here and another way elsewhere."""
    one, two = int(match[1]), int(match[2])
    if one != two and one <= 12 and two <= 12:
        raise WhenError("day_or_month", written)
    month, day = (two, one) if one > 12 else (one, two)
    year = match[3] if match[3] is None or len(match[3]) == 4 else f"20{match[3]}"
    return _with_year(year, month, day, today)


def _with_year(year: str | None, month: int, day: int, today: date) -> date:
    """Where no year is said, the next time the day comes."""
    if year:
        return date(int(year), month, day)
    for ahead in range(5):  # February 29 may be four years away
        try:
            found = date(today.year + ahead, month, day)
        except ValueError:
            continue
        if found >= today:
            return found
    raise ValueError(f"no {month}/{day}")


def _number(names: tuple[str, ...], word: str) -> int | None:
    """Whole, or short with three letters or more: jan, sept, ene, mier."""
    if len(word) < _SHORTEST:
        return None
    fitting = {at for at, line in enumerate(names) for name in line.split() if name.startswith(word)}
    return fitting.pop() if len(fitting) == 1 else None


def _instant(day: date, wall: time, zone: str, which: int | None) -> datetime:
    """Raises WhenError for a time that the clock skips that night, and for one shown twice where neither is named."""
    shown, info = datetime.combine(day, wall), zone_of(zone)
    first, second = (shown.replace(tzinfo=info, fold=fold).astimezone(UTC) for fold in (0, 1))
    if local(to_instant(day, wall, zone), zone).replace(tzinfo=None) != shown:
        raise WhenError("skipped", f"{wall:%H:%M}")
    if first == second:
        return first
    if which is None:
        raise WhenError("twice", f"{wall:%H:%M}")
    return second if which else first
