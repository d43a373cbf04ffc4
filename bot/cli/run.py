"""`cohortium run`: the local chat with the real clock; `cohortium invite`: a way in for one person."""

import asyncio
from collections.abc import Mapping
from typing import Annotated

import typer

from bot import clock
from bot.app import open_house
from bot.chat.local.ids import PLATFORM, WORKSPACE
from bot.desk import HouseDesk
from bot.discord import hearing_discord
from bot.given import refusal
from bot.log import configure
from bot.memory import keep_what_is_loaded
from bot.serve import address_of, secret_of, serve, told_to_stop
from bot.settings import Settings
from bot.slack import listening
from cohorts.people.model import Account, Role
from cohorts.people.rows import count
from cohorts.ports import Transaction
from cohorts.usecases.let_in import let_in_interested
from storage.queues.agenda import end_leases
from storage.sign_ins import end_sessions
from storage.transaction import SqlTransaction

from ._shared import alone_told, out, problems_told, settings_here, with_database


def run() -> None:
    """Serve the local chat with your own network, on the real clock."""
    with problems_told():
        settings = settings_here()
        configure(settings)
        with alone_told(settings) as alone:
            asyncio.run(_run(settings, alone=alone))


async def _run(settings: Settings, *, alone: bool) -> None:
    secret = secret_of(settings)
    async with open_house(settings, clock.now) as house:
        if alone:
            await house.database.transact(end_leases, house.now() + settings.quiet_period)
        await house.database.transact(let_in_interested, PLATFORM, WORKSPACE, clock.now())
        keep_what_is_loaded()
        stopped, desk = told_to_stop(), HouseDesk(house, secret)
        async with (
            house.bell.ringing(),
            listening(house, settings, desk.write_link, secret) as slack,
            hearing_discord(house, settings),
        ):
            if not stopped.is_set():
                await serve(house, desk, settings, out.print, slack)


def invite(
    email: Annotated[str, typer.Argument(help="The e-mail address of somebody on a roster.")],
    facilitator: Annotated[
        bool | None, typer.Option("--facilitator/--no-facilitator", help="Make them a facilitator, or no longer.")
    ] = None,
    operator: Annotated[
        bool | None, typer.Option("--operator/--no-operator", help="Make them an operator, or no longer.")
    ] = None,
) -> None:
    """Print a link with which one person signs in, once, within a week. An older link of theirs opens nothing more."""
    wanted: dict[Role, bool | None] = {"facilitator": facilitator, "operator": operator}
    with problems_told():
        settings = settings_here()
        typer.echo(asyncio.run(_invite(settings, email, wanted)))  # not through rich: a link must not be wrapped


async def _invite(settings: Settings, email: str, wanted: Mapping[Role, bool | None]) -> str:
    secret = secret_of(settings)
    async with open_house(settings, clock.now) as house:
        user = await house.database.transact(_let_in, email, wanted)
        if user is None:
            raise refusal(
                email, "Nobody at work has this address.", "Import a roster with them: cohortium import roster."
            )
        link = await HouseDesk(house, secret).write_link(user)
        return f"{address_of(settings)}/enter?token={link}"


def _let_in(tx: Transaction, email: str, wanted: Mapping[Role, bool | None]) -> str | None:
    educator = tx.people.find_by_email(email)
    if educator is None or not educator.active:
        return None
    kept = [role for role in educator.roles if wanted.get(role) is not False]
    roles: tuple[Role, ...] = tuple(dict.fromkeys((*kept, *(role for role, on in wanted.items() if on))))
    tx.people.save_educator(educator.model_copy(update={"roles": roles}))
    user = educator.id
    tx.people.link_account(Account(platform=PLATFORM, workspace=WORKSPACE, user=user, educator_id=user))
    return user


def sign_out(email: Annotated[str, typer.Argument(help="The e-mail address of somebody on a roster.")]) -> None:
    """End every session of one person, on all their devices, and the link they have not used yet."""
    with problems_told():
        ended = with_database(settings_here(), lambda database: database.transact(_sign_out, email))
        if ended is None:
            raise refusal(email, "Nobody here has this address.", "Correct it.")
        out.print(f"{count(ended, 'session')} ended.")


def _sign_out(tx: SqlTransaction, email: str) -> int | None:
    educator = tx.people.find_by_email(email)
    return end_sessions(tx, educator.id) if educator else None
