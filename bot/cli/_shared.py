"""What every command does the same way: settings, the database, and how problems are told."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console

from bot.alone import FolderError, NotAloneError, working_alone
from bot.app import DatabaseAwayError, ready_database
from bot.chat.slack.install.sealing import TokenKeyError
from bot.given import refusal
from bot.serve import LEAST_SECRET, ForeignHostError, PortsTakenError, ShortSecretError
from bot.settings import Settings, load_settings
from cohorts.catalogue.openbadges import OfficialSchema, read_schema
from cohorts.problems import BadInputError, Problem
from storage.away import LOCKED, first_words
from storage.database import Database, UnknownDatabaseError
from storage.migrate import HalfMovedError, NewerShapeError

T = TypeVar("T")

MOST_SHOWN = 50
BAD_INPUT = 2
MEND_DATABASE = "Mend COHORTIUM_DATABASE or COHORTIUM_DATA; `cohortium doctor` says more."

TOLD = (
    DatabaseAwayError,
    FolderError,
    ForeignHostError,
    HalfMovedError,
    NewerShapeError,
    PortsTakenError,
    ShortSecretError,
    TokenKeyError,
    UnknownDatabaseError,
)

out = Console(highlight=False, markup=False)
err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


@contextmanager
def problems_told() -> Iterator[None]:
    """Whatever is wrong with what we were given goes to stderr, a line each; the exit code is 2."""
    try:
        yield
    except BadInputError as error:
        for problem in error.problems[:MOST_SHOWN]:
            err.print(str(problem))
        if len(error.problems) > MOST_SHOWN:
            err.print(f"… and {len(error.problems) - MOST_SHOWN} more.")
        elif error.more:
            err.print(f"… reading stopped after {len(error.problems)} problems: there may be more.")
        raise typer.Exit(BAD_INPUT) from None
    except TOLD as error:
        err.print(_line_of(error))
        raise typer.Exit(BAD_INPUT) from None


def _line_of(error: Exception) -> str:
    """What is wrong and how to mend it, of one of `TOLD`."""
    match error:
        case HalfMovedError():
            return f"database: {error}"
        case ShortSecretError():
            mend = f"Set it to at least {LEAST_SECRET} characters of chance, or unset it: one is then made and kept."
            return f"{error} {mend}"
        case FolderError():
            return f"{error} Change who may write there, or set COHORTIUM_DATA to another folder."
        case DatabaseAwayError() if str(error) == LOCKED:
            return str(refusal("database", str(error), "Close that, or wait until it is done."))
        case DatabaseAwayError() | UnknownDatabaseError() | NewerShapeError():
            return str(refusal("database", first_line(error), MEND_DATABASE))
    return str(error)


def settings_here() -> Settings:
    """Raises BadInputError naming the variable that is wrong."""
    try:
        return load_settings()
    except ValidationError as error:
        raise BadInputError(
            *(
                Problem(f"COHORTIUM_{str(each['loc'][0]).upper()}", 0, "", f"{each['msg']}.", "See .env.example.")
                for each in error.errors(include_url=False, include_input=False)
            )
        ) from None
    except UnicodeDecodeError:
        raise refusal(".env", "It is not UTF-8.", "Save it as UTF-8, or set the variables themselves.") from None


@contextmanager
def alone_told(settings: Settings) -> Iterator[bool]:
    """`working_alone`, and a clear word where somebody else works on the file."""
    try:
        with working_alone(settings) as alone:
            yield alone
    except NotAloneError:
        what = "Another Cohortium works on this database file."
        mend = "Stop it first, or give this one another folder by COHORTIUM_DATA."
        raise refusal(settings.database_file, what, mend) from None


def with_database(settings: Settings, use: Callable[[Database], Awaitable[T]]) -> T:
    """Runs `use` over the ready database."""

    async def inside() -> T:
        async with ready_database(settings) as database:
            return await use(database)

    return asyncio.run(inside())


def official_schema(settings: Settings) -> OfficialSchema | None:
    """None when no schema is set. Raises BadInputError when it cannot be read."""
    path = settings.openbadges_schema
    if path is None:
        return None
    try:
        return read_schema(str(path), Path(path).read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        mend = "Mend COHORTIUM_OPENBADGES_SCHEMA, or unset it."
        raise refusal(path, f"The schema cannot be read: {first_line(error)}.", mend) from None


def first_line(error: BaseException) -> str:
    return first_words(error)


def unwritable(path: Path, error: OSError) -> BadInputError:
    return refusal(path, f"It cannot be written: {error.strerror or first_line(error)}.", "Give another --out folder.")
