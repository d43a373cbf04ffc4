"""What can be wrong with the events of a school calendar, each fault with its line and its mend."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import islice

from cohorts.problems import Problem

from .ics_lines import Block, Line
from .ics_values import as_naive, count_occurrences, find_zone, read_length, read_moment, read_rule

MAX_PER_RULE = 1000
MAX_OCCURRENCES = 5000
MAX_PROBLEMS = 20
MAX_SPREAD = timedelta(days=10 * 366)
AFTER_LAST = timedelta(days=3 * 366)

ONE_DATE = ("DTSTART", "DTEND", "RECURRENCE-ID")
MANY_DATES = ("EXDATE", "RDATE")
DATE_LINES = ONE_DATE + MANY_DATES

_DATE_MEND = "Write a date such as 20260115, or a time such as 20260115T153000."
_ZONE_MEND = "Use an IANA name such as America/Chicago, or leave TZID out to mean the district's zone."


def check_events(file: str, events: Sequence[Block], defined: Collection[str]) -> tuple[Problem, ...]:
    """The first 20 problems of the events, in file order; `defined` are the TZIDs the file describes itself."""
    problems = (problem for event in events for problem in _check_event(file, event, defined))
    found = tuple(islice(problems, MAX_PROBLEMS))
    return found or tuple(islice(_check_amount(file, events), MAX_PROBLEMS))


def horizon_of(events: Sequence[Block]) -> tuple[date, date]:
    """From the first event to three years after the last, so that a feed grown over years still reaches today."""
    starts = sorted(_start_of(event) for event in events)
    latest = min(starts[-1], starts[0] + MAX_SPREAD)
    return starts[0].date(), (latest + AFTER_LAST).date()


def values_of(line: Line) -> list[str]:
    """The value of a date line, or the values of one that lists them; of a period, its start."""
    values = line.value.split(",") if line.name in MANY_DATES else [line.value]
    return [value.partition("/")[0].strip() for value in values]


def _start_of(event: Block) -> datetime:
    line = event.find("DTSTART")
    value = read_moment(line.value) if line else None
    return as_naive(value) if value else datetime.min  # noqa: DTZ901 sorts first; checked events have a start


def _check_event(file: str, event: Block, defined: Collection[str]) -> Iterator[Problem]:
    if event.find("DTSTART") is None:
        what = "The event has no DTSTART."
        yield Problem(file, event.number, "DTSTART", what, "Add DTSTART;VALUE=DATE:20260115 with its first day.")
    for line in event.lines:
        if line.name in ONE_DATE and event.find(line.name) is not line:
            what = f"The event has a second {line.name}."
            yield Problem(file, line.number, line.name, what, "Keep the right one.")
        if line.name in DATE_LINES:
            yield from _check_dates(file, line, defined)
    yield from _check_end(file, event)
    yield from _check_rules(file, event)


def _check_dates(file: str, line: Line, defined: Collection[str]) -> Iterator[Problem]:
    for value in values_of(line):
        if read_moment(value) is None:
            yield Problem(file, line.number, line.name, f"{value[:40]!r} is not a date.", _DATE_MEND)
    tzid = line.parameters.get("TZID")
    if tzid is not None and tzid not in defined and find_zone(tzid) is None:
        yield Problem(file, line.number, line.name, f"The time zone {tzid[:60]!r} is unknown.", _ZONE_MEND)


def _check_end(file: str, event: Block) -> Iterator[Problem]:
    length, end, start = event.find("DURATION"), event.find("DTEND"), event.find("DTSTART")
    if length is not None and read_length(length.value) is None:
        what = f"{length.value[:40]!r} is not a length an event can have."
        yield Problem(file, length.number, "DURATION", what, "Write P1D for a day, or use DTEND.")
    first = read_moment(start.value) if start else None
    last = read_moment(end.value) if end else None
    if start is None or end is None or first is None or last is None:
        return
    if isinstance(first, datetime) != isinstance(last, datetime):
        what = f"DTSTART and DTEND must both be days or both be times, not {start.value} and {end.value}."
        yield Problem(file, end.number, "DTEND", what, "Write both in the same form.")
    elif _same_clock(start, end) and as_naive(last) < as_naive(first):
        what = f"DTEND {end.value} is before DTSTART {start.value}."
        mend = "Set DTEND to the day after the last day, or leave it out for a single day."
        yield Problem(file, end.number, "DTEND", what, mend)


def _same_clock(start: Line, end: Line) -> bool:
    """Only times of one clock compare as written; an end in another zone is looked at once it is expanded."""
    same_zone = start.parameters.get("TZID") == end.parameters.get("TZID")
    return same_zone and start.value.endswith("Z") == end.value.endswith("Z")


def _check_rules(file: str, event: Block) -> Iterator[Problem]:
    for line in event.lines:
        if line.name == "RRULE" and read_rule(line.value) is None:
            what = f"{line.value[:60]!r} is not a rule by day, week, month or year."
            mend = "Write one such as FREQ=WEEKLY;BYDAY=MO;UNTIL=20260529."
            yield Problem(file, line.number, "RRULE", what, mend)


def _check_amount(file: str, events: Sequence[Block]) -> Iterator[Problem]:
    """Counted before anything is expanded, so that a short file cannot ask for endless work."""
    horizon = datetime.combine(horizon_of(events)[1], datetime.min.time())
    total = 0
    for event in events:
        for line in event.lines:
            parts = read_rule(line.value) if line.name == "RRULE" else None
            found = count_occurrences(parts, _start_of(event), horizon, MAX_PER_RULE) if parts else 0
            total += found
            if parts and found == 0:
                what, mend = f"The rule {line.value[:60]!r} never falls on a day.", "Correct UNTIL or the days."
                yield Problem(file, line.number, "RRULE", what, mend)
            if found > MAX_PER_RULE:
                what = f"The rule repeats more than {MAX_PER_RULE} times within three years of the last event."
                yield Problem(file, line.number, "RRULE", what, "End it with UNTIL or COUNT.")
            if total > MAX_OCCURRENCES:
                what = f"With this rule the calendar has more than {MAX_OCCURRENCES} dates."
                yield Problem(file, line.number, "RRULE", what, "End rules with UNTIL; export one school year.")
                return
