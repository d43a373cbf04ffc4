"""An author who should listen writes in the round's thread: we are told who, and what only when it is to us."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from cohorts.people.model import Cohort, Member
from cohorts.protocols.engine import RunIdentity
from cohorts.protocols.load import latest
from cohorts.usecases.carry_out import begin_run
from cohorts.usecases.tell import open_rooms
from storage.transaction import SqlTransaction
from tests.adapters.discord_hearing.test_discord_gateway import Town, desk_of, discords_own_addresses, open_town
from tests.fakes.small_core import START

assert discords_own_addresses  # a fixture of this module too


def ticking() -> Callable[[], datetime]:
    """A clock that goes on a little with every look: by it the house spaces what it sends."""
    ticks = count()
    return lambda: START + timedelta(milliseconds=50 * next(ticks))


def silent_round(tx: SqlTransaction) -> None:
    """Ann's round, in which she is silent now."""
    facts = {"id": "sotol", "name": "Sotol", "microcredential_id": "formative-assessment", "language": "en"}
    seats = (Member(educator_id="ann"),)
    cohort, protocol = Cohort(**facts, facilitator_id="", members=seats, formed_at=START), latest("tune-a-draft")
    tx.cohorts.save(cohort)
    open_rooms(tx, cohort, "topic", START)
    ident = RunIdentity(id="run-1", cohort_id="sotol", parent_id="", parent_step="")
    run = tx.runs.get(begin_run(tx, cohort, protocol, ident, START, presenter="ann").id)
    order = [one.id for one in protocol.steps]
    silent = next(one.id for one in protocol.steps if "presenter" in one.silent)
    before = order[: order.index(silent)]
    status = dict.fromkeys(before, "closed") | {silent: "open"}
    steps = tuple(one.model_copy(update={"status": status.get(one.id, one.status)}) for one in run.steps)
    tx.runs.save(run.model_copy(update={"steps": steps}), None)


async def in_thread(town: Town) -> str:
    """The thread of the round, which Ann has begun herself."""
    await town.house.database.transact(silent_round)
    guild = next(iter(town.fake.guilds.values()))
    while True:
        await town.house.dispatcher.deliver_due()
        said = [one for room in guild.channels.values() if "sotol" in room.name for one in room.messages.values()]
        for header in said:
            known = f"{header.channel}/{header.id}"
            if await town.house.database.read(
                lambda tx, known=known: tx.runs.find_by_header("discord", guild.id, known)
            ):
                return (await town.ann.begins_thread(header.channel, "Ann's draft", header)).id


async def told(town: Town, words: str) -> list[str]:
    """What she reads in her own conversation with us that says this."""
    while True:
        await town.house.dispatcher.deliver_due()
        found = [json.dumps(one.components) for one in town.ann.reads(town.ann.direct)]
        if said := [one for one in found if words in one]:
            return said
        await asyncio.sleep(0.01)


async def test_who_should_listen_is_told_once_that_nothing_is_kept(tmp_path: Path) -> None:
    async with open_town(tmp_path, ticking()) as town:
        thread = await in_thread(town)
        for _ in range(2):
            await town.ann.posts(thread, "May I explain what I meant?")
            await desk_of(town)
        assert len(await told(town, "delete it there")) == 1


async def test_words_to_us_are_kept_until_it_is_time(tmp_path: Path) -> None:
    async with open_town(tmp_path, ticking()) as town:
        thread = await in_thread(town)
        await town.ann.posts(thread, f"<@{town.fake.bot.id}> May I explain what I meant?")
        (kept,) = await told(town, "Your words are kept here")
        assert "May I explain what I meant?" in kept
