"""How a comparison is run and told: ours and a named peer in the same run, turn by turn, medians of a few rounds."""

import asyncio
import shutil
import statistics
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TypeVar

from storage.database import Database, open_database
from storage.migrate import upgrade

T = TypeVar("T")
Work = Callable[[Path], float]

ROUNDS = 5


@dataclass(frozen=True)
class Row:
    """One line of the table: what was measured, ours, the peer or the limit, and their ratio against its target.

    `least` and `most` bound the ratio; a row with neither tells without a target.
    """

    what: str
    ours: str
    peer: str
    ratio: float
    least: float | None = None
    most: float | None = None

    @property
    def target(self) -> str:
        if self.least is not None:
            return f"≥ {self.least:g}"
        return "–" if self.most is None else f"≤ {self.most:g}"

    @property
    def met(self) -> str:
        if self.least is None and self.most is None:
            return "–"
        low, high = self.least or 0.0, float("inf") if self.most is None else self.most
        return "yes" if low <= self.ratio <= high else "no"

    def __str__(self) -> str:
        return f"| {self.what} | {self.ours} | {self.peer} | {self.ratio:.2f} | {self.target} | {self.met} |"


HEAD = "| what | ours | against | ratio | target | met |\n|---|---|---|---|---|---|"


def seconds_of(work: Callable[[Path], object]) -> Work:
    """Work that measures itself, of one that does not."""

    def timed(folder: Path) -> float:
        begun = perf_counter()
        work(folder)
        return perf_counter() - begun

    return timed


def medians(*works: Work, rounds: int = ROUNDS) -> tuple[float, ...]:
    """What each of the works measured, in the median of the rounds. They take turns, each in a folder of its own, so
    that whatever else the machine does falls on all of them."""
    found: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, numbers in zip(works, found, strict=True):
            with TemporaryDirectory() as folder:
                numbers.append(work(Path(folder)))
    return tuple(statistics.median(numbers) for numbers in found)


def told(seconds: float) -> str:
    """A duration with a unit that suits it, to three digits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}" if seconds < 1000 * size else f"{seconds / size:,.0f} {unit}"
    return f"{seconds * 1e6:.3g} µs"


async def over(folder: Path, use: Callable[[Database], Awaitable[T]]) -> T:
    """On a database file in the folder, made if it is not there."""
    database = open_database(f"sqlite:///{folder / 'cohortium.db'}")
    try:
        await database.with_connection(upgrade)
        return await use(database)
    finally:
        await database.close()


def run_over(folder: Path, use: Callable[[Database], Awaitable[T]]) -> T:
    return asyncio.run(over(folder, use))


def on_copies(laid: Path, use: Callable[[Database], Awaitable[float]]) -> Work:
    """The same begin for every round: the database file that was laid once in `laid`."""

    def work(folder: Path) -> float:
        shutil.copy(laid / "cohortium.db", folder)
        return run_over(folder, use)

    return work
