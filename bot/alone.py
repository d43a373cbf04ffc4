"""A database in a file is worked on by one process at a time; a database on a server by any number."""

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from bot.settings import Settings


class NotAloneError(Exception):
    """Another process works on this database file already."""


@contextmanager
def working_alone(settings: Settings) -> Iterator[bool]:
    """True while nobody else may work on the database file, False for a server's. Raises NotAloneError.

    The system itself lets go of the lock when a process dies, however it dies.
    """
    file = settings.database_file
    if file is None:
        yield False
        return
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(f"{file}.lock", timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        raise NotAloneError(f"{file}: another Cohortium works on it.") from None
    try:
        yield True
    finally:
        lock.release()
