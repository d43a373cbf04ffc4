"""Nothing that Slack has ever been seen to send, whole or broken, is acknowledged when it could not be kept."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette

from bot.chat.slack.events import happened
from bot.chat.slack.hearing.http import EVENTS, http_routes
from bot.chat.slack.listen import Listener
from tests.adapters.slack.test_slack_listening import Frail, hearing, post_to
from tests.fakes.slack.contracts import Json
from tests.fakes.slack.recorded import HOSTILE, Ids, Recorded, changed, mutations, paths, recorded
from tests.fakes.slack.server import FakeSlack

ALL = recorded(Ids())
NEVER = 10**9
pytestmark = pytest.mark.skipif(not ALL, reason="needs COHORTIUM_SHARED")


def shares(count: int) -> list[list[Recorded]]:
    return [ALL[start::count] for start in range(count)]


def one_of_each_place(payload: Json) -> list[Json]:
    """Each place broken in one way, and the ways in turn."""
    return [changed(payload, path, HOSTILE[name]) for path, name in zip(paths(payload), cycle(HOSTILE), strict=False)]


@asynccontextmanager
async def answering(slack: FakeSlack) -> AsyncIterator[Starlette]:
    """A house whose disk is full."""
    listener = Listener(Frail(fails=NEVER), None)  # type: ignore[arg-type]
    yield Starlette(routes=list(http_routes(listener.hear, slack.signing_secret)))
    await listener.stop()


async def status_of(slack: FakeSlack, app: Starlette, kind: str, payload: Json) -> int:
    form = kind != "events_api"
    body = json.dumps(payload).encode()
    if kind == "slash_commands":
        body = urlencode({name: str(value).encode("utf-8", "replace") for name, value in payload.items()}).encode()
    elif form:
        body = urlencode({"payload": json.dumps(payload)}).encode()
    headers = slack.courier.sign(body)
    headers["Content-Type"] = "application/x-www-form-urlencoded" if form else "application/json"
    status, _, _ = await post_to(app, EVENTS, headers, body)
    return status


@pytest.mark.parametrize("share", shares(4), ids=range(4))
async def test_over_http_only_what_is_of_no_use_is_acknowledged_unkept(slack: FakeSlack, share: list[Recorded]) -> None:
    async with answering(slack) as app:
        for one in share:
            whole = await status_of(slack, app, one.kind, one.payload)
            assert whole == (200 if happened(one.payload) is None else 500), one.name
            for broken in one_of_each_place(one.payload) if one.kind != "slash_commands" else ():
                status = await status_of(slack, app, one.kind, broken)
                assert status == (200 if happened(broken) is None else 500), (one.name, broken)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("share", shares(4), ids=range(4))
async def test_however_broken_it_is_not_acknowledged_unkept(slack: FakeSlack, share: list[Recorded]) -> None:
    async with answering(slack) as app:
        for one in share:
            for what, broken in mutations(one.payload) if one.kind != "slash_commands" else ():
                status = await status_of(slack, app, one.kind, broken)
                assert status == (200 if happened(broken) is None else 500), (one.name, what)


async def test_over_a_socket_nothing_is_acknowledged_unkept(slack: FakeSlack) -> None:
    async with hearing(slack, Frail(fails=NEVER), "socket"):
        for one in ALL:
            useful = happened(one.payload) is not None
            ack = await slack.courier.sockets.send(one.kind, one.payload, 0, 0.05 if useful else 3.0)
            assert ack.ok is not useful, one.name


@pytest.mark.parametrize("way", ["http", "socket"])
async def test_what_is_kept_is_acknowledged(slack: FakeSlack, way: str) -> None:
    desk = Frail()
    async with hearing(slack, desk, way):
        for one in ALL:
            before = len(desk.heard) + len(desk.noted)
            if one.kind == "events_api":
                delivery = slack.courier.send_payload(one.payload)
                await delivery.done.wait()
                assert delivery.acked, one.name
            else:
                assert (await slack.courier.gesture(one.kind, one.payload)).ok, one.name
            kept = len(desk.heard) + len(desk.noted) - before
            assert kept == (happened(one.payload) is not None), one.name
