"""The files people give: what they seem to be, and their lines. Whatever cannot be read is told, never raised raw."""

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, TextIO

from bot.given import MEGABYTE, refusal, require_size, unreadable
from cohorts.people.rows import fold
from cohorts.problems import BadInputError, Problem

Kind = Literal["leas", "roster", "catalogue", "calendar", "interests"]

MOST_CSV = 2_000 * MEGABYTE
LONGEST_LINE = 1_000_000
_AS_CSV = 'It is a spreadsheet\'s own format: save it as "CSV UTF-8" and import that.'
_SAID = {
    "leas": "a list of LEAs",
    "roster": "a roster",
    "catalogue": "a catalogue",
    "calendar": "a school calendar",
    "interests": "a list of interests",
}


def require(path: Path, kind: Kind) -> None:
    """Raises BadInputError when there is nothing to read at `path`, or it looks like something else."""
    try:
        if not path.exists():
            raise refusal(path, "There is no such file.", _meant(path))
        if path.is_dir() and kind != "roster":
            raise refusal(path, "It is a folder.", "Give one file in it; only a roster is a whole folder.")
        found = guess_kind(path)
    except OSError as error:
        raise unreadable(path, error) from None
    if found == "spreadsheet":
        raise refusal(path, "This kind of file cannot be read.", _AS_CSV)
    if found == "part" and kind == "roster":
        raise refusal(path, "This is one file of a roster.", "Give the folder or zip with orgs.csv and users.csv.")
    right, place = ("roster", path.parent) if found == "part" else (found, path)
    if right and right != kind:
        what = f"This looks like {_SAID[right]}, not {_SAID[kind]}."
        raise refusal(path, what, f"Use: cohortium import {right} {place}")


def _meant(path: Path) -> str:
    near = [each.name for each in path.parent.glob("*") if fold(each.name) == fold(path.name)]
    return f'Did you mean "{near[0]}"?' if near else "Check the name and the folder."


def guess_kind(path: Path) -> str:
    """A Kind, "part" (one file of a roster), "spreadsheet", or "" when it could be anything. Raises OSError."""
    if path.is_dir():
        return "roster"
    with path.open("rb") as opened:
        head = opened.read(4096)
    if zipfile.is_zipfile(path):
        return _kind_of_zip(path)
    if b"BEGIN:VCALENDAR" in head.upper() or path.suffix.lower() == ".ics":
        return "calendar"
    if path.suffix.lower() in (".yaml", ".yml", ".json"):
        return "catalogue"
    if path.suffix.lower() in (".xls", ".ods", ".numbers"):
        return "spreadsheet"
    return _kind_of_csv(head)


def _kind_of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as opened:
            names = opened.namelist()
    except (zipfile.BadZipFile, ValueError):
        return ""
    is_office = any(name in ("[Content_Types].xml", "mimetype") for name in names)
    return "spreadsheet" if is_office else "roster"


def _kind_of_csv(head: bytes) -> str:
    first = head.decode("utf-8", "replace").removeprefix("\ufeff").partition("\n")[0]
    columns = {fold(cell.strip().strip('"')) for cell in first.split(",")}
    if "leaid" in columns:
        return "leas"
    if {"email", "microcredential"} <= columns:
        return "interests"
    return "part" if "sourcedid" in columns else ""


def csv_lines(path: Path, tell: Callable[[int], None]) -> Iterator[str]:
    """The file's lines as `read_rows` wants them; `tell` hears of the bytes read. Raises BadInputError."""
    require_size(path, MOST_CSV)
    try:
        with path.open(encoding="utf-8", errors="surrogateescape", newline="") as opened:
            yield from told_lines(bounded_lines(path, opened), tell)
    except OSError as error:
        raise unreadable(path, error) from None


def bounded_lines(file: object, opened: TextIO) -> Iterator[str]:
    """The same lines, never much more than one in memory. Raises BadInputError at one that no table has."""
    number = 0
    while line := opened.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            what = f"The line has more than {LONGEST_LINE:,} characters."
            raise BadInputError(Problem(str(file), number, "", what, "Export the file again: this is no table."))
        yield line


def told_lines(lines: Iterator[str], tell: Callable[[int], None]) -> Iterator[str]:
    """The same lines; `tell` hears about every thousandth how many characters went by."""
    passed = 0
    for number, line in enumerate(lines, 1):
        passed += len(line)
        if not number % 1000:
            tell(passed)
            passed = 0
        yield line
    tell(passed)
