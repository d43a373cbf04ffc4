"""A facilitator hears once a day, at their own slot, of everything that still stands then."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from cohorts.calendar.instants import local
from cohorts.messages import Divider
from cohorts.protocols.run import Run
from cohorts.usecases.nudge import send_due_digest
from storage.chat_journal import Heard
from tests.scenarios.town import SIX, Town, buttons, live_cycle, open_town

ZONE = "America/Chicago"


async def to_fay(town: Town) -> Sequence[Heard]:
    return [entry for entry in await town.heard() if entry.readers == ("fay",) and ":questions:" in entry.key]


async def asked_twice(town: Town) -> list[Run]:
    """Two authors whose rounds nobody began: both are asked about in the same minute, late in the evening."""
    (cohort,) = await town.form(*SIX)
    await town.pass_days(1)
    runs = [await town.begin("tune-a-draft", cohort, presenter=name) for name in ("ann", "ben")]
    for run in runs:
        await town.tick_until(lambda tx, run=run: tx.runs.get(run.id).step("share").asked_facilitator_at is not None)
    return runs


async def test_what_arises_in_one_night_is_one_message(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        runs = await asked_twice(town)
        await town.press("cam", "join.leave")
        await town.pass_days(1)
        (message,) = [entry.message for entry in await to_fay(town)]
        extends = {button.value for button in buttons(message) if button.action == "lead.extend"}
        assert extends == {f"{run.id}/share" for run in runs}
        assert "3 things from your cohorts" in message.text
        assert "Cam Lee has left" in message.text
        assert sum(isinstance(block, Divider) for block in message.blocks) == 3


async def test_a_decision_can_still_be_taken_when_it_is_read(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        runs = await asked_twice(town)
        await town.pass_days(1)
        (heard,) = await to_fay(town)
        for run in runs:
            state = (await town.run(run.id)).step("share")
            assert state.status == "open"
            assert state.asked_facilitator_at is not None
            assert state.asked_facilitator_at + timedelta(hours=48) > heard.at + timedelta(hours=36)


async def test_what_is_settled_before_the_slot_is_not_told(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        runs = await asked_twice(town)
        await town.write_draft("ann")
        await town.answer("ann", runs[0], "share")
        await town.press("cam", "join.leave")
        await town.press("cam", "join.return")
        await town.pass_days(1)
        (message,) = [entry.message for entry in await to_fay(town)]
        assert {button.value for button in buttons(message) if button.action == "lead.extend"} == {
            f"{runs[1].id}/share"
        }
        assert "Cam Lee" not in message.text


async def test_a_message_that_an_outage_held_is_dropped_when_all_in_it_is_settled(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        runs = await asked_twice(town)
        slot = await town.ask(lambda tx: tx.due.at("digest", "fay"))
        assert slot is not None
        town.clock.go_to(slot)
        await town.change(lambda tx: send_due_digest(tx, "fay", slot))  # decided, and nobody there to send it
        town.clock.go_to(slot + timedelta(days=4))
        await town.house.bell.tick()  # the runs move on first
        assert {(await town.run(run.id)).status for run in runs} == {"ended"}
        assert not await to_fay(town)
        assert [state for key, state in (await town.states()).items() if ":questions:" in key] == ["dropped"]


async def test_nobody_who_leads_hears_twice_a_day(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.join("fay")
        await live_cycle(town, SIX[2:], town.clock.now() + timedelta(days=40), lambda *_: False)
        told = [e for e in await town.heard() if e.readers == ("fay",) and ":fay:" in f":{e.key}" and not e.only_for]
        days = Counter(
            local(entry.at, ZONE).date() for entry in told if ":questions:" in entry.key or ":digest:" in entry.key
        )
        assert sum(":questions:" in entry.key for entry in told) >= 2
        assert set(days.values()) == {1}
