"""`cohortium run`: the local chat with the real clock; `cohortium invite`: a way in for one person."""

import asyncio
from typing import Annotated

import typer

from bot import clock
from bot.app import open_house
from bot.chat.local.ids import PLATFORM, WORKSPACE
from bot.desk import HouseDesk
from bot.log import configure
from bot.serve import secret_of, serve
from bot.settings import Settings
from cohorts.people.model import Account, Role
from cohorts.ports import Transaction
from cohorts.usecases.let_in import let_in_interested

from ._shared import out, problems_told, refusal, settings_here


def run() -> None:
    """Serve the local chat with your own network, on the real clock."""
    with problems_told():
        settings = settings_here()
        configure(settings)
        asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    async with open_house(settings, clock.now) as house:
        await house.database.transact(let_in_interested, PLATFORM, WORKSPACE, clock.now())
        await house.bell.start()
        try:
            await serve(house, HouseDesk(house, secret_of(settings)), settings, out.print)
        finally:
            await house.bell.stop()


def invite(
    email: Annotated[str, typer.Argument(help="The e-mail address of somebody on a roster.")],
    facilitator: Annotated[bool, typer.Option(help="Also make them a facilitator.")] = False,
    operator: Annotated[bool, typer.Option(help="Also make them an operator.")] = False,
) -> None:
    """Print a link with which one person signs in, once, within a week."""
    asked: dict[Role, bool] = {"facilitator": facilitator, "operator": operator}
    roles = [role for role, wanted in asked.items() if wanted]
    with problems_told():
        settings = settings_here()
        typer.echo(asyncio.run(_invite(settings, email, roles)))  # not through rich: a link must not be wrapped


async def _invite(settings: Settings, email: str, roles: list[Role]) -> str:
    async with open_house(settings, clock.now) as house:
        user = await house.database.transact(_let_in, email, roles)
        if user is None:
            raise refusal(
                email, "Nobody at work has this address.", "Import a roster with them: cohortium import roster."
            )
        link = HouseDesk(house, secret_of(settings)).write_link(user)
        return f"{settings.address}/enter?token={link}"


def _let_in(tx: Transaction, email: str, roles: list[Role]) -> str | None:
    educator = tx.people.find_by_email(email)
    if educator is None or not educator.active:
        return None
    merged: tuple[Role, ...] = tuple(dict.fromkeys((*educator.roles, *roles)))
    tx.people.save_educator(educator.model_copy(update={"roles": merged}))
    user = educator.id
    tx.people.link_account(Account(platform=PLATFORM, workspace=WORKSPACE, user=user, educator_id=user))
    return user
