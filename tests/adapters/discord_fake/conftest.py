import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import discord
import pytest
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.fakes.discord.server import FakeDiscord

INTENTS = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
Connected = Callable[[discord.Client], Awaitable[None]]


@pytest.fixture
async def fake(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeDiscord]:
    """Where discord.py finds Discord."""
    async with FakeDiscord() as discord_:
        monkeypatch.setattr(Route, "BASE", discord_.api_base)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(discord_.gateway_url))
        yield discord_


class Bot(discord.Client):
    """A client as anybody writes one: it notes what it hears, and answers `/hello`, a button and a modal."""

    def __init__(self, **options: Any) -> None:
        super().__init__(intents=options.pop("intents", INTENTS), guild_ready_timeout=0.05, **options)
        self.tree = app_commands.CommandTree(self)
        self.heard = list[str]()
        self.answers: Callable[[discord.Interaction], Awaitable[object]] | None = None

        @self.tree.command(name="hello", description="Says hello.")
        async def hello(interaction: discord.Interaction, name: str = "") -> None:
            await interaction.response.send_message(f"Hello {name}", ephemeral=True, allowed_mentions=NOBODY)

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message.content)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        if self.answers is not None:
            await self.answers(interaction)


NOBODY = discord.AllowedMentions.none()


@asynccontextmanager
async def connected(fake: FakeDiscord, bot: Bot | None = None) -> AsyncIterator[Bot]:
    bot = bot or Bot()
    task = asyncio.create_task(bot.start(fake.token))
    await fake.until(lambda: bot.is_ready() or task.done(), "the bot never gets ready")
    if task.done():
        await task
    try:
        yield bot
    finally:
        await bot.close()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
