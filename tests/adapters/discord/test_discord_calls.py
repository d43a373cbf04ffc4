"""What comes of a call to Discord is told at once, in the words of the Chat port, and nothing is tried again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from cProfile import Profile
from dataclasses import dataclass, field
from datetime import timedelta
from json import dumps
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.chat.discord.adapter import DiscordChat
from bot.chat.discord.api.calls import Calls, ClosedError, RefusedError, UnseenError
from bot.chat.discord.api.http import Http
from bot.chat.discord.api.pace import Pace
from bot.chat.discord.permissions import BOT
from bot.limits import Turns
from bot.log import configure
from bot.settings import Settings
from cohorts.send_errors import AccessLostError, NotSentError, RateLimitedError, SendUnknownError
from storage.queues.outbox import Head
from tests.fakes.discord.server import FakeDiscord

MESSAGES = "/channels/{channel_id}/messages"
SAID = {"content": "hello", "nonce": "n", "enforce_nonce": True}
FULL = {"X-RateLimit-Bucket": "b", "X-RateLimit-Limit": "5", "X-RateLimit-Reset-After": "60", "X-RateLimit-Reset": "1"}


@dataclass
class Wire:
    """A server that answers as it is told, and the calls that go to it."""

    server: TestServer
    heard: list[str] = field(default_factory=list)
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None
    http: Http | None = None

    @property
    def calls(self) -> Calls:
        self.http = self.http or Http("token", str(self.server.make_url("/api/v10")))
        return Calls(self.http)

    async def hear(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/api/v10/users/@me":
            known = request.headers["Authorization"] == "Bot token"
            return json({"id": "1"}) if known else json({"code": 0, "message": "401"}, 401)
        self.heard.append(f"{request.method} {request.path}")
        return await self.answer(request) if self.answer else json({"id": "9", "channel_id": "7"})

    def answers(self, body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        async def answer(_request: web.Request) -> web.StreamResponse:
            return json(body, status, headers)

        self.answer = answer


def json(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    given = {"Content-Type": "application/json", **(headers or {})}
    return web.Response(body=dumps(body).encode(), status=status, headers=given)


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    async def hear(request: web.Request) -> web.StreamResponse:
        return await made.hear(request)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", hear)
    async with TestServer(app) as server:
        made = Wire(server)
        yield made
        if made.http:
            await made.http.close()


async def send(wire: Wire, channel: str = "7") -> Any:
    return await wire.calls.call("POST", MESSAGES, SAID, channel_id=channel)


async def test_an_answer_is_its_body(wire: Wire) -> None:
    assert (await send(wire))["id"] == "9"
    assert await wire.calls.me() == "1"
    assert wire.heard == ["POST /api/v10/channels/7/messages"]


async def test_who_we_are_can_be_the_first_thing_asked(wire: Wire) -> None:
    calls = wire.calls
    assert await asyncio.gather(calls.me(), calls.me()) == ["1", "1"]


async def test_too_fast_in_a_channel_is_told_and_not_slept_over(wire: Wire) -> None:
    wire.answers({"retry_after": 40.5, "global": False}, 429, {"Via": "1.1 google"})
    with pytest.raises(RateLimitedError) as caught:
        await send(wire)
    assert (caught.value.retry_after, caught.value.scope) == (timedelta(seconds=40.5), "conversation")
    assert len(wire.heard) == 1


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ({"retry_after": 1.0, "global": True}, {"Via": "1.1 google"}),
        ({"retry_after": 1.0}, {"Via": "1.1 google", "X-RateLimit-Scope": "global"}),
        ("error code: 1015", {}),
    ],
)
async def test_too_fast_everywhere_holds_everything(wire: Wire, body: object, headers: dict[str, str]) -> None:
    wire.answers(body, 429, headers)
    with pytest.raises(RateLimitedError) as caught:
        await send(wire)
    assert caught.value.scope == "platform"


async def test_a_full_bucket_is_not_asked_again(wire: Wire) -> None:
    wire.answers({"id": "9", "channel_id": "7"}, headers=FULL | {"X-RateLimit-Remaining": "0"})
    assert (await send(wire))["id"] == "9"
    with pytest.raises(RateLimitedError) as caught:
        await send(wire)
    assert timedelta(seconds=50) < caught.value.retry_after <= timedelta(seconds=60)
    assert (await send(wire, "8"))["id"] == "9"
    assert len(wire.heard) == 2


async def test_a_bucket_about_to_fill_is_waited_for(wire: Wire) -> None:
    wire.answers({"id": "9"}, headers=FULL | {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "0.05"})
    await send(wire)
    await send(wire)
    assert len(wire.heard) == 2


async def test_fifty_in_any_second_are_not_too_fast_however_many_want_to_go_at_once() -> None:
    async with FakeDiscord(check=False) as fake:
        fake.buckets.on = True
        rooms = [fake.guild("Spur ISD", allowed=BOT).channel(f"room-{number}") for number in range(80)]
        http = Http(fake.token, fake.api_base)
        calls = Calls(http)
        said = (calls.call("POST", MESSAGES, {"content": room}, channel_id=room) for room in rooms)
        answers = await asyncio.gather(*said)
        await http.close()
        assert ([one["content"] for one in answers], fake.buckets.told) == (rooms, 0)


async def test_whoever_is_answered_waits_for_no_turn(wire: Wire) -> None:
    everybody = asyncio.Barrier(120)

    async def hold(_request: web.Request) -> web.StreamResponse:
        await everybody.wait()
        return json({})

    wire.answer, calls = hold, wire.calls
    path = "/interactions/{webhook_id}/{webhook_token}/callback"
    await asyncio.gather(*(calls.call("POST", path, {}, webhook_id=str(n), webhook_token=f"t{n}") for n in range(120)))
    assert len(wire.heard) == 120


async def test_a_turn_comes_back_after_the_answer_and_is_not_waited_for_for_ever() -> None:
    pace = Pace(2, seconds=0.01, patience=0.05)
    await pace.begin()
    await pace.begin()
    with pytest.raises(RateLimitedError) as caught:
        await pace.begin()
    assert caught.value.scope == "platform"
    pace.end()
    await pace.begin()


async def test_a_request_that_broke_gives_its_turn_back(wire: Wire) -> None:
    calls = wire.calls
    await wire.server.close()
    for _ in range(60):
        with pytest.raises(NotSentError):
            await calls.call("POST", MESSAGES, SAID, channel_id="7")


async def test_a_bucket_for_each_interaction_does_not_make_the_next_one_dearer(wire: Wire) -> None:
    wire.calls  # noqa: B018 - opens it
    assert wire.http is not None
    seen = Profile()
    for number in range(2_000):
        seen.runcall(wire.http.get_ratelimit, f"POST /interactions/{number}")
    looks = sum(one.callcount for one in seen.getstats() if getattr(one.code, "co_name", "") == "is_inactive")
    assert looks < 4_000


async def test_who_wakes_late_makes_up_for_it() -> None:
    """At the pace of a machine that is busy: a tenth of a second late, every time."""
    turns, gone = Turns({"discord": DiscordChat(Wire(None), _keep_nothing)}), 0  # type: ignore[arg-type]
    for tenth in range(100):
        heads = [Head(number, ("discord", "1"), f"{tenth}/{number}") for number in range(100)]
        gone += len(turns.choose(heads, tenth / 10, 200)[0])
    assert gone >= 10 * 47.7


async def _keep_nothing(_handles: object) -> None: ...


@pytest.mark.parametrize("status", [500, 502, 503, 504, 524])
async def test_what_a_broken_server_did_is_unknown(wire: Wire, status: int) -> None:
    wire.answers("oh", status)
    with pytest.raises(SendUnknownError):
        await send(wire)
    assert len(wire.heard) == 1


async def test_what_became_of_a_line_that_broke_is_unknown(wire: Wire) -> None:
    async def reset(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    wire.answer = reset
    with pytest.raises(SendUnknownError):
        await send(wire)
    assert len(wire.heard) == 1


async def test_where_nobody_answers_nothing_was_sent(wire: Wire) -> None:
    calls = wire.calls
    await wire.server.close()
    for _ in range(2):
        with pytest.raises(NotSentError):
            await calls.call("POST", MESSAGES, SAID, channel_id="7")


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (404, 10003, UnseenError),
        (403, 50001, ClosedError),
        (403, 50013, ClosedError),
        (403, 50007, RefusedError),
        (404, 10008, RefusedError),
        (400, 50035, RefusedError),
        (401, 0, AccessLostError),
        (404, 10004, AccessLostError),
    ],
)
async def test_a_refusal_is_told_by_its_number_alone(wire: Wire, status: int, code: int, kind: type[Exception]) -> None:
    wire.answers({"code": code, "message": "it repeats hello", "errors": {}}, status)
    with pytest.raises(kind) as caught:
        await send(wire)
    assert type(caught.value) is kind
    assert "hello" not in str(caught.value)


async def test_a_server_that_shows_us_nothing_has_taken_our_access(wire: Wire) -> None:
    wire.answers({"code": 50001, "message": "Missing Access"}, 403)
    with pytest.raises(AccessLostError):
        await wire.calls.call("GET", "/guilds/{guild_id}/channels", guild_id="5")


async def test_a_token_that_is_not_taken_is_lost_access_and_is_tried_anew_the_next_time(wire: Wire) -> None:
    http = wire.http = Http("stale", str(wire.server.make_url("/api/v10")))
    for _ in range(2):
        with pytest.raises(AccessLostError):
            await Calls(http).call("POST", MESSAGES, SAID, channel_id="7")
    assert wire.heard == []


async def test_nothing_of_what_is_sent_or_answered_is_in_the_log(
    wire: Wire, capsys: pytest.CaptureFixture[str]
) -> None:
    """discord.py at its most talkative repeats both."""
    configure(Settings(_env_file=None, log="json", log_level="debug"))  # type: ignore[call-arg]
    await send(wire)
    wire.answers({"code": 50035, "message": "it repeats hello", "errors": {}}, 400)
    with pytest.raises(RefusedError):
        await send(wire)
    told = capsys.readouterr()
    assert "hello" not in told.err + told.out
