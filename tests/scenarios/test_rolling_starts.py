"""Every second week cohorts are proposed for whoever waits; facilitators hear of it, and nobody else does."""

from datetime import UTC, date, datetime
from pathlib import Path

from cohorts.calendar.model import CalendarEntry
from tests.scenarios.town import LEAS, SIX, Town, open_town

ROUND = date(2026, 1, 19)
"""A fortnight after the first day; the town begins on the Monday before."""


async def proposals(town: Town) -> int:
    return 1 if await town.ask(lambda tx: tx.proposals.newest("open")) else 0


async def test_who_waits_is_proposed_a_cohort_on_the_day_of_the_round(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.join(*SIX)
        await town.tick_to(datetime(2026, 1, 19, 10, 59, tzinfo=UTC))
        assert not await proposals(town)
        await town.tick_to(datetime(2026, 1, 20, 0, 0, tzinfo=UTC))
        found = await town.ask(lambda tx: tx.proposals.newest("open"))
        assert found
        assert sum(len(group.members) for group in found[1].groups) == 6
        assert "It is time to form cohorts" in await town.reads("fay")
        assert ("form.look.open", "") in await town.actions("fay")
        assert not await town.ask(lambda tx: tx.cohorts.every()), "a person approves"
        assert "time to form" not in await town.reads("ann")


async def test_what_somebody_has_changed_by_hand_is_kept(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.join(*SIX)
        await town.press("fay", "form.propose")
        mine = await town.open_proposal()
        await town.press("fay", "form.move", f"{mine}/ann/waiting")
        await town.tick_to(datetime(2026, 1, 20, tzinfo=UTC))
        assert await town.open_proposal() == mine


async def test_not_on_a_day_off_but_on_the_next_day(tmp_path: Path) -> None:
    off = CalendarEntry(title="Off", first=ROUND, last=ROUND, kind="off")
    async with open_town(tmp_path, holidays=(off,)) as town:
        await town.settle_in(*SIX, lea=dict.fromkeys(SIX, 0))
        await town.join(*SIX)
        await town.tick_to(datetime(2026, 1, 20, 0, 0, tzinfo=UTC))
        assert not await proposals(town), LEAS[0][1]
        await town.tick_to(datetime(2026, 1, 20, 18, 0, tzinfo=UTC))
        assert await proposals(town)


async def test_nobody_waiting_there_is_no_round(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.tick_to(datetime(2026, 1, 20, tzinfo=UTC))
        assert not await proposals(town)
        assert await town.ask(lambda tx: tx.due.at("round", "forming")) is None
        assert "time to form" not in await town.reads("fay")
