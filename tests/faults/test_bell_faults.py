"""Two bells at once, outages, and work that raises."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot import scheduler
from bot.app import open_house
from bot.chat.local.adapter import LocalChat
from bot.chat.local.feed import Feed
from bot.dispatcher import Dispatcher
from bot.scheduler import Bell
from cohorts.calendar.hours import hold
from cohorts.ports import Transaction
from cohorts.usecases.tell import rhythm_of
from storage.database import SqliteDatabase
from storage.queues import agenda, due
from tests.scenarios.town import SIX, Town, open_town, settings_in

NAMES = (*SIX, "gil", "hope", "ida", "jon", "kim", "lou")


async def no_doubles(town: Town) -> None:
    heard = await town.heard()
    assert not [key for key, number in Counter(entry.key for entry in heard).items() if number > 1]
    words = Counter((e.room, e.thread, e.at, e.message.model_dump_json()) for e in heard if not e.only_for)
    assert not [entry for entry, number in words.items() if number > 1]


async def test_two_workers_on_one_database_do_everything_once(tmp_path: Path) -> None:
    async with open_town(tmp_path, *NAMES) as town:
        for name in NAMES:
            await town.arrive(name)
        await town.form(*NAMES)
        other = SqliteDatabase(tmp_path / "cohortium.db", "OFF")
        try:
            chat = LocalChat(other, town.clock.now, Feed())
            dispatcher = Dispatcher(other, {chat.platform: chat}, town.clock.now, owner="other")
            bells = (town.house.bell, Bell(other, dispatcher, town.clock.now))
            end = town.clock.now() + timedelta(days=12)
            while (at := await town.ask(lambda tx: agenda.next_due(tx.connection))) is not None and at <= end:
                town.clock.go_to(at)
                await asyncio.gather(*(bell.tick() for bell in bells))
        finally:
            await other.close()
        await no_doubles(town)
        assert set((await town.states()).values()) == {"sent"}
        errors = await town.ask(
            lambda tx: [row[0] for row in tx.connection.exec_driver_sql("select error from due where error != ''")]
        )
        assert errors == []
        opened = Counter(e.key for e in await town.heard() if e.key.split("@")[0].endswith(":meet:open"))
        assert set(opened.values()) == {1}
        assert len(opened) == 2


@pytest.mark.parametrize("away", [timedelta(hours=5), timedelta(days=5)], ids=["hours", "days"])
@pytest.mark.parametrize("hour", [3, 16, 22])
async def test_after_an_outage_nothing_comes_at_a_bad_time_or_in_a_burst(
    tmp_path: Path, away: timedelta, hour: int
) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(1)
        cohort = await town.cohort("ann")
        run = await town.begin("sealed-round", cohort)
        await town.tick_until(lambda tx: tx.runs.get(run.id).step("answer").status == "open")
        for name in SIX[:5]:
            await town.answer(name, run, "answer")
        await town.tick_to((town.clock.now() + timedelta(days=1)).replace(hour=hour))
        before = len(await town.heard())
        town.clock.go_to(town.clock.now() + away)
        await town.house.bell.tick()
        await town.pass_days(6)
        rhythms = await town.ask(lambda tx: {n: rhythm_of(tx, tx.people.get_educator(n)) for n in (*SIX, "fay")})
        news = (await town.heard())[before:]
        assert news
        for entry in news:
            readers = [entry.key.split(":")[0]] if ":digest:" in entry.key else entry.readers
            assert {hold(rhythms[name], entry.at) for name in readers} == {None}, entry.key
        days = Counter((e.room, e.at.date()) for e in news if ":digest:" in e.key)
        assert set(days.values()) <= {1}
        keys = [entry.key for entry in await town.heard()]
        reveal = [number for number, key in enumerate(keys) if f"{run.id}:answer:reveal:0" in key]
        talk = [number for number, key in enumerate(keys) if f"{run.id}:talk:open" in key]
        assert len(reveal) == len(talk) == 1
        assert reveal < talk
        await no_doubles(town)


async def test_what_fails_backs_off_alone(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.change(lambda tx: tx.due.set("digest", "nobody-any-more", town.clock.now()))
        await town.house.bell.tick()
        for span in scheduler.BACKOFF:
            again = await town.ask(lambda tx: tx.due.at("digest", "nobody-any-more"))
            assert again == town.clock.now() + span
            await town.tick_to(again)
        [rests] = await town.ask(lambda tx: due.dead(tx.connection))
        assert (rests.kind, rests.ref, rests.error) == ("digest", "nobody-any-more", "MissingError")
        await town.pass_days(1)
        assert (await town.cycle()).step("meet").status == "open"
        assert set((await town.states()).values()) == {"sent"}


async def test_a_tick_that_was_cut_is_done_again_by_the_next_process(tmp_path: Path) -> None:
    """Claimed and never settled: the lease runs out, and what may have arrived is looked up first."""
    async with open_town(tmp_path, *SIX) as town:
        await town.join(*SIX)
        await town.press("fay", "form.propose")
        await town.press("fay", "form.approve", await town.open_proposal())

        class Cut(LocalChat):
            async def send(self, *args: object, **named: object) -> str:
                await super().send(*args, **named)  # type: ignore[arg-type]
                raise asyncio.CancelledError

        chat = Cut(town.house.database, town.clock.now, Feed())
        dispatcher = Dispatcher(town.house.database, {chat.platform: chat}, town.clock.now)
        with pytest.raises(asyncio.CancelledError):
            await ring(town, Bell(town.house.database, dispatcher, town.clock.now), timedelta(days=1))
        clock = town.clock
    async with open_house(settings_in(tmp_path), clock.now, "OFF") as house:
        town = Town(house, clock)
        await town.pass_days(1)
        await no_doubles(town)
        assert set((await town.states()).values()) == {"sent"}
        assert await town.ask(_unsettled) == {}


async def ring(town: Town, bell: Bell, span: timedelta) -> None:
    """This bell alone, from one due thing to the next."""
    end = town.clock.now() + span
    while (at := await town.ask(lambda tx: agenda.next_due(tx.connection))) is not None and at <= end:
        town.clock.go_to(at)
        await bell.tick()


def _unsettled(tx: object) -> Mapping[str, datetime]:
    rows = tx.connection.exec_driver_sql("select key, lease_until from outbox where state != 'sent'")  # type: ignore[attr-defined]
    return {row[0]: row[1] for row in rows}


async def test_a_bell_that_is_stopped_finishes_what_it_has_taken_and_leaves_the_rest(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        loop, stopping = asyncio.get_running_loop(), asyncio.Event()

        def work(tx: Transaction, ref: str, now: datetime) -> None:
            loop.call_soon_threadsafe(stopping.set)
            tx.due.clear("note", ref)

        def plan(tx: Transaction) -> None:
            for number in range(40 * scheduler.BATCH):
                tx.due.set("note", str(number), town.clock.now())

        bell = Bell(town.house.database, town.house.dispatcher, town.clock.now, work={"note": work})
        await town.house.database.transact(plan)
        ringing = asyncio.create_task(bell.ring())
        await stopping.wait()
        await bell.stop()
        await ringing
        left = await town.ask(lambda tx: list(tx.connection.exec_driver_sql("select owner from due where kind='note'")))
        assert left
        assert {owner for (owner,) in left} == {""}
