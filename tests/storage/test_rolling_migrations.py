"""A database is brought to its newest shape while workers of the last version go on working in it."""

import asyncio
from typing import Any, NamedTuple

import asyncpg
import pytest
from sqlalchemy import Connection, inspect

from storage.database import PostgresDatabase, SqliteDatabase
from storage.migrate import revisions, shapes, upgrade
from storage.queues import due
from storage.transaction import SqlTransaction
from tests.storage.values import MINUTE, NOW

Database = SqliteDatabase | PostgresDatabase
PLAN = "INSERT INTO due (kind, ref, at, attempts, error) VALUES ('run', $1, $2, 0, '')"
READ = "SELECT kind, ref, at, attempts, error FROM due ORDER BY ref"
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"


class Shape(NamedTuple):
    """Table → column → what the database says of it; and (table, columns) of every key that must be unique."""

    tables: dict[str, dict[str, Any]]
    keys: set[tuple[str, ...]]


def shape_of(connection: Connection) -> Shape:
    found = inspect(connection)
    tables = {table: {each["name"]: each for each in found.get_columns(table)} for table in found.get_table_names()}
    keys: set[tuple[str, ...]] = set()
    for table in tables:
        named = [each["column_names"] for each in found.get_unique_constraints(table)]
        named += [each["column_names"] for each in found.get_indexes(table) if each["unique"]]
        keys |= {(table, *map(str, names)) for names in named}
    return Shape(tables, keys)


def stumbles(old: Shape, new: Shape) -> list[str]:
    """What somebody who knows only the old shape would stumble on in the new one."""
    faults = [f"{table} is tighter" for table, *_ in new.keys - old.keys if table in old.tables]
    for table, columns in old.tables.items():
        now = new.tables.get(table, {})
        faults += [f"{table}.{name} is gone" for name in columns if name not in now]
        faults += [
            f"{table}.{name} is another" for name in columns if name in now and _differs(columns[name], now[name])
        ]
        fresh = [each for name, each in now.items() if name not in columns]
        faults += [f"{table}.{each['name']} is wanted" for each in fresh if not (each["nullable"] or each["default"])]
    return faults


def _differs(old: dict[str, Any], new: dict[str, Any]) -> bool:
    return (str(old["type"]), old["nullable"]) != (str(new["type"]), new["nullable"])


async def test_every_shape_keeps_what_the_one_before_had(empty: Database) -> None:
    def grow(connection: Connection) -> list[str]:
        first, *later = shapes()
        upgrade(connection, first)
        faults: list[str] = []
        for name in later:
            before = shape_of(connection)
            upgrade(connection, name)
            faults += stumbles(before, shape_of(connection))
        return faults

    assert await empty.with_connection(grow) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("ALTER TABLE due DROP COLUMN error", "due.error is gone"),
        ("ALTER TABLE due RENAME COLUMN error TO fault", "due.error is gone"),
        ("ALTER TABLE due ADD COLUMN fault INTEGER NOT NULL DEFAULT 0", None),
        ("DROP TABLE snooze", "snooze.ref is gone"),
        ("ALTER TABLE snooze RENAME TO silence", "snooze.ref is gone"),
        ("CREATE UNIQUE INDEX one_a_day ON due (at)", "due is tighter"),
    ],
)
async def test_what_takes_something_away_is_seen(database: Database, change: str, fault: str | None) -> None:
    def lose(connection: Connection) -> list[str]:
        before = shape_of(connection)
        connection.exec_driver_sql(change)
        return stumbles(before, shape_of(connection))

    found = await database.with_connection(lose)
    assert fault in found if fault else not found


@pytest.mark.parametrize("store", ["postgres"])
@pytest.mark.postgres
@pytest.mark.xdist_group("postgres")
async def test_old_workers_go_on_while_the_tables_grow(empty: PostgresDatabase) -> None:
    await empty.with_connection(lambda connection: upgrade(connection, shapes()[0]))
    busy, other, watch = [await asyncpg.connect(empty.url) for _ in range(3)]
    try:
        await other.execute(PLAN, "before", _number(NOW))
        at_work = busy.transaction()
        await at_work.start()
        await busy.execute(PLAN, "long", _number(NOW))
        growing = asyncio.create_task(empty.with_connection(upgrade))
        while not await watch.fetchval(WAITING):  # noqa: ASYNC110 - nothing tells when somebody waits for a lock
            await asyncio.sleep(0.01)
        # It stands behind the change, and the change behind the long transaction: the change has to give way.
        await other.execute(PLAN, "meanwhile", _number(NOW + MINUTE))
        assert not growing.done()
        assert len(await busy.fetch(READ)) == 3
        await at_work.commit()
        await growing
        await other.execute(PLAN, "after", _number(NOW + MINUTE))
        assert [row["ref"] for row in await busy.fetch(READ)] == ["after", "before", "long", "meanwhile"]
    finally:
        for connection in (busy, other, watch):
            await connection.close()
    has, wants = await empty.with_connection(revisions)
    assert has == wants

    def take(tx: SqlTransaction) -> list[str]:
        return [item.ref for item in due.take(tx.connection, "new", NOW + MINUTE, MINUTE, 9)]

    assert await empty.transact(take) == ["before", "long", "after", "meanwhile"]


def _number(at: Any) -> int:
    return round(at.timestamp() * 1_000_000)
