"""What the headless demo writes down is what people saw, then and there, and not what became of it since."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.demo.record import write_record
from tests.scenarios.town import SIX, START, Town, open_town


async def lines_of(town: Town, folder: Path, name: str) -> Sequence[dict[str, Any]]:
    await town.change(lambda tx: write_record(tx, folder, town.clock.now()))
    return read(folder, name)


def read(folder: Path, name: str) -> Sequence[dict[str, Any]]:
    (path,) = folder.glob(name)
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


async def test_a_welcome_has_the_buttons_that_were_there_when_it_came(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.arrive("ann")
        await town.pass_days(1)
        await town.join("ann")
        welcome, *_, after = (
            line
            for line in await lines_of(town, tmp_path / "out", "people/ann.jsonl")
            if "Welcome, Ann" in line["text"]
        )
        assert ("Join a cohort" in welcome["buttons"], welcome["edited"]) == (True, False)
        assert ("Join a cohort" in after["buttons"], after["edited"]) == (False, True)
        assert datetime.fromisoformat(welcome["time"]) == START
        assert datetime.fromisoformat(after["time"]) >= START + timedelta(days=1)


async def test_a_header_is_there_as_often_as_it_was_written_anew(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(14)
        lines = await lines_of(town, tmp_path / "out", "rooms/*.jsonl")
        headers = [line for line in lines if line["text"].startswith("**Week ")]
        assert len(headers) > 4
        assert [line["edited"] for line in headers] == [False, *[True] * (len(headers) - 1)]
        assert "Meet your cohort" in headers[0]["text"]
        assert "Meet your cohort" not in headers[-1]["text"]
        assert [line["time"] for line in lines] == sorted(line["time"] for line in lines)
