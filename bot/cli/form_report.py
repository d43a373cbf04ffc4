"""`cohortium form report`: a round as a cooperative reads it. Counts alone, and no small one."""

from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import typer

from cohorts.forming.report import Report
from cohorts.forming.tell_report import Told, tell_report
from cohorts.people.rows import Columns, Problems, read_rows
from cohorts.usecases.board.forming_report import report_approved, report_open
from cohorts.words import say
from storage.database import Database

from ._given import csv_lines
from ._shared import out, problems_told, refusal, settings_here, with_database
from ._spoken import language_told

LEAID = Columns(required=("leaid",))
DIGITS = 7


def report(
    high_need: Annotated[
        Path | None,
        typer.Option(help="A CSV with a column leaid: the LEAs of high need.", show_default="those of the settings"),
    ] = None,
    language: Annotated[str, typer.Option(help="Language of the report: en or es.")] = "en",
) -> None:
    """A round as a whole, open or else the last approved: who is less alone, who waits, who fares worse than others."""
    with problems_told():
        language_told(language)
        needy = None if high_need is None else _leaids(high_need)
        found = with_database(settings_here(), lambda database: _report(database, needy))
        if found is None:
            out.print(say(language, "report.none"))
            return
        stage, whole = found
        out.print(say(language, f"report.of_{stage}"))
        for told in tell_report(whole, language):
            _print(told)


async def _report(database: Database, high_need: Collection[str] | None) -> tuple[str, Report] | None:
    if opened := await database.read(report_open, high_need):
        return "open", opened
    approved = await database.read(report_approved, high_need)
    return ("approved", approved) if approved else None


def _leaids(path: Path) -> Collection[str]:
    if not path.is_file():
        raise refusal(path, "There is no such file.", "Check the name and the folder.")
    problems = Problems(str(path))
    found = set()
    for row in read_rows(csv_lines(path, lambda _: None), LEAID, problems):
        leaid = row.get("leaid").zfill(DIGITS)
        if not (leaid.isascii() and leaid.isdecimal() and len(leaid) == DIGITS):
            problems.add(row.line, "leaid", f'"{row.get("leaid")}" is no LEAID.', "Give the seven digits of the NCES.")
        found.add(leaid)
    problems.finish()
    return found


def _print(told: Told) -> None:
    rows = [told.head, *told.rows] if any(told.head) else list(told.rows)
    widths = [max(len(row[column]) for row in rows) for column in range(len(told.head))] if rows else []
    out.print(f"\n{told.title}")
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        out.print(f"  {line.rstrip()}", soft_wrap=True)
    if told.note:
        out.print(f"  {told.note}")
