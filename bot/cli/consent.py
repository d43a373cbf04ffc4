"""`cohortium consent`: whether a district's people may be in cohorts with those of other districts."""

from typing import Annotated

import typer

from bot import clock
from bot.given import refusal
from cohorts.people.model import Lea
from cohorts.ports import Transaction
from cohorts.usecases.living.consent import give_consent, withdraw_consent
from storage.database import Database

from ._shared import out, problems_told, settings_here, with_database

consent = typer.Typer(help="Whether a district's people may be with those of others.", no_args_is_help=True)

LeaId = Annotated[str, typer.Argument(help="The district's LEAID, such as 4800001.", metavar="LEAID")]


@consent.command()
def withdraw(lea: LeaId) -> None:
    """From now on its people are with their own alone: who is in a cohort with others is taken out of it and told."""
    with problems_told():
        with_database(settings_here(), lambda database: _withdraw(database, lea))


@consent.command()
def give(lea: LeaId) -> None:
    """Its people may be with others again, each by their own word. Nobody is moved."""
    with problems_told():
        with_database(settings_here(), lambda database: _give(database, lea))


@consent.command("list")
def show() -> None:
    """The districts whose people keep to themselves."""
    with problems_told():
        closed = with_database(settings_here(), lambda database: database.read(_closed))
        for lea in closed:
            out.print(f"{lea.id}  {lea.name}")
        if not closed:
            out.print("Every district's people may be with those of others.")


async def _withdraw(database: Database, lea_id: str) -> None:
    lea = await database.read(_known, lea_id)
    cohorts = await database.transact(withdraw_consent, lea.id, clock.now())
    if cohorts is None:
        out.print(f"{lea.name}: its people keep to themselves already.")
        return
    out.print(f"{lea.name}: its people keep to themselves from now on.")
    out.print(f"Running cohorts to look at: {cohorts}.")
    if cohorts:
        out.print("Who is in one with other districts is taken out of it and told, a minute after Cohortium runs.")


async def _give(database: Database, lea_id: str) -> None:
    lea = await database.read(_known, lea_id)
    given = await database.transact(give_consent, lea.id, clock.now())
    done = "may be with those of others again, each by their own word" if given else "might be already"
    out.print(f"{lea.name}: its people {done}.")


def _known(tx: Transaction, lea_id: str) -> Lea:
    lea = tx.people.find_lea(lea_id)
    if lea is None:
        raise refusal(lea_id, "There is no district with this LEAID.", "Give one that was imported, such as 4800001.")
    return lea


def _closed(tx: Transaction) -> list[Lea]:
    closed = tx.living.closed_leas()
    return [lea for lea in tx.people.leas() if lea.id in closed]
