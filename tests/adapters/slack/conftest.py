"""The adapter on a fake Slack; each of its requests is checked against Slack's own reference."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.chat.slack.adapter import SlackChat
from bot.chat.slack.api.calls import TIMEOUT, Tokens
from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.workspace import Workspace


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        yield fake


@pytest.fixture
def town(slack: FakeSlack) -> Workspace:
    return slack.workspace("T1")


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=TIMEOUT) as open_session:
        yield open_session


def tokens_of(slack: FakeSlack) -> Tokens:
    """As an installation store gives them out."""

    async def token(workspace: str) -> str | None:
        return slack.workspace(workspace).token if workspace in slack.teams else None

    return token


def chat_on(slack: FakeSlack, session: aiohttp.ClientSession, base_url: str = "") -> SlackChat:
    """An adapter that remembers nothing yet: another process, say."""
    return SlackChat(tokens_of(slack), session, base_url or slack.base_url)


@pytest.fixture
def chat(slack: FakeSlack, session: aiohttp.ClientSession) -> SlackChat:
    return chat_on(slack, session)
