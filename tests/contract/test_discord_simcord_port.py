"""Discord keeps the promises of the Chat port, in the simulator that discord.py's own parsers are tested with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import discord
import pytest
import simcord
from simcord.backend import serializers

from bot.chat.discord.adapter import DiscordChat
from bot.chat.discord.api.rooms import RoomStyle
from bot.chat.discord.custom_ids import Handles
from bot.chat.discord.permissions import BOT
from tests.contract.chat_port import ChatPortContract
from tests.contract.discord_reading import DiscordReading, FlatReading, ForumReading, Noting, Shown

PRIVATE_THREAD = 12
PEOPLE = ("ana", "ben", "dara")


@dataclass
class SimTown:
    env: simcord.Env
    guild: str
    users: Mapping[str, str]

    def sees(self, user: str, channel: str) -> bool:
        backend = self.env.backend
        found = backend.get_channel(int(channel))
        if found.guild_id is None:
            return int(user) in found.recipient_ids
        if found.type == PRIVATE_THREAD:
            return int(user) in found.thread_members
        return bool(backend.compute_permissions(int(self.guild), int(user), found.id) & (1 << 10))

    def messages(self, channel: str) -> Sequence[Shown]:
        stored = self.env.backend.messages.get(int(channel), {})
        payloads = [serializers.message_payload(self.env.backend, one) for one in stored.values()]
        return sorted(payloads, key=lambda one: int(one["id"]))

    def posts(self, forum: str) -> Sequence[str]:
        found = [one.id for one in self.env.backend.channels.values() if one.parent_id == int(forum)]
        return [str(one) for one in sorted(found)]


@pytest.fixture
def simcord_bot() -> discord.Client:
    return discord.Client(intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True))


@pytest.fixture
def town(simcord_env: simcord.Env) -> SimTown:
    guild, backend = simcord_env.create_guild(), simcord_env.backend
    ours = guild.create_role("Cohortium", permissions=discord.Permissions(BOT))
    backend.guilds[guild.id].members[backend.bot_user.id].role_ids.append(ours.id)
    users = {name: str(guild.add_member(simcord_env.create_user(name)).id) for name in PEOPLE}
    return SimTown(simcord_env, str(guild.id), users)


def noting(town: SimTown, style: RoomStyle) -> Noting:
    async def keep(_handles: Handles) -> None:
        pass

    return Noting(DiscordChat(town.env.bot.http, keep, rooms=style), town)


class TestChannels(ChatPortContract):
    @pytest.fixture
    def reading(self, town: SimTown) -> DiscordReading:
        return DiscordReading(noting(town, RoomStyle()), town)


class TestForums(ChatPortContract):
    @pytest.fixture
    def reading(self, town: SimTown) -> DiscordReading:
        return ForumReading(noting(town, RoomStyle(kind="forum")), town)


class TestPrivateThreads(ChatPortContract):
    @pytest.fixture
    def reading(self, town: SimTown) -> DiscordReading:
        parent = town.env.guild.create_text_channel("staff-room")
        return FlatReading(noting(town, RoomStyle(kind="thread", channel=str(parent.id))), town)
