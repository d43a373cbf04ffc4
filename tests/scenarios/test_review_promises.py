"""What was promised is done: a word when the cohort is there, a word while one waits, a way back from everything."""

from datetime import timedelta
from pathlib import Path

import pytest

from cohorts.events import FieldErrors
from storage.transaction import SqlTransaction
from tests.scenarios.town import MICROCREDENTIAL, SIX, START, buttons, joining, open_town, spoken, whispered


async def test_everybody_is_told_once_that_their_cohort_is_there(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(6)
        for name in SIX:
            told = [m for m in await town.seen(name) if "Your cohort is here" in spoken(m)]
            assert len(told) == 1
            assert "cohort.why.open" in {button.action for button in buttons(told[0])}
            assert "about" not in spoken(told[0]).split("Your cohort is here")[1].split("\n")[0]
        assert "Your cohort is here" not in whispered(await town.press("ann", "home.open"))


async def test_who_joins_after_the_last_round_hears_within_ten_school_days(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        await town.tick_to(START + timedelta(days=6))
        assert "would make a cohort" not in await town.reads("ann")
        await town.tick_to(START + timedelta(days=17))
        assert "would make a cohort" in await town.reads("ann"), "the round of the second week has looked"
        home = whispered(await town.press("ann", "home.open"))
        assert "would make a cohort" in home
        assert "what would you like now" in home


async def test_waiting_alone_is_not_called_company(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        assert "near you" not in whispered(await town.press("ann", "home.open"))


async def test_a_pause_in_the_queue_speaks_of_the_queue(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        await town.press("ann", "join.pause")
        assert "Your cohort sees" not in await town.reads("ann")
        home = whispered(await town.press("ann", "home.open"))
        assert "You are paused until January 26" in home
        await town.press("ann", "join.resume")
        assert "in the queue again" in await town.reads("ann")


@pytest.mark.parametrize(("language", "day"), [("en", "January 26"), ("es", "26 de enero")])
async def test_paused_messages_name_a_day_and_can_be_had_again(tmp_path: Path, language: str, day: str) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann", language=language)
        response = await town.press("ann", "nudge.pause", "ann")
        assert day in whispered(response)
        assert "join.resume" in str(response)
        await town.press("ann", "join.resume")
        assert (await town.ask(lambda tx: tx.people.get_educator("ann"))).paused_until is None
        snoozed = str(await town.press("ann", "nudge.snooze", "evidence/x"))
        assert "<t:2026-01-19" in snoozed


async def test_a_change_in_the_queue_is_short(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        await town.send("ann", "join.send", MICROCREDENTIAL, **joining(subject="Physics"))
        text = await town.reads("ann")
        assert "Saved, Ann" in text
        assert text.count("What happens next") == 2  # the first confirmation, in its text and in its block


async def test_a_name_that_is_no_address_is_named_whole(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        response = await town.send("ann", "join.send", **joining(avoid="bob@example.org cy@example.org\nBob Jones"))
        assert isinstance(response, FieldErrors)
        assert "“Bob Jones”" in response.problems["avoid"]


async def test_who_has_left_is_offered_to_join_and_not_to_leave(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.press("ann", "join.leave")
        offered = {button.action for button in buttons((await town.press("ann", "home.open")).message)}  # type: ignore[union-attr]
        assert "join.open" in offered
        assert "join.leave" not in offered


async def test_a_facilitator_is_greeted_as_one(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX, "gil") as town:
        assert "none is yours yet" in whispered(await town.press("fay", "home.open"))
        await town.form(*SIX)
        await town.join("gil")
        home = whispered(await town.press("fay", "home.open"))
        assert "You facilitate 1 cohort. 1 person waits for a cohort." in home
        assert "week" in home or "not begun" in home


async def test_a_facilitator_reads_whose_draft_is_meant(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        (cohort,) = await town.form(*SIX)
        await town.begin("tune-a-draft", cohort, presenter="ann")
        await town.tick_until(_is_fay_asked)
        await town.pass_days(4)
        assert "(draft by Ann Lee)" in await town.reads("fay")


async def test_a_proposal_without_a_cohort_says_so(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        said = whispered(await town.press("fay", "form.propose"))
        assert "No cohort can be formed yet: 1 person waits" in said.replace("**", "")
        home = whispered(await town.press("ann", "home.open"))
        assert "You are early" in home  # nothing can be approved, and still nobody waits without a reason


async def test_the_first_plan_is_not_called_a_look_back(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.tick_to(START + timedelta(days=11))
        assert "look at your plan again" not in await town.reads("ann")


def _is_fay_asked(tx: SqlTransaction) -> bool:
    runs = (run for cohort in tx.cohorts.every() for run in tx.runs.of_cohort(cohort.id))
    return any(step.asked_facilitator_at for run in runs if run.protocol_id == "tune-a-draft" for step in run.steps)
