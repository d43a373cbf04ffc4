"""A CSV file somebody gave us, row by row: what it holds, or exactly where it is broken.

A row carries only the columns that were asked for; every other cell (a password, a phone) is let go while
reading. Cells are literal text: one that looks like a formula stays the text it is.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from functools import lru_cache

from cohorts.problems import BadInputError, Problem

MOST_PROBLEMS = 50
_ESCAPED_BYTE = re.compile("[\udc80-\udcff]")
_JOINED = str.maketrans("", "", " \t\n\r\u00a0_-")
_AS_UTF8 = 'Save the file as "CSV UTF-8" and try again.'


class Problems:
    """What is wrong with one file. `finish` raises BadInputError if anything is; so does the fiftieth problem."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: list[Problem] = []

    def add(self, line: int, column: int | str, what: str, mend: str) -> None:
        self._found.append(Problem(self.file, line, column, what, mend))
        if len(self._found) == MOST_PROBLEMS:
            self.finish()

    def finish(self) -> None:
        if self._found:
            full = len(self._found) == MOST_PROBLEMS
            raise BadInputError(*sorted(self._found, key=lambda problem: problem.line), more=full)


@dataclass(frozen=True, slots=True)
class Columns:
    """Names as they should be written. `ignored` are known and unread: never taken for a misspelling."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """`line` is where the row begins, counted from 1 in the file, quoted line breaks included."""

    line: int
    cells: Mapping[str, str]

    def get(self, column: str) -> str:
        """The cell without the space around it; "" when it is blank or the file has no such column."""
        return self.cells.get(column, "")


def read_rows(lines: Iterable[str], columns: Columns, problems: Problems) -> Iterator[Row]:
    """The rows below the header, lazily; rows of nothing but blanks are passed over.

    Open the file with `newline=""`, and with `errors="surrogateescape"` to have bytes that are not UTF-8
    reported by line. Faults go to `problems`; one in the header raises at once: every row would be wrong.
    """
    records = _records(lines, problems)
    line, header = next(records, (1, []))
    if not header:
        problems.finish()
        names = ", ".join(columns.required)
        problems.add(1, "", "The file is empty.", f"The first line must name the columns: {names}.")
        problems.finish()
    places = _find_columns(line, header, columns, problems)
    problems.finish()
    width = len(header)
    for line, cells in records:
        if len(cells) == width or (len(cells) > width and not any(cells[width:])):
            yield Row(line, {name: cells[place].strip() for name, place in places})
        else:
            what = f"The row has {count(len(cells), 'cell')}, the first line has {width}."
            problems.add(line, "", what, "Look for a missing or extra comma, or a text with a comma that needs quotes.")


class _UnreadableError(Exception):
    """The text itself is broken, so no row after it can be trusted."""

    def __init__(self, line: int, column: int, what: str, mend: str) -> None:
        super().__init__(what)
        self.place = (line, column, what, mend)


def _records(lines: Iterable[str], problems: Problems) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(_readable(lines), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except _UnreadableError as error:
            problems.add(*error.place)
            return
        except UnicodeDecodeError:
            problems.add(0, "", "The file is not UTF-8.", _AS_UTF8)
            return
        except csv.Error as error:
            problems.add(line, "", *_explain(str(error)))
            return
        if any(cell.strip() for cell in cells):
            yield line, cells


def _readable(lines: Iterable[str]) -> Iterator[str]:
    """The lines without a byte order mark; raises _UnreadableError at a NUL or a byte that is not UTF-8."""
    for number, text in enumerate(lines, 1):
        if "\0" in text:
            what = "The file is UTF-16, not UTF-8." if number == 1 else "There is a NUL byte: the file is damaged."
            raise _UnreadableError(number, text.index("\0") + 1, what, _AS_UTF8)
        strange = None if text.isascii() else _ESCAPED_BYTE.search(text)
        if strange:
            # Old Excel writes Windows-1252: the letter é arrives as the one byte E9.
            what = f"The byte {ord(strange.group()) - 0xDC00:02X} is not UTF-8."
            raise _UnreadableError(number, strange.start() + 1, what, _AS_UTF8)
        yield text.removeprefix("\ufeff") if number == 1 else text


def _explain(error: str) -> tuple[str, str]:
    if "expected after" in error:
        return 'Text follows a closing quote ("…"text).', 'Write a quote inside a quoted cell twice: "".'
    if "unexpected end" in error or "field limit" in error:
        return "A quote opened in this row is never closed.", 'Close it with ", or remove it.'
    return "The row's line breaks are mixed up.", "Save the file as CSV again."


def _find_columns(line: int, header: list[str], columns: Columns, problems: Problems) -> list[tuple[str, int]]:
    """Each wanted column's place. Case, spaces, hyphens and underscores make no difference."""
    if len(header) == 1 and (mark := next((mark for mark in ";\t|" if mark in header[0]), "")):
        said = {";": "semicolons", "\t": "tabs"}.get(mark, "bars")
        problems.add(
            line,
            "",
            f"The columns are separated by {said}.",
            "Save the file with commas between the columns.",
        )
        return []
    wanted = {fold(name): name for name in columns.required + columns.optional}
    ignored = {fold(name) for name in columns.ignored}
    found: dict[str, int] = {}
    strangers: list[str] = []
    for place, cell in enumerate(header):
        name = wanted.get(fold(cell))
        if name is None:
            strangers += [cell.strip()] if fold(cell) not in ignored else []
        elif name in found:
            problems.add(line, name, f'The column "{name}" is there twice.', "Keep one of them.")
        else:
            found[name] = place
    _report_absent(line, [name for name in wanted.values() if name not in found], strangers, (columns, problems))
    return list(found.items())


def _report_absent(line: int, absent: list[str], strangers: list[str], told: tuple[Columns, Problems]) -> None:
    columns, problems = told
    for stranger in strangers:
        meant = "" if stranger.casefold().startswith(("ext", "metadata")) else nearest(stranger, absent)
        if meant:
            absent.remove(meant)
            problems.add(line, stranger, f'"{stranger}" is no column we know.', f'Did you mean "{meant}"?')
    for name in absent:
        if name in columns.required:
            problems.add(line, name, f'The column "{name}" is missing.', "Add it to the first line.")


@lru_cache(maxsize=1024)  # a column of roles or states says the same few words a hundred thousand times
def fold(text: str) -> str:
    """For comparing names: without case, spaces, hyphens and underscores."""
    return text.casefold().translate(_JOINED)


def nearest(text: str, choices: Iterable[str]) -> str:
    """The choice that `text` is most likely a misspelling of, or ""."""
    folded = {fold(choice): choice for choice in choices}
    matches = get_close_matches(fold(text), folded, n=1, cutoff=0.75)
    return folded[matches[0]] if matches else ""


def suggest(text: str, choices: Iterable[str], otherwise: str) -> str:
    """The mend for a word that is none of the choices: the nearest one, or `otherwise`."""
    meant = nearest(text, choices)
    return f'Did you mean "{meant}"?' if meant else otherwise


def quoted(text: str) -> str:
    """A cell for a problem's text: in quotes, on one line, at most 40 characters of it."""
    line = " ".join(text.split())
    return f'"{line if len(line) <= 40 else line[:39] + "…"}"'


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def parse_date(text: str) -> date:
    """2023-01-05, 2023-01-05T…, or month first as US exports write it: 1/05/2023. Raises ValueError."""
    if "/" in text:
        return datetime.strptime(text.split(maxsplit=1)[0], "%m/%d/%Y").date()  # noqa: DTZ007  a date has no zone
    return date.fromisoformat(text[:10])
