"""A district's calendar, read from what real feeds contain."""

import os
from datetime import date
from pathlib import Path

import pytest

from cohorts.calendar.day_kinds import clean_title, kind_of
from cohorts.calendar.ics import read_calendar
from cohorts.calendar.model import DayKind, SchoolCalendar

ZONE = "America/Chicago"


def read(*lines: str, zone: str = ZONE) -> SchoolCalendar:
    data = "\r\n".join(("BEGIN:VCALENDAR", *lines, "END:VCALENDAR")).encode()
    return read_calendar("year.ics", data, ("4800001",), zone)


def read_event(*lines: str, zone: str = ZONE) -> list[tuple[str, str]]:
    calendar = read("BEGIN:VEVENT", "SUMMARY:Meeting", *lines, "END:VEVENT", zone=zone)
    return [(entry.first.isoformat(), entry.last.isoformat()) for entry in calendar.entries]


def test_a_real_district_year() -> None:
    shared = os.environ.get("COHORTIUM_SHARED")
    if not shared:
        pytest.skip("COHORTIUM_SHARED is not set")
    data = (Path(shared) / "data" / "laurel-county-ky-2025-26.ics").read_bytes()
    calendar = read_calendar("laurel.ics", data, ("2103210",), "America/New_York")
    off = [(entry.first, entry.last) for entry in calendar.entries if entry.kind == "off"]
    assert off == [
        (date(2025, 9, 1), date(2025, 9, 1)),
        (date(2025, 10, 8), date(2025, 10, 10)),
        (date(2025, 11, 26), date(2025, 11, 28)),
        (date(2025, 12, 22), date(2026, 1, 2)),
        (date(2026, 1, 19), date(2026, 1, 19)),
        (date(2026, 2, 16), date(2026, 2, 16)),
        (date(2026, 3, 30), date(2026, 4, 3)),
    ]
    staff = [entry.first for entry in calendar.entries if entry.kind == "staff"]
    assert staff == [date(2025, 9, 26), date(2026, 1, 5), date(2026, 4, 6)]
    assert calendar.name == "Laurel County KY 2025-26 (dates only)"
    assert calendar == read_calendar("laurel.ics", data, ("2103210",), "America/New_York")


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Teacher Planning Day – Student Holiday", "staff"),
        ("Mandatory PD (No School for Students)", "staff"),
        ("Professional Development", "staff"),
        ("Teacher Work Day", "staff"),
        ("Staff Workday / No School", "staff"),
        ("Student Holiday", "staff"),
        ("Desarrollo profesional (sin clases)", "staff"),
        ("Christmas Break (No School for Students)", "off"),
        ("Thanksgiving", "off"),
        ("Labor Day", "off"),
        ("MLK Day", "off"),
        ("Presidents’ Day", "off"),
        ("Student/Staff Holiday", "off"),
        ("District Closed", "off"),
        ("Día festivo", "off"),
        ("Vacaciones de primavera", "off"),
        ("STAAR Grade 5 Math", "blackout"),
        ("State Assessment Window", "blackout"),
        ("Semana de exámenes", "blackout"),
        ("Classes resume after Spring Break", "note"),
        ("Early Release before Thanksgiving", "note"),
        ("Holiday Concert", "note"),
        ("First Day for Students", "note"),
        ("School Board Meeting", "note"),
        ("Breakfast with Books", "note"),
    ],
)
def test_the_title_says_who_works(title: str, kind: DayKind) -> None:
    assert kind_of(title) == kind


def test_html_and_entities_are_gone_from_titles() -> None:
    assert (
        clean_title("<p>Fall&nbsp;Break</p>\n<script>x()</script> &amp; &lt;b&gt;rest&lt;/b&gt;") == "Fall Break & rest"
    )
    assert clean_title("Grades < 3 meet") == "Grades < 3 meet"
    assert len(clean_title("long " * 100)) <= 200


def test_an_event_without_title_takes_its_description() -> None:
    calendar = read("BEGIN:VEVENT", "DTSTART:20251008", "DESCRIPTION:<b>Fall Break</b>", "END:VEVENT")
    assert [(entry.title, entry.kind) for entry in calendar.entries] == [("Fall Break", "off")]


def test_html_that_breaks_its_line_without_folding_is_read_past() -> None:
    calendar = read(
        *("BEGIN:VEVENT", "DTSTART:20251008", "SUMMARY:Fall", "  Break", "DESCRIPTION:<p>", "<b>one</b>"),
        *("two", "END:VEVENT"),
    )
    assert [entry.title for entry in calendar.entries] == ["Fall Break"]


def test_days_end_before_dtend() -> None:
    assert read_event("DTSTART;VALUE=DATE:20251222", "DTEND;VALUE=DATE:20260103") == [("2025-12-22", "2026-01-02")]
    assert read_event("DTSTART;VALUE=DATE:20251222") == [("2025-12-22", "2025-12-22")]
    assert read_event("DTSTART;VALUE=DATE:20251222", "DTEND;VALUE=DATE:20251222") == [("2025-12-22", "2025-12-22")]
    assert read_event("DTSTART;VALUE=DATE:20251222", "DURATION:P3D") == [("2025-12-22", "2025-12-24")]


