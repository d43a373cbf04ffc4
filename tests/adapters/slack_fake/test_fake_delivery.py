"""Events, gestures and commands on their way to a real Bolt app, by signed HTTP and in Socket Mode."""

import asyncio
from typing import Any

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp

from tests.adapters.slack_fake.conftest import Connect, Serve, bolt_app
from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.workspace import Workspace


class Listener:
    """A Bolt app that keeps what it hears, as (type, text), and can be made to fail."""

    def __init__(self, slack: FakeSlack, *, before_response: bool = False) -> None:
        self.heard: list[tuple[str, str]] = []
        self.retries: list[str] = []
        self.failures = 0
        self.app: AsyncApp = bolt_app(slack, before_response=before_response)
        for kind in ("message", "app_mention", "app_home_opened", "member_joined_channel"):
            self.app.event(kind)(self._hear)
        self.app.event({"type": "message", "subtype": "message_deleted"})(self._hear)

    async def _hear(self, event: dict[str, Any], request: Any) -> None:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("the listener broke")
        self.heard.append((event["type"], event.get("text", "")))
        self.retries += request.headers.get("x-slack-retry-num", [])


@pytest.fixture(params=["http", "socket"])
async def listener(request: pytest.FixtureRequest, slack: FakeSlack, serve: Serve, connect: Connect) -> Listener:
    made = Listener(slack)
    await (serve if request.param == "http" else connect)(made.app)
    return made


async def test_what_people_do_arrives_both_ways(slack: FakeSlack, town: Workspace, listener: Listener) -> None:
    ann = town.user("Ann")
    room = town.channel("open", bot=True)
    await ann.joins(room)
    hello = await ann.posts(room, "Hello")
    await ann.posts(room, f"<@{town.team.bot_user}> help")
    await ann.deletes(hello)
    await ann.opens_home()
    await slack.until(lambda: len(listener.heard) == 7, str(listener.heard))
    mention = f"<@{town.team.bot_user}> help"
    joined = [("member_joined_channel", ""), ("message", f"<@{ann.id}> has joined the channel")]
    said = [("message", "Hello"), ("message", mention), ("app_mention", mention), ("message", "")]
    assert sorted(listener.heard) == sorted([*joined, *said, ("app_home_opened", "")])


async def test_one_mention_is_two_events_with_ids_of_their_own(slack: FakeSlack, town: Workspace) -> None:
    ann = town.user("Ann")
    room = town.channel("open", ann, bot=True)
    slack.courier.hold()
    await ann.posts(room, f"<@{town.team.bot_user}> help")
    first, second = (one.payload for one in slack.courier.deliveries[-2:])
    assert (first["event"]["type"], second["event"]["type"]) == ("message", "app_mention")
    assert first["event"]["ts"] == second["event"]["ts"]
    assert first["event_id"] != second["event_id"]


async def test_events_can_be_held_reordered_and_repeated(slack: FakeSlack, town: Workspace, listener: Listener) -> None:
    ann = town.user("Ann")
    room = town.channel("open", ann, bot=True)
    slack.courier.hold()
    for text in ("one", "two", "three"):
        await ann.posts(room, text)
    assert listener.heard == []
    await slack.courier.release(lambda held: held[::-1])
    await slack.until(lambda: len(listener.heard) == 3)
    assert [text for _, text in listener.heard] == ["three", "two", "one"]
    slack.courier.repeat_next = 1
    await ann.posts(room, "again")
    await slack.until(lambda: len(listener.heard) == 5)
    assert [text for _, text in listener.heard[3:]] == ["again", "again"]


async def test_events_of_channels_the_app_is_not_in_are_not_sent(slack: FakeSlack, town: Workspace) -> None:
    ann = town.user("Ann")
    before = len(slack.courier.deliveries)
    await ann.posts(town.channel("closed", ann, private=True), "secret")
    await ann.posts(town.channel("open", ann), "not for the app")
    assert len(slack.courier.deliveries) == before
    slack.subscribed = frozenset({"message.im"})
    await ann.posts(town.channel("mine", ann, bot=True), "not subscribed")
    await ann.posts(ann.direct, "subscribed")
    assert [one.payload["event"]["text"] for one in slack.courier.deliveries[before:]] == ["subscribed"]


async def test_bolt_acks_before_its_listener_has_run(slack: FakeSlack, town: Workspace, serve: Serve) -> None:
    """Proved of Bolt: a listener that fails behind the ack has lost the event."""
    made = Listener(slack)
    made.failures = 1
    await serve(made.app)
    ann = town.user("Ann")
    await ann.posts(ann.direct, "lost")
    await slack.until(lambda: made.failures == 0)
    assert slack.courier.deliveries[-1].acked
    await slack.advance(3600)
    assert made.heard == []


async def test_bolt_can_be_told_to_ack_afterwards_and_slack_comes_again(
    slack: FakeSlack, town: Workspace, serve: Serve
) -> None:
    made = Listener(slack, before_response=True)
    made.failures = 2
    await serve(made.app)
    ann = town.user("Ann")
    await ann.posts(ann.direct, "kept")
    assert (made.heard, made.failures) == ([], 0)  # the first try and the one at once after it
    await slack.advance(59)
    assert made.heard == []
    await slack.advance(1)
    assert (made.heard, made.retries) == ([("message", "kept")], ["2"])
    assert [ack.status for ack in slack.courier.deliveries[-1].acks] == [500, 500, 200]


