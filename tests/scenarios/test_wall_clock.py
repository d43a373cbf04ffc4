"""Days and hours that change after steps were planned: snow, a moved zone, other quiet hours, another district."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from pathlib import Path

from bot.app import open_house
from cohorts.calendar.instants import local, to_instant
from cohorts.calendar.model import CalendarEntry, SchoolCalendar
from cohorts.events import Done, FieldErrors, OpenForm
from cohorts.messages import ChoiceField, moment
from cohorts.people.model import Educator, Lea, Leave
from cohorts.protocols.run import Extended
from cohorts.usecases.carry_out import move_run
from cohorts.usecases.replan import ask_replan_for_person
from cohorts.usecases.take_in import take_in_calendar, take_in_leas, take_in_roster
from tests.scenarios.town import LEAS, SIX, START, Clock, Town, open_town, settings_in, spoken, whispered

CHICAGO, DENVER = "America/Chicago", "America/Denver"
TIMES = {"zone": "district", "other": "", "quiet_from": "18:00", "quiet_until": "07:00", "digest_at": "12:15"}


def off(first: str, last: str = "", title: str = "Snow day") -> CalendarEntry:
    days = {"first": date.fromisoformat(first), "last": date.fromisoformat(last or first)}
    return CalendarEntry(title=title, kind="off", **days)


async def bring_calendar(town: Town, number: int, *entries: CalendarEntry) -> None:
    """As `cohortium import calendar` does, for one LEA; then the bell rings."""
    lea_id, name, zone = LEAS[number]
    calendar = SchoolCalendar(id=f"calendar-{number}", lea_ids=(lea_id,), name=name, zone=zone, entries=entries)
    await town.change(lambda tx: take_in_calendar(tx, calendar, town.clock.now()))
    await town.house.bell.tick()


async def told(town: Town) -> Sequence[str]:
    return [spoken(entry.message) for entry in await town.heard() if ":replanned:" in entry.key]


async def due_of(town: Town, step: str) -> dict[str, str]:
    """Each member's own deadline, as their own clock shows it."""
    zones = dict(zip(SIX, [zone for _, _, zone in LEAS] * 2, strict=True))
    due = (await town.cycle()).step(step).due
    return {name: f"{local(at, zones[name]):%a %d %H:%M}" for name, at in due}


