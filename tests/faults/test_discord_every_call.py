"""Each call that brings something to Discord goes wrong once, in every way: in the end all of it stands there once."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from discord.http import Route

from bot.app import ready_database
from bot.chat.discord.adapter import DiscordChat
from bot.chat.discord.api.http import Http
from bot.chat.discord.permissions import BOT, WRITING
from bot.settings import Settings
from tests.fakes.discord.faults import Faults, Garbage, Lost, RateLimited, Reset, ServerError, Slow
from tests.fakes.discord.guild import Server
from tests.fakes.discord.rest.call import Call
from tests.fakes.discord.server import FakeDiscord
from tests.fakes.discord.world import Message as Said
from tests.fakes.small_core import START
from tests.faults.posting import Post, disturb_each_call, lay
from tests.scenarios.town import Clock

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PATIENCE = 1.5
"""So long an answer that never comes is waited for here; whoever waits too short only has to look it up."""
FAULTS: Sequence[object] = (
    RateLimited(1),
    RateLimited(1, everywhere=True),
    RateLimited(ours=False),
    ServerError("before", 500),
    ServerError("after", 502),
    ServerError("after", 504),
    Reset("before"),
    Reset("after"),
    Garbage(),
    Lost(),
    Slow(3),
)
ONCE = frozenset({"GET /users/@me"})
"""Asked when a process begins."""
CHANNEL, GUILD = "/channels/{channel_id}", "/guilds/{guild_id}"
CALLED = {
    f"DELETE {CHANNEL}/messages/{{message_id}}",
    f"DELETE {GUILD}/members/{{user_id}}/roles/{{role_id}}",
    f"GET {CHANNEL}",
    f"GET {CHANNEL}/messages",
    f"GET {GUILD}/channels",
    f"GET {GUILD}/roles",
    f"PATCH {CHANNEL}",
    f"PATCH {CHANNEL}/messages/{{message_id}}",
    f"POST {CHANNEL}/messages",
    f"POST {CHANNEL}/messages/{{message_id}}/threads",
    f"POST {GUILD}/channels",
    f"POST {GUILD}/roles",
    f"PUT {GUILD}/members/{{user_id}}/roles/{{role_id}}",
    "POST /users/@me/channels",
}


@dataclass(frozen=True)
class Impatient:
    """discord.py's client, for whoever waits less long."""

    http: Http

    async def request(self, route: Route, **given: Any) -> Any:
        async with asyncio.timeout(PATIENCE):
            return await self.http.request(route, **given)


@dataclass
class Discord:
    """One server that has let us in."""

    discord: FakeDiscord
    http: Http
    server: Server

    @property
    def place(self) -> tuple[str, str]:
        return "discord", self.server.id

    @property
    def faults(self) -> Faults:
        return self.discord.faults

    @property
    def calls(self) -> Sequence[Call]:
        return [one for one in self.discord.calls if one.route not in ONCE]

    def chat(self) -> DiscordChat:
        async def keep(_handles: object) -> None: ...

        return DiscordChat(Impatient(self.http), keep)

    def comes(self, name: str) -> str:
        return self.server.user(name).id

    async def advance(self) -> None:
        await self.discord.advance(0)

    async def mend(self, post: Post) -> None:
        """Nothing has to be."""

    def left(self, number: int, users: Mapping[str, str]) -> object:
        (room,) = [one for one in self.server.rooms() if one.name.startswith(f"sotol-{number}-")]
        threads = self.server.threads(room.id)
        said = [(one.words, _thread(self.server, one)) for one in self.server.messages(room.id)]
        answers = [[one.words for one in self.server.messages(thread.id)] for thread in threads]
        inside = sorted(name for name, user in users.items() if self.server.sees(user, room.id))
        roles = [one for one in self.server.guild.roles.values() if room.name.endswith(one.name.rpartition(" · ")[2])]
        closed = all(one.deny & WRITING for one in room.overwrites.values() if one.id == roles[0].id)
        alone = [one.words for one in self.discord.direct(self.discord.users[users["ann"]]).messages.values()]
        return said, answers, inside, len(roles), closed, str(room.topic), alone


def _thread(server: Server, one: Said) -> str:
    """Where it could not be named with its message it has the name of what that says."""
    called = next((thread.name for thread in server.threads(one.channel) if thread.id == one.id), "")
    return "named" if called.partition(" ")[0] in {"Round", "Header"} else called


@asynccontextmanager
async def open_post(folder: Path) -> AsyncIterator[Post]:
    clock = Clock(START)
    settings = Settings(data=folder, _env_file=None)  # type: ignore[call-arg]
    async with (
        FakeDiscord(now=lambda: clock.now().timestamp()) as discord,
        ready_database(settings, "OFF") as database,
    ):
        server = discord.guild("Spur ISD", allowed=BOT)
        await database.transact(lay)
        http = Http(discord.token, discord.api_base)
        try:
            yield Post(Discord(discord, http, server), database, clock)
        finally:
            await http.close()


async def test_the_journey_makes_every_call_that_brings_something(tmp_path: Path) -> None:
    async with open_post(tmp_path) as post:
        await post.journey(1)
        assert {call.route for call in post.platform.calls} == CALLED
        said, answers, members, *_, closed, _, alone = post.platform.left(1, post.users)  # type: ignore[misc]
        assert members == ["ann", "ben"]
        assert [text for text, _ in said] == ["Header, newer 1", "The last word 1"]
        assert len(answers) == 1
        assert closed
        assert alone == ["To you alone 1"]


@pytest.mark.parametrize("successor", [False, True], ids=["goes-on", "taken-over"])
@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_whichever_call_goes_wrong_all_of_it_stands_there_once(
    tmp_path: Path, fault: object, successor: bool
) -> None:
    async with open_post(tmp_path) as post:
        await disturb_each_call(post, fault, successor=successor)
