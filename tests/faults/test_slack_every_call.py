"""Each call that brings something to Slack goes wrong once, in every way: in the end all of it stands there once."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.app import ready_database
from bot.chat.slack.adapter import SlackChat
from bot.settings import Settings
from storage.queues import workspaces
from tests.fakes.slack.faults import (
    Fault,
    Faults,
    Garbage,
    Lost,
    RateLimited,
    Refused,
    Reset,
    Revoked,
    ServerError,
    Slow,
)
from tests.fakes.slack.methods.call import Call
from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.world import BOT_SCOPES
from tests.fakes.slack.world import Message as Said
from tests.fakes.small_core import START
from tests.faults.posting import Post, disturb_each_call, lay
from tests.scenarios.town import Clock

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

PATIENCE = aiohttp.ClientTimeout(total=0.4)
"""So long an answer that never comes is waited for here; whoever waits too short only has to look it up."""
FAULTS: Sequence[Fault] = (
    RateLimited(1),
    ServerError("before"),
    ServerError("after"),
    Reset("before"),
    Reset("after"),
    Garbage(),
    Refused("internal_error"),
    Lost(),
    Slow(3),
    Revoked(),
)
CALLED = {
    "chat.delete",
    "chat.postMessage",
    "chat.update",
    "conversations.archive",
    "conversations.create",
    "conversations.history",
    "conversations.invite",
    "conversations.kick",
    "conversations.open",
    "conversations.replies",
    "conversations.setPurpose",
    "conversations.setTopic",
}


@dataclass
class Slack:
    """One workspace, and the token we have for it."""

    slack: FakeSlack
    session: aiohttp.ClientSession
    token: str
    place = ("slack", "T1")

    @property
    def faults(self) -> Faults:
        return self.slack.faults

    @property
    def calls(self) -> Sequence[Call]:
        return self.slack.calls

    def chat(self) -> SlackChat:
        async def token(_workspace: str) -> str | None:
            return self.token

        return SlackChat(token, self.session, self.slack.base_url)

    def comes(self, name: str) -> str:
        return self.slack.workspace("T1").user(name).id

    async def advance(self) -> None:
        await self.slack.advance(0)

    async def mend(self, post: Post) -> None:
        """Whoever lost the tokens gets others, an hour later."""
        if await post.database.with_connection(workspaces.lost):
            post.clock.go_to(post.clock.now() + timedelta(hours=1))
            self.token = self.slack.workspace("T1").grant(BOT_SCOPES.split())
            await post.database.transact(lambda tx: workspaces.regain(tx.connection, self.place))

    def left(self, number: int, users: Mapping[str, str]) -> object:
        team = self.slack.workspace("T1").team
        (room,) = [one for one in team.channels.values() if one.purpose == f"Sotol {number}"]
        (direct,) = [one for one in team.channels.values() if one.kind == "im" and users["ann"] in one.members]
        names = {user: name for name, user in users.items()}
        members = sorted(names[user] for user in room.members if user in names)
        alone = [one.text for one in _for_all(direct.messages)]
        said = [(one.text, _thread(room.messages, one), _parts(one)) for one in _for_all(room.messages)]
        return said, members, room.archived, room.topic, alone


def _for_all(messages: Mapping[str, Said]) -> Sequence[Said]:
    return [one for one in messages.values() if not one.subtype]


def _thread(messages: Mapping[str, Said], one: Said) -> str:
    return messages[one.thread_ts].text if one.thread_ts else ""


def _parts(one: Said) -> object:
    return (one.metadata or {}).get("event_payload", {}).get("part")


@asynccontextmanager
async def open_post(folder: Path) -> AsyncIterator[Post]:
    clock = Clock(START)
    settings = Settings(data=folder, _env_file=None)  # type: ignore[call-arg]
    async with (
        FakeSlack(now=lambda: clock.now().timestamp()) as slack,
        ready_database(settings, "OFF") as database,
        aiohttp.ClientSession(timeout=PATIENCE) as session,
    ):
        slack.subscribed = frozenset()
        await database.transact(lay)
        yield Post(Slack(slack, session, slack.workspace("T1").token), database, clock)


async def test_the_journey_makes_every_call_that_brings_something(tmp_path: Path) -> None:
    async with open_post(tmp_path) as post:
        await post.journey(1)
        assert {call.method for call in post.platform.calls} == CALLED
        said, members, *_ = post.platform.left(1, post.users)  # type: ignore[misc]
        assert members == ["ann", "ben"]
        assert [text for text, thread, _ in said if not thread] == ["Header, newer 1", "The last word 1"]


@pytest.mark.parametrize("successor", [False, True], ids=["goes-on", "taken-over"])
@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_whichever_call_goes_wrong_all_of_it_stands_there_once(
    tmp_path: Path, fault: Fault, successor: bool
) -> None:
    async with open_post(tmp_path) as post:
        await disturb_each_call(post, fault, successor=successor)
