"""Files that people name: their bytes and their text. Whatever cannot be read is told, never raised raw."""

from pathlib import Path

from cohorts.problems import BadInputError, Problem
from storage.away import first_words

MEGABYTE = 1_000_000
MOST_TEXT = 20 * MEGABYTE


def refusal(file: object, what: str, mend: str) -> BadInputError:
    """The error for a file, folder or setting that is wrong as a whole."""
    return BadInputError(Problem(str(file), 0, "", what, mend))


def unreadable(path: Path, error: OSError) -> BadInputError:
    return refusal(path, f"It cannot be read: {error.strerror or first_words(error)}.", "Check who may read it.")


def require_file(path: Path) -> None:
    """Raises BadInputError when there is no such file, or it is none."""
    if not path.exists():
        raise refusal(path, "There is no such file.", "Check the name and the folder.")
    if not path.is_file():
        raise refusal(path, "It is no file that can be read twice.", "Give a file.")


def require_size(path: Path, most: int) -> None:
    """Raises BadInputError."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise unreadable(path, error) from None
    if size > most:
        what = f"The file has {size / MEGABYTE:,.0f} MB; the most is {most // MEGABYTE:,} MB."
        raise refusal(path, what, "Divide it, or check that it is the right file.")


def read_bytes(path: Path) -> bytes:
    """Raises BadInputError."""
    require_size(path, MOST_TEXT)
    try:
        return path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from None


def read_text(path: Path) -> str:
    """The UTF-8 text without a byte order mark. Raises BadInputError at the first byte that is something else."""
    data = read_bytes(path)
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        what = f"The byte {data[error.start]:02X} is not UTF-8."
        raise BadInputError(Problem(str(path), line, column, what, "Save the file as UTF-8.")) from None
