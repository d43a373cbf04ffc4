"""A database in a file of its own."""

from pathlib import Path

from sqlalchemy import Connection
from sqlmodel import SQLModel

from storage import tables
from storage.database import SqliteDatabase


def create_tables(connection: Connection) -> None:
    assert tables
    SQLModel.metadata.create_all(connection)


async def fresh_database(folder: Path) -> SqliteDatabase:
    database = SqliteDatabase(folder / "cohortium.db")
    await database.with_connection(create_tables)
    return database
