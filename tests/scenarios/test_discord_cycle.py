"""The whole cycle in Discord, in two servers at once, over a gateway and an API of our own.

At the end everybody has read the words that they read in the browser. Behind `slow` are all eight weeks, and the first
two in the simulator of others; in front of it the first two over our own gateway.
"""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.discord.server import FakeDiscord
from tests.scenarios.discord_town import as_discord, live_in_discord
from tests.scenarios.simcord_town import live_in_simulator
from tests.scenarios.slack_town import Lived, check, live_in_browser
from tests.scenarios.town import SIX


@pytest.fixture(scope="module")
def first_weeks(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    return asyncio.run(live_in_browser(tmp_path_factory.mktemp("browser"), 14, as_discord))


@pytest.fixture(scope="module")
def in_discord(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lived, FakeDiscord]:
    """Two weeks there, and what stands there in the end."""
    kept = list[FakeDiscord]()
    lived = asyncio.run(live_in_discord(tmp_path_factory.mktemp("discord"), 14, kept.append))
    return lived, kept[0]


@pytest.mark.timeout(300)
def test_two_weeks_in_discord_are_those_in_the_browser(
    first_weeks: Lived, in_discord: tuple[Lived, FakeDiscord]
) -> None:
    """A cohort meets, plans, shares drafts, and sees the first sealed reviews."""
    found, _ = in_discord
    check(found, first_weeks)
    assert len(found.reviews) == 6
    assert min(found.reviews.values()) >= 2


@pytest.mark.timeout(300)
def test_threads_keep_a_name_that_names_nobody(in_discord: tuple[Lived, FakeDiscord]) -> None:
    """Made with the first message of a round, and read long after its first step."""
    _, fake = in_discord
    threads = [one for guild in fake.guilds.values() for one in guild.channels.values() if one.is_thread]
    names = {one.name for one in threads}
    assert {f"Tune a draft · draft {number}" for number in range(1, 7)} <= names
    assert not any(person.title() in name or "Week" in name for person in SIX for name in names)


@pytest.fixture(scope="module")
def eight_weeks(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    return asyncio.run(live_in_browser(tmp_path_factory.mktemp("browser"), 63, as_discord))


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_the_whole_cycle_in_discord_is_that_in_the_browser(eight_weeks: Lived, tmp_path: Path) -> None:
    found = await live_in_discord(tmp_path, 63)
    check(found, eight_weeks)
    assert len(found.reviews) == 12
    assert min(found.reviews.values()) >= 2
    assert "00-README.md" in found.packet


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_two_weeks_in_the_simulator_are_those_in_the_browser(first_weeks: Lived, tmp_path: Path) -> None:
    """Through discord.py's own parsers."""
    check(await live_in_simulator(tmp_path, 14), replace(first_weeks, packet=()))
