"""A database in a file is worked on by one process at a time; a database on a server by any number."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from bot.settings import Settings


class NotAloneError(Exception):
    """Another process works on this database file already."""


class FolderError(Exception):
    """The data folder cannot be made or written."""

    def __init__(self, folder: Path, error: OSError) -> None:
        super().__init__(f"{folder}: It cannot be written: {error.strerror or type(error).__name__}.")


def make_folder(folder: Path) -> None:
    """For its owner's eyes only. Raises FolderError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise FolderError(folder, error) from None


@contextmanager
def working_alone(settings: Settings) -> Iterator[bool]:
    """True while nobody else may work on the database file, False for a server's. Raises NotAloneError or FolderError.

    The system itself lets go of the lock when a process dies, however it dies.
    """
    file = settings.database_file
    if file is None:
        yield False
        return
    make_folder(file.parent)
    lock = FileLock(f"{file}.lock", timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        raise NotAloneError(f"{file}: another Cohortium works on it.") from None
    except OSError as error:
        raise FolderError(file.parent, error) from None
    try:
        yield True
    finally:
        lock.release()