def test_times_become_days_of_the_district() -> None:
    # Floating: the wall clock of the district. UTC and TZID: the district's day at that instant.
    assert read_event("DTSTART:20251008T000000", "DTEND:20251009T000000") == [("2025-10-08", "2025-10-08")]
    assert read_event("DTSTART:20251008T030000Z") == [("2025-10-07", "2025-10-07")]
    tokyo = "DTSTART;TZID=Asia/Tokyo:20251008T080000"
    assert read_event(tokyo) == [("2025-10-07", "2025-10-07")]
    assert read_event("DTSTART;TZID=Central Standard Time:20251008T233000") == [("2025-10-08", "2025-10-08")]
    assert read_event("DTSTART:20251008T003000Z", zone="Asia/Kathmandu") == [("2025-10-08", "2025-10-08")]


def test_a_zone_the_file_describes_itself_is_known() -> None:
    zone = (
        *("BEGIN:VTIMEZONE", "TZID:Our Office", "BEGIN:STANDARD", "DTSTART:19700101T000000"),
        *("TZOFFSETFROM:-0600", "TZOFFSETTO:-0600", "END:STANDARD", "END:VTIMEZONE"),
    )
    event = ("BEGIN:VEVENT", "DTSTART;TZID=Our Office:20251008T233000", "END:VEVENT")
    calendar = read(*zone, *event, zone="America/New_York")
    assert [entry.first for entry in calendar.entries] == [date(2025, 10, 9)]


def test_two_files_may_describe_one_zone_name_differently() -> None:
    def day(offset: str) -> date:
        zone = (
            *("BEGIN:VTIMEZONE", "TZID:Our Office", "BEGIN:STANDARD", "DTSTART:19700101T000000"),
            *(f"TZOFFSETFROM:{offset}", f"TZOFFSETTO:{offset}", "END:STANDARD", "END:VTIMEZONE"),
        )
        event = ("BEGIN:VEVENT", "DTSTART;TZID=Our Office:20251008T233000", "END:VEVENT")
        return read(*zone, *event, zone="America/New_York").entries[0].first

    assert [day("-0600"), day("+0900"), day("-0600")] == [date(2025, 10, 9), date(2025, 10, 8), date(2025, 10, 9)]


def test_rules_repeat_without_their_exceptions() -> None:
    rule = ("DTSTART;VALUE=DATE:20250903", "RRULE:FREQ=WEEKLY;BYDAY=WE;UNTIL=20250924", "EXDATE;VALUE=DATE:20250910")
    assert [first for first, _ in read_event(*rule)] == ["2025-09-03", "2025-09-17", "2025-09-24"]


def test_daily_repeats_become_one_entry() -> None:
    assert read_event("DTSTART:20251008", "RRULE:FREQ=DAILY;COUNT=3") == [("2025-10-08", "2025-10-10")]


def test_a_yearly_rule_begun_long_ago_reaches_three_years_past_the_last_event() -> None:
    calendar = read(
        *(
            "BEGIN:VEVENT",
            "SUMMARY:Labor Day",
            "DTSTART:20190902",
            "RRULE:FREQ=YEARLY;BYMONTH=9;BYDAY=1MO",
            "END:VEVENT",
        ),
        *("BEGIN:VEVENT", "SUMMARY:Fall Break", "DTSTART:20251008", "END:VEVENT"),
    )
    firsts = [entry.first for entry in calendar.entries if entry.title == "Labor Day"]
    assert firsts[0] == date(2019, 9, 2)
    assert firsts[-1] == date(2028, 9, 4)
    assert len(firsts) == 10


def test_leap_day_rules_fall_on_leap_days_only() -> None:
    assert [first for first, _ in read_event("DTSTART:20240229", "RRULE:FREQ=YEARLY;COUNT=9")] == ["2024-02-29"]


def test_cancelled_events_and_single_cancelled_dates_are_left_out() -> None:
    assert read_event("DTSTART:20251008", "STATUS:CANCELLED") == []
    calendar = read(
        *("BEGIN:VEVENT", "UID:1", "DTSTART:20251008", "RRULE:FREQ=WEEKLY;COUNT=2", "END:VEVENT"),
        *("BEGIN:VEVENT", "UID:1", "RECURRENCE-ID:20251015", "DTSTART:20251015", "STATUS:CANCELLED", "END:VEVENT"),
    )
    assert [entry.first for entry in calendar.entries] == [date(2025, 10, 8)]


def test_events_that_share_a_uid_by_mistake_are_all_kept() -> None:
    one = ("BEGIN:VEVENT", "UID:same", "SUMMARY:Fall Break", "DTSTART:20251008", "END:VEVENT")
    two = ("BEGIN:VEVENT", "UID:same", "SUMMARY:Spring Break", "DTSTART:20260330", "END:VEVENT")
    assert [entry.title for entry in read(*one, *two).entries] == ["Fall Break", "Spring Break"]


def test_the_id_depends_on_districts_and_file_name_alone() -> None:
    event = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20251008\nEND:VEVENT\nEND:VCALENDAR"
    one = read_calendar("year.ics", event, ("4800001", "4800002"), ZONE)
    assert one.name == "year.ics"
    assert read_calendar("year.ics", event.replace(b"08", b"09"), ("4800002", "4800001"), ZONE).id == one.id
    assert read_calendar("other.ics", event, ("4800001", "4800002"), ZONE).id != one.id
