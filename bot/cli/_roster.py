"""A OneRoster as it is given: a folder or a zip. Nothing is ever unpacked to disk."""

import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from io import TextIOWrapper
from pathlib import Path, PurePosixPath

from bot.given import MEGABYTE, refusal

from ._given import MOST_CSV, bounded_lines, csv_lines, told_lines
from ._shared import first_line

_AGAIN = "Export the roster again."
_ENCRYPTED = 0x1


class RosterFolder:
    """cohorts.people.oneroster.RosterFiles over a folder, or the one folder inside it."""

    def __init__(self, path: Path, tell: Callable[[int], None]) -> None:
        self._path = path
        self._tell = tell

    def names(self) -> Iterable[str]:
        found = [*self._path.glob("*"), *self._path.glob("*/*")]
        return [str(each.relative_to(self._path)) for each in found if each.suffix.lower() == ".csv"]

    def size(self, name: str) -> int:
        return (self._path / name).stat().st_size

    def open(self, name: str) -> Iterable[str]:
        return csv_lines(self._path / name, self._tell)


class RosterZip:
    """cohorts.people.oneroster.RosterFiles over a zip. Raises BadInputError for one that is not safe to read."""

    def __init__(self, path: Path, tell: Callable[[int], None]) -> None:
        self._path = path
        self._tell = tell
        try:
            with zipfile.ZipFile(path) as opened:
                entries = opened.infolist()
        except (zipfile.BadZipFile, ValueError, OSError) as error:
            raise refusal(path, f"The zip cannot be read: {first_line(error)}.", _AGAIN) from None
        self._sizes = {entry.filename: entry.file_size for entry in entries if not entry.is_dir()}
        self._refuse(entries)

    def names(self) -> Iterable[str]:
        return [name for name in self._sizes if name.lower().endswith(".csv")]

    def size(self, name: str) -> int:
        return self._sizes[name]

    def open(self, name: str) -> Iterable[str]:
        return told_lines(self._lines(name), self._tell)

    def _refuse(self, entries: Iterable[zipfile.ZipInfo]) -> None:
        for entry in entries:
            name = entry.filename
            if ".." in PurePosixPath(name.replace("\\", "/")).parts or name.startswith(("/", "\\")) or name[1:2] == ":":
                raise refusal(self._path, f'"{name}" leads out of the zip.', _AGAIN)
            if entry.flag_bits & _ENCRYPTED:
                mend = "Unpack it with its password and give the folder."
                raise refusal(self._path, f'"{name}" is encrypted.', mend)
        total = sum(self._sizes.values())
        if total > MOST_CSV:
            # The reader never gives more than an entry's declared size, so a lying header gains nothing.
            what = f"Unpacked it would have {total / MEGABYTE:,.0f} MB; the most is {MOST_CSV // MEGABYTE:,} MB."
            raise refusal(self._path, what, "Unpack it, check what is inside, and give the folder.")

    def _lines(self, name: str) -> Iterator[str]:
        try:
            with (
                zipfile.ZipFile(self._path) as opened,
                opened.open(name) as entry,
                TextIOWrapper(entry, encoding="utf-8", errors="surrogateescape", newline="") as text,
            ):
                yield from bounded_lines(f"{self._path}/{name}", text)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
            raise refusal(f"{self._path}/{name}", f"The zip is damaged: {first_line(error)}.", _AGAIN) from None


def open_roster(path: Path, tell: Callable[[int], None]) -> RosterFolder | RosterZip:
    """Raises BadInputError."""
    if path.is_dir():
        return RosterFolder(path, tell)
    if not zipfile.is_zipfile(path):
        raise refusal(path, "It is neither a folder nor a zip.", "Give the folder or zip with orgs.csv and users.csv.")
    return RosterZip(path, tell)
