"""What a facilitator writes goes to other districts: a student's name stops it until its author has looked."""

from pathlib import Path

import pytest

from cohorts.events import FieldErrors, OpenForm
from tests.scenarios.town import SIX, Town, fill, open_town

NAMED = "Could you ask about my student Maria Lopez, please?"


async def send(town: Town, action: str, value: str, **values: str) -> object:
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
