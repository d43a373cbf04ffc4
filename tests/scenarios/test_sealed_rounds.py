"""Sealed words are nowhere before the reveal; then they are everywhere, unchanged and at once."""

from datetime import date
from pathlib import Path

from structlog.testing import capture_logs

from bot.demo.record import write_record
from cohorts.calendar.instants import local
from cohorts.calendar.model import CalendarEntry
from cohorts.events import OpenForm
from cohorts.protocols.run import Run
from tests.scenarios.town import SIX, Town, open_town, whispered

SECRET = "Ann noticed that six of thirty raised a hand when the question had no right answer."
LATE = "Finn counted eleven hands on Thursday and wants to know whose they were."


async def begun(town: Town) -> Run:
    (cohort,) = await town.form(*SIX)
    await town.pass_days(1)
    return await town.begin("sealed-round", cohort)


async def exported(town: Town, folder: Path, but: str) -> str:
    await town.change(lambda tx: write_record(tx, folder, town.clock.now()))
    return _texts(folder, but)


def _texts(folder: Path, but: str) -> str:
    files = sorted(path for path in folder.rglob("*.jsonl") if but not in path.name)
    assert files
    return "\n".join(path.read_text("utf-8") for path in files)


async def test_sealed_words_are_nowhere_until_the_reveal(tmp_path: Path) -> None:
    with capture_logs() as logged:
        async with open_town(tmp_path, *SIX) as town:
            run = await begun(town)
            await town.answer("ann", run, "answer", answer=SECRET)
            await town.pass_days(1)
            for person in (*SIX[1:], "fay"):
                assert SECRET not in await town.reads(person)
                assert SECRET not in whispered(await town.press(person, "home.open"))
            assert SECRET not in await town.all_text()
            assert SECRET not in await exported(town, tmp_path / "before", "nobody")
            assert SECRET not in str(logged)
            assert "5 of 6" in await town.reads("ben")  # how many, never who

            await town.tick_until(lambda tx: tx.runs.get(run.id).step("answer").revealed > 0)
            await town.pass_days(0.2)
            for person in (*SIX, "fay"):
                assert SECRET in await town.reads(person)
            shown = [e for e in await town.heard() if e.key.startswith(f"{run.id}:answer:reveal")]
            assert len(shown) == 1
            assert SECRET not in str(logged)


async def test_ones_own_words_come_back_and_can_be_changed_until_they_are_shown(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        run = await begun(town)
        await town.answer("ann", run, "answer", answer="My very first attempt at some sealed words.")
        again = await town.press("ann", "step.answer.open", f"{run.id}/answer")
        assert isinstance(again, OpenForm)
        assert "very first attempt" in str(again.form)
        other = await town.press("ben", "step.answer.open", f"{run.id}/answer")
        assert "very first attempt" not in str(other)
        await town.answer("ann", run, "answer", answer=SECRET)
        await town.tick_until(lambda tx: tx.runs.get(run.id).step("answer").status == "closed")
        assert "sealed" in whispered(await town.answer("ann", run, "answer", answer=SECRET))
        await town.tick_until(lambda tx: tx.runs.get(run.id).step("answer").revealed > 0)
        await town.pass_days(0.2)
        text = await town.reads("ben")
        assert "very first attempt" not in text
        assert SECRET in text
        assert "came later" not in text


async def test_what_was_shown_stays_as_it_was(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        run = await begun(town)
        for name in SIX[:5]:
            await town.answer(name, run, "answer", answer=f"{SECRET} ({name})")
        await town.tick_until(lambda tx: tx.runs.get(run.id).step("answer").revealed > 0)
        assert "shown" in whispered(await town.answer("ann", run, "answer", answer="Something else entirely now."))
        assert "Something else" not in await town.all_text()
        kept = await town.ask(
            lambda tx: {a.member: w["answer"].for_author() for a, w in tx.runs.answers(run.id, "answer")}
        )
        assert kept["ann"] == f"{SECRET} (ann)"
        # Somebody who had not answered is still welcome, and marked.
        assert "still welcome" in whispered(await town.answer("finn", run, "answer", answer=LATE))
        await town.pass_days(1)
        text = await town.reads("ben")
        assert LATE in text
        assert "came later" in text


async def test_steering_one_run_leaves_the_other_alone(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        (cohort,) = await town.form(*SIX)
        await town.pass_days(1)
        one, other = await town.begin("sealed-round", cohort), await town.begin("sealed-round", cohort)
        assert one.steps == other.steps
        await town.press("fay", "lead.extend", f"{one.id}/answer")
        assert (await town.run(other.id)).steps == other.steps
        assert (await town.run(one.id)).step("answer").closes_at > other.step("answer").closes_at
        await town.press("fay", "lead.pause", f"{one.id}/answer")
        assert [(await town.run(run.id)).status for run in (one, other)] == ["paused", "running"]
        await town.answer("ann", other, "answer", answer=SECRET)
        assert not (await town.run(one.id)).step("answer").answered
        await town.pass_days(10)
        assert [(await town.run(run.id)).status for run in (one, other)] == ["paused", "ended"]
        await town.press("fay", "lead.resume", f"{one.id}/answer")
        await town.pass_days(14)
        assert (await town.run(one.id)).status == "ended"


async def test_a_holiday_gives_that_member_their_own_later_date(tmp_path: Path) -> None:
    off = CalendarEntry(title="Storm", first=date(2026, 1, 14), last=date(2026, 1, 14), kind="off")
    async with open_town(tmp_path, *SIX, holidays=(off,), holidays_in=1) as town:
        (cohort,) = await town.form(*SIX)
        begun_run = await town.begin("sealed-round", cohort)
        await town.pass_days(0.2)
        run = await town.run(begun_run.id)
        due = {name: local(at, "America/Chicago").date() for name, at in run.step("answer").due}
        later = {"ben", "eva"}
        assert {name for name, day in due.items() if day == date(2026, 1, 15)} == later
        assert {day for name, day in due.items() if name not in later} == {date(2026, 1, 14)}
        assert run.step("answer").closes_at == max(at for _, at in run.step("answer").due)
