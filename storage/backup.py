"""A copy of the SQLite database while others write to it."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path


def copy_database(source: Path, target: Path) -> None:
    """A whole copy that its owner alone may read. Raises FileExistsError for a target that is there, and OSError or
    sqlite3.Error when it cannot be made; nothing is left behind then."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        reading = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
        with closing(reading), closing(sqlite3.connect(target)) as other:
            reading.backup(other)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
