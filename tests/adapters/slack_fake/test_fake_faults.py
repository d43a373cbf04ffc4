"""Each fault on command: what the caller meets, and what has happened in Slack by then."""

import asyncio

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from tests.adapters.slack_fake.conftest import client_of
from tests.fakes.slack.faults import Fault, Garbage, Lost, RateLimited, Refused, Reset, ServerError, Slow
from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.workspace import Workspace


@pytest.fixture
def room(town: Workspace) -> str:
    return town.channel("open", town.user("Ann"), bot=True)


@pytest.mark.parametrize(
    ("fault", "error", "arrived"),
    [
        (RateLimited(7), SlackApiError, 0),
        (ServerError("before"), SlackApiError, 0),
        (ServerError("after", 500), SlackApiError, 1),
        (Reset("before"), aiohttp.ClientError, 0),
        (Reset("after"), aiohttp.ClientError, 1),
        (Lost(), asyncio.TimeoutError, 1),
        (Refused("fatal_error"), SlackApiError, 0),
        (Garbage(), SlackApiError, 1),
    ],
    ids=lambda one: type(one).__name__ + getattr(one, "when", "") if not isinstance(one, type) else None,
)
async def test_what_the_caller_meets_and_what_arrived(
    slack: FakeSlack, town: Workspace, room: str, fault: Fault, error: type[Exception], arrived: int
) -> None:
    impatient = client_of(slack, town.token, timeout=1)
    slack.faults.add(fault, "chat.postMessage")
    with pytest.raises(error):
        await impatient.chat_postMessage(channel=room, text="Hello")
    assert len(town.messages(room)) == arrived
    await impatient.chat_postMessage(channel=room, text="Hello")
    assert len(town.messages(room)) == arrived + 1
    assert slack.faults.left == 0


async def test_too_many_says_when_to_come_back(slack: FakeSlack, client: AsyncWebClient, room: str) -> None:
    slack.faults.add(RateLimited(7), "chat.postMessage")
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel=room, text="Hello")
    assert (refused.value.response.status_code, refused.value.response.headers["Retry-After"]) == (429, "7")


async def test_faults_can_wait_for_their_call(slack: FakeSlack, client: AsyncWebClient, room: str) -> None:
    slack.faults.add(Refused("fatal_error"), "chat.postMessage", skip=1, times=2)
    outcomes = []
    for number in range(4):
        try:
            await client.chat_postMessage(channel=room, text=str(number))
            outcomes.append("sent")
        except SlackApiError as error:
            outcomes.append(error.response["error"])
        await client.auth_test()
    assert outcomes == ["sent", "fatal_error", "fatal_error", "sent"]


async def test_a_slow_call_takes_effect_after_its_caller_has_gone(slack: FakeSlack, town: Workspace, room: str) -> None:
    """The reason for a quiet period: what was given up on can still appear."""
    slack.faults.add(Slow(30), "chat.postMessage")
    asking = asyncio.create_task(client_of(slack, town.token).chat_postMessage(channel=room, text="Hello"))
    await slack.until(lambda: slack.called("chat.postMessage"))
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await slack.advance(29)
    assert town.messages(room) == []
    await slack.advance(1)
    await slack.until(lambda: town.messages(room))


async def test_the_default_client_posts_again_after_a_reset(slack: FakeSlack, town: Workspace, room: str) -> None:
    """Proved of slack_sdk: one call can leave two messages. Our clients are made without its retry handlers."""
    slack.faults.add(Reset("after"), "chat.postMessage")
    default = AsyncWebClient(token=town.token, base_url=slack.base_url)
    await default.chat_postMessage(channel=room, text="Hello")
    assert [one.text for one in town.messages(room)] == ["Hello", "Hello"]


async def test_the_default_client_does_not_wait_out_a_429(slack: FakeSlack, town: Workspace, room: str) -> None:
    slack.faults.add(RateLimited(1), "chat.postMessage")
    with pytest.raises(SlackApiError, match="ratelimited"):
        await AsyncWebClient(token=town.token, base_url=slack.base_url).chat_postMessage(channel=room, text="Hello")


