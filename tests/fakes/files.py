"""A database in a file of its own, in its newest shape."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from storage.database import SqliteDatabase
from storage.migrate import upgrade
from storage.writing import sqlite_engine


@cache
def _shaped() -> bytes:
    """What the migrations make of an empty file: they run once in a process, and each test gets a copy."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "shaped.db"
        engine = sqlite_engine(str(file), writing=True, synchronous="OFF")
        with engine.begin() as connection:
            upgrade(connection)
        engine.dispose()
        return file.read_bytes()


def shape_file(file: Path) -> Path:
    """There must be no such file yet."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch(mode=0o600, exist_ok=False)
    file.write_bytes(_shaped())
    return file


def fresh_database(folder: Path) -> SqliteDatabase:
    """It does not wait for the disk: no test cuts the power."""
    return SqliteDatabase(shape_file(folder / "cohortium.db"), "OFF")
