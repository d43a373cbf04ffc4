"""`cohortium discord`: how a server lets us in, and our entries in Discord's menus."""

import asyncio
from typing import Annotated

import typer

from bot.chat.discord.api.calls import CALL_ERRORS
from bot.chat.discord.api.probe import application, probing
from bot.chat.discord.hearing.menus import sync
from bot.chat.discord.ids import is_snowflake
from bot.chat.discord.inviting import WHY, invitation
from bot.given import refusal
from bot.settings import Settings

from ._shared import first_line, out, problems_told, settings_here

discord = typer.Typer(help="Bring the Discord app into servers.", no_args_is_help=True)


@discord.command()
def invite(
    app: Annotated[str, typer.Option(help="The application's id; without it Discord is asked, by the token.")] = "",
    server: Annotated[str, typer.Option(help="For this server alone: its id.")] = "",
    why: Annotated[bool, typer.Option("--why", help="Say of each permission what it is for.")] = False,
) -> None:
    """Print the address at which somebody who manages a server lets Cohortium in, with what it needs and no more."""
    with problems_told():
        settings = settings_here()
        for given in (app, server):
            if given and not is_snowflake(given):
                raise refusal(given, "It is no id of Discord's.", "Give its number: developer mode, Copy ID.")
        known = app or asyncio.run(_application(settings))
        typer.echo(invitation(known, server))  # not through rich: a link must not be wrapped
        for permission, what in WHY.items() if why else ():
            out.print(f"{permission.replace('_', ' ')}: {what}")


@discord.command()
def menus() -> None:
    """Bring /cohort and the two entries of a message's menu to Discord now; `cohortium run` does it by itself."""
    with problems_told():
        changed = asyncio.run(_sync(settings_here()))
        out.print("Brought to Discord." if changed else "They are there already.")


async def _application(settings: Settings) -> str:
    token = settings.discord_token.get_secret_value()
    if not token:
        mend = "Set COHORTIUM_DISCORD_TOKEN, or give --app with the application's id."
        raise refusal("COHORTIUM_DISCORD_TOKEN", "There is none.", mend)
    async with probing(token, settings.discord_api_base) as calls:
        try:
            return (await application(calls)).id
        except CALL_ERRORS as error:
            raise _unanswered(error) from None


async def _sync(settings: Settings) -> bool:
    async with probing(settings.discord_token.get_secret_value(), settings.discord_api_base) as calls:
        try:
            return await sync(calls)
        except CALL_ERRORS as error:
            raise _unanswered(error) from None


def _unanswered(error: Exception) -> Exception:
    return refusal("Discord", f"{first_line(error)}", "cohortium doctor discord says what to mend.")
