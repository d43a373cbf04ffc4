"""Discord, put together: the adapter for what goes out, a listener for what comes in, our entries in its menus."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress

import structlog

from bot import clock
from bot.app import House
from bot.chat.discord.adapter import DiscordChat
from bot.chat.discord.api.http import API
from bot.chat.discord.hearing.answers import Answers
from bot.chat.discord.hearing.files import Files
from bot.chat.discord.hearing.gateway import Gateway, point_at
from bot.chat.discord.hearing.menus import keep_synced
from bot.chat.discord.hearing.places import Places
from bot.chat.discord.hearing.replying import Replying
from bot.chat.discord.ids import PLATFORM
from bot.chat.discord.listen import Listener
from bot.discord_desk import HouseDesk
from bot.settings import Settings

log = structlog.get_logger()


@asynccontextmanager
async def hearing_discord(house: House, settings: Settings) -> AsyncIterator[None]:
    """Hears Discord while the block runs, where there is a token."""
    chat = house.chats.get(PLATFORM)
    if not isinstance(chat, DiscordChat):
        yield
        return
    point_at(settings.discord_api_base, settings.discord_gateway)
    base, servers = settings.discord_api_base, settings.discord_server_ids
    listener = listener_for(house, chat, settings.address, base=base, servers=servers)
    gateway = Gateway(settings.discord_token.get_secret_value(), listener.take, clock.token()[:12])
    menus = asyncio.create_task(keep_synced(chat.calls))
    await gateway.start()
    try:
        yield
    finally:
        menus.cancel()
        with suppress(asyncio.CancelledError):
            await menus
        await gateway.stop()
        await listener.stop()


def listener_for(
    house: House, chat: DiscordChat, site: str, *, base: str = API, servers: Collection[str] = ()
) -> Listener:
    """What takes dispatches, wherever they come from."""
    desk = HouseDesk(house, site)
    return Listener(desk, Answers(desk, Replying(chat.calls), Files(base)), Places(chat.calls), servers=servers)
