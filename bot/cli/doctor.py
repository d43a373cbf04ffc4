"""`cohortium doctor`: what is configured, what is missing, and how to mend it."""

import asyncio
import json
from typing import Annotated, Literal

import typer
from rich.table import Table
from rich.text import Text

from bot import clock
from bot.settings import Settings
from storage.database import UNREACHABLE, open_database
from storage.survey import look_at_contents, look_at_shape

from ._checks_discord import check_discord
from ._checks_here import Finding, check_here
from ._checks_slack import check_slack
from ._checks_stored import check_contents, check_shape
from ._shared import first_line, out, problems_told, settings_here

_STYLES = {"ok": "green", "warn": "yellow", "error": "bold red"}
_MEND_DATABASE = "Mend COHORTIUM_DATABASE, or start the server; then run this again."


def doctor(
    part: Annotated[
        Literal["all", "slack", "discord"], typer.Argument(help="all, or slack or discord: asks that chat itself.")
    ] = "all",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Look at everything Cohortium needs and say what to mend. Changes nothing; exits with 1 when there is an error."""
    with problems_told():
        settings = settings_here()
        findings = asyncio.run(_check(settings, part))
    if as_json:
        typer.echo(json.dumps([finding.model_dump() for finding in findings], ensure_ascii=False, indent=2))
    else:
        _show(findings)
    if any(finding.state == "error" for finding in findings):
        raise typer.Exit(1)


async def _check(settings: Settings, part: str) -> list[Finding]:
    if part == "slack":
        return [finding async for finding in check_slack(settings, clock.now())]
    if part == "discord":
        return [finding async for finding in check_discord(settings)]
    return [*check_here(settings), *await _check_database(settings)]


def _show(findings: list[Finding]) -> None:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for finding in findings:
        told = Text(f"{finding.what} {finding.mend}".strip())
        table.add_row(Text(finding.state, style=_STYLES[finding.state]), Text(finding.name), told)
    out.print(table)
    states = [finding.state for finding in findings]
    out.print(f"{states.count('ok')} ok, {states.count('warn')} to look at, {states.count('error')} to mend")


async def _check_database(settings: Settings) -> list[Finding]:
    file = settings.database_file
    if file and not file.exists():
        what = f"{file} is not there yet."
        return [Finding(name="database", state="warn", what=what, mend="It is made at the first start or import.")]
    try:
        database = open_database(settings.database_url)
    except (ValueError, *UNREACHABLE) as error:
        return [Finding(name="database", state="error", what=first_line(error), mend=_MEND_DATABASE)]
    try:
        shape = await database.read(lambda tx: look_at_shape(tx.connection))
        findings = check_shape(database.url, shape)
        if shape.revision == shape.wanted:
            now = clock.now()
            survey = await database.read(lambda tx: look_at_contents(tx.connection, now))
            findings += check_contents(survey, now)
    except UNREACHABLE as error:
        what = f"It cannot be opened: {first_line(error)}."
        return [Finding(name="database", state="error", what=what, mend=_MEND_DATABASE)]
    finally:
        await database.close()
    return findings
