"""Why did I get this, and why did I get nothing: the person asks in the chat, their facilitator looks at the page."""

from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

from bot.app import open_house
from cohorts.nudging.model import NudgeRecord, Reason
from cohorts.usecases.board.cohort import CohortBoard, cohort_board
from storage.transaction import SqlTransaction
from tests.scenarios.town import SIX, Clock, Town, open_town, settings_in, whispered

HELD_BACK = [reason for reason in get_args(Reason) if reason != "sent"]


async def board_of(town: Town, name: str) -> CohortBoard:
    cohort = await town.cohort(name)

    def look(tx: SqlTransaction) -> CohortBoard:
        return cohort_board(tx, cohort, tx.people.get_educator("fay"), town.clock.now())

    return await town.ask(look)


@pytest.mark.parametrize("reason", HELD_BACK)
async def test_every_reason_has_an_answer_for_the_person_and_for_the_facilitator(
    tmp_path: Path, reason: Reason
) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        record = NudgeRecord(educator_id="ann", at=town.clock.now(), kinds=(), refs=(), reason=reason)
        await town.change(lambda tx: tx.nudges.record(record))
        told = whispered(await town.press("ann", "nudge.why"))
        assert "When we wrote and when we did not" in told
        assert "Each time we looked since, it was the same." in told
        assert "We look again" in told
        (row,) = [row for row in (await board_of(town, "ann")).nudges if row.educator_id == "ann"]
        assert [nudged.reason for nudged in row.nudges] == [reason]


async def test_who_got_something_reads_what_it_was_about_and_the_facilitator_does_not(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(9)
        told = whispered(await town.press("ann", "nudge.why"))
        assert "we wrote about" in told
        rows = {row.educator_id: row for row in (await board_of(town, "ann")).nudges}
        assert set(rows) == set(SIX)
        assert "sent" in {nudged.reason for nudged in rows["ann"].nudges}
        assert set(rows["ann"].nudges[0].model_dump()) == {"at", "reason"}


async def test_who_got_nothing_reads_when_we_look_again(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann", "ben") as town:
        told = whispered(await town.press("ann", "nudge.why"))
        assert "We have not written to you yet." in told
        assert "we begin when you have joined" in told
        await town.join("ann")
        told = whispered(await town.press("ann", "nudge.why"))
        assert "We have not written to you yet." in told
        assert "We look again" in told


async def test_what_an_operator_sets_holds_and_is_told(tmp_path: Path) -> None:
    """Nobody is written to unasked where that is turned off, and that is the answer."""
    clock = Clock()
    async with open_town(tmp_path, *SIX, clock=clock) as town:
        await town.form(*SIX)
    quiet = settings_in(tmp_path).model_copy(update={"nudges_per_day": 0, "silent_school_days": 3})
    async with open_house(quiet, clock.now, "OFF") as house:
        town = Town(house, clock)
        await town.pass_days(9)
        records = await town.ask(lambda tx: tx.nudges.records("ann", clock.now() - timedelta(days=21)))
        assert {record.reason for record in records} <= {"off", "nothing_due"}
        told = whispered(await town.press("ann", "nudge.why", key="asked here"))
        assert "messages like this are turned off for everybody here" in told
        assert "Here we write to nobody unasked." in told
        assert "quiet for" in await town.reads("fay"), "three school days are enough here"
        board = await board_of(town, "ben")
        assert [member.quiet for member in board.members if member.educator_id == "ben"] == [True]
