"""The week in half-hours: zones, midnight, the date line."""

from datetime import date, time

import pytest

from cohorts.forming.hours import ALWAYS, WEEK, count_hours, hour_starts, local_time, week_of
from cohorts.people.model import Window

WINTER, SUMMER = date(2026, 1, 12), date(2026, 7, 13)
TUESDAY = 1440


def window(weekday: int, start: str, end: str) -> Window:
    return Window(weekday=weekday, start=time.fromisoformat(start), end=time.fromisoformat(end))


@pytest.mark.parametrize(
    ("zone", "on", "given", "starts"),
    [
        ("America/New_York", WINTER, ("16:00", "18:00"), [TUESDAY + 21 * 60, TUESDAY + 22 * 60]),
        ("America/New_York", SUMMER, ("16:00", "17:00"), [TUESDAY + 20 * 60]),
        ("America/Phoenix", SUMMER, ("16:00", "17:30"), [TUESDAY + 23 * 60]),
        ("Asia/Kolkata", WINTER, ("09:00", "10:00"), [TUESDAY + 3 * 60 + 30]),
        ("Asia/Kathmandu", WINTER, ("09:00", "10:00"), []),
        ("Asia/Kathmandu", WINTER, ("09:00", "10:30"), [TUESDAY + 3 * 60 + 30]),
        ("Pacific/Kiritimati", WINTER, ("08:00", "09:00"), [18 * 60]),
        ("Pacific/Pago_Pago", WINTER, ("16:00", "17:00"), [2 * TUESDAY + 3 * 60]),
        ("America/New_York", WINTER, ("16:10", "17:20"), []),
        ("America/New_York", WINTER, ("23:00", "00:30"), [2 * TUESDAY + 4 * 60]),
        ("America/New_York", WINTER, ("16:00", "16:00"), []),
    ],
)
def test_wall_clocks_become_hours_of_the_utc_week(
    zone: str, on: date, given: tuple[str, str], starts: list[int]
) -> None:
    week = week_of([window(1, *given)], zone, on)
    assert list(hour_starts(week)) == starts


def test_a_free_run_over_the_weeks_end_is_one_run() -> None:
    half_past_eleven_to_one = (1 << 335) | 0b11
    assert hour_starts(half_past_eleven_to_one) == (WEEK - 30,)
    assert count_hours(half_past_eleven_to_one | 0b100) == 2


def test_monday_at_kiritimati_begins_on_sunday_in_utc() -> None:
    week = week_of([window(0, "08:00", "09:00")], "Pacific/Kiritimati", WINTER)
    (minute,) = hour_starts(week)
    assert minute // 1440 == 6
    assert local_time(minute, "Pacific/Kiritimati", WINTER) == (0, time(8))


def test_nothing_and_everything() -> None:
    assert count_hours(0) == 0
    assert count_hours(ALWAYS) == 168


def test_what_is_said_is_the_wall_clock_again() -> None:
    (minute, _) = hour_starts(week_of([window(4, "15:30", "17:30")], "America/Chicago", SUMMER))
    assert local_time(minute, "America/Chicago", SUMMER) == (4, time(15, 30))
    assert local_time(minute, "America/New_York", SUMMER) == (4, time(16, 30))
