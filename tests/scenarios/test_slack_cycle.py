"""The whole cycle in Slack, over Socket Mode and over HTTP, in two workspaces at once.

At the end everybody has read the words that they read in the browser.
"""

import asyncio
from pathlib import Path

import pytest

from tests.scenarios.slack_town import Lived, check, live_in_browser, live_in_slack

# slack_sdk 3.47 still logs in to the exchange with aiohttp's BasicAuth.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")


@pytest.fixture(scope="module")
def first_weeks(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    return asyncio.run(live_in_browser(tmp_path_factory.mktemp("browser"), 14))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("way", ["socket", pytest.param("http", marks=pytest.mark.slow)])
async def test_two_weeks_in_slack_are_those_in_the_browser(first_weeks: Lived, tmp_path: Path, way: str) -> None:
    """A cohort meets, plans, shares drafts, and sees the first sealed reviews."""
    found = await live_in_slack(tmp_path, way, 14)
    check(found, first_weeks)
    assert len(found.reviews) == 6
    assert min(found.reviews.values()) >= 2


@pytest.fixture(scope="module")
def eight_weeks(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    return asyncio.run(live_in_browser(tmp_path_factory.mktemp("browser"), 63))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("way", ["socket", "http"])
async def test_the_whole_cycle_in_slack_is_that_in_the_browser(eight_weeks: Lived, tmp_path: Path, way: str) -> None:
    found = await live_in_slack(tmp_path, way, 63)
    check(found, eight_weeks)
    assert len(found.reviews) == 12
    assert min(found.reviews.values()) >= 2
    assert "00-README.md" in found.packet
