"""A fake Slack, a real client of it without retries of its own, and a real Bolt app in front of it."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack.contracts import reference
from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.workspace import Workspace

Serve = Callable[[AsyncApp], Awaitable[str]]
Connect = Callable[[AsyncApp], Awaitable[AsyncSocketModeHandler]]


@pytest.fixture
def contracts() -> None:
    if reference() is None:
        pytest.skip("COHORTIUM_SHARED is not set")


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        yield fake


@pytest.fixture
def town(slack: FakeSlack) -> Workspace:
    return slack.workspace("T1")


@pytest.fixture
def client(slack: FakeSlack, town: Workspace) -> AsyncWebClient:
    return client_of(slack, town.token)


def client_of(slack: FakeSlack, token: str, timeout: int = 5) -> AsyncWebClient:
    return AsyncWebClient(token=token, base_url=slack.base_url, retry_handlers=[], timeout=timeout)


def bolt_app(slack: FakeSlack, *, before_response: bool = False) -> AsyncApp:
    """One workspace's app by its token, with Bolt's defaults."""
    return AsyncApp(
        name="house",  # without one it looks through the whole stack for its file's
        client=client_of(slack, slack.workspace("T1").token),
        signing_secret=slack.signing_secret,
        process_before_response=before_response,
    )


@pytest.fixture
async def serve(slack: FakeSlack) -> AsyncIterator[Serve]:
    """Puts a Bolt app on loopback and lets the fake deliver to it by signed HTTP."""
    runners = []

    async def start(app: AsyncApp) -> str:
        runner = web.AppRunner(app.web_app("/slack/events"), shutdown_timeout=0.1)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        slack.courier.connect_http(url)
        return url

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def connect(slack: FakeSlack) -> AsyncIterator[Connect]:
    """Connects a Bolt app in Socket Mode."""
    handlers = []

    async def start(app: AsyncApp) -> AsyncSocketModeHandler:
        client = client_of(slack, slack.app_token)
        handler = AsyncSocketModeHandler(app, slack.app_token, web_client=client, ping_interval=0.05)
        handlers.append(handler)
        before = len(slack.courier.sockets)
        await handler.connect_async()  # type: ignore[no-untyped-call]
        await slack.until(lambda: len(slack.courier.sockets) > before)
        return handler

    yield start
    for handler in handlers:
        await handler.close_async()  # type: ignore[no-untyped-call]
