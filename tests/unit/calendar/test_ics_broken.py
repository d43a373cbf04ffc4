"""Every broken calendar is refused with the line to mend and the words its author reads."""

import pytest

from cohorts.calendar.ics import read_calendar
from cohorts.problems import BadInputError


def calendar(*lines: str) -> bytes:
    return "\r\n".join(("BEGIN:VCALENDAR", *lines, "END:VCALENDAR")).encode()


def event(*lines: str) -> bytes:
    return calendar("BEGIN:VEVENT", "SUMMARY:Fall Break", *lines, "END:VEVENT")


DATE_MEND = "Write a date such as 20260115, or a time such as 20260115T153000."
RULE_MEND = "Write one such as FREQ=WEEKLY;BYDAY=MO;UNTIL=20260529."
NO_RULE = "is not a rule by day, week, month or year."

BROKEN = {
    "empty": (b" \r\n", "year.ics: The file is empty. Export the calendar again."),
    "not iCalendar": (
        b"<html>Sign in</html>",
        (
            "year.ics:1:1: This is not an iCalendar file: it does not start with BEGIN:VCALENDAR. "
            "Export the calendar as .ics and import that file."
        ),
    ),
    "too big": (
        b"BEGIN:VCALENDAR" + b" " * (6 * 1024 * 1024),
        "year.ics: The file has 6.0 MB; a calendar may have 5 MB. Export a single school year.",
    ),
    "not UTF-8": (
        b"BEGIN:VCALENDAR\r\nSUMMARY:D\xeda festivo\r\n",
        "year.ics:2:10: The byte 0xED is not UTF-8. Save the file as UTF-8.",
    ),
    "no events": (
        calendar("VERSION:2.0"),
        "year.ics: The calendar has no events. Choose the calendar with the school days and export it.",
    ),
    "event never ends": (
        calendar("BEGIN:VEVENT", "DTSTART;VALUE=DATE:20251008"),
        "year.ics:2:BEGIN: BEGIN:VEVENT has no END:VEVENT. Add END:VEVENT where it ends, or export the file again.",
    ),
    "event inside event": (
        calendar("BEGIN:VEVENT", "DTSTART:20251008", "BEGIN:VEVENT", "END:VEVENT"),
        "year.ics:2:BEGIN: BEGIN:VEVENT has no END:VEVENT. Add END:VEVENT where it ends, or export the file again.",
    ),
    "cut off": (
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20251008\nEND:VEVENT\n",
        (
            "year.ics:1:BEGIN: BEGIN:VCALENDAR has no END:VCALENDAR. "
            "Add END:VCALENDAR where it ends, or export the file again."
        ),
    ),
    "end without begin": (
        calendar() + b"\nEND:VEVENT\n",
        "year.ics:3:END: END:VEVENT closes nothing. Add BEGIN:VEVENT above, or remove the line.",
    ),
    "line without colon": (
        event("UID:1", "DTSTART 20251008"),
        (
            "year.ics:5:1: This line is no property: 'DTSTART 20251008'. "
            "Write it as NAME:value, or start it with a space if it continues the line above."
        ),
    ),
    "no start": (
        event("DTEND;VALUE=DATE:20251011"),
        "year.ics:2:DTSTART: The event has no DTSTART. Add DTSTART;VALUE=DATE:20260115 with its first day.",
    ),
    "end before start": (
        event("DTSTART;VALUE=DATE:20251008", "DTEND;VALUE=DATE:20251007"),
        (
            "year.ics:5:DTEND: DTEND 20251007 is before DTSTART 20251008. "
            "Set DTEND to the day after the last day, or leave it out for a single day."
        ),
    ),
    "a day and a time": (
        event("DTSTART;VALUE=DATE:20251008", "DTEND:20251008T120000"),
        (
            "year.ics:5:DTEND: DTSTART and DTEND must both be days or both be times, "
            "not 20251008 and 20251008T120000. Write both in the same form."
        ),
    ),
    "two starts": (
        event("DTSTART;VALUE=DATE:20251008", "DTSTART;VALUE=DATE:20251009"),
        "year.ics:5:DTSTART: The event has a second DTSTART. Keep the right one.",
    ),
    "unknown zone": (
        event("DTSTART;TZID=Mars/Olympus:20251008T080000"),
        (
            "year.ics:4:DTSTART: The time zone 'Mars/Olympus' is unknown. "
            "Use an IANA name such as America/Chicago, or leave TZID out to mean the district's zone."
        ),
    ),
    "own zone without rules": (
        calendar(
            *("BEGIN:VTIMEZONE", "TZID:Our Office", "BEGIN:STANDARD", "END:STANDARD", "END:VTIMEZONE"),
            *("BEGIN:VEVENT", "DTSTART;TZID=Our Office:20251008T080000", "END:VEVENT"),
        ),
        (
            "year.ics:2:VTIMEZONE: The dates cannot be worked out: mandatory DTSTART not found. "
            "Use an IANA zone such as America/Chicago."
        ),
    ),
    "no such day": (
        event("DTSTART;VALUE=DATE:20250230"),
        f"year.ics:4:DTSTART: '20250230' is not a date. {DATE_MEND}",
    ),
    "no such hour": (
        event("DTSTART:20251008T250000"),
        f"year.ics:4:DTSTART: '20251008T250000' is not a date. {DATE_MEND}",
    ),
    "year out of reach": (
        event("DTSTART:99991231"),
        f"year.ics:4:DTSTART: '99991231' is not a date. {DATE_MEND}",
    ),
    "bad exception": (
        event("DTSTART:20251008", "RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE:20251015,tomorrow"),
        f"year.ics:6:EXDATE: 'tomorrow' is not a date. {DATE_MEND}",
    ),
    "bad length": (
        event("DTSTART:20251008T080000", "DURATION:-PT1H"),
        "year.ics:5:DURATION: '-PT1H' is not a length an event can have. Write P1D for a day, or use DTEND.",
    ),
    "unknown frequency": (
        event("DTSTART:20251008", "RRULE:FREQ=FORTNIGHTLY"),
        f"year.ics:5:RRULE: 'FREQ=FORTNIGHTLY' {NO_RULE} {RULE_MEND}",
    ),
    "unknown weekday": (
        event("DTSTART:20251008", "RRULE:FREQ=WEEKLY;BYDAY=XX"),
        f"year.ics:5:RRULE: 'FREQ=WEEKLY;BYDAY=XX' {NO_RULE} {RULE_MEND}",
    ),
    "every second": (
        event("DTSTART:20251008T080000", "RRULE:FREQ=SECONDLY"),
        f"year.ics:5:RRULE: 'FREQ=SECONDLY' {NO_RULE} {RULE_MEND}",
    ),
    "standing still": (
        event("DTSTART:20251008", "RRULE:FREQ=DAILY;INTERVAL=0"),
        f"year.ics:5:RRULE: 'FREQ=DAILY;INTERVAL=0' {NO_RULE} {RULE_MEND}",
    ),
    "without end": (
        event("DTSTART:20251008", "RRULE:FREQ=DAILY"),
        (
            "year.ics:5:RRULE: The rule repeats more than 1000 times within three years of the last event. "
            "End it with UNTIL or COUNT."
        ),
    ),
    "never": (
        event("DTSTART:20251008", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
        (
            "year.ics:5:RRULE: The rule 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' never falls on a day. "
            "Correct UNTIL or the days."
        ),
    ),
}


@pytest.mark.parametrize(("data", "text"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_refused_with_its_place_and_mend(data: bytes, text: str) -> None:
    with pytest.raises(BadInputError) as refused:
        read_calendar("year.ics", data, ("4800001",), "America/Chicago")
    assert str(refused.value) == text


def test_all_problems_are_told_at_once_in_the_order_of_the_file() -> None:
    data = calendar(
        *("BEGIN:VEVENT", "DTSTART:2025", "END:VEVENT"),
        *("BEGIN:VEVENT", "DTSTART;TZID=Nowhere:20251008T080000", "RRULE:", "END:VEVENT"),
    )
    with pytest.raises(BadInputError) as refused:
        read_calendar("year.ics", data, ("4800001",), "America/Chicago")
    assert [(problem.line, problem.column) for problem in refused.value.problems] == [
        (3, "DTSTART"),
        (6, "DTSTART"),
        (7, "RRULE"),
    ]


def test_a_file_of_nothing_but_faults_names_the_first_twenty() -> None:
    data = calendar(*("BEGIN:VEVENT", "SUMMARY:Fall Break", "END:VEVENT") * 50)
    with pytest.raises(BadInputError) as refused:
        read_calendar("year.ics", data, ("4800001",), "America/Chicago")
    assert len(refused.value.problems) == 20


def test_many_long_rules_are_refused_before_they_are_expanded() -> None:
    daily = ("BEGIN:VEVENT", "DTSTART:20251008", "RRULE:FREQ=DAILY;COUNT=900", "END:VEVENT")
    with pytest.raises(BadInputError) as refused:
        read_calendar("year.ics", calendar(*daily * 8), ("4800001",), "America/Chicago")
    assert str(refused.value) == (
        "year.ics:24:RRULE: With this rule the calendar has more than 5000 dates. "
        "End rules with UNTIL; export one school year."
    )
