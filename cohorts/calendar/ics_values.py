"""The values of iCalendar that place an event in time: dates, zones, rules. Read leniently, refused clearly."""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from dateutil.rrule import rrulestr  # type: ignore[import-untyped]
from icalendar import vDuration
from icalendar.timezone import tzp

YEARS = range(1970, 2201)
MAX_LENGTH = timedelta(days=731)

_VALUE = re.compile(r"(\d{8})(T\d{6}Z?)?")
_FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
_RULE_KEYS = {
    *("FREQ", "UNTIL", "COUNT", "INTERVAL", "WKST", "BYSECOND", "BYMINUTE", "BYHOUR", "BYDAY"),
    *("BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH", "BYSETPOS"),
}

RuleParts = dict[str, str]


def read_moment(text: str) -> date | datetime | None:
    """`20250807` → date, `20250807T080000` → naive, `…Z` → UTC; None for anything that is on no calendar."""
    match = _VALUE.fullmatch(text.strip())
    if match is None or int(match[1][:4]) not in YEARS:
        return None
    try:
        day = datetime.strptime(match[1], "%Y%m%d").date()  # noqa: DTZ007 a bare date
        if match[2] is None:
            return day
        wall = datetime.strptime(match[2][1:7], "%H%M%S").time()  # noqa: DTZ007 a bare time
    except ValueError:
        return None
    return datetime.combine(day, wall, tzinfo=UTC if match[2].endswith("Z") else None)


def as_naive(value: date | datetime) -> datetime:
    """The wall clock the value writes, whatever its zone; a date is its midnight."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    return datetime(value.year, value.month, value.day)  # noqa: DTZ001 naive on purpose


def read_length(text: str) -> timedelta | None:
    """`P1D`, `PT90M` …; None when it is no length, negative or longer than two years."""
    try:
        length: timedelta = vDuration.from_ical(text.strip())  # type: ignore[no-untyped-call]
    except (ValueError, OverflowError):
        return None
    return length if timedelta(0) <= length <= MAX_LENGTH else None


def find_zone(tzid: str) -> str | None:
    """The name under which the world knows the zone: IANA, Windows or vendor-prefixed; None for a file's own."""
    vendorless = "/".join(tzid.split("/")[-2:]) if tzid.startswith("/") else tzid
    return vendorless if tzp.timezone(vendorless) is not None else None


def read_rule(text: str) -> RuleParts | None:
    """The parts of an RRULE; None when it is none or would repeat more often than daily."""
    pairs = [part.partition("=") for part in text.strip().strip(";").upper().split(";")]
    parts = {key: value for key, equals, value in pairs if equals and value}
    if len(parts) < len(pairs) or not parts.keys() <= _RULE_KEYS or parts.get("FREQ") not in _FREQUENCIES:
        return None
    if any(re.fullmatch(r"0*[1-9]\d{0,5}", parts.get(key, "1")) is None for key in ("COUNT", "INTERVAL")):
        return None
    if "UNTIL" in parts and read_moment(parts["UNTIL"]) is None:
        return None
    return parts if _syntax_holds(parts) else None


def count_occurrences(parts: RuleParts, start: datetime, horizon: datetime, most: int) -> int:
    """How often the rule falls between the naive start and horizon; stops counting above `most`."""
    until = read_moment(parts["UNTIL"]) if "UNTIL" in parts else None
    # A day more: UNTIL may be written in UTC and the start in a zone.
    end = min(horizon, as_naive(until) + timedelta(days=1)) if until else horizon
    rule = rrulestr(_bare(parts), dtstart=start).replace(until=end)
    found = sum(1 for _ in islice(rule, most + 1))
    return min(found, int(parts["COUNT"])) if "COUNT" in parts else found


def _syntax_holds(parts: RuleParts) -> bool:
    try:
        rrulestr(_bare(parts), dtstart=datetime(2000, 1, 1))  # noqa: DTZ001 only the syntax is wanted
    except (ValueError, TypeError, OverflowError):
        return False
    return True


def _bare(parts: RuleParts) -> str:
    return ";".join(f"{key}={value}" for key, value in parts.items() if key not in {"UNTIL", "COUNT"})
