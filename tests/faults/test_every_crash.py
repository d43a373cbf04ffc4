"""The process dies before or after every commit and every call of a platform, at each such point once.

Enumerated, not sampled: an undisturbed run counts the points; then there is one run for every point, which dies
exactly there, begins again at once on the same file and goes on to the end. It is done leg by leg, each from where an
undisturbed journey stands when it begins. Behind `slow` is the whole journey, in front of it its first hour.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from storage.database import SqliteDatabase
from tests.faults.house import Doors, Fate
from tests.faults.journey import JOURNEY, SHORT, Beginning, Outcome, Step, World, check, outcome, set_out

KINDS = ("before commit", "after commit", "before send", "after send", "before update", "after update")


@pytest.fixture(scope="module")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> Beginning:
    return asyncio.run(set_out(tmp_path_factory.mktemp("beginning") / "cohortium.db"))


@dataclass
class Leg:
    """Part of the journey that may be disturbed, from where it begins to the journey's end."""

    beginning: Beginning
    steps: Sequence[Step]
    points: Sequence[str]
    undisturbed: Outcome


async def end_of(world: World) -> Outcome:
    database = world.open_database()
    try:
        return await outcome(database, world.ledgers)
    finally:
        await database.close()


async def lived(
    start: Beginning, steps: Sequence[Step], file: Path, fates: Sequence[Fate], doors: Doors | None = None
) -> tuple[World, Outcome]:
    world = start.world(file, doors)
    await world.live(steps, fates)
    return world, await end_of(world)


async def measured(start: Beginning, steps: Sequence[Step], folder: Path) -> Leg:
    fate = Fate()
    _, undisturbed = await lived(start, steps, folder / "undisturbed.db", [fate])
    return Leg(start, steps, fate.passed, undisturbed)


async def legs(start: Beginning, steps: Sequence[Step], folder: Path) -> Sequence[Leg]:
    """One for each step: its points alone may kill, and the rest of the steps follow."""
    found = []
    for number, step in enumerate(steps):
        counted, whole = Fate(), await measured(start, steps[number:], folder)
        world, _ = await lived(start, [step], folder / f"leg-{number}.db", [counted])
        assert whole.points[: len(counted.passed)] == counted.passed
        found.append(Leg(start, whole.steps, counted.passed, whole.undisturbed))
        start = Beginning(folder / f"leg-{number}.db", world.clock, world.ledgers)
    return found


async def die_at_every_point(leg: Leg, folder: Path, doors: Callable[[], Doors] = Doors, only: str = "") -> int:
    """Raises AssertionError, naming the point, where anything ends otherwise than undisturbed."""
    chosen = [(number, what) for number, what in enumerate(leg.points) if only in what]
    for number, what in chosen:
        world, found = await lived(leg.beginning, leg.steps, folder / "run.db", [Fate(number)], doors())
        assert world.deaths == 1, f"{number} {what}"
        _check_at(found, leg.undisturbed, f"killed at point {number}, {what}")
    return len(chosen)


def _check_at(found: Outcome, undisturbed: Outcome, where: str) -> None:
    try:
        check(found, undisturbed)
    except AssertionError as error:
        error.add_note(where)
        raise


async def test_the_undisturbed_journey_has_everything_in_it(beginning: Beginning, tmp_path: Path) -> None:
    leg = await measured(beginning, JOURNEY, tmp_path)
    again = await measured(beginning, JOURNEY, tmp_path)
    assert again == leg
    seen = Counter(what.partition(" of ")[0] for what in leg.points)
    assert set(KINDS) <= set(seen)
    assert all(seen[f"before {each}"] == seen[f"after {each}"] for each in ("commit", "send", "update", "open_room"))
    assert set(leg.undisturbed.states) == {"sent"}
    assert set(leg.undisturbed.revealed.values()) == {1}
    assert len(leg.undisturbed.revealed) == 10
    said = " ".join(key for queue in leg.undisturbed.queues.values() for key, _ in queue)
    assert all(part in said for part in (":welcome", ":header", ":answer:reveal:0", "finn:digest:"))


async def test_killed_at_every_point_of_the_first_hour_it_ends_as_if_nothing_had_happened(
    beginning: Beginning, tmp_path: Path
) -> None:
    points = [await die_at_every_point(leg, tmp_path) for leg in await legs(beginning, SHORT, tmp_path)]
    assert sum(points) > 100


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(4))
async def test_killed_at_every_point_it_ends_as_if_nothing_had_happened(
    beginning: Beginning, tmp_path: Path, part: int
) -> None:
    """In four parts, so that they can run beside one another."""
    for leg in (await legs(beginning, JOURNEY, tmp_path))[part::4]:
        await die_at_every_point(leg, tmp_path)


def kills(seed: int, one_in: int) -> Iterator[Fate]:
    """Lives that each end by chance; the last one does not."""
    chance = random.Random(seed)
    for _ in range(12):
        yield Fate(dies=lambda *_: chance.randrange(one_in) == 0)


async def killed_at_random(start: Beginning, steps: Sequence[Step], folder: Path, seed: int, one_in: int) -> int:
    """With the writer's own thread and its group commits, and again and again in one journey."""
    undisturbed = (await measured(start, steps, folder)).undisturbed
    world = start.world(folder / "run.db", kind=SqliteDatabase)
    await world.live(steps, kills(seed, one_in))
    _check_at(await end_of(world), undisturbed, f"seed {seed}")
    return world.deaths


async def test_a_few_dozen_kills_at_random(beginning: Beginning, tmp_path: Path) -> None:
    deaths = sum([await killed_at_random(beginning, SHORT, tmp_path, seed, 40) for seed in range(10)])
    assert deaths > 24


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_a_thousand_kills_at_random(beginning: Beginning, tmp_path: Path) -> None:
    deaths, seed = 0, 1000
    while deaths < 1000:
        deaths += await killed_at_random(beginning, JOURNEY, tmp_path, seed, 60)
        seed += 1
