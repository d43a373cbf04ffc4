"""How a comparison is run and told: ours and a named peer in the same run, medians of a few rounds."""

import asyncio
import statistics
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TypeVar

from storage.database import Database, open_database
from storage.migrate import upgrade

T = TypeVar("T")

ROUNDS = 5


def measure(work: Callable[[Path], object], rounds: int = ROUNDS) -> float:
    """Seconds, the median of a few rounds, each in a folder of its own."""
    seconds = []
    for _ in range(rounds):
        with TemporaryDirectory() as folder:
            start = perf_counter()
            work(Path(folder))
            seconds.append(perf_counter() - start)
    return statistics.median(seconds)


def median_of(work: Callable[[Path], float], rounds: int = ROUNDS) -> float:
    """The median of what the work itself measured, each time in a folder of its own."""
    found = []
    for _ in range(rounds):
        with TemporaryDirectory() as folder:
            found.append(work(Path(folder)))
    return statistics.median(found)


async def over(folder: Path, use: Callable[[Database], Awaitable[T]]) -> T:
    database = open_database(f"sqlite:///{folder / 'cohortium.db'}")
    try:
        await database.with_connection(upgrade)
        return await use(database)
    finally:
        await database.close()


def run_over(folder: Path, use: Callable[[Database], Awaitable[T]]) -> T:
    return asyncio.run(over(folder, use))


def tell(what: str, ours: str, peer: str, ratio: float, target: str = "") -> None:
    """One line of the table that `make bench` prints and docs/performance.md keeps."""
    print(f"| {what} | {ours} | {peer} | {ratio:.2f} | {target or '–'} |", flush=True)
