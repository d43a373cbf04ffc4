"""What a facilitator writes goes to other districts: a student's name stops it until its author has looked."""

from datetime import timedelta
from pathlib import Path

import pytest

from cohorts.events import FieldErrors, OpenForm, Response
from tests.scenarios.town import SIX, Town, fill, open_town, whispered

NAMED = "Could you ask about my student Maria Lopez, please?"


async def send(town: Town, action: str, value: str, **values: str) -> Response:
    opened = await town.press("fay", action, value)
    assert isinstance(opened, OpenForm)
    return await town.send("fay", opened.form.action, opened.form.value, **fill(opened.form, "fay") | values)


@pytest.mark.parametrize("action", ["member.message", "lead.message.open"])
async def test_words_that_name_a_student_are_looked_at_once_more(tmp_path: Path, action: str) -> None:
    async with open_town(tmp_path, *SIX) as town:
        (cohort,) = await town.form(*SIX)
        await town.pass_days(1)
        value = "ann" if action == "member.message" else cohort.id
        refused = await send(town, action, value, text=NAMED, no_students="")
        assert isinstance(refused, FieldErrors)
        assert "could name a student" in refused.problems["text"]
        await town.pass_days(3)
        assert "Maria" not in await town.reads("ann")
        looked = await send(town, action, value, text=NAMED, no_students="yes")
        assert not isinstance(looked, FieldErrors)
        await town.pass_days(3)
        assert "Maria" in await town.reads("ann")


async def test_who_has_left_is_not_written_to_again(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        (cohort,) = await town.form(*SIX)
        await town.pass_days(1)
        # In the evening words wait for the morning, and before it comes ann leaves.
        await town.tick_to(town.clock.now().replace(hour=5) + timedelta(days=1))
        waiting = await send(town, "member.message", "ann", text="I missed you this week, shall we talk?")
        assert "On its way" in whispered(waiting)
        await town.press("ann", "join.leave")
        assert "whoever left is not written to" in whispered(await town.press("fay", "member.message", "ann"))
        sent = await town.send("fay", "member.message.send", "ann", text="Please come back.")
        assert "whoever left is not written to" in whispered(sent)
        await town.pass_days(3)
        read = await town.reads("ann")
        assert "You have left" in read
        assert "missed you" not in read
        assert "come back." not in read
        assert "has left" in await town.reads("fay"), cohort.name


async def test_one_member_is_written_to_three_times_a_day_at_most(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(1)
        for _ in range(3):
            assert "On its way" in whispered(await send(town, "member.message", "ann", text="A word for you."))
        assert "3 times within a day" in whispered(await town.press("fay", "member.message", "ann"))
        sent = await town.send("fay", "member.message.send", "ann", text="Once more.")
        assert "3 times within a day" in whispered(sent)
        assert "On its way" in whispered(await send(town, "member.message", "ben", text="A word for you."))
        await town.pass_days(1)
        assert "On its way" in whispered(await send(town, "member.message", "ann", text="A word for you."))
