"""Our entries in Discord's menus, brought there when they differ: once after a change, and never at a reconnect."""

import asyncio

import structlog

from bot.chat.discord.api.calls import CALL_ERRORS, Calls, found
from bot.chat.discord.commands import commands, is_synced

log = structlog.get_logger()

COMMANDS = "/applications/{application_id}/commands"
PAUSES = (1.0, 10.0, 60.0, 600.0)
"""Seconds before another try; Discord may be away for a while."""


async def keep_synced(calls: Calls) -> None:
    """Until they are there, or Discord has refused them for good."""
    for pause in (*PAUSES, None):
        try:
            if await sync(calls):
                log.info("discord_menus_changed")
        except CALL_ERRORS as error:
            log.warning("discord_menus_not_changed", error=type(error).__name__, why=str(error)[:100])
        else:
            return
        if pause is not None:
            await asyncio.sleep(pause)


async def sync(calls: Calls) -> bool:
    """True when something was to be changed. Raises what `Calls.call` does."""
    application, wanted = await application_of(calls), commands()
    known = await known_commands(calls, application)
    if is_synced(known, wanted):
        return False
    await calls.call("PUT", COMMANDS, wanted, application_id=application)
    return True


async def known_commands(calls: Calls, application: str) -> object:
    """With their words in every language, which Discord leaves out otherwise."""
    shown: object = await calls.call("GET", COMMANDS, params={"with_localizations": "true"}, application_id=application)
    return shown


async def application_of(calls: Calls) -> str:
    return found(await calls.call("GET", "/oauth2/applications/@me"), "id")
