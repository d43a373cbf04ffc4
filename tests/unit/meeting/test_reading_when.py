"""A day and a time are read as they were meant, or asked about."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohorts.meeting.model import HORIZON
from cohorts.meeting.reading import WhenError, read_when

ZONE = "America/Chicago"
ZONES = (ZONE, "Asia/Kolkata", "Pacific/Apia", "Australia/Lord_Howe", "America/Scoresbysund")
NOW = datetime(2026, 1, 13, 15, 0, tzinfo=UTC)
"""A Tuesday, nine in the morning in Texas."""
AT = datetime(2026, 1, 20, 21, 30, tzinfo=UTC)
"""The Tuesday after it, 15:30 there."""


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-20 15:30",
        "Jan 20 3:30 pm",
        "January 20, 2026 at 3:30pm",
        "20 January 15:30",
        "20 de enero a las 15:30",
        "20 de enero de 2026, 15.30",
        "1/20 3:30 PM",
        "20/1/2026 15:30",
        "1/20/26 3:30 p. m.",
        "Tuesday Jan 20th 15:30",
        "martes 20 de enero 15h30",
        "20 de enero a las 3:30 de la tarde",
        "Jan 20 at 3:30 in the afternoon",
    ],
)
def test_one_instant_is_written_in_many_ways(text: str) -> None:
    assert read_when(text, ZONE, NOW) == AT


@pytest.mark.parametrize(
    ("text", "day", "hour"),
    [
        ("Thursday 4pm", 15, 16),
        ("jueves 16:00", 15, 16),
        ("thu noon", 15, 12),
        ("Tuesday 8am", 20, 8),
        ("Tuesday 10am", 13, 10),
        ("today 11:00", 13, 11),
        ("mañana 10:00", 14, 10),
        ("mañana a las 10 de la mañana", 14, 10),
        ("jueves a las 8 de la noche", 15, 20),
        ("tomorrow 12 pm", 14, 12),
    ],
)
def test_days_that_are_near_need_no_date(text: str, day: int, hour: int) -> None:
    assert read_when(text, ZONE, NOW) == datetime(2026, 1, day, 6, 0, tzinfo=UTC) + timedelta(hours=hour)


def test_a_day_that_has_passed_is_that_of_next_year() -> None:
    december = datetime(2026, 12, 10, 15, 0, tzinfo=UTC)
    assert read_when("Jan 20 15:30", ZONE, december) == datetime(2027, 1, 20, 21, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no_time"),
        ("Thursday", "no_time"),
        ("Jan 20", "no_time"),
        ("3:30 pm", "no_day"),
        ("someday 3:30 pm", "unknown_day"),
        ("Ma 3:30 pm", "unknown_day"),
        ("Ju 20 3:30 pm", "unknown_day"),
        ("Feb 30 3:30 pm", "unknown_day"),
        ("2026-13-01 15:30", "unknown_day"),
        ("99999999999 Jan 3:30 pm", "unknown_day"),
        ("Jan 20 25:30", "unknown_time"),
        ("Jan 20 15:30 pm", "unknown_time"),
        ("Jan 20 15:75", "unknown_time"),
        ("jueves a las 12 de la noche", "no_time"),
        ("Jan 20 3:30", "morning_or_afternoon"),
        ("3/4 3:30 pm", "day_or_month"),
        ("Monday Jan 20 3:30 pm", "other_weekday"),
        ("2025-01-20 15:30", "past"),
        ("today 8:00", "past"),
        ("2027-01-20 15:30", "too_far"),
    ],
)
def test_what_is_not_clear_is_asked_about(text: str, reason: str) -> None:
    with pytest.raises(WhenError) as caught:
        read_when(text, ZONE, NOW)
    assert caught.value.reason == reason


def test_a_time_that_the_clock_skips_is_none() -> None:
    with pytest.raises(WhenError) as caught:
        read_when("2026-03-08 02:30 am", ZONE, NOW)
    assert (caught.value.reason, caught.value.word) == ("skipped", "02:30")


def test_a_time_that_comes_twice_is_asked_about_and_can_be_told_apart() -> None:
    october = datetime(2026, 10, 20, 15, 0, tzinfo=UTC)
    with pytest.raises(WhenError) as caught:
        read_when("Nov 1 1:30 am", ZONE, october)
    assert caught.value.reason == "twice"
    assert read_when("Nov 1 1:30 am first", ZONE, october) == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    assert read_when("1 de noviembre 1:30 am segunda", ZONE, october) == datetime(2026, 11, 1, 7, 30, tzinfo=UTC)


SAID = """mon jueves Jan 20 de enero 1/20 31/2 2026-02-29 3:30 pm 25:00 at a las noon 1:30 second , . today mañana 9999
-1"""
PIECES = st.sampled_from(SAID.split())


@given(text=st.text(max_size=40) | st.lists(PIECES, max_size=6).map(" ".join), zone=st.sampled_from(ZONES))
def test_whatever_is_written_is_a_time_ahead_or_is_asked_about(text: str, zone: str) -> None:
    try:
        at = read_when(text, zone, NOW)
    except WhenError:
        return
    assert NOW < at <= NOW + HORIZON
