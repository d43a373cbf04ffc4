"""Two years of anybody's days, in any zone there is: whatever the clock does, nothing is early, doubled or lost."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from cohorts.calendar.days import ONE_DAY, next_nudge_day, next_school_day
from cohorts.calendar.hours import (
    PROMISED,
    deadline,
    hold,
    keep_promise,
    local,
    next_allowed,
    next_slot,
    open_spans,
    to_instant,
)
from cohorts.calendar.instants import find_zone
from cohorts.calendar.model import CalendarEntry, DayKind, Rhythm, SchoolCalendar
from cohorts.calendar.recurrence import Weekly, next_instant
from cohorts.people.model import Leave
from tests.fakes.examples import examples

FIRST, YEARS = date(2027, 9, 1), 730  # the leap day of 2028 lies in it
ODD = ("Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "Asia/Kathmandu", "America/St_Johns", "Asia/Kolkata")
ZONES = st.one_of(st.sampled_from(ODD), st.timezone_keys(allow_prefix=False))
MOMENTS = st.integers(0, YEARS * 24 * 12).map(
    lambda steps: datetime.combine(FIRST, time(0), UTC) + timedelta(minutes=5 * steps)
)
WALLS = st.builds(time, st.integers(0, 23), st.sampled_from([0, 10, 30, 45]))
KINDS: tuple[DayKind, ...] = ("off", "staff", "blackout", "note")
SPANS = st.tuples(st.integers(0, YEARS), st.integers(0, 16)).map(
    lambda span: (FIRST + timedelta(days=span[0]), FIRST + timedelta(days=sum(span)))
)
ENTRIES = st.builds(
    lambda days, kind: CalendarEntry(title=kind, first=days[0], last=days[1], kind=kind),
    SPANS,
    st.sampled_from(KINDS),
)
RHYTHMS = st.builds(
    Rhythm,
    zone=ZONES,
    calendar=st.lists(ENTRIES, max_size=12).map(
        lambda entries: SchoolCalendar(id="c", lea_ids=("1",), name="C", zone="UTC", entries=tuple(entries))
    ),
    quiet_from=WALLS,
    quiet_until=WALLS,
    leaves=st.lists(SPANS, max_size=2).map(lambda spans: tuple(Leave(first=a, last=b) for a, b in spans)),
)
few = settings(
    max_examples=examples(300), deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


@few
@given(RHYTHMS, WALLS, MOMENTS, st.lists(st.integers(-60 * 24, 60 * 24 * 30), max_size=12))
@example(Rhythm(zone="Australia/Lord_Howe"), time(2, 10), datetime(2028, 9, 30, 12, tzinfo=UTC), [60] * 8)
@example(Rhythm(zone="Africa/Casablanca"), time(2, 30), datetime(2028, 1, 20, 12, tzinfo=UTC), [1440] * 12)
def test_whatever_the_clock_does_a_later_question_never_gets_an_earlier_answer(
    rhythm: Rhythm, wall: time, now: datetime, jumps: list[int]
) -> None:
    moments = [now]
    for jump in jumps:
        moments.append(moments[-1] + timedelta(minutes=jump))
    answers = []
    for moment in sorted(moments):
        allowed, slot, due = (
            next_allowed(rhythm, moment),
            next_slot(rhythm, moment, wall),
            deadline(rhythm, moment, 2),
        )
        assert hold(rhythm, allowed) is None or allowed - moment > timedelta(days=700)
        assert hold(rhythm, slot) is None or slot - moment > timedelta(days=700)
        assert allowed >= moment
        assert slot > moment
        assert due > moment
        assert slot >= allowed
        answers.append((allowed, slot, due))
    for early, late in pairwise(answers):
        assert all(one <= other for one, other in zip(early, late, strict=True))


@few
@given(RHYTHMS, WALLS, MOMENTS)
@example(Rhythm(zone="Africa/Cairo", quiet_until=time(0)), time(0), datetime(2028, 4, 20, tzinfo=UTC))
def test_the_daily_slot_comes_once_on_every_day_that_allows_it(rhythm: Rhythm, wall: time, start: datetime) -> None:
    slots = [next_slot(rhythm, start, wall)]
    for _ in range(40):
        slots.append(next_slot(rhythm, slots[-1], wall))
    days = [local(slot, rhythm.zone).date() for slot in slots]
    assume(days[-1] < FIRST + timedelta(days=YEARS + 600))
    wanted, day = [], days[0]
    while day <= days[-1]:
        day = next_nudge_day(rhythm, day)
        wanted += [day] if day <= days[-1] and open_spans(rhythm, day) else []
        day += ONE_DAY
    assert days == wanted


@few
@given(RHYTHMS, RHYTHMS, MOMENTS, st.integers(1, 6), st.integers(0, 24 * 12))
def test_a_promise_is_kept_however_the_calendar_turns_out(
    before: Rhythm, after: Rhythm, opened: datetime, days: int, hours: int
) -> None:
    now = opened + timedelta(hours=hours)
    promised, counted = deadline(before, opened, days), deadline(after, opened, days)
    kept = keep_promise(after, promised, counted, now)
    assert kept >= min(promised, counted)
    assert kept >= promised or (promised - now >= PROMISED and kept - now >= PROMISED)
    if kept not in (promised, counted):
        day = local(kept, after.zone).date()
        assert next_school_day(after, day) == day
    for later in (now, now + timedelta(hours=5), now + timedelta(days=1), now + timedelta(days=3)):
        assert keep_promise(after, kept, counted, later) == kept, "counted again it stays"


@few
@given(st.integers(0, 6), WALLS, ZONES, ZONES, MOMENTS)
def test_a_weekly_time_goes_on_where_one_lives_now(
    weekday: int, wall: time, zone: str, elsewhere: str, start: datetime
) -> None:
    at = start
    for week in range(8):
        at, earlier = next_instant(Weekly(weekday=weekday, wall=wall, zone=zone if week < 4 else elsewhere), at), at
        assert earlier < at <= earlier + timedelta(days=7, hours=3)
        shown = local(at, zone if week < 4 else elsewhere)
        assert shown.time() >= wall or shown.weekday() != weekday, "at the time, or just after a gap that skips it"


@few
@given(st.timezone_keys(allow_prefix=False), st.booleans())
def test_a_zone_is_found_as_people_spell_it(zone: str, shout: bool) -> None:
    said = f" {zone.replace('_', ' ').upper() if shout else zone} "
    assert find_zone(said) in ({zone} if "/" in zone or zone == "UTC" else {None})


def test_what_is_no_zone_is_none() -> None:
    assert [find_zone(text) for text in ("", "Factory", "EST5EDT", "../etc/passwd", "America", "Mars/Olympus")] == [
        None
    ] * 6


def test_a_leap_day_counts_like_any_other() -> None:
    chicago = Rhythm(zone="America/Chicago")
    opened = to_instant(date(2028, 2, 25), time(10), chicago.zone)
    assert local(deadline(chicago, opened, 2), chicago.zone).date() == date(2028, 2, 29)
    assert local(next_slot(chicago, deadline(chicago, opened, 2), time(12)), chicago.zone).date() == date(2028, 3, 1)