async def test_after_the_third_retry_an_event_is_lost(slack: FakeSlack, town: Workspace, serve: Serve) -> None:
    made = Listener(slack, before_response=True)
    made.failures = 99
    await serve(made.app)
    ann = town.user("Ann")
    await ann.posts(ann.direct, "lost")
    await slack.advance(24 * 3600)
    delivery = slack.courier.deliveries[-1]
    assert (len(delivery.acks), delivery.acked, slack.courier.next_due()) == (4, False, None)


async def test_an_app_that_is_down_gets_its_events_when_it_is_back(
    slack: FakeSlack, town: Workspace, connect: Connect
) -> None:
    made = Listener(slack)
    ann = town.user("Ann")
    await ann.posts(ann.direct, "while you were out")
    await connect(made.app)
    await slack.advance(60)
    await slack.until(lambda: made.heard)
    assert made.heard == [("message", "while you were out")]
    assert slack.courier.deliveries[-1].acks[0].reason == "connection_failed"


async def test_an_app_that_does_not_answer(slack: FakeSlack, town: Workspace) -> None:
    async def post(url: str, headers: Any, body: bytes) -> Any:
        await asyncio.Event().wait()

    slack.courier.connect_http("http://nowhere", post=post)
    slack.courier.ack_seconds = 0.01
    ann = town.user("Ann")
    await ann.posts(ann.direct, "Hello")
    assert [ack.reason for ack in slack.courier.deliveries[-1].acks] == ["http_timeout", "http_timeout"]
    assert not (await ann.slash("/cohort")).ok


async def test_a_false_or_old_signature_is_not_taken(slack: FakeSlack, serve: Serve) -> None:
    url = await serve(Listener(slack).app)
    assert await slack.courier.verify_url()
    body = b'{"type": "url_verification", "challenge": "x"}'
    async with aiohttp.ClientSession() as session:
        for headers in ({}, slack.courier.sign(b"other"), slack.courier.sign(body, slack.signs_at() - 400)):
            async with session.post(url, data=body, headers={"Content-Type": "application/json"} | headers) as answer:
                assert answer.status == 401


@pytest.mark.parametrize("reason", ["refresh_requested", ""])
async def test_a_socket_that_ends_is_replaced_and_nothing_is_missed(
    slack: FakeSlack, town: Workspace, connect: Connect, reason: str
) -> None:
    made = Listener(slack)
    await connect(made.app)
    opened = len(slack.called("apps.connections.open"))
    await (slack.courier.sockets.disconnect(reason) if reason else slack.courier.sockets.cut())
    await slack.until(lambda: len(slack.called("apps.connections.open")) > opened and len(slack.courier.sockets))
    ann = town.user("Ann")
    await ann.posts(ann.direct, "still here")
    await slack.until(lambda: ("message", "still here") in made.heard)


async def test_a_warning_leaves_the_socket_and_link_disabled_ends_socket_mode(
    slack: FakeSlack, town: Workspace, connect: Connect
) -> None:
    made = Listener(slack)
    await connect(made.app)
    await slack.courier.sockets.disconnect("warning")
    ann = town.user("Ann")
    await ann.posts(ann.direct, "still here")
    await slack.until(lambda: made.heard)
    await slack.courier.sockets.disconnect("link_disabled")
    await slack.until(lambda: slack.called("apps.connections.open")[-1].answer.get("error") == "forbidden_team")


async def test_a_silent_socket_is_found_out_by_its_pings(slack: FakeSlack, connect: Connect) -> None:
    made = Listener(slack)
    await connect(made.app)
    slack.courier.sockets.silent = True
    await slack.until(lambda: len(slack.called("apps.connections.open")) > 1)


async def test_each_payload_goes_to_one_of_the_sockets(slack: FakeSlack, town: Workspace, connect: Connect) -> None:
    one, two = Listener(slack), Listener(slack)
    await connect(one.app)
    await connect(two.app)
    ann = town.user("Ann")
    for number in range(4):
        await ann.posts(ann.direct, str(number))
    await slack.until(lambda: len(one.heard) + len(two.heard) == 4)
    assert len(one.heard) == 2


async def test_a_response_url_is_good_for_five_uses_in_thirty_minutes(
    slack: FakeSlack, town: Workspace, serve: Serve
) -> None:
    urls: list[str] = []

    async def answer(ack: Any, body: dict[str, Any]) -> None:
        urls.append(body["response_url"])
        await ack("Only you see this.")

    made = bolt_app(slack)
    made.command("/cohort")(answer)
    await serve(made)
    ann = town.user("Ann")
    await ann.slash("/cohort help")
    assert [(one.text, one.only_for) for one in ann.reads(ann.direct)] == [("Only you see this.", ann.id)]
    async with aiohttp.ClientSession() as session:
        for status in [200] * 5 + [404]:
            async with session.post(urls[0], json={"text": "more"}) as answer_:
                assert answer_.status == status
        await ann.slash("/cohort help")
        await slack.advance(1801)
        async with session.post(urls[1], json={"text": "late"}) as answer_:
            assert answer_.status == 404
    assert len(ann.reads(ann.direct)) == 7