async def test_a_snow_day_moves_the_deadline_of_its_district_and_the_cohort_is_told_once(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        (cohort,) = await town.form(*SIX)
        await town.pass_days(1)
        assert set((await due_of(town, "meet")).values()) == {"Thu 15 20:00"}
        await bring_calendar(town, 2, off("2026-01-14"))
        await town.pass_days(0.5)
        dues = await due_of(town, "meet")
        assert {dues["cam"], dues["finn"]} == {"Fri 16 20:00"}
        assert {dues[name] for name in ("ann", "ben", "dee", "eva")} == {"Thu 15 20:00"}
        (message,) = await told(town)
        assert "The school calendar of Fabens changed." in message
        assert "is now open until" in message
        assert not any(f"{name.title()}" in message for name in SIX)
        cycle = await town.cycle()
        (entry,) = [entry for entry in await town.heard() if ":replanned:" in entry.key]
        assert entry.thread == await town.thread_of(cycle)
        assert entry.room == await town.room_of(cohort)
        assert any(key.startswith(f"{cycle.id}:header:{cycle.version}@") for key in await town.states())
        await bring_calendar(town, 2, off("2026-01-14"))
        await bring_calendar(town, 2, off("2026-01-14"), off("2027-01-14"))
        await town.pass_days(0.5)
        assert len(await told(town)) == 1


async def test_where_a_districts_own_date_is_another_it_is_told_too_in_the_cohorts_language(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.settle_in(*SIX, language="es")
        await town.form(*SIX, language="es")
        await town.pass_days(1)
        await bring_calendar(town, 2, off("2026-01-14", "2026-01-28", "Receso"))
        await town.pass_days(2)
        (message,) = await told(town)
        assert "Cambió el calendario escolar de Fabens." in message
        assert "Para Fabens: hasta el" in message
        # The group waits five school days for its last; the district's own date lies beyond.
        assert (await due_of(town, "meet"))["cam"] == "Fri 30 20:00"


async def test_somebody_on_leave_is_not_given_away_by_their_districts_date(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(1)
        leave = (Leave(first=date(2026, 1, 14), last=date(2026, 1, 30)),)
        await _change(town, "finn", leaves=leave)
        await town.pass_days(0.5)
        (message,) = await told(town)
        assert "Days or hours of somebody in this cohort changed." in message
        assert "Fabens" not in message
        assert "Finn" not in message
        await bring_calendar(town, 2, off("2026-01-15", "2026-02-05"))
        await town.pass_days(1)
        assert "Finn" not in "\n".join(await told(town))


async def test_what_opens_later_is_planned_again(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(0.05)
        planned = (await town.cycle()).step("plan").opens_at
        assert planned is not None
        for number in range(3):
            await bring_calendar(town, number, off(f"{local(planned, CHICAGO).date()}"))
        again = (await town.cycle()).step("plan").opens_at
        assert again is not None
        assert again.date() == planned.date() + timedelta(days=1)
        await town.pass_days(2.5)
        assert [e.at.date() for e in await town.heard() if ":plan:open" in e.key] == [again.date()]
        assert any("now opens on" in message for message in await told(town))


async def test_a_cohort_that_has_not_begun_begins_when_all_are_back(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX, clock=Clock(to_instant(date(2026, 1, 10), time(9), CHICAGO))) as town:
        (cohort,) = await town.form(*SIX)
        due = await town.ask(lambda tx: tx.due.at("begin", cohort.id))
        assert due == to_instant(date(2026, 1, 12), time(9), DENVER)
        await bring_calendar(town, 2, off("2026-01-12"))
        due = await town.ask(lambda tx: tx.due.at("begin", cohort.id))
        assert due == to_instant(date(2026, 1, 13), time(7), DENVER)


async def test_a_big_import_asks_and_the_bell_works_through_it_cohort_by_cohort(tmp_path: Path) -> None:
    names = (*SIX, "gil", "hope", "ida", "jon", "kim", "lou")
    async with open_town(tmp_path, *names) as town:
        cohorts = await town.form(*names)
        assert len(cohorts) == 2
        await town.pass_days(1)
        entries = (off("2026-01-14"),)
        calendar = SchoolCalendar(id="c", lea_ids=tuple(i for i, _, _ in LEAS), name="C", zone=CHICAGO, entries=entries)
        await town.change(lambda tx: take_in_calendar(tx, calendar, town.clock.now()))
        waiting = await town.ask(lambda tx: [tx.due.at("replan", cohort.id) for cohort in cohorts])
        assert waiting == [town.clock.now()] * 2
        assert await told(town) == []
        await town.pass_days(2)
        assert await town.ask(lambda tx: [tx.due.at("replan", cohort.id) for cohort in cohorts]) == [None, None]
        assert len(await told(town)) == 2


async def test_what_was_imported_before_a_crash_is_planned_again_after_it(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(1)
        lea_id, name, zone = LEAS[2]
        calendar = SchoolCalendar(id="c", lea_ids=(lea_id,), name=name, zone=zone, entries=(off("2026-01-14"),))
        await town.change(lambda tx: take_in_calendar(tx, calendar, town.clock.now()))
        clock = town.clock
    async with open_house(settings_in(tmp_path), clock.now, "OFF") as house:
        again = Town(house, clock)
        await again.pass_days(0.5)
        await house.bell.tick()
        assert len(await told(again)) == 1
        assert (await due_of(again, "meet"))["cam"] == "Fri 16 20:00"


async def test_an_lea_whose_zone_was_corrected_and_a_teacher_who_moved_to_another(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(1)
        marfa = Lea(id=LEAS[1][0], name="Marfa", state="TX", zone=DENVER)
        await town.change(lambda tx: take_in_leas(tx, [marfa], town.clock.now()))
        await town.house.bell.tick()
        due = (await town.cycle()).step("meet").due_of("ben")
        assert due is not None
        assert f"{local(due, DENVER):%a %H:%M}" == "Thu 20:00"
        ann = await town.ask(lambda tx: tx.people.get_educator("ann"))
        moved = ann.model_copy(update={"lea_id": LEAS[2][0]})
        await town.change(lambda tx: take_in_roster(tx, [moved], town.clock.now()))
        await town.house.bell.tick()
        due = (await town.cycle()).step("meet").due_of("ann")
        assert due is not None
        assert f"{local(due, DENVER):%a %H:%M}" == "Thu 20:00"


async def test_a_reviewers_own_date_moves_too(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        (cohort,) = await town.form(*SIX)
        await town.pass_days(1)
        await town.write_draft("ann")
        run = await town.begin("tune-a-draft", cohort, presenter="ann")
        await town.answer("ann", run, "share")
        await town.tick_until(lambda tx: tx.runs.get(run.id).step("examine").status == "open")
        before = {a.reviewer: a for a in await town.ask(lambda tx: tx.feedback.of_run(run.id)) if a.held}
        today = local(town.clock.now(), CHICAGO).date()
        for number in range(3):
            await bring_calendar(town, number, off(f"{today + timedelta(days=1)}"))
        after = {a.reviewer: a for a in await town.ask(lambda tx: tx.feedback.of_run(run.id)) if a.held}
        assert before.keys() == after.keys()
        assert all(after[name].due > before[name].due for name in before)


async def test_a_review_that_was_asked_before_a_pause_is_not_late_after_it(tmp_path: Path) -> None:
    """Every reader's own date had passed while time stood still, so all were replaced as soon as it went on."""
    async with open_town(tmp_path, *SIX) as town:
        (cohort,) = await town.form(*SIX)
        await town.pass_days(1)
        await town.write_draft("ann")
        run = await town.begin("tune-a-draft", cohort, presenter="ann")
        await town.answer("ann", run, "share")
        await town.tick_until(lambda tx: tx.runs.get(run.id).step("examine").status == "open")
        asked = {a.reviewer for a in await town.ask(lambda tx: tx.feedback.of_run(run.id)) if a.held}
        await town.press("fay", "lead.pause", run.id)
        await town.pass_days(14)
        await town.press("fay", "lead.resume", run.id)
        await town.pass_days(0.5)
        held = [a for a in await town.ask(lambda tx: tx.feedback.of_run(run.id)) if a.held]
        assert {a.reviewer for a in held} == asked
        assert all(a.due > town.clock.now() for a in held)


async def test_a_pause_is_over_on_the_day_that_was_told(tmp_path: Path) -> None:
    """In the afternoon it ended a day later: the slot of the day was already past at that time of day."""
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(1.25)
        await town.press("ann", "join.pause")
        until = (await town.ask(lambda tx: tx.people.get_educator("ann"))).paused_until
        assert until is not None
        assert await town.ask(lambda tx: tx.due.at("return", "ann")) == to_instant(until, time(12, 15), CHICAGO)


async def test_who_moves_west_over_the_date_line_gets_the_digest_of_the_day_that_comes_twice(tmp_path: Path) -> None:
    """It was named after its day, so the second one was taken for a repeat: counted as sent, and lost."""
    async with open_town(tmp_path, *SIX) as town:
        await town.settle_in("ann", zone="Pacific/Auckland")
        await town.arrive("ann")
        await town.form(*SIX)
        await town.tick_until(lambda tx: any(r.sent for r in tx.nudges.records("ann", START)))
        await town.send("ann", "times.send", **TIMES | {"zone": "Pacific/Honolulu"})
        await town.pass_days(4)
        sent = [r for r in await town.ask(lambda tx: tx.nudges.records("ann", START)) if r.sent]
        keys = [entry.key for entry in await town.heard() if entry.key.startswith("ann:digest:")]
        days = [local(r.at, "Pacific/Auckland" if r is sent[0] else "Pacific/Honolulu").date() for r in sent[:2]]
        assert days[0] == days[1], "the same day, twice"
        assert len(keys) == len(sent)


async def test_ones_own_times_are_set_and_taken_back_by_button(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        for name in SIX:
            await town.arrive(name)
        await town.form(*SIX)
        await town.pass_days(1)
        home = await town.press("ann", "home.open")
        assert "times.open" in str(home)
        opened = await town.press("ann", "times.open")
        assert isinstance(opened, OpenForm)
        assert {f.id: f.initial for f in opened.form.fields if isinstance(f, ChoiceField)} == {
            "zone": ("district",),
            "quiet_from": ("18:00",),
            "quiet_until": ("07:00",),
            "digest_at": ("12:15",),
        }
        wanted = TIMES | {"other": "asia/kolkata", "quiet_from": "20:00", "digest_at": "09:30"}
        assert isinstance(await town.send("ann", "times.send", **wanted), Done)
        ann = await town.ask(lambda tx: tx.people.get_educator("ann"))
        assert (ann.zone, ann.quiet_from, ann.digest_at) == ("Asia/Kolkata", time(20), time(9, 30))
        slot = await town.ask(lambda tx: tx.due.at("digest", "ann"))
        assert slot is not None
        assert local(slot, "Asia/Kolkata").time() == time(9, 30)
        assert "Kolkata (India Time)" in await town.reads("ann")
        await town.house.bell.tick()
        due = (await town.cycle()).step("meet").due_of("ann")
        assert due is not None
        assert local(due, "Asia/Kolkata").time() == time(20)
        await town.press("ann", "times.undo")
        assert "Undone" in await town.reads("ann")
        back = await town.ask(lambda tx: tx.people.get_educator("ann"))
        assert (back.zone, back.quiet_from, back.digest_at) == ("", time(18), time(12, 15))
        assert "nothing" in whispered(await town.press("ann", "times.undo")).lower()


async def test_times_that_cannot_be_are_refused_where_they_stand(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.settle_in("ann", language="es")
        wrong = {
            "other": "Marte/Olimpo",
            "quiet_from": "25:00",
            "zone": "Nowhere/Atall",
        }
        for field, value in wrong.items():
            response = await town.send("ann", "times.send", **TIMES | {field: value})
            assert isinstance(response, FieldErrors)
            assert set(response.problems) == {field}
        late = await town.send("ann", "times.send", **TIMES | {"digest_at": "18:30"})
        assert isinstance(late, FieldErrors)
        assert "silencio" in late.problems["digest_at"]
        assert await town.ask(lambda tx: tx.people.get_educator("ann").zone) == ""


async def test_who_waits_is_matched_by_the_zone_they_moved_to(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        await town.send("ann", "times.send", **TIMES | {"zone": "Pacific/Honolulu"})
        assert [i.zone for i in await town.ask(lambda tx: tx.interests.of("ann"))] == ["Pacific/Honolulu"]
        await town.press("ann", "times.undo")
        assert [i.zone for i in await town.ask(lambda tx: tx.interests.of("ann"))] == [CHICAGO]


async def test_given_time_and_snow_add_up(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(1)
        cycle = await town.cycle()
        await town.change(lambda tx: move_run(tx, cycle, Extended(step="meet", school_days=2), town.clock.now()))
        assert (await due_of(town, "meet"))["cam"] == "Mon 19 20:00"
        await bring_calendar(town, 2, off("2026-01-14"))
        assert (await due_of(town, "meet"))["cam"] == "Tue 20 20:00"


async def _change(town: Town, name: str, **changes: object) -> None:
    before = await town.ask(lambda tx: tx.people.get_educator(name))
    after = Educator.model_validate(before.model_dump() | changes)
    await town.change(lambda tx: tx.people.save_educator(after))
    await town.change(lambda tx: ask_replan_for_person(tx, before, after, town.clock.now()))
    await town.house.bell.tick()


async def opening(town: Town, run_id: str, step: str) -> str:
    """What the message with which a step opened says now, moments included."""
    (message,) = [e.message for e in await town.heard() if e.key.startswith(f"{run_id}:{step}:open@")]
    return str(message.blocks)


async def test_the_message_that_opened_a_step_says_its_date_of_now_whatever_moved_it(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(1)
        run_id, seen = (await town.cycle()).id, set()

        async def says_what_counts() -> None:
            closes_at = (await town.cycle()).step("meet").closes_at
            assert closes_at is not None
            assert closes_at not in seen
            said = await opening(town, run_id, "meet")
            assert moment(closes_at) in said
            assert not any(moment(before) in said for before in seen)
            seen.add(closes_at)

        await says_what_counts()
        for number in range(3):
            await bring_calendar(town, number, off("2026-01-14"))
        await town.pass_days(0.1)
        await says_what_counts()
        await town.press("fay", "lead.extend", f"{run_id}/meet")
        await says_what_counts()
        await town.press("fay", "lead.pause", f"{run_id}/")
        await town.pass_days(2)
        await town.press("fay", "lead.resume", f"{run_id}/")
        await says_what_counts()
        assert set((await town.states()).values()) <= {"sent", "pending"}
