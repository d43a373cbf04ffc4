"""Two and four workers at once over one database make the same of a journey as one, and so do those who outlive one."""

import asyncio
import shutil
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from storage.database import Database, SqliteDatabase, open_database
from tests.faults.house import Fate, Killed, MortalHouse, settle_tasks
from tests.faults.journey import (
    JOURNEY,
    MISSING,
    SETTING_OUT,
    Beginning,
    Outcome,
    Step,
    World,
    answers,
    next_at,
    outcome,
    platforms,
    set_out,
    set_out_on,
    ticks_to,
)
from tests.scenarios.town import SIX, Clock
from tests.storage.conftest import BOTH


@dataclass
class Crew(World):
    """Several processes over one database. Events come to each in turn; all of them tick at the same moments."""

    houses: list[MortalHouse] = field(default_factory=list)
    turn: int = 0

    async def work(self, steps: Sequence[Step], fates: Sequence[Fate]) -> None:
        """To the end. Who dies stays dead: the others repeat the step and find what was left behind."""
        for number, fate in enumerate(fates):
            opened, name = self.open_database(), f"worker-{number}"
            self.houses.append(self.doors.build(opened, self.ledgers, self.clock.now, fate, owner=name))
        for step in steps:
            while not await self._survived(lambda step=step: step(self)):
                self.turn += 1
        await settle_tasks()
        for house in self.houses:
            await house.database.close()

    @property
    def living(self) -> MortalHouse:
        crew = [house for house in self.houses if not house.database.fate.dead]
        return crew[self.turn % len(crew)]

    async def tick_to(self, until: datetime) -> None:
        await self._tick()
        while (at := await self._next_at()) is not None and at <= until:
            self.clock.go_to(max(at, self.clock.now() + timedelta(milliseconds=1)))
            await self._tick()
        self.clock.go_to(until)
        await self._tick()
        self.turn += 1

    async def _tick(self) -> None:
        crew = [house for house in self.houses if not house.database.fate.dead]
        await asyncio.gather(*(self._survived(house.bell.tick) for house in crew))

    async def _next_at(self) -> datetime | None:
        found: list[datetime | None] = []
        for house in [house for house in self.houses if not house.database.fate.dead]:

            async def look(house: MortalHouse = house) -> None:
                found.append(await next_at(house))

            await self._survived(look)
        return min((at for at in found if at is not None), default=None)

    async def _survived(self, act: Callable[[], Awaitable[Any]]) -> bool:
        try:
            await act()
        except Killed:
            self.deaths += 1
            await asyncio.sleep(0.01)
            return False
        return True


@pytest.fixture(scope="module")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> Beginning:
    return asyncio.run(set_out(tmp_path_factory.mktemp("beginning") / "cohortium.db"))


@pytest.fixture(scope="module")
def undisturbed(beginning: Beginning, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    async def live() -> Outcome:
        world = beginning.world(tmp_path_factory.mktemp("one") / "run.db")
        await world.live(JOURNEY, [])
        return await seen(world)

    return asyncio.run(live())


async def seen(world: World) -> Outcome:
    database = world.open_database()
    try:
        return await outcome(database, world.ledgers)
    finally:
        await database.close()


def check_but_digests(found: Outcome, undisturbed: Outcome) -> None:
    """Workers do what is due at one instant side by side, and what a dead one had taken when its lease has ended. A
    digest says what holds when it is decided: it may tell of a step that opened in that minute. Still one a day. Two
    runs that move at one instant may speak in either order; each says its own things in its own."""
    assert found.doubled == []
    assert set(found.states) == {"sent"}
    assert found.revealed == undisturbed.revealed
    assert _by_run(found) == _by_run(undisturbed)
    assert found.errors == []
    told = [key for queue in found.queues.values() for key, _ in queue if ":digest:" in key]
    days = Counter(key.partition("T")[0].partition("@")[0] for key in told)
    assert set(days.values()) == {1}


def _by_run(found: Outcome) -> dict[tuple[str, ...], list[tuple[str, str]]]:
    """What each run, cohort or person said in each queue, in order, without the digests."""
    said: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for queue, entries in found.queues.items():
        for key, words in entries:
            if ":digest:" not in key:
                said.setdefault((*queue, key.partition(":")[0]), []).append((key, words))
    return said


@pytest.fixture(params=BOTH)
def crew(request: pytest.FixtureRequest, beginning: Beginning, tmp_path: Path) -> Callable[[str], Awaitable[Crew]]:
    """Makes a crew that stands where everybody has joined, over a database of its own."""

    async def over_file(name: str) -> Crew:
        file = tmp_path / f"{name}.db"
        shutil.copyfile(beginning.file, file)
        world = beginning.world_over(lambda: SqliteDatabase(file, "OFF"))
        return Crew(world.open_database, world.clock, world.ledgers)

    async def over_server(name: str) -> Crew:
        server = request.getfixturevalue("postgres_server")
        made = f"crew_{name}_{abs(hash(request.node.name)) % 10**9}"
        server.psql(f"CREATE DATABASE {made};")
        url, clock = server.get_uri(made), Clock()
        database: Database = open_database(url)
        await set_out_on(database)
        await database.close()
        first = Crew(lambda: open_database(url), clock, platforms(clock))
        await first.work([*SETTING_OUT, ticks_to(timedelta(minutes=1))], [Fate()])
        return Crew(first.open_database, clock, first.ledgers)

    return over_file if request.param == "sqlite" else over_server


@pytest.mark.parametrize("count", [2, pytest.param(4, marks=pytest.mark.slow)])
async def test_workers_at_once_do_everything_once(
    crew: Callable[[str], Awaitable[Crew]], undisturbed: Outcome, count: int
) -> None:
    world = await crew("all")
    await world.work(JOURNEY, [Fate() for _ in range(count)])
    check_but_digests(await seen(world), undisturbed)


@pytest.mark.parametrize("count", [2, pytest.param(4, marks=pytest.mark.slow)])
@pytest.mark.parametrize("at", [25, *(pytest.param(n, marks=pytest.mark.slow) for n in (4, 61, 90, 118, 150, 181))])
async def test_the_others_take_over_from_a_worker_that_dies(
    crew: Callable[[str], Awaitable[Crew]], undisturbed: Outcome, count: int, at: int
) -> None:
    world = await crew("dying")
    await world.work(JOURNEY, [Fate(at), *[Fate() for _ in range(count - 1)]])
    assert world.deaths == 1
    check_but_digests(await seen(world), undisturbed)


async def test_answers_that_come_to_different_workers_at_once_all_count(
    crew: Callable[[str], Awaitable[Crew]], undisturbed: Outcome
) -> None:
    """Each is repeated to whoever takes it until it is acknowledged, and one that was is sent again."""

    async def all_at_once(world: World) -> None:
        assert isinstance(world, Crew)
        await asyncio.gather(*(_answer(world, name, turn) for name in SIX if name != MISSING for turn in (0, 1)))

    async def _answer(world: Crew, name: str, turn: int) -> None:
        side = Crew(world.open_database, world.clock, world.ledgers, houses=world.houses, turn=turn)
        await answers(name)(side)

    world = await crew("atonce")
    await world.work([*JOURNEY[:5], all_at_once, *JOURNEY[10:]], [Fate(), Fate()])
    check_but_digests(await seen(world), undisturbed)
