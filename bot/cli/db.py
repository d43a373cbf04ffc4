"""`cohortium db …`: from one file to PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.table import Table

from bot.given import refusal
from storage.away import without_password
from storage.database import UNREACHABLE, PostgresDatabase
from storage.move import FinishedElsewhereError, Obstacle, Pair, Source, compare, move, open_source, rows_in_all
from storage.sums import Sum

from ._progress import Passed
from ._shared import first_line, out, problems_told, settings_here

T = TypeVar("T")
Work = Callable[[Source, PostgresDatabase, Passed], Awaitable[T | Obstacle]]

moving = typer.Typer(name="db", help="From one file to PostgreSQL.", no_args_is_help=True)
To = Annotated[str, typer.Option("--to", help="postgresql://user@host/name, an empty database.", show_default=False)]
From = Annotated[Path | None, typer.Option("--from", help="The SQLite file; the one of your settings when not given.")]
_LONG = 20_000
"""Rows; fewer are copied before one wonders."""


@moving.command("move")
def move_database(to: To, source: From = None) -> None:
    """Copy everything into an empty PostgreSQL. The file is left as it is; killed and run again, it goes on."""
    with problems_told():
        file, url = _file(source), _server(to)
        moved = asyncio.run(_with_both(file, url, move, times=3))
    _show(moved.tables)
    said = "Already there, " if moved.already else "Moved: "
    out.print(f"{said}{sum(each.rows for each in moved.tables):,} rows. Counts and checksums are the same.")
    shown = without_password(url)
    out.print(f"{file} is as it was. From now on:")
    typer.echo(f"COHORTIUM_DATABASE={shown}")  # not through rich: an address must not be wrapped
    if shown != url.replace(":@", "@"):
        out.print("Add the password, which is not shown here.")


@moving.command()
def check(to: To, source: From = None) -> None:
    """Compare the file and the PostgreSQL, table by table. Changes nothing; exits with 1 when they differ."""
    with problems_told():
        pairs = asyncio.run(_with_both(_file(source), _server(to), compare, times=2))
    _show_pairs(pairs)
    differing = [pair.here.table for pair in pairs if not pair.same]
    if differing:
        out.print(f"Not the same: {', '.join(differing)}.")
        raise typer.Exit(1)
    out.print("Counts and checksums are the same.")


def _file(given: Path | None) -> Path:
    file = given or settings_here().database_file
    if file is None:
        raise refusal("--from", "COHORTIUM_DATABASE is no file.", "Name the file: --from data/cohortium.db")
    if not file.is_file():
        raise refusal(file, "There is no such file.", "Name it with --from, or set COHORTIUM_DATA.")
    return file


def _server(url: str) -> str:
    if url.partition(":")[0] != "postgresql":
        raise refusal("--to", "It is not on a PostgreSQL server.", "Write it as postgresql://user@host/name")
    return url


async def _with_both(file: Path, url: str, work: Work[T], times: int) -> T:
    """`work` over both, with a bar; `times`: how often it tells of each row. Raises BadInputError."""
    passed = Passed(_LONG, "done")
    try:
        with open_source(file) as source, passed.shown(file.name):
            if not source.obstacle:
                passed.total = times * rows_in_all(source)
            async with _opened(url) as target:
                done = await work(source, target, passed)
    except FinishedElsewhereError as error:
        raise refusal("--to", first_line(error), "") from None
    except UNREACHABLE as error:
        mend = "See that the file and the server are there, then run this again."
        raise refusal("database", f"It cannot be used: {first_line(error)}.", mend) from None
    if isinstance(done, Obstacle):
        raise refusal(file if done.at == "--from" else without_password(url), done.what, done.mend)
    return done


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[PostgresDatabase]:
    try:
        database = PostgresDatabase(url)
    except (ValueError, *UNREACHABLE):
        # What is said of it might repeat the password.
        raise refusal("--to", "The address cannot be read.", "Write it as postgresql://user@host/name") from None
    try:
        yield database
    finally:
        await database.close()


def _show(tables: Sequence[Sum]) -> None:
    shown = Table("table", box=None, padding=(0, 2, 0, 0))
    shown.add_column("rows", justify="right")
    for each in tables:
        shown.add_row(each.table, f"{each.rows:,}")
    out.print(shown)


def _show_pairs(pairs: Sequence[Pair]) -> None:
    shown = Table("table", box=None, padding=(0, 2, 0, 0))
    shown.add_column("here", justify="right")
    shown.add_column("there", justify="right")
    shown.add_column("")
    for pair in pairs:
        said = "same" if pair.same else "differs"
        shown.add_row(pair.here.table, f"{pair.here.rows:,}", f"{pair.there.rows:,}", said)
    out.print(shown)
