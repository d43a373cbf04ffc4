"""Wall clocks and instants, on the nights clocks jump and in the zones that are not whole hours apart."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from cohorts.calendar.hours import local, to_instant
from cohorts.calendar.recurrence import Weekly, next_instant, next_instants

# Half and quarter hours, the date line on both sides, jumps at midnight, of half an hour, of a day, by two hours.
ZONES = st.sampled_from(
    [
        *("America/Chicago", "America/New_York", "America/Phoenix", "America/St_Johns", "America/Havana"),
        *("Asia/Kolkata", "Asia/Kathmandu", "Pacific/Chatham", "Australia/Lord_Howe", "Australia/Adelaide"),
        *("Pacific/Kiritimati", "Pacific/Pago_Pago", "Pacific/Apia", "Pacific/Honolulu", "Pacific/Guam"),
        *("Africa/Cairo", "Asia/Beirut", "America/Santiago", "Antarctica/Troll", "Europe/London", "UTC"),
    ]
)
DAYS = st.dates(date(2011, 1, 1), date(2040, 12, 31))
WALLS = st.times().map(lambda wall: wall.replace(microsecond=0))
INSTANTS = st.datetimes(
    datetime.fromisoformat("2012-01-01"), datetime.fromisoformat("2040-12-31"), timezones=st.just(UTC)
)
MOMENT_AGO = timedelta(seconds=1)


@given(DAYS, WALLS, ZONES)
@example(date(2026, 3, 8), time(2, 30), "America/Chicago")
@example(date(2026, 11, 1), time(1, 30), "America/Chicago")
@example(date(2011, 12, 30), time(12), "Pacific/Apia")
def test_an_instant_shows_its_wall_time_or_is_the_first_after_the_gap(day: date, wall: time, zone: str) -> None:
    instant = to_instant(day, wall, zone)
    wanted, shown = datetime.combine(day, wall), local(instant, zone)
    assert instant.tzinfo is UTC
    if shown.replace(tzinfo=None) == wanted:
        assert shown.fold == 0
    else:
        a_moment_ago = local(instant - MOMENT_AGO, zone).replace(tzinfo=None)
        assert a_moment_ago < wanted < shown.replace(tzinfo=None)


@given(
    st.datetimes(
        datetime.fromisoformat("2011-01-01"),
        datetime.fromisoformat("2040-12-31"),
        timezones=ZONES.map(ZoneInfo),
        allow_imaginary=False,
    )
)
def test_back_and_forth_gives_the_first_showing(shown: datetime) -> None:
    zone = str(shown.tzinfo)
    assert to_instant(shown.date(), shown.time(), zone) == shown.replace(fold=0).astimezone(UTC)


def test_a_skipped_time_is_the_first_instant_after_the_gap() -> None:
    assert to_instant(date(2026, 3, 8), time(2, 30), "America/Chicago") == datetime(2026, 3, 8, 8, tzinfo=UTC)
    assert to_instant(date(2026, 10, 4), time(2, 10), "Australia/Lord_Howe") == datetime(
        2026, 10, 3, 15, 30, tzinfo=UTC
    )
    # Samoa went over the date line and had no 30 December.
    assert to_instant(date(2011, 12, 30), time(9), "Pacific/Apia") == datetime(2011, 12, 30, 10, tzinfo=UTC)


def test_a_time_shown_twice_is_the_first_showing() -> None:
    assert to_instant(date(2026, 11, 1), time(1, 30), "America/Chicago") == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


def test_zones_between_hours() -> None:
    assert to_instant(date(2026, 1, 15), time(9), "Asia/Kolkata") == datetime(2026, 1, 15, 3, 30, tzinfo=UTC)
    assert to_instant(date(2026, 1, 15), time(9), "Asia/Kathmandu") == datetime(2026, 1, 15, 3, 15, tzinfo=UTC)


@given(st.integers(0, 6), WALLS, ZONES, INSTANTS)
@example(6, time(2, 30), "America/Chicago", datetime(2026, 3, 1, 9, tzinfo=UTC))
@example(6, time(0), "America/Havana", datetime(2026, 3, 8, 4, 59, tzinfo=UTC))
def test_a_weekly_time_comes_once_in_every_week(weekday: int, wall: time, zone: str, after: datetime) -> None:
    weekly = Weekly(weekday=weekday, wall=wall, zone=zone)
    instants = next_instants(weekly, after, 60)
    assert after < instants[0] <= after + timedelta(days=7, hours=3)
    assert all(
        timedelta(days=6, hours=21) <= late - early <= timedelta(days=7, hours=3) for early, late in pairwise(instants)
    )
    assert next_instant(weekly, instants[0]) == instants[1]
    walls = {local(instant, zone).time() for instant in instants}
    assert wall in walls
    assert len(walls) <= 2


def test_thursday_at_four_stays_thursday_at_four() -> None:
    weekly = Weekly(weekday=3, wall=time(16), zone="America/Chicago")
    before = datetime(2026, 10, 25, tzinfo=UTC)
    assert next_instants(weekly, before, 2) == (
        datetime(2026, 10, 29, 21, tzinfo=UTC),
        datetime(2026, 11, 5, 22, tzinfo=UTC),
    )


def test_a_leap_day_is_a_day_of_the_week_like_any_other() -> None:
    weekly = Weekly(weekday=3, wall=time(9), zone="Asia/Kolkata")
    instants = next_instants(weekly, datetime(2024, 2, 20, tzinfo=UTC), 3)
    assert [local(instant, "Asia/Kolkata").date().isoformat() for instant in instants] == [
        "2024-02-22",
        "2024-02-29",
        "2024-03-07",
    ]
