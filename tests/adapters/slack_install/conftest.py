"""A fake Slack whose clock is the house's."""

from collections.abc import AsyncIterator

import pytest

from tests.adapters.slack_install.network import Hands
from tests.fakes.slack.server import FakeSlack


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
async def slack(hands: Hands) -> AsyncIterator[FakeSlack]:
    async with FakeSlack(now=hands.seconds) as fake:
        yield fake
