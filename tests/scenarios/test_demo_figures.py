"""The figures of the headless demo count what was delivered: each of them shows a promise that is broken."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

from bot.chat.local.ids import PLATFORM, WORKSPACE, direct_id
from bot.demo.summary import find_leaks, summarise
from cohorts.calendar.instants import local
from cohorts.calendar.model import CalendarEntry, SchoolCalendar
from cohorts.messages import Message
from cohorts.protocols.run import Run
from storage.chat_journal import heard_since, outgoing
from storage.transaction import SqlTransaction
from tests.scenarios.town import LEAS, SIX, START, Town, open_town

AT = f"@{PLATFORM}/{WORKSPACE}"
BROKEN = "Six of thirty\nraised a hand, and nobody\nasked the others why they had not."
FABENS = ("cam", "finn")
"""They alone are in the third LEA."""
NEVER = ("nudges_per_person_week_max", "facilitator_messages_per_week_max", "sends_in_forbidden_hours")
NONE = ("steps_late", "sealed_leaks", "duplicates", "lost")


async def figures(town: Town) -> Mapping[str, object]:
    now = town.clock.now()
    return await town.ask(lambda tx: summarise(tx, heard_since(tx.connection, 0), now))


async def say(town: Town, key: str, room: str, text: str = "Something is due.") -> None:
    """Into the chat, past everything that holds it back."""
    await town.house.local.send(f"{key}{AT}", WORKSPACE, room, Message(text=text))


async def sealed(town: Town) -> tuple[Run, str]:
    """A sealed round that waits for answers, and its room."""
    (cohort,) = await town.form(*SIX)
    await town.pass_days(1)
    return await town.begin("sealed-round", cohort), await town.room_of(cohort)


async def test_a_quiet_day_breaks_nothing(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await sealed(town)
        await town.pass_days(1)
        found = await figures(town)
        assert [found[name] for name in ("sends_in_forbidden_hours", *NONE)] == [0] * 5


async def test_who_waits_in_silence_is_shown_without_a_reason(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        assert (await figures(town))["unplaced"] == {"ann": ""}
        await town.pass_days(20)
        assert (await figures(town))["unplaced"] == {"ann": "too_few"}, "the fortnight's round has looked"


async def test_messages_at_night_and_too_many_are_counted(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.arrive("ann")
        await town.arrive("fay")
        for day in range(4):
            town.clock.go_to(START + timedelta(days=day))
            await say(town, f"ann:digest:{day}", direct_id("ann"), f"Day {day}.")
        town.clock.go_to(START + timedelta(days=3, hours=14))
        await say(town, "fay:questions:1", direct_id("fay"))
        found = await figures(town)
        assert [found[name] for name in NEVER] == [4, 1, 1]


async def test_words_said_twice_and_words_never_said_are_counted(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        run, room = await sealed(town)
        await say(town, "one", room)
        await say(town, "two", room)
        assert (await figures(town))["duplicates"] == 1
        await town.change(lambda tx: _unsay(tx, f"{run.id}:answer:open{AT}"))
        assert (await figures(town))["lost"] == 1
        await town.change(lambda tx: _hold_back(tx, f"{run.id}:header{AT}"))
        assert (await figures(town))["lost"] == 2


async def test_what_waits_for_the_morning_and_what_stands_behind_it_is_not_lost(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.tick_until(lambda tx: any(run.step("meet").status == "open" for run in _runs(tx)))
        town.clock.go_to(town.clock.now() + timedelta(hours=14))
        await town.answer("ann", await town.cycle(), "meet")
        waiting = [key for key, state in (await town.states()).items() if state == "pending"]
        assert len(waiting) == 2
        assert (await figures(town))["lost"] == 0


async def test_sealed_words_are_found_however_their_lines_break(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        run, room = await sealed(town)
        await town.answer("ann", run, "answer", answer=BROKEN)
        await say(town, "leak", room, f"Somebody said: {BROKEN}")
        leaks = await town.ask(lambda tx: find_leaks(tx, heard_since(tx.connection, 0), outgoing(tx.connection)))
        assert leaks == [f"{run.id}:answer/ann/answer"]


async def test_a_step_is_late_by_its_plan_and_not_by_the_bell(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        planned = await town.ask(lambda tx: tx.due.at("begin", tx.cohorts.every()[0].id))
        assert planned is not None
        await town.tick_to(planned)
        cycle = await town.cycle()
        opens_at = next(state.opens_at for state in cycle.steps if state.status == "waiting" and state.opens_at)
        assert opens_at is not None
        town.clock.go_to(opens_at - timedelta(minutes=1))
        assert (await figures(town))["steps_late"] == 0
        town.clock.go_to(opens_at + timedelta(minutes=30))
        await town.house.bell.tick()
        assert (await figures(town))["steps_late"] == 1


async def test_a_step_planned_while_somebody_was_away_is_on_time_for_them_too(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.tick_until(lambda tx: any(run.step("meet").status == "open" for run in _runs(tx)))
        for name in FABENS:
            await town.press(name, "join.pause")
        await town.tick_until(lambda tx: _planned(tx) > town.clock.now() + timedelta(days=1))
        day = local(await town.ask(_planned), "America/Denver").date()
        await town.change(lambda tx: tx.calendars.save(_day_off(day)))
        for name in FABENS:
            await town.press(name, "join.resume")
        await town.pass_days(10)
        assert (await figures(town))["steps_late"] == 0


async def test_reviews_count_as_soon_as_they_can_be_read(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        (cohort,) = await town.form(*SIX)
        await town.pass_days(1)
        await town.write_draft("ann")
        run = await town.begin("tune-a-draft", cohort, presenter="ann")
        await town.answer("ann", run, "share")
        assert (await figures(town))["reviews_per_author"] == {"min": 0, "median": 0, "max": 0}
        await town.tick_until(lambda tx: tx.runs.get(run.id).step("examine").status == "open")
        for reviewer in (await town.run(run.id)).role("reviewer"):
            await town.answer(reviewer, await town.run(run.id), "examine")
        await town.tick_until(lambda tx: tx.runs.get(run.id).step("examine").status == "done")
        assert (await town.run(run.id)).status == "running"
        assert (await figures(town))["reviews_per_author"] == {"min": 3, "median": 3, "max": 3}


def _planned(tx: SqlTransaction) -> datetime:
    """When the next step of the cycle opens; long ago while none is planned."""
    states = (state for run in _runs(tx) for state in run.steps if state.status == "waiting")
    return min((state.opens_at for state in states if state.opens_at), default=START)


def _day_off(day: date) -> SchoolCalendar:
    entry = CalendarEntry(first=day, last=day, kind="off", title="Staff day")
    return SchoolCalendar(id="fabens", lea_ids=(LEAS[2][0],), name="Fabens", zone=LEAS[2][2], entries=(entry,))


def _runs(tx: SqlTransaction) -> list[Run]:
    return [run for cohort in tx.cohorts.every() for run in tx.runs.of_cohort(cohort.id)]


def _unsay(tx: SqlTransaction, key: str) -> None:
    tx.connection.exec_driver_sql("delete from chat_message where key = ?", (key,))


def _hold_back(tx: SqlTransaction, key: str) -> None:
    tx.connection.exec_driver_sql("update outbox set state = 'pending' where key = ?", (key,))
