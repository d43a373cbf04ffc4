"""Discord keeps the promises of the Chat port, in the simulator that discord.py's own parsers are tested with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import discord
import pytest
import simcord
from simcord.backend import serializers

from bot.chat.discord.adapter import DiscordChat
from bot.chat.discord.custom_ids import Handles
from bot.chat.discord.permissions import BOT
from tests.contract.chat_port import ChatPortContract
from tests.contract.discord_reading import DiscordReading, Noting, Shown

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
        return bool(backend.compute_permissions(int(self.guild), int(user), found.id) & (1 << 10))

    def messages(self, channel: str) -> Sequence[Shown]:
        stored = self.env.backend.messages.get(int(channel), {})
        payloads = [serializers.message_payload(self.env.backend, one) for one in stored.values()]
        return sorted(payloads, key=lambda one: int(one["id"]))


@pytest.fixture
def simcord_bot() -> discord.Client:
    return discord.Client(intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True))


@pytest.fixture
async def reading(simcord_env: simcord.Env, simcord_bot: discord.Client) -> DiscordReading:
    kept: dict[str, tuple[str, str]] = {}

    async def keep(handles: Handles) -> None:
        kept.update(handles)

    guild, backend = simcord_env.create_guild(), simcord_env.backend
    ours = guild.create_role("Cohortium", permissions=discord.Permissions(BOT))
    backend.guilds[guild.id].members[backend.bot_user.id].role_ids.append(ours.id)
    users = {name: str(guild.add_member(simcord_env.create_user(name)).id) for name in PEOPLE}
    town = SimTown(simcord_env, str(guild.id), users)
    return DiscordReading(Noting(DiscordChat(simcord_bot.http, keep), town), town)


class TestSimulatedDiscordChatPort(ChatPortContract):
    pass
