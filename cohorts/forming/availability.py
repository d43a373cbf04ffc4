"""When a person could meet, as they write it: `Mon 15:30-17:00;Thu 16:00-18:00`.

Days in English or Spanish, short or whole, several as Mon-Thu or Mon/Wed; times as 15:30, 3:30pm or 3pm. The
interests file and the joining form both read with this.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import time
from typing import Literal

from cohorts.people.model import Window
from cohorts.words import say

Reason = Literal["no_day", "unknown_day", "no_times", "unknown_time", "morning_or_afternoon", "ends_first"]

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SPELLINGS = (
    "mon monday lun lunes",
    "tue tues tuesday mar martes",
    "wed weds wednesday mie mier miercoles",
    "thu thur thurs thursday jue jueves",
    "fri friday vie viernes",
    "sat saturday sab sabado",
    "sun sunday dom domingo",
)
_DAY_NUMBERS = {spelling: day for day, line in enumerate(_SPELLINGS) for spelling in line.split()}
_THROUGH = frozenset({"-", "–", "—", "to", "through", "thru", "a", "al"})
_AND = frozenset({"and", "y"})
_DAY_WORD = re.compile(r"[-–—]|[^\s.,/&+\-–—]+")
_PIECE = re.compile(r"[^;\n]+")
_DAYS_THEN_TIMES = re.compile(r"\s*(?P<days>[^\d]*?)[\s,:]*(?P<times>\d.*)?$", re.DOTALL)
_DASH = r"\s*(?:-|–|—|\bto\b|\ba\b)\s*"
_SPAN = re.compile(rf"(?P<start>.+?){_DASH}(?P<end>\d.*)")
_TIME = re.compile(r"(?P<hour>\d{1,2})(?:[:.h]?(?P<minute>\d{2})|h)?\s*(?P<half>[ap]\.?\s?m\.?)?", re.IGNORECASE)


class AvailabilityError(ValueError):
    """This is not understood as days and times: `word`, which stands at `position` (from 1) in the text."""

    def __init__(self, reason: Reason, word: str, position: int) -> None:
        super().__init__(say("en", f"availability.{reason}", word=word))
        self.reason = reason
        self.word = word
        self.position = position

    def what(self, language: str = "en") -> str:
        """What is wrong, in plain text that repeats the person's own word literally."""
        return say(language, f"availability.{self.reason}", word=self.word)

    def mend(self, language: str = "en") -> str:
        """How to write it instead."""
        return say(language, f"availability.{self.reason}_mend")


def parse_availability(text: str) -> tuple[Window, ...]:
    """The windows in the order of the week, those that touch joined; none for a blank text, which means unknown.

    Raises AvailabilityError at the first word it cannot understand.
    """
    windows = [window for piece in _PIECE.finditer(text) if piece.group().strip() for window in _windows(piece)]
    return join_windows(windows)


def write_availability(windows: Iterable[Window]) -> str:
    """The text that `parse_availability` reads as the same windows, joined and in order."""
    return ";".join(
        f"{DAYS[window.weekday]} {window.start:%H:%M}-{window.end:%H:%M}" for window in join_windows(windows)
    )


def join_windows(windows: Iterable[Window]) -> tuple[Window, ...]:
    """The windows in the order of the week, those that touch joined."""
    joined: list[Window] = []
    for window in sorted(windows, key=lambda window: (window.weekday, window.start)):
        last = joined[-1] if joined else None
        if last and last.weekday == window.weekday and window.start <= last.end:
            joined[-1] = last.model_copy(update={"end": max(last.end, window.end)})
        else:
            joined.append(window)
    return tuple(joined)


def _windows(piece: re.Match[str]) -> Iterator[Window]:
    parts = _DAYS_THEN_TIMES.match(piece.group())
    days, times = (parts.group("days"), parts.group("times")) if parts else ("", piece.group())
    at = piece.start() + 1
    whole = piece.group().strip()
    begins = at + len(piece.group()) - len(piece.group().lstrip())
    if not days.strip():
        raise AvailabilityError("no_day", whole, begins)
    weekdays = list(_weekdays(days.rstrip(), begins))
    if parts is None or not times:
        raise AvailabilityError("no_times", whole, begins)
    start, end = _span(times.rstrip(), at + parts.start("times"))
    for weekday in weekdays:
        yield Window(weekday=weekday, start=start, end=end)


def _weekdays(text: str, at: int) -> Iterator[int]:
    """`Mon`, `Mon/Wed`, `Mon and Wed`, `Mon-Thu`; a range may run over the weekend."""
    before, through = 0, False
    for word in _DAY_WORD.finditer(text):
        if word.group().casefold() in _THROUGH:
            through = True
        elif word.group().casefold() not in _AND:
            day = _weekday(word, at)
            yield from ((before + ahead) % 7 for ahead in range(1, (day - before) % 7) if through)
            yield day
            before, through = day, False


def _weekday(name: re.Match[str], at: int) -> int:
    bare = unicodedata.normalize("NFD", name.group().casefold())
    day = _DAY_NUMBERS.get("".join(letter for letter in bare if not unicodedata.combining(letter)))
    if day is None:
        raise AvailabilityError("unknown_day", name.group(), at + name.start())
    return day


def _span(text: str, at: int) -> tuple[time, time]:
    span = _SPAN.fullmatch(text)
    if span is None:
        raise AvailabilityError("no_times", text, at)
    later = _half(span.group("end"))
    start = _time(span.group("start"), at, _half(span.group("start")) or later)
    end = _time(span.group("end"), at + span.start("end"), later)
    if not _half(span.group("start")) and start >= end:
        # In 11-1pm the end's half of the day is not the beginning's.
        start = _time(span.group("start"), at, "a" if later == "p" else "")
    if start >= end:
        raise AvailabilityError("ends_first", text, at)
    return start, end


def _half(text: str) -> str:
    match = _TIME.fullmatch(text.strip())
    return (match.group("half") or "")[:1].lower() if match else ""


def _time(text: str, at: int, half: str) -> time:
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise AvailabilityError("unknown_time", text.strip(), at)
    hour, minute = int(match.group("hour")), int(match.group("minute") or 0)
    if half and not 1 <= hour <= 12 and match.group("half"):
        raise AvailabilityError("unknown_time", text.strip(), at)
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    elif len(match.group("hour")) == 1 and 1 <= hour <= 6:
        # Nobody meets at 3:30 in the night, but a guess could be twelve hours off: ask.
        raise AvailabilityError("morning_or_afternoon", text.strip(), at)
    try:
        return time(hour, minute)
    except ValueError:
        raise AvailabilityError("unknown_time", text.strip(), at) from None
