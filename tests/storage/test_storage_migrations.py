"""The migrations make exactly the tables, on both databases."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from cohorts.events import Recorded
from storage.database import PostgresDatabase, SqliteDatabase
from storage.migrate import revisions, upgrade
from storage.tables import HistoryRow, table_of
from storage.transaction import SqlTransaction
from tests.storage.values import NOW

Database = SqliteDatabase | PostgresDatabase


async def test_an_empty_database_comes_to_the_newest_revision(empty: Database) -> None:
    has, wants = await empty.with_connection(revisions)
    assert (has, wants is not None) == (None, True)
    await empty.with_connection(upgrade)
    assert await empty.with_connection(revisions) == (wants, wants)


async def test_upgrading_again_changes_nothing(database: Database) -> None:
    await database.transact(lambda transaction: transaction.inbox.receive("slack", "1", NOW))
    await database.with_connection(upgrade)
    assert not await database.transact(lambda transaction: transaction.inbox.receive("slack", "1", NOW))


async def test_the_migrations_make_what_the_tables_say(database: Database) -> None:
    def difference(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), SQLModel.metadata))

    assert await database.with_connection(difference) == []


@pytest.mark.parametrize("change", ["UPDATE history SET actor = 'somebody else'", "DELETE FROM history"])
async def test_history_cannot_be_changed_even_by_sql(database: Database, change: str) -> None:
    said = Recorded(at=NOW, kind="joined", subject="educator-ana", actor="educator-ana")
    await database.transact(lambda transaction: transaction.history.append(said))
    with pytest.raises(DBAPIError, match="append-only"):
        await database.with_connection(lambda connection: connection.execute(text(change)))
    assert await database.read(lambda transaction: transaction.history.about("educator-ana")) == [said]


async def test_an_error_of_the_database_does_not_repeat_what_was_written(database: Database) -> None:
    def write(transaction: SqlTransaction) -> None:
        values = {"id": 1, "at": NOW, "kind": "a private sentence", "subject": "", "actor": "", "facts": ""}
        transaction.connection.execute(insert(table_of(HistoryRow)), values)

    await database.transact(write)
    with pytest.raises(DBAPIError) as raised:
        await database.transact(write)
    assert "a private sentence" not in str(raised.value)
