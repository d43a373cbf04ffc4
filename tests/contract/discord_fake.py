"""A server of the fake Discord, reached over a line as any other: its people, and what they see."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from bot.chat.discord.adapter import DiscordChat
from bot.chat.discord.api.http import Http
from bot.chat.discord.api.rooms import RoomStyle
from bot.chat.discord.custom_ids import Handles
from tests.contract.discord_host import Planned
from tests.contract.discord_reading import Shown
from tests.fakes.discord.guild import Server
from tests.fakes.discord.server import FakeDiscord

PEOPLE = ("ana", "ben", "dara")


@dataclass
class FakeTown:
    """A server of the fake, reached over a line as any other."""

    discord: FakeDiscord
    server: Server
    users: Mapping[str, str]
    http: Http

    @property
    def guild(self) -> str:
        return self.server.id

    def chat(self, style: RoomStyle | None = None) -> DiscordChat:
        async def keep(_handles: Handles) -> None:
            pass

        return DiscordChat(self.http, keep, rooms=style)

    def sees(self, user: str, channel: str) -> bool:
        direct = next((one for one in self.discord.directs.values() if one.id == channel), None)
        if direct is not None:
            return user in {one.id for one in direct.recipients}
        return self.server.sees(user, channel)

    def messages(self, channel: str) -> Sequence[Shown]:
        found = self.discord.channel(channel)
        return [one.as_json() for one in found.messages.values()] if found else []

    def planned(self) -> Sequence[Planned]:
        return [
            Planned(one["id"], one["name"], datetime.fromisoformat(one["scheduled_start_time"]), one["channel_id"])
            for one in self.server.events()
        ]

    def posts(self, forum: str) -> Sequence[str]:
        return [one.id for one in self.server.guild.channels.values() if one.parent == forum]


@asynccontextmanager
async def open_town() -> AsyncIterator[FakeTown]:
    async with FakeDiscord() as discord:
        server = discord.guild("Spur ISD")
        users = {name: server.user(name).id for name in PEOPLE}
        http = Http(discord.token, discord.api_base)
        yield FakeTown(discord, server, users, http)
        await http.close()
