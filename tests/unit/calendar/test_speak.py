"""Times as their readers read them."""

from datetime import UTC, datetime, time

import pytest

from cohorts.calendar.speak import speak, speak_wall, speak_zone, translate_moments
from cohorts.messages import MomentStyle, moment, plain

AT = datetime(2026, 1, 16, 2, 0, tzinfo=UTC)
CHICAGO = "America/Chicago"


@pytest.mark.parametrize(
    ("language", "style", "text"),
    [
        ("en", "day", "Thursday, Jan 15"),
        ("en", "time", "8:00 PM"),
        ("en", "day_time", "Thursday, Jan 15, 8:00 PM"),
        ("en", "weekday_time", "Thursday, 8:00 PM"),
        ("es", "day", "jueves, 15 ene"),
        ("es", "time", "20:00"),
        ("es", "day_time", "jueves, 15 ene, 20:00"),
        ("es", "weekday_time", "jueves, 20:00"),
        ("xx", "time", "8:00 PM"),
    ],
)
def test_an_instant_in_the_readers_zone_and_language(language: str, style: MomentStyle, text: str) -> None:
    assert speak(AT, CHICAGO, language, style) == text


def test_each_reader_reads_the_own_day() -> None:
    assert speak(AT, "Asia/Kathmandu", "en") == "Friday, Jan 16, 7:45 AM"
    assert speak(AT, "Pacific/Pago_Pago", "en") == "Thursday, Jan 15, 3:00 PM"


def test_a_day_of_another_year_carries_its_year() -> None:
    before = datetime(2025, 12, 20, tzinfo=UTC)
    assert speak(AT, CHICAGO, "en", "day_time", before) == "Thursday, Jan 15, 2026, 8:00 PM"
    assert speak(AT, CHICAGO, "es", "day", before) == "jueves, 15 ene 2026"
    assert speak(AT, CHICAGO, "es", "time", before) == "20:00"
    assert speak(AT, CHICAGO, "en", "day", AT) == "Thursday, Jan 15"


def test_tokens_in_a_text_are_spoken() -> None:
    text = f"Until {moment(AT)}, or {moment(AT, 'time')}."
    assert translate_moments(text, CHICAGO, "en") == "Until Thursday, Jan 15, 8:00 PM, or 8:00 PM."
    assert translate_moments(text, CHICAGO, "es") == "Until jueves, 15 ene, 20:00, or 20:00."


def test_what_is_no_instant_stays_and_a_persons_token_is_only_text() -> None:
    assert translate_moments("<t:2026-99-99|day>", CHICAGO, "en") == "<t:2026-99-99|day>"
    assert translate_moments("<t:2026-01-16T02:00|time>", CHICAGO, "en") == "8:00 PM"
    typed = plain(moment(AT))
    assert translate_moments(typed, CHICAGO, "en") == typed


@pytest.mark.parametrize(
    ("zone", "english", "spanish"),
    [
        ("America/Chicago", "Chicago (Central Time)", "Chicago (hora central)"),
        ("Asia/Kolkata", "Kolkata (India Time)", "Kolkata (hora de India)"),
        ("UTC", "UTC", "UTC"),
        ("Etc/GMT+5", "Etc/GMT+5", "Etc/GMT+5"),
    ],
)
def test_a_zone_and_a_wall_time_are_spoken_too(zone: str, english: str, spanish: str) -> None:
    assert [speak_zone(zone, language) for language in ("en", "es", "xx")] == [english, spanish, english]
    assert [speak_wall(time(18, 30), language) for language in ("en", "es", "xx")] == ["6:30 PM", "18:30", "6:30 PM"]
