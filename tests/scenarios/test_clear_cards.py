"""What a card says is so for whoever reads it: its buttons are theirs, its words are about now."""

from pathlib import Path

import pytest

from cohorts.events import Whisper
from tests.scenarios.town import SIX, Town, buttons, open_town, whispered


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
