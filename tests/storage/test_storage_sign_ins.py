"""What is good once, and not for long: install states and codes."""

from datetime import timedelta

from sqlalchemy import func, select

from storage.database import PostgresDatabase, SqliteDatabase
from storage.sign_ins import keep_code, use_code, use_once
from storage.tables import NoteRow, table_of
from tests.storage.values import NOW

Database = SqliteDatabase | PostgresDatabase
MINUTE = timedelta(minutes=1)
NOTES = select(func.count()).select_from(table_of(NoteRow))


async def count(database: Database) -> int:
    return await database.read(lambda tx: int(tx.connection.execute(NOTES).scalar_one()))


async def test_a_token_is_used_once_and_remembered_for_as_long_as_it_could_be_good(database: Database) -> None:
    assert await database.transact(use_once, "a", NOW, NOW + MINUTE)
    assert not await database.transact(use_once, "a", NOW + MINUTE, NOW + 2 * MINUTE)
    assert await database.transact(use_once, "b", NOW + 2 * MINUTE, NOW + 3 * MINUTE)
    assert await count(database) == 1


async def test_a_code_is_its_owners_once_and_the_newest(database: Database) -> None:
    for user, code in (("ana", "one"), ("ben", "two"), ("ana", "three")):
        await database.transact(keep_code, user, code, NOW, NOW + MINUTE)
    assert await database.transact(use_code, "one", NOW) is None
    assert await database.transact(use_code, "three", NOW) == "ana"
    assert await database.transact(use_code, "three", NOW) is None
    assert await database.transact(use_code, "two", NOW + MINUTE) == "ben"
    await database.transact(keep_code, "ana", "four", NOW, NOW + MINUTE)
    assert await database.transact(use_code, "four", NOW + 2 * MINUTE) is None
    assert await count(database) == 0


async def test_no_row_says_the_code(database: Database) -> None:
    await database.transact(keep_code, "ana", "a-code-nobody-reads", NOW, NOW + MINUTE)
    rows = await database.read(lambda tx: tx.connection.execute(select(table_of(NoteRow))).all())
    assert rows
    assert "a-code-nobody-reads" not in str(rows)
