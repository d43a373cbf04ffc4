"""What a card says is so for whoever reads it: its buttons are theirs, its words are about now."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.local.ids import message_number
from cohorts.events import OpenForm, Whisper
from cohorts.messages import Message
from cohorts.protocols.run import Run
from tests.scenarios.town import SIX, Town, buttons, open_town, spoken, whispered


async def interest_of(town: Town, name: str) -> str:
    return " ".join(i.status for i in await town.ask(lambda tx: tx.interests.of(name)))


@pytest.mark.parametrize("old", ["join.pause", "join.resume", "join.leave"])
async def test_an_old_button_pressed_after_leaving_says_that_one_has_left(tmp_path: Path, old: str) -> None:
    """The pause and its "Undo" stay in the conversation; neither puts anybody back into the queue."""
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        await town.press("ann", "join.pause")
        await town.press("ann", "join.leave")
        before = await town.reads("ann")
        response = await town.press("ann", old)
        assert "You have left" in whispered(response)
        assert isinstance(response, Whisper)
        assert "join.return" in {button.action for button in buttons(response.message)}
        assert await town.reads("ann") == before
        assert await interest_of(town, "ann") == "withdrawn"
        await town.press("ann", "join.return")
        assert await interest_of(town, "ann") == "waiting"


async def test_an_old_pause_of_somebody_whose_cohort_they_left_says_so(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.press("ann", "join.leave")
        assert "You have left" in whispered(await town.press("ann", "join.pause"))
        assert "ann" not in (await town.cohort("ann")).active_members


async def test_coming_back_twice_is_said_once(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        await town.press("ann", "join.pause")
        await town.press("ann", "join.resume")
        assert "not paused" in whispered(await town.press("ann", "join.resume"))
        assert (await town.reads("ann")).count("Welcome back") == 2  # one message, in its text and in its block


async def test_a_facilitator_who_paused_messages_is_not_put_in_the_queue(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        await town.press("fay", "nudge.pause", "fay")
        await town.press("fay", "join.resume")
        text = await town.reads("fay")
        assert "I write to you again" in text
        assert "queue" not in text


async def header_of(town: Town, run: Run) -> Message:
    """The living header as it stands now."""
    room, number = (
        await town.room_of(await town.ask(lambda tx: tx.cohorts.get(run.cohort_id))),
        await town.thread_of(run),
    )
    seen = await town.house.local.people.message("ben", room, message_number(number))
    assert seen.message is not None
    return seen.message


async def tuning(town: Town) -> Run:
    """Everybody's own round has begun; the cycle."""
    await town.form(*SIX)
    await town.tick_until(lambda tx: len(tx.runs.of_cohort(tx.cohorts.of("ann")[0].id)) > len(SIX))
    await town.pass_days(0.1)
    return await town.cycle()


async def share(town: Town, *names: str) -> None:
    for name in names:
        await town.write_draft(name)
        await town.answer(name, await town.round_of(name), "share")
    await town.house.bell.tick()


async def reach(town: Town, author: str, step: str) -> Run:
    """The author's round, with this step open."""
    run = await town.round_of(author)
    await town.tick_until(lambda tx: tx.runs.get(run.id).step(step).status == "open")
    return await town.run(run.id)


async def test_a_header_says_how_many_are_awaited_and_never_who(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await tuning(town)
        header = spoken(await header_of(town, await town.round_of("ann")))
        assert "Share your draft" in header
        assert "1 of 1" in header
        assert "Ann" not in header
        await share(town, "ann")
        run = await reach(town, "ann", "examine")
        header = spoken(await header_of(town, run))
        assert "Ann Lee" in header  # whose draft it is, now that it is shared and others are awaited
        assert "3 of 3" in header
        for name in run.role("reviewer"):
            assert f"{name.title()} Lee" not in header
            await town.answer(name, run, "examine")
        run = await reach(town, "ann", "respond")
        header = spoken(await header_of(town, run))
        assert "1 of 1" in header
        assert "Ann" not in header
