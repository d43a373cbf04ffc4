"""A whole network: cooperatives of a few hundred people, each with a workspace and a database of its own.

They know nothing of one another, so they live side by side in as many processes as there are cores, and the figures
do not depend on how many those are.
"""

import gc
import logging
import os
import resource
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

import structlog

from bot.memory import keep_what_is_loaded
from cohorts.values import Frozen

from .figures import Figures
from .life import Town, live_through

TOWN = 100
"""So many people at most have one workspace: what a small regional cooperative brings together, and few enough that two
processes, each with the search for cohorts, stay below a gigabyte."""
LEAST = 16

OnDone = Callable[[], None]


class Network(Frozen):
    """What to simulate. `faults` is a name in WEATHER; `town` is how many people at most share a workspace."""

    educators: int
    weeks: int
    platform: str
    seed: int
    faults: str
    town: int = TOWN

    def towns(self) -> Sequence[Town]:
        """Of nearly the same size; the same whatever runs them."""
        count = -(-self.educators // self.town)
        sizes = [self.educators * (n + 1) // count - self.educators * n // count for n in range(count)]
        same = {"weeks": self.weeks, "platform": self.platform, "seed": self.seed, "faults": self.faults}
        return [Town.model_validate({"number": n, "educators": size} | same) for n, size in enumerate(sizes)]


Lived = tuple[Figures, int, float]
"""How a town fared, in which process, and the most memory in MB that this process has had so far."""


def simulate(network: Network, processes: int, on_done: OnDone) -> tuple[Figures, float]:
    """The figures of the whole network, and the peak of memory in MB, all processes together.

    `on_done` is called after each town.
    """
    peaks: dict[int, float] = {}
    total = Figures()
    for figures, process, memory_mb in _each(network.towns(), processes):
        total.add(figures)
        peaks[process] = max(memory_mb, peaks.get(process, 0.0))
        on_done()
    peaks[os.getpid()] = _memory_mb()
    return total, sum(peaks.values())


def _each(towns: Sequence[Town], processes: int) -> Iterator[Lived]:
    """As they get done."""
    if processes == 1:
        yield from map(_live, towns)
        return
    with ProcessPoolExecutor(min(processes, len(towns)), get_context("spawn"), _settle_in) as pool:
        for lived in as_completed([pool.submit(_live, town) for town in towns]):
            yield lived.result()


def _settle_in() -> None:
    """A process that does nothing else: faults are what it is for, so only what should not happen is logged."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    keep_what_is_loaded()


def _live(town: Town) -> Lived:
    lived = live_through(town), os.getpid(), _memory_mb()
    gc.collect()  # nothing of this town is wanted any more, and the next one needs the room
    return lived


def _memory_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024**2 if sys.platform == "darwin" else 1024)
