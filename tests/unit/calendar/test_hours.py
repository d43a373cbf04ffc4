"""When people may be written to, and by when they are asked to answer."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cohorts.calendar.days import (
    add_school_days,
    is_school_day,
    next_school_day,
    school_days_between,
    week_start,
)
from cohorts.calendar.hours import (
    HoldReason,
    deadline,
    hold,
    local,
    next_allowed,
    next_common,
    next_slot,
    to_instant,
)
from cohorts.calendar.model import CalendarEntry, DayKind, Rhythm, SchoolCalendar
from cohorts.people.model import Leave

CHICAGO = "America/Chicago"
MINUTE = timedelta(minutes=1)

ZONES = st.sampled_from(
    [
        *(CHICAGO, "America/St_Johns", "America/Havana", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"),
        *("Pacific/Kiritimati", "Pacific/Pago_Pago", "Africa/Cairo", "America/Santiago", "Pacific/Chatham"),
    ]
)
INSTANTS = st.datetimes(
    datetime.fromisoformat("2024-01-01"), datetime.fromisoformat("2030-12-31"), timezones=st.just(UTC)
)
WALLS = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30]))
KINDS: tuple[DayKind, ...] = ("off", "staff", "blackout", "note")


def entry(first: str, last: str, kind: DayKind = "off") -> CalendarEntry:
    return CalendarEntry(title=kind, first=date.fromisoformat(first), last=date.fromisoformat(last), kind=kind)


def calendar(*entries: CalendarEntry) -> SchoolCalendar:
    return SchoolCalendar(id="calendar-1", lea_ids=("4800001",), name="A year", zone=CHICAGO, entries=entries)


def away(first: str, last: str) -> Leave:
    return Leave(first=date.fromisoformat(first), last=date.fromisoformat(last))


def at(text: str, zone: str = CHICAGO) -> datetime:
    shown = datetime.fromisoformat(text)
    return to_instant(shown.date(), shown.time(), zone)


def shown(instant: datetime, zone: str = CHICAGO) -> str:
    return f"{local(instant, zone):%Y-%m-%dT%H:%M}"


YEAR = calendar(
    entry("2025-12-22", "2026-01-02"),
    entry("2026-01-05", "2026-01-05", "staff"),
    entry("2026-01-14", "2026-01-14", "blackout"),
    entry("2026-01-19", "2026-01-19"),
)
ANA = Rhythm(zone=CHICAGO, calendar=YEAR, leaves=(away("2026-01-22", "2026-01-23"),))


@st.composite
def rhythms(draw: st.DrawFn, start: datetime) -> Rhythm:
    def span() -> tuple[date, date]:
        first = start.date() + timedelta(days=draw(st.integers(-5, 20)))
        return first, first + timedelta(days=draw(st.integers(0, 9)))

    spans = [(span(), draw(st.sampled_from(KINDS))) for _ in range(draw(st.integers(0, 3)))]
    entries = tuple(CalendarEntry(title=kind, first=days[0], last=days[1], kind=kind) for days, kind in spans)
    leaves = tuple(Leave(first=first, last=last) for first, last in [span() for _ in range(draw(st.integers(0, 1)))])
    return Rhythm(
        zone=draw(ZONES), calendar=calendar(*entries), quiet_from=draw(WALLS), quiet_until=draw(WALLS), leaves=leaves
    )


def test_school_days_are_weekdays_that_nothing_calls_off() -> None:
    assert is_school_day(None, date(2026, 1, 1))
    assert not is_school_day(None, date(2026, 1, 3))
    assert not is_school_day(YEAR, date(2026, 1, 1))
    assert is_school_day(YEAR, date(2026, 1, 5))
    assert is_school_day(YEAR, date(2026, 1, 14))
    assert week_start(date(2026, 1, 18)) == date(2026, 1, 12)


def test_school_days_are_counted_past_weekends_holidays_and_leave() -> None:
    assert add_school_days(ANA, date(2025, 12, 19), 0) == date(2025, 12, 19)
    assert add_school_days(ANA, date(2025, 12, 19), 1) == date(2026, 1, 5)
    assert add_school_days(ANA, date(2025, 12, 25), 0) == date(2026, 1, 5)
    assert add_school_days(ANA, date(2026, 1, 16), 3) == date(2026, 1, 26)
    assert school_days_between(ANA, date(2026, 1, 16), date(2026, 1, 26)) == 3
    assert school_days_between(ANA, date(2026, 1, 26), date(2026, 1, 16)) == 0


@given(INSTANTS.flatmap(rhythms), st.dates(date(2024, 1, 1), date(2030, 12, 31)), st.integers(1, 12))
def test_adding_and_counting_school_days_agree(rhythm: Rhythm, day: date, n: int) -> None:
    end = add_school_days(rhythm, day, n)
    assert school_days_between(rhythm, day, end) == n
    assert next_school_day(rhythm, end) == end


def test_somebody_away_for_years_gets_a_date_all_the_same() -> None:
    gone = Rhythm(zone=CHICAGO, leaves=(Leave(first=date(2026, 1, 1), last=date.max),))
    assert add_school_days(gone, date(2026, 1, 1), 0) == date(2028, 1, 2)
    assert next_allowed(gone, at("2026-01-01T10:00")) > at("2028-01-01T00:00")
    assert next_slot(gone, at("2026-01-01T10:00"), time(12)) > at("2028-01-01T00:00")
    assert deadline(gone, at("2026-01-01T10:00"), 3) > at("2028-01-01T00:00")


@pytest.mark.parametrize(
    ("wall", "reason"),
    [
        ("2026-01-15T06:59", "quiet_hours"),
        ("2026-01-15T07:00", None),
        ("2026-01-15T17:59", None),
        ("2026-01-15T18:00", "quiet_hours"),
        ("2026-01-17T10:00", "weekend"),
        ("2026-01-18T10:00", "weekend"),
        ("2026-01-12T08:59", "monday_morning"),
        ("2026-01-12T09:00", None),
        ("2026-01-16T14:59", None),
        ("2026-01-16T15:00", "friday_afternoon"),
        ("2026-01-19T10:00", "holiday"),
        ("2026-01-14T10:00", "blackout"),
        ("2026-01-22T10:00", "leave"),
        ("2026-01-05T10:00", None),
    ],
)
def test_the_reasons_to_hold(wall: str, reason: HoldReason | None) -> None:
    assert hold(ANA, at(wall)) == reason


def test_quiet_hours_within_one_day_leave_its_two_ends_open() -> None:
    night_owl = Rhythm(zone=CHICAGO, quiet_from=time(1), quiet_until=time(13))
    assert [hold(night_owl, at(f"2026-01-15T{hour}:00")) for hour in ("00", "01", "12", "13", "23")] == [
        *(None, "quiet_hours", "quiet_hours", None, None),
    ]


def test_equal_quiet_times_mean_no_quiet_hours() -> None:
    always = Rhythm(zone=CHICAGO, quiet_from=time(7), quiet_until=time(7))
    assert hold(always, at("2026-01-15T03:00")) is None


@pytest.mark.parametrize(
    ("start", "allowed"),
    [
        ("2026-01-15T10:00", "2026-01-15T10:00"),
        ("2026-01-15T18:00", "2026-01-16T07:00"),
        ("2026-01-16T15:00", "2026-01-20T07:00"),
        ("2026-01-10T12:00", "2026-01-12T09:00"),
        ("2026-01-13T19:00", "2026-01-15T07:00"),
        ("2025-12-19T16:00", "2026-01-05T09:00"),
        ("2026-01-21T20:00", "2026-01-26T09:00"),
    ],
)
def test_the_next_allowed_instant(start: str, allowed: str) -> None:
    assert shown(next_allowed(ANA, at(start))) == allowed


def test_quiet_hours_follow_the_wall_clock_through_the_change_of_clocks() -> None:
    rhythm = Rhythm(zone=CHICAGO)
    assert next_allowed(rhythm, at("2026-03-06T16:00")) == datetime(2026, 3, 9, 14, tzinfo=UTC)
    assert next_allowed(rhythm, at("2026-10-30T16:00")) == datetime(2026, 11, 2, 15, tzinfo=UTC)


@settings(max_examples=60)
@given(INSTANTS.flatmap(lambda start: st.tuples(st.just(start), rhythms(start))))
@example((datetime(2026, 3, 6, 21, tzinfo=UTC), Rhythm(zone=CHICAGO, quiet_until=time(2, 30))))
@example(
    (datetime(2026, 10, 29, 20, tzinfo=UTC), Rhythm(zone="Africa/Cairo", quiet_from=time(23, 30), quiet_until=time(0)))
)
def test_the_next_allowed_instant_is_allowed_and_none_before_it_is(case: tuple[datetime, Rhythm]) -> None:
    start, rhythm = case
    allowed = next_allowed(rhythm, start)
    assert allowed >= start
    assert hold(rhythm, allowed) is None
    assert next_allowed(rhythm, allowed) == allowed
    steps = min(int((allowed - start) / (15 * MINUTE)), 400)
    assert all(hold(rhythm, start + step * 15 * MINUTE) for step in range(steps))
    if allowed > start:
        assert hold(rhythm, allowed - timedelta(microseconds=1)) is not None


@given(INSTANTS.flatmap(lambda start: st.tuples(st.just(start), rhythms(start))), st.integers(0, 10))
def test_a_deadline_is_after_the_opening_on_a_school_day(case: tuple[datetime, Rhythm], n: int) -> None:
    opened, rhythm = case
    due = deadline(rhythm, opened, n)
    assert due > opened
    due_on, opened_on = local(due, rhythm.zone).date(), local(opened, rhythm.zone).date()
    assert next_school_day(rhythm, due_on) == due_on
    assert local(due, rhythm.zone).time() == time(20)
    assert school_days_between(rhythm, opened_on, due_on) == max(n, 0) or n == 0


def test_deadlines_move_by_each_persons_own_school_days() -> None:
    opened = at("2026-01-16T10:00")
    assert shown(deadline(Rhythm(zone=CHICAGO), opened, 3)) == "2026-01-21T20:00"
    assert shown(deadline(ANA, opened, 3)) == "2026-01-26T20:00"
    assert shown(deadline(ANA, opened, 0, time(12))) == "2026-01-16T12:00"
    assert shown(deadline(ANA, at("2026-01-16T13:00"), 0, time(12))) == "2026-01-20T12:00"


def test_a_deadline_is_counted_from_the_local_opening_day() -> None:
    opened = datetime(2026, 1, 14, 11, tzinfo=UTC)
    east, west = Rhythm(zone="Pacific/Kiritimati"), Rhythm(zone="Pacific/Pago_Pago")
    assert shown(deadline(east, opened, 1), east.zone) == "2026-01-16T20:00"
    assert shown(deadline(west, opened, 1), west.zone) == "2026-01-15T20:00"


@pytest.mark.parametrize(
    ("start", "wall", "slot"),
    [
        ("2026-01-15T10:00", time(12, 15), "2026-01-15T12:15"),
        ("2026-01-15T12:15", time(12, 15), "2026-01-16T12:15"),
        ("2026-01-16T13:00", time(12, 15), "2026-01-20T12:15"),
        ("2026-01-11T13:00", time(8), "2026-01-12T09:00"),
        ("2026-01-16T10:00", time(17), "2026-01-16T14:59"),
        ("2026-01-15T10:00", time(21), "2026-01-15T17:59"),
        ("2026-01-15T17:59", time(5), "2026-01-16T07:00"),
        ("2026-01-13T13:00", time(12), "2026-01-15T12:00"),
    ],
)
def test_the_next_slot_is_the_wall_time_or_the_nearest_minute_allowed(start: str, wall: time, slot: str) -> None:
    assert shown(next_slot(ANA, at(start), wall)) == slot


@given(INSTANTS.flatmap(lambda start: st.tuples(st.just(start), rhythms(start))), WALLS)
def test_a_slot_is_later_and_never_held(case: tuple[datetime, Rhythm], wall: time) -> None:
    start, rhythm = case
    slot = next_slot(rhythm, start, wall)
    assert slot > start
    assert hold(rhythm, slot) is None


NEW_YORK = Rhythm(zone="America/New_York")
HONOLULU = Rhythm(zone="Pacific/Honolulu")


def test_a_common_instant_suits_everybody() -> None:
    both = next_common([NEW_YORK, HONOLULU], at("2026-01-15T03:00"))
    assert (shown(both, NEW_YORK.zone), shown(both, HONOLULU.zone)) == ("2026-01-15T12:00", "2026-01-15T07:00")
    assert shown(next_common([ANA, Rhythm(zone=CHICAGO)], at("2026-01-16T16:00"))) == "2026-01-20T07:00"
    assert next_common([], at("2026-01-16T16:00")) == at("2026-01-16T16:00")


def test_two_weeks_of_others_holidays_are_crossed_but_never_their_night() -> None:
    long_break = Rhythm(zone=CHICAGO, calendar=calendar(entry("2026-01-12", "2026-01-30")))
    crossed = next_common([long_break, NEW_YORK], at("2026-01-11T12:00"))
    assert shown(crossed) == "2026-01-12T09:00"
    assert hold(NEW_YORK, crossed) is None
    assert hold(long_break, crossed) == "holiday"


def test_while_all_are_away_nothing_is_common_until_the_first_returns() -> None:
    summer = Rhythm(zone=CHICAGO, calendar=calendar(entry("2026-06-01", "2026-08-07")))
    late = Rhythm(zone=CHICAGO, calendar=calendar(entry("2026-06-01", "2026-08-10")))
    assert shown(next_common([summer], at("2026-06-01T10:00"))) == "2026-08-10T09:00"
    assert shown(next_common([summer, late], at("2026-06-01T10:00"))) == "2026-08-11T07:00"


def test_zones_whose_days_never_meet_are_served_by_the_majority() -> None:
    zones = (CHICAGO, "America/Denver", "Asia/Kolkata")
    three = [Rhythm(zone=zone) for zone in zones]
    served = next_common(three, at("2026-01-15T00:30"))
    assert [hold(rhythm, served) for rhythm in three] == [None, None, "quiet_hours"]
    assert shown(served) == "2026-01-15T08:00"


@settings(max_examples=40)
@given(INSTANTS.flatmap(lambda start: st.tuples(st.just(start), st.lists(rhythms(start), min_size=1, max_size=4))))
def test_a_common_instant_is_not_before_it_is_asked_for_and_suits_somebody(
    case: tuple[datetime, list[Rhythm]],
) -> None:
    start, group = case
    common = next_common(group, start)
    assert common >= start
    assert None in [hold(rhythm, common) for rhythm in group]
