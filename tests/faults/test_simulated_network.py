"""`cohortium simulate`: a network in a storm loses nothing, doubles nothing and keeps the night; and it would tell.

The figures are worth something only if they turn when a promise is broken: each mutant here breaks one. Behind `slow`
is a larger network in the storm, in front of it two small towns.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.simulator.life import Town, live_through
from bot.simulator.shards import Network, simulate
from bot.simulator.workspace import Workspace
from cohorts.messages import Message

STORMY = Network(educators=40, weeks=2, platform="slack", seed=11, faults="storm", town=20)
TWO_TOWNS = Network(educators=16, weeks=1, platform="slack", seed=11, faults="storm", town=8)
SMALL = Town(number=0, educators=16, weeks=1, platform="slack", seed=3, faults="storm")
PROMISES = ("doubled", "lost", "in_quiet_hours")


@pytest.mark.slow
def test_in_a_storm_nothing_is_doubled_lost_or_sent_at_night() -> None:
    report = simulate(STORMY, 1, lambda: None)[0].report()
    assert {name: report[name] for name in PROMISES} == dict.fromkeys(PROMISES, 0)
    assert report["sends"] > 300
    assert min(report["retries"], report["lookups"], report["rate_limited"]) > 10  # it did storm
    assert report["placed"] > 10
    waiting = sum(report["waiting"].values())
    assert report["placed"] + report["left_waiting"] + report["never_asked"] + waiting == report["educators"]
    assert report["completion"]["packets"] > 0.5


@pytest.mark.parametrize("network", [TWO_TOWNS, pytest.param(STORMY, marks=pytest.mark.slow)], ids=["small", "stormy"])
def test_the_figures_do_not_depend_on_how_many_processes_work(network: Network) -> None:
    (alone, _), (again, memory_mb) = (simulate(network, processes, lambda: None) for processes in (1, 2))
    report = alone.report()
    assert report["sends"] > 0
    assert min(report["retries"], report["lookups"], report["rate_limited"]) > 0  # it did storm
    assert {name: report[name] for name in PROMISES} == dict.fromkeys(PROMISES, 0)
    assert again.report() == report
    assert memory_mb > 0


def test_another_seed_is_another_network() -> None:
    towns = (SMALL.model_copy(update={"seed": seed, "educators": 8}) for seed in (3, 4))
    one, other = (live_through(town).report() for town in towns)
    assert one != other


class NeverShows(Workspace):
    """Nobody looks: what may have arrived counts as not arrived."""

    async def find(self, *args: Any) -> str | None:
        return None


class Forgets(Workspace):
    """Says that it has a message and does not have it."""

    def _accept(self, key: str, workspace: str, conversation: str, message: Message, thread: str) -> None:
        super()._accept(key, workspace, conversation, message, thread)
        if len(self.standing) % 10 == 0:
            self.standing[self._ids[key]].key = "something else"


class FarAway(Workspace):
    """What is sent to it arrives ten hours later."""

    def __init__(self, platform: str, now: Callable[[], datetime], **named: Any) -> None:
        super().__init__(platform, lambda: now() + timedelta(hours=10), **named)


@pytest.mark.parametrize(
    ("mutant", "broken"), [(NeverShows, "doubled"), (Forgets, "lost"), (FarAway, "in_quiet_hours")]
)
def test_a_broken_promise_shows_what_is_broken(mutant: type[Workspace], broken: str) -> None:
    assert live_through(SMALL, mutant).report()[broken] > 0


def test_a_platform_that_keeps_keys_doubles_nothing_even_if_nobody_looks() -> None:
    town = SMALL.model_copy(update={"platform": "discord"})
    assert live_through(town, NeverShows).report()["doubled"] == 0
