"""Why did I get this, and why did I get nothing: the person asks in the chat, their facilitator looks at the page."""

from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

from bot.app import open_house
from cohorts.nudging.model import NudgeRecord, Reason
from cohorts.nudging.why import explain
from cohorts.usecases.board.cohort import CohortBoard, cohort_board
from cohorts.usecases.nudge import send_due_digest
from cohorts.words import say
from storage.queues import report
from storage.transaction import SqlTransaction
from tests.scenarios.town import SIX, Clock, Town, open_town, settings_in, spoken, whispered

WRITTEN = ("sent", "going", "dropped", "undelivered")
HELD_BACK = [reason for reason in get_args(Reason) if reason not in WRITTEN]


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
        assert "When I wrote and when I did not" in told
        assert "Each time I looked since, it was the same." in told
        assert "I look again" in told
        (row,) = [row for row in (await board_of(town, "ann")).nudges if row.educator_id == "ann"]
        assert [nudged.reason for nudged in row.nudges] == [reason]


async def test_who_got_something_reads_what_it_was_about_and_the_facilitator_does_not(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(9)
        told = whispered(await town.press("ann", "nudge.why"))
        assert "I wrote about" in told
        rows = {row.educator_id: row for row in (await board_of(town, "ann")).nudges}
        assert set(rows) == set(SIX)
        assert "sent" in {nudged.reason for nudged in rows["ann"].nudges}
        assert set(rows["ann"].nudges[0].model_dump()) == {"at", "reason"}


async def test_who_got_nothing_reads_when_we_look_again(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann", "ben") as town:
        told = whispered(await town.press("ann", "nudge.why"))
        assert "I have not written to you yet." in told
        assert "I begin when you have joined" in told
        await town.join("ann")
        told = whispered(await town.press("ann", "nudge.why"))
        assert "I have not written to you yet." in told
        assert "I look again" in told


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
        assert "Here I write to nobody unasked." in told
        assert "quiet for" in await town.reads("fay"), "three school days are enough here"
        board = await board_of(town, "ben")
        assert [member.quiet for member in board.members if member.educator_id == "ben"] == [True]


async def decide_at_slot(town: Town, name: str) -> list[str]:
    """At this person's next slot it is decided, and nobody is there to send it; its key, if there is any."""
    slot = await town.ask(lambda tx: tx.due.at("digest", name))
    assert slot is not None
    town.clock.go_to(slot)
    before = set(await town.states())
    await town.change(lambda tx: send_due_digest(tx, name, slot))
    return [key for key in set(await town.states()) - before if key.startswith(f"{name}:digest:")]


async def decide_on_digest(town: Town, name: str) -> str:
    """The next slot at which there is something to say; its key."""
    while True:
        slot = await town.ask(lambda tx: tx.due.at("digest", name))
        assert slot is not None
        await town.tick_to(slot - timedelta(minutes=1))
        if decided := await decide_at_slot(town, name):
            return decided[0]


async def reasons_of(town: Town, name: str) -> list[str]:
    records = await town.ask(lambda tx: tx.nudges.records(name, town.clock.now() - timedelta(days=21)))
    return [record.reason for record in records]


async def why(town: Town, name: str) -> str:
    """What the button would answer; pressing it would also let the chat catch up."""
    records = await town.ask(lambda tx: tx.nudges.records(name, town.clock.now() - timedelta(days=21)))
    return spoken(explain(records, "en"))


async def test_what_was_dropped_is_not_told_as_sent_and_costs_nothing(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(1)
        key = await decide_on_digest(town, "ann")
        assert (await reasons_of(town, "ann"))[-1] == "going"
        assert "on its way" in await why(town, "ann")
        town.clock.go_to(town.clock.now() + timedelta(hours=13))  # the chat was away
        await town.house.dispatcher.deliver_due()
        assert (await town.states())[key] == "dropped"
        assert (await reasons_of(town, "ann"))[-1] == "dropped"
        told = whispered(await town.press("ann", "nudge.why"))
        assert "I let it go" in told
        assert "Each time I looked since" not in told
        (row,) = [row for row in (await board_of(town, "ann")).nudges if row.educator_id == "ann"]
        assert row.nudges[0].reason == "dropped"
        again = await decide_on_digest(town, "ann")
        await town.house.bell.tick()
        assert (await town.states())[again] == "sent"
        assert (await reasons_of(town, "ann"))[-1] == "sent"


async def test_what_was_not_told_is_told_the_next_day_though_the_first_still_waits(tmp_path: Path) -> None:
    """The chat is away over two slots: the second message has what the first would have said, as that is stale."""
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(1)
        first = await decide_on_digest(town, "ann")
        (second,) = await decide_at_slot(town, "ann")
        await town.house.dispatcher.deliver_due()
        states = await town.states()
        assert (states[first], states[second]) == ("dropped", "sent")
        records = await town.ask(lambda tx: tx.nudges.records("ann", town.clock.now() - timedelta(days=21)))
        assert [record.reason for record in records][-2:] == ["dropped", "sent"]
        assert set(records[-2].refs) <= set(records[-1].refs)


async def test_what_could_not_be_delivered_is_told_as_that_until_it_is_sent_again(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(1)
        key = await decide_on_digest(town, "ann")

        def bury(tx: SqlTransaction) -> None:
            tx.connection.exec_driver_sql("update outbox set state = 'dead' where key = ?", (key,))

        await town.change(bury)
        assert (await reasons_of(town, "ann"))[-1] == "undelivered"
        assert "could not be delivered" in await why(town, "ann")
        await town.change(lambda tx: report.retry(tx.connection, key, "olga", town.clock.now()))
        await town.house.dispatcher.deliver_due()
        assert (await reasons_of(town, "ann"))[-1] == "sent"


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_button_asks_what_the_answer_is_headed_with(language: str) -> None:
    head = say(language, "keeping.group.title").strip("*")
    for key in ("running.button.group", "nudging.open_cohort"):
        assert say(language, key).strip("¿?") == head
