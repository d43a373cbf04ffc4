"""A district's calendar from an .ics file. A file with a fault is refused whole, with every place to mend."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

import recurring_ical_events
from icalendar import Calendar, Event

from cohorts.ids import make_id
from cohorts.problems import BadInputError, Problem

from .day_kinds import clean_title, kind_of
from .days import ONE_DAY
from .ics_checks import DATE_LINES, check_events, horizon_of, values_of
from .ics_lines import Block, Line, read_blocks
from .ics_values import find_zone, read_moment
from .instants import local
from .model import CalendarEntry, SchoolCalendar

MAX_EVENTS = 5000

_KEPT = ("SUMMARY", "DESCRIPTION", "STATUS", "SEQUENCE", "DURATION")


def read_calendar(name: str, data: bytes, lea_ids: tuple[str, ...], zone: str) -> SchoolCalendar:
    """The calendar of these LEAs; `name` is the file's, `zone` the LEAs' IANA zone, which floating times mean.

    Entries are local days of that zone, both ends included, in order; cancelled events are left out. Repeating
    events reach three years past the file's last event. The same file gives an equal value with the same id.
    Raises BadInputError with up to 20 problems.
    """
    calendars = read_blocks(name, data)
    events = [event for calendar in calendars for event in calendar.inside("VEVENT")]
    if not events:
        what = "The calendar has no events."
        raise BadInputError(Problem(name, 0, "", what, "Choose the calendar with the school days and export it."))
    if len(events) > MAX_EVENTS:
        what = f"The calendar has more than {MAX_EVENTS} events."
        raise BadInputError(Problem(name, events[MAX_EVENTS].number, "BEGIN", what, "Export a single school year."))
    described = _described_zones(calendars)
    if problems := check_events(name, events, described.keys()):
        raise BadInputError(*problems)
    occurrences = _expand(name, events, described)
    titles = [line.words() for calendar in calendars if (line := calendar.find("X-WR-CALNAME"))]
    return SchoolCalendar(
        id=make_id("calendar", *sorted(lea_ids), name),
        lea_ids=lea_ids,
        name=(clean_title(titles[0]) if titles else "") or name,
        zone=zone,
        entries=_join_days(_entry(occurrence, zone) for occurrence in occurrences),
    )


def _described_zones(calendars: Sequence[Block]) -> dict[str, Block]:
    """TZID → VTIMEZONE; used only for names nobody else knows."""
    zones = (zone for calendar in calendars for zone in calendar.inside("VTIMEZONE"))
    return {line.value.strip(): zone for zone in zones if (line := zone.find("TZID"))}


def _expand(file: str, events: Sequence[Block], described: dict[str, Block]) -> list[Event]:
    """Every occurrence that takes place. icalendar sees only checked lines, so a feed's odd extras cannot fail it."""
    needed = [zone for tzid, zone in described.items() if find_zone(tzid) is None]
    zones = (zone.with_line("TZID", _own_name(zone)).text() for zone in needed)
    parts = ("BEGIN:VCALENDAR", "VERSION:2.0", *zones, *_checked(events, described), "END:VCALENDAR")
    first, last = horizon_of(events)
    try:
        calendar = Calendar.from_ical("\r\n".join(parts))
        found = recurring_ical_events.of(calendar).between(first - ONE_DAY, last)
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError) as error:
        # The events are checked line by line, so what is left is the file's own description of a zone.
        line, column = (needed[0].number, "VTIMEZONE") if needed else (0, "")
        what = f"The dates cannot be worked out: {error}."
        raise BadInputError(Problem(file, line, column, what, "Use an IANA zone such as America/Chicago.")) from error
    return [event for event in found if str(event.get("STATUS", "")).upper() != "CANCELLED"]


def _checked(events: Sequence[Block], described: dict[str, Block]) -> Iterator[str]:
    """The lines that matter, normalised. A UID used twice or not at all is made one, so no event is swallowed."""
    seen = set[str]()
    for event in events:
        uid_line = event.find("UID")
        uid = uid_line.value.strip() if uid_line else ""
        if not uid or (uid in seen and event.find("RECURRENCE-ID") is None):
            uid = f"line-{event.number}"
        seen.add(uid)
        yield from ("BEGIN:VEVENT", f"UID:{uid}")
        for line in event.lines:
            if line.name in DATE_LINES:
                yield _date_line(line, described)
            elif line.name == "RRULE" or _is_kept(event, line):
                yield f"{line.name}:{line.value.strip()}"
        yield "END:VEVENT"


def _own_name(zone: Block) -> str:
    """icalendar remembers zones by TZID across files, so one that a file describes is named by what it says."""
    return make_id("zone", zone.text())


def _is_kept(event: Block, line: Line) -> bool:
    """Of a line given twice the first counts; a length counts only without an end, a sequence only as a number."""
    if line.name not in _KEPT or event.find(line.name) is not line:
        return False
    if line.name == "DURATION":
        return event.find("DTEND") is None
    return line.name != "SEQUENCE" or line.value.strip().isdecimal()


def _date_line(line: Line, described: dict[str, Block]) -> str:
    values = values_of(line)
    written = line.parameters.get("TZID", "")
    tzid = find_zone(written) or (_own_name(described[written]) if written else "")
    if not isinstance(read_moment(values[0]), datetime):
        return f"{line.name};VALUE=DATE:{','.join(values)}"
    zone = f';TZID="{tzid}"' if tzid and not values[0].endswith("Z") else ""
    return f"{line.name}{zone}:{','.join(values)}"


def _entry(event: Event, zone: str) -> CalendarEntry:
    start, end = event.start, event.end
    first = _local_day(start, zone)
    # The end is the first moment that no longer belongs to the event.
    last = _local_day(end - (timedelta(microseconds=1) if isinstance(end, datetime) else ONE_DAY), zone)
    title = clean_title(str(event.get("SUMMARY", ""))) or clean_title(str(event.get("DESCRIPTION", "")))
    return CalendarEntry(title=title, first=first, last=max(first, last), kind=kind_of(title))


def _local_day(value: date | datetime, zone: str) -> date:
    if not isinstance(value, datetime):
        return value
    return (local(value, zone) if value.tzinfo else value).date()


def _join_days(entries: Iterable[CalendarEntry]) -> tuple[CalendarEntry, ...]:
    """Equal entries that touch become one; all in order of their days."""
    joined: list[CalendarEntry] = []
    for entry in sorted(entries, key=_what):
        run = joined[-1] if joined else None
        if run and (run.title, run.kind) == (entry.title, entry.kind) and entry.first <= run.last + ONE_DAY:
            joined[-1] = run.model_copy(update={"last": max(run.last, entry.last)})
        else:
            joined.append(entry)
    return tuple(sorted(joined, key=lambda entry: (entry.first, entry.last, entry.title)))


def _what(entry: CalendarEntry) -> tuple[str, str, date, date]:
    return entry.title, entry.kind, entry.first, entry.last
