"""The whole cycle in Discord, in two servers at once, over a gateway and an API of our own.

At the end everybody has read the words that they read in the browser.
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


@pytest.mark.timeout(300)
async def test_two_weeks_in_discord_are_those_in_the_browser(first_weeks: Lived, tmp_path: Path) -> None:
    """A cohort meets, plans, shares drafts, and sees the first sealed reviews."""
    found = await live_in_discord(tmp_path, 14)
    check(found, first_weeks)
    assert len(found.reviews) == 6
    assert min(found.reviews.values()) >= 2


@pytest.mark.timeout(300)
async def test_threads_keep_a_name_that_names_nobody(tmp_path: Path) -> None:
    """Made with the first message of a round, and read long after its first step."""
    kept = list[FakeDiscord]()
    await live_in_discord(tmp_path, 9, kept.append)
    threads = [one for guild in kept[0].guilds.values() for one in guild.channels.values() if one.is_thread]
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


@pytest.mark.timeout(300)
async def test_two_weeks_in_the_simulator_are_those_in_the_browser(first_weeks: Lived, tmp_path: Path) -> None:
    """Through discord.py's own parsers."""
    check(await live_in_simulator(tmp_path, 14), replace(first_weeks, packet=()))
