"""Storms of refusals, events that come twice or out of order, and wake-ups that never arrive."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import clock
from bot.dispatcher import Dispatcher
from bot.simulator.platform import Faults, SimulatedChat
from cohorts.events import Event, Pressed
from cohorts.messages import Message
from cohorts.send_errors import RateLimitedError, Scope
from storage.database import Database, open_database
from storage.migrate import upgrade
from storage.queues import due
from tests.faults.house import Doors, MortalHouse
from tests.faults.journey import JOURNEY, SETTING_OUT, Beginning, Step, check, event, outcome, set_out
from tests.faults.test_delivery_limits import Line, numbered


@pytest.fixture(scope="module")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> Beginning:
    return asyncio.run(set_out(tmp_path_factory.mktemp("beginning") / "cohortium.db"))


class Storm(SimulatedChat):
    """Half of all sends are answered with 429, for a conversation, the workspace or everything."""

    scopes: Sequence[Scope] = ("conversation", "workspace", "platform")
    refused = 0

    async def send(self, key: str, workspace: str, conversation: str, message: Message, thread: str = "") -> str:
        self._tries[f"storm {key}"] += 1
        if self._happens("storm", f"storm {key}", 0.5):
            self.refused += 1
            raise RateLimitedError(timedelta(seconds=1 + self.refused % 7), self.scopes[self.refused % 3])
        return await super().send(key, workspace, conversation, message, thread)


@pytest.mark.parametrize("platform", ["slack", "discord"])
async def test_a_storm_of_429_is_sat_out_in_order_and_costs_no_tries(database: Database, platform: str) -> None:
    line = Line(database, platform=platform)
    line.chat = Storm(platform, line.now, faults=Faults(broken=0.1), seed=3)
    for space in ("T1", "T2"):
        for room in range(4):
            await line.enqueue(space, f"{space}-{room}", *numbered(f"{space}-{room}", 6))
    await line.run(line.worker("one"), line.worker("two"))
    assert line.chat.refused > 20
    assert line.chat.doubled == 0
    assert await line.states() == {"sent": 48}
    for room in {each.conversation for each in line.chat.accepted}:
        assert line.said(room) == numbered(room, 6)


class Echo(MortalHouse):
    """A platform that delivers every event twice at the same moment, and all of the earlier ones once more now and
    then."""

    earlier: list[Event]
    chance: random.Random

    async def handle(self, event: Event) -> Any:
        first, _ = await asyncio.gather(super().handle(event), super().handle(event))
        for old in self.chance.sample(self.earlier, min(3, len(self.earlier))):
            await super().handle(old)
        self.earlier.append(event)
        return first


async def lived(start: Beginning, file: Path, steps: Sequence[Step], doors: Doors | None = None) -> Any:
    world = start.world(file, doors)
    await world.live(steps, [])
    database = world.open_database()
    try:
        return await outcome(database, world.ledgers)
    finally:
        await database.close()


def echoing(seed: int) -> Doors:
    def house(*args: Any) -> MortalHouse:
        made = Echo(*args)
        made.earlier, made.chance = [], random.Random(seed)
        return made

    return Doors(house=house)


async def test_events_that_come_twice_change_nothing(beginning: Beginning, tmp_path: Path) -> None:
    undisturbed = await lived(beginning, tmp_path / "one.db", JOURNEY)
    check(await lived(beginning, tmp_path / "two.db", [*SETTING_OUT, *JOURNEY], echoing(1)), undisturbed)


@pytest.mark.parametrize("seed", range(3))
async def test_events_out_of_order_end_in_the_same(beginning: Beginning, tmp_path: Path, seed: int) -> None:
    """Answers arrive in any order, and presses of what is not there yet, or not any more, between them."""

    async def press_too_soon(world: Any) -> None:
        await world.living.handle(event(Pressed, "ben", "early", "step.answer.open", value="the-round/talk"))
        await world.living.handle(event(Pressed, "fay", "gone", "form.approve", value="no-such-proposal"))

    undisturbed = await lived(beginning, tmp_path / "one.db", JOURNEY)
    shuffled = [*JOURNEY[5:10], press_too_soon]
    random.Random(seed).shuffle(shuffled)
    found = await lived(beginning, tmp_path / "two.db", [*JOURNEY[:5], *shuffled, *JOURNEY[10:]], echoing(seed))
    check(found, undisturbed)


@pytest.mark.postgres
@pytest.mark.xdist_group("postgres")
@pytest.mark.parametrize(
    ("cut", "within"),
    [("the line", 8), pytest.param("every line", 30, marks=pytest.mark.slow)],
    ids=["the line is lost", "nobody hears"],
)
async def test_when_a_wake_up_is_lost_it_goes_out_all_the_same(postgres_server: Any, cut: str, within: int) -> None:
    """The server ends the line on which a worker listens: it listens again and looks. Where nothing is heard at all,
    it looks every ten seconds."""
    name = f"deaf_{within}"
    postgres_server.psql(f"CREATE DATABASE {name};")
    here, there = (open_database(postgres_server.get_uri(name)) for _ in range(2))
    await here.with_connection(upgrade)
    line = Line(here, at=clock.now())
    chat = SimulatedChat("slack", clock.now)
    worker = Dispatcher(there, {"slack": chat}, clock.now, "there", elapsed=clock.elapsed)
    if cut == "the line":
        there.listen(worker.wake)
    running = asyncio.create_task(worker.run())
    try:
        await asyncio.sleep(1)
        end = "select pg_terminate_backend(pid) from pg_stat_activity where query like 'LISTEN%'"
        with suppress(Exception):
            await here.with_connection(lambda opened: opened.exec_driver_sql(end).all())
        await line.enqueue("T1", "r", "a")
        async with asyncio.timeout(within):
            while not chat.accepted:  # noqa: ASYNC110 - a platform does not tell
                await asyncio.sleep(0.05)
        assert await here.transact(lambda tx: due.next_at(tx.connection)) is None
    finally:
        await worker.stop(running)
        await here.close()
        await there.close()
    assert [each.key for each in chat.accepted] == ["a"]
