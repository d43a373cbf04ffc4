"""Discord keeps the promises of the Chat port, on a fake Discord that is checked against Discord's own description."""

from collections.abc import AsyncIterator

import pytest

from bot.chat.discord.api.rooms import RoomStyle
from tests.contract.chat_port import ChatPortContract
from tests.contract.discord_fake import FakeTown, open_town
from tests.contract.discord_host import HostContract
from tests.contract.discord_reading import DiscordReading, FlatReading, ForumReading, Noting


@pytest.fixture
async def town() -> AsyncIterator[FakeTown]:
    async with open_town() as town:
        yield town


class TestChannels(ChatPortContract):
    @pytest.fixture
    def reading(self, town: FakeTown) -> DiscordReading:
        return DiscordReading(Noting(town.chat(), town), town)


class TestForums(ChatPortContract):
    @pytest.fixture
    def reading(self, town: FakeTown) -> DiscordReading:
        return ForumReading(Noting(town.chat(RoomStyle(kind="forum")), town), town)


class TestPrivateThreads(ChatPortContract):
    @pytest.fixture
    def reading(self, town: FakeTown) -> DiscordReading:
        style = RoomStyle(kind="thread", channel=town.server.general)
        return FlatReading(Noting(town.chat(style), town), town)


class TestHost(HostContract):
    @pytest.fixture
    def host(self, town: FakeTown) -> FakeTown:
        return town