async def test_revoked_tokens_and_an_uninstalled_app(
    slack: FakeSlack, town: Workspace, client: AsyncWebClient, room: str
) -> None:
    old = town.token
    await town.revokes_tokens()
    with pytest.raises(SlackApiError, match="token_revoked"):
        await client.chat_postMessage(channel=room, text="Hello")
    fresh = client_of(slack, town.grant(["chat:write", "channels:history"]))
    await fresh.chat_postMessage(channel=room, text="Hello")
    assert town.token != old
    await town.uninstalls()
    with pytest.raises(SlackApiError, match="token_revoked"):
        await fresh.chat_postMessage(channel=room, text="Hello")


async def test_posts_are_limited_by_channel_and_by_workspace(
    slack: FakeSlack, client: AsyncWebClient, town: Workspace, room: str
) -> None:
    slack.limits.on = True
    slack.limits.posts_per_workspace = 3
    other = town.channel("other", town.user("Ann"), bot=True)
    await client.chat_postMessage(channel=room, text="1")
    with pytest.raises(SlackApiError, match="ratelimited") as refused:
        await client.chat_postMessage(channel=room, text="2")
    assert refused.value.response.headers["Retry-After"] == "1"
    await client.chat_postMessage(channel=other, text="3")
    await slack.advance(1)
    await client.chat_postMessage(channel=room, text="4")
    await slack.advance(1)
    with pytest.raises(SlackApiError, match="ratelimited") as refused:
        await client.chat_postMessage(channel=other, text="5")
    assert refused.value.response.headers["Retry-After"] == "58"
    await slack.advance(58)
    await client.chat_postMessage(channel=other, text="6")


async def test_methods_are_limited_by_their_tier(slack: FakeSlack, client: AsyncWebClient, contracts: None) -> None:
    slack.limits.on = True
    for _ in range(20):
        await client.conversations_list()
    with pytest.raises(SlackApiError, match="ratelimited") as refused:
        await client.conversations_list()
    assert refused.value.response.headers["Retry-After"] == "60"
    await client.auth_test()


async def test_history_outside_the_marketplace(slack: FakeSlack, client: AsyncWebClient, room: str) -> None:
    for number in range(20):
        await client.chat_postMessage(channel=room, text=str(number))
    slack.limits.restricted_history = True
    answer = await client.conversations_history(channel=room, limit=100)
    assert (len(answer["messages"]), answer["has_more"]) == (15, True)
    with pytest.raises(SlackApiError, match="ratelimited"):
        await client.conversations_history(channel=room)
    await slack.advance(60)
    await client.conversations_history(channel=room)


async def test_uploads_and_response_urls_go_wrong_too(
    slack: FakeSlack, client: AsyncWebClient, town: Workspace, room: str
) -> None:
    slack.faults.add(ServerError("before"), "upload")
    with pytest.raises(SlackRequestError):
        await client.files_upload_v2(channel=room, content="Hello", filename="hello.txt")
    assert (town.messages(room), town.team.uploads) == ([], {})
    ann = town.user("Ann")
    slack.faults.add(Reset("after"), "response_url")
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientError):
            await session.post(slack.new_response_url(town.id, room, ann.id), json={"text": "for Ann"})
    assert [one.text for one in ann.reads(room)] == ["for Ann"]


async def test_the_clock_can_follow_another() -> None:
    now = [1_767_225_600.0]
    async with FakeSlack(now=lambda: now[0]) as slack:
        town = slack.workspace("T1")
        room = town.channel("open", town.user("Ann"), bot=True)
        slack.faults.add(Slow(30), "chat.postMessage")
        asking = asyncio.create_task(client_of(slack, town.token).chat_postMessage(channel=room, text="Hello"))
        await slack.until(lambda: slack.called("chat.postMessage"))
        now[0] += 30
        await slack.advance(0)
        assert (await asking)["ts"] == "1767225630.000000"
