"""When all can meet: from what they told, on days on which all of them are there."""

from datetime import UTC, date, datetime, time, timedelta

from cohorts.calendar.model import CalendarEntry, Rhythm, SchoolCalendar
from cohorts.meeting.offers import Guest, Offer, offers
from cohorts.people.model import Leave, Window

NOW = datetime(2026, 1, 13, 15, 0, tzinfo=UTC)
"""A Tuesday, nine in the morning in Texas."""
AFTERNOONS = tuple(Window(weekday=day, start=time(15, 30), end=time(17)) for day in range(5))


def guest(zone: str = "America/Chicago", *windows: Window, **more: object) -> Guest:
    return Guest(rhythm=Rhythm(zone=zone, **more), windows=windows or AFTERNOONS)  # type: ignore[arg-type]


def local_starts(found: tuple[Offer, ...]) -> list[tuple[int, str]]:
    return [((one.at - timedelta(hours=6)).day, f"{one.at - timedelta(hours=6):%H:%M}") for one in found]


def test_the_next_times_of_one_week_come_in_order() -> None:
    found = offers([guest()], NOW)
    assert local_starts(found)[:4] == [(13, "15:30"), (13, "16:30"), (14, "15:30"), (14, "16:30")]
    assert [one.minutes for one in found[:2]] == [60, 30]


def test_zones_are_brought_together() -> None:
    found = offers([guest(), guest("America/Denver")], NOW)
    assert local_starts(found)[:2] == [(13, "16:30"), (14, "16:30")]
    assert {one.minutes for one in found} == {30}


def test_half_hour_zones_and_others_beyond_a_day_are_no_trouble() -> None:
    evening = Window(weekday=1, start=time(20), end=time(23, 59))
    kolkata = guest("Asia/Kolkata", Window(weekday=2, start=time(7, 45), end=time(9)))
    found = offers([guest("America/Chicago", evening), kolkata], NOW)
    assert found[0] == Offer(at=datetime(2026, 1, 14, 2, 15, tzinfo=UTC), minutes=60)


def test_nothing_begins_before_the_room_can_be_told_and_each_begins_at_a_quarter() -> None:
    after = datetime(2026, 1, 13, 21, 52, tzinfo=UTC)
    found = offers([guest()], after)
    assert found[0] == Offer(at=datetime(2026, 1, 13, 22, 0, tzinfo=UTC), minutes=60)


def test_days_off_and_days_away_are_left_out_also_of_who_told_no_times() -> None:
    storm = CalendarEntry(title="Storm", first=date(2026, 1, 14), last=date(2026, 1, 14), kind="off")
    calendar = SchoolCalendar(id="c", lea_ids=("1",), name="C", zone="America/Chicago", entries=(storm,))
    away = Guest(
        rhythm=Rhythm(zone="America/Chicago", leaves=(Leave(first=date(2026, 1, 15), last=date(2026, 1, 15)),))
    )
    found = offers([guest(calendar=calendar), away], NOW)
    assert {day for day, _ in local_starts(found)} & {14, 15} == set()
    assert local_starts(found)[2] == (16, "15:30")


def test_nobody_told_their_times_so_nothing_is_offered() -> None:
    assert offers([Guest(rhythm=Rhythm(zone="America/Chicago"))], NOW) == ()
    assert offers([], NOW) == ()


def test_times_that_never_meet_give_nothing() -> None:
    morning = Window(weekday=0, start=time(7), end=time(8))
    assert offers([guest(), guest("America/Chicago", morning)], NOW) == ()


def test_the_clock_change_is_followed() -> None:
    before, after = (offers([guest()], datetime(2026, 3, day, 15, 0, tzinfo=UTC))[0].at for day in (6, 9))
    assert (before.hour, after.hour) == (21, 20)


def test_there_are_a_few_at_most() -> None:
    always = tuple(Window(weekday=day, start=time(0), end=time(23, 59)) for day in range(7))
    assert len(offers([guest("America/Chicago", *always)], NOW)) == 8
