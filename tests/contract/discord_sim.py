"""A server in the simulator that discord.py's own parsers are tested with: its people, and what they see."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import discord
import simcord
from discord.http import Route
from simcord.backend import Backend, serializers
from simcord.backend.models import Channel

from bot.chat.discord.adapter import DiscordChat
from bot.chat.discord.api.calls import Requests
from bot.chat.discord.api.rooms import RoomStyle
from bot.chat.discord.custom_ids import Handles
from bot.chat.discord.permissions import BOT
from cohorts.send_errors import SendUnknownError
from tests.contract.discord_host import Planned
from tests.contract.discord_reading import Shown
from tests.fakes.discord.checker import check_request
from tests.fakes.discord.contracts import reference

PEOPLE = ("ana", "ben", "dara")
PRIVATE_THREAD = 12
SEES = 1 << 10


@dataclass
class Breaking:
    """A line that breaks once, at this create of a message; `arrives`: after Discord has done it."""

    http: Requests
    at: int = 1
    arrives: bool = True
    path: str = "/messages"
    creates: int = 0

    async def request(self, route: Route, **given: Any) -> Any:
        self.creates += route.method == "POST" and route.path.endswith(self.path)
        broken = self.creates == self.at
        self.creates += broken
        if broken and not self.arrives:
            raise SendUnknownError
        answer = await self.http.request(route, **given)
        if broken:
            raise SendUnknownError
        return answer


def new_client() -> discord.Client:
    return discord.Client(intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True))


@dataclass
class SimTown:
    """A server that has let the bot in with what it asks for and no more."""

    env: simcord.Env
    guild: str
    users: Mapping[str, str]
    kept: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def backend(self) -> Backend:
        return self.env.backend

    def chat(
        self, style: RoomStyle | Mapping[str, RoomStyle] | None = None, line: Requests | None = None
    ) -> DiscordChat:
        """As a process that has just started: it remembers nothing. `line` is what it speaks over."""

        async def keep(handles: Handles) -> None:
            self.kept.update(handles)

        return DiscordChat(line or self.env.bot.http, keep, rooms=style)

    def channel(self, conversation: str) -> Channel:
        return self.backend.get_channel(int(conversation))

    def named(self, name: str) -> list[Channel]:
        return [one for one in self.backend.channels.values() if (one.name or "").startswith(name)]

    def sees(self, user: str, channel: str) -> bool:
        found = self.channel(channel)
        if found.guild_id is None:
            return int(user) in found.recipient_ids
        if found.type == PRIVATE_THREAD:
            return int(user) in found.thread_members
        return bool(self.backend.compute_permissions(int(self.guild), int(user), found.id) & SEES)

    def messages(self, channel: str) -> Sequence[Shown]:
        stored = self.backend.messages.get(int(channel), {})
        payloads = [serializers.message_payload(self.backend, one) for one in stored.values()]
        return sorted(payloads, key=lambda one: int(one["id"]))

    def posts(self, forum: str) -> Sequence[str]:
        found = [one.id for one in self.backend.channels.values() if one.parent_id == int(forum)]
        return [str(one) for one in sorted(found)]

    def planned(self) -> Sequence[Planned]:
        return [
            Planned(str(one.id), one.name, datetime.fromisoformat(one.scheduled_start_time), str(one.channel_id))
            for one in self.backend.guilds[int(self.guild)].scheduled_events.values()
        ]

    def allow_events(self) -> None:
        """The simulator asks for Manage Events, as Discord did until February 2026; we have Create Events alone."""
        mine = self.backend.guilds[int(self.guild)].members[self.backend.bot_user.id].role_ids
        role = self.backend.guilds[int(self.guild)].roles[mine[0]]
        role.permissions |= discord.Permissions(manage_events=True).value

    def calls(self, method: str, path: str = "") -> list[str]:
        """The calls of this method to a path that ends so."""
        made = (one for one in self.env.http_requests if one.method == method and one.path.endswith(path))
        return [one.path for one in made]


def problems_of(env: simcord.Env) -> list[str]:
    """What Discord's own description, and what it does not know, say of every body that was sent."""
    routes = (_pattern(route) for route in (reference().routes if reference() else ()))
    known = sorted(routes, key=lambda one: one[0].count("{"))
    found = list[str]()
    for sent in env.http_requests:
        asked = f"{sent.method} {sent.path}"
        route = next((route for route, pattern in known if pattern.fullmatch(asked)), "")
        found += check_request(route, sent.json) if route else ()
    return found


def _pattern(route: str) -> tuple[str, re.Pattern[str]]:
    return route, re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(route)))


def lay_town(env: simcord.Env) -> SimTown:
    guild, backend = env.create_guild(), env.backend
    ours = guild.create_role("Cohortium", permissions=discord.Permissions(BOT))
    members = backend.guilds[guild.id].members
    members[backend.bot_user.id].role_ids = [ours.id]
    users = {name: str(guild.add_member(env.create_user(name)).id) for name in PEOPLE}
    return SimTown(env, str(guild.id), users)
