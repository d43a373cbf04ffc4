"""`cohortium backup`: a copy of the database, while Cohortium runs."""

import sqlite3
from pathlib import Path
from typing import Annotated

import typer

from bot.given import refusal
from storage.backup import copy_database

from ._shared import first_line, out, problems_told, settings_here


def backup(file: Annotated[Path, typer.Argument(help="The file to write; it must not be there yet.")]) -> None:
    """Copy the whole database into a file that only you can read. It holds what people wrote: guard it."""
    with problems_told():
        source = settings_here().database_file
        if source is None:
            raise refusal("database", "It is on a server.", "Use the server's own tools, such as pg_dump.")
        if not source.exists():
            raise refusal(source, "There is no such file.", "Mend COHORTIUM_DATABASE or COHORTIUM_DATA.")
        try:
            copy_database(source, file)
        except FileExistsError:
            raise refusal(file, "It is there already.", "Give another name.") from None
        except (OSError, sqlite3.Error) as error:
            raise refusal(file, f"It cannot be made: {first_line(error)}.", "Give another folder.") from None
        out.print(f"{file}: {file.stat().st_size:,} bytes.")
