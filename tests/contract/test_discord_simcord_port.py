"""Discord keeps the promises of the Chat port, in the simulator that discord.py's own parsers are tested with."""

from collections.abc import Iterator

import discord
import pytest
import simcord

from bot.chat.discord.api.rooms import RoomStyle
from tests.contract.chat_port import ChatPortContract
from tests.contract.discord_host import HostContract
from tests.contract.discord_reading import DiscordReading, FlatReading, ForumReading, Noting
from tests.contract.discord_sim import SimTown, lay_town, new_client, problems_of


@pytest.fixture
def simcord_bot() -> discord.Client:
    return new_client()


@pytest.fixture
def town(simcord_env: simcord.Env) -> Iterator[SimTown]:
    yield lay_town(simcord_env)
    assert problems_of(simcord_env) == []


class TestChannels(ChatPortContract):
    @pytest.fixture
    def reading(self, town: SimTown) -> DiscordReading:
        return DiscordReading(Noting(town.chat(), town), town)


class TestForums(ChatPortContract):
    @pytest.fixture
    def reading(self, town: SimTown) -> DiscordReading:
        return ForumReading(Noting(town.chat(RoomStyle(kind="forum")), town), town)


class TestPrivateThreads(ChatPortContract):
    @pytest.fixture
    def reading(self, town: SimTown) -> DiscordReading:
        parent = town.env.guild.create_text_channel("staff-room")
        return FlatReading(Noting(town.chat(RoomStyle(kind="thread", channel=str(parent.id))), town), town)


class TestHost(HostContract):
    @pytest.fixture
    def host(self, town: SimTown) -> SimTown:
        town.allow_events()
        return town
