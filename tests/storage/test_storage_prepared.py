"""Statements made ready once say the same on both databases, errors included."""

import asyncio

import pytest
from sqlalchemy import Connection, Float, bindparam, func, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from storage.database import PostgresDatabase, SqliteDatabase
from storage.instants import Instant
from storage.prepared import Prepared
from storage.rows import FEW, add_row, find_in
from storage.tables import DueRow, NoteRow, table_of
from tests.storage.values import MINUTE, NOW

Database = SqliteDatabase | PostgresDatabase
DUE, NOTE = table_of(DueRow), table_of(NoteRow)
BY_KIND = Prepared(select(DUE).where(DUE.c.kind == bindparam("kind")).order_by(DUE.c.ref))
SLEEP = Prepared(select(func.pg_sleep(bindparam("seconds", type_=Float()))))
SOONEST = Prepared(select(func.min(DUE.c.at)))
PUT_OFF = Prepared(
    update(DUE)
    .where(DUE.c.kind == "run", DUE.c.ref == bindparam("which"))
    .values(at=bindparam("until", type_=Instant), token=DUE.c.token + 1)
)


def _plan(connection: Connection) -> None:
    for number in range(3):
        add_row(
            connection, DueRow, kind="run", ref=f"r{number}", at=NOW + number * MINUTE, token=0, attempts=0, error=""
        )


async def test_rows_come_with_columns_by_name_and_instants_as_instants(database: Database) -> None:
    await database.with_connection(_plan)
    rows = await database.with_connection(lambda connection: BY_KIND.all(connection, {"kind": "run"}))
    assert [(row.ref, row.at, row.lease_until, row.owner) for row in rows][:1] == [("r0", NOW, None, "")]
    assert rows[1]._asdict()["at"] == NOW + MINUTE
    assert await database.with_connection(lambda connection: SOONEST.scalar(connection, {})) == NOW


async def test_nothing_found_is_none_or_nothing(database: Database) -> None:
    def look(connection: Connection) -> tuple[object, ...]:
        missing = {"kind": "nothing"}
        return BY_KIND.first(connection, missing), [*BY_KIND.all(connection, missing)], SOONEST.scalar(connection, {})

    assert await database.with_connection(look) == (None, [], None)


async def test_a_change_says_how_many_rows_it_changed(database: Database) -> None:
    def change(connection: Connection) -> tuple[int, int]:
        _plan(connection)
        known = PUT_OFF.change(connection, {"which": "r1", "until": NOW + 9 * MINUTE})
        return known, PUT_OFF.change(connection, {"which": "r9", "until": NOW})

    assert await database.with_connection(change) == (1, 0)


@pytest.mark.parametrize("refs", [(), ("r0", "r2")])
async def test_many_changes_may_be_none(database: Database, refs: tuple[str, ...]) -> None:
    def change(connection: Connection) -> list[str]:
        _plan(connection)
        PUT_OFF.each(connection, [{"which": ref, "until": NOW - MINUTE} for ref in refs])
        return [row.ref for row in BY_KIND.all(connection, {"kind": "run"}) if row.token == 1]

    assert await database.with_connection(change) == list(refs)


@pytest.mark.parametrize("count", [0, 1, FEW, FEW + 1])
async def test_a_list_of_any_length_finds_its_rows(database: Database, count: int) -> None:
    def work(connection: Connection) -> int:
        for number in range(FEW + 5):
            add_row(connection, NoteRow, key=f"k{number}", value="v")
        return len(find_in(connection, NoteRow, "key", [f"k{number}" for number in range(count)]))

    assert await database.with_connection(work) == count


async def test_an_error_is_the_databases_own_and_repeats_no_words(database: Database) -> None:
    def twice(connection: Connection) -> None:
        for _ in range(2):
            add_row(connection, NoteRow, key="k", value="what somebody wrote")

    with pytest.raises(DBAPIError) as raised:
        await database.with_connection(twice)
    assert isinstance(raised.value, IntegrityError)
    assert "what somebody wrote" not in str(raised.value)
    # Nothing of a transaction that failed is kept.
    assert await database.with_connection(lambda connection: connection.execute(select(NOTE)).all()) == []


@pytest.mark.parametrize("store", ["postgres"])
@pytest.mark.postgres
@pytest.mark.xdist_group("postgres")
async def test_a_statement_that_is_given_up_midway_leaves_every_line_usable(database: PostgresDatabase) -> None:
    def sleep(connection: Connection) -> None:
        _plan(connection)
        SLEEP.all(connection, {"seconds": 3600})

    def sleepers(connection: Connection) -> int:
        return int(
            connection.execute(text("select count(*) from pg_stat_activity where query like '%pg_sleep%'")).scalar_one()
        )

    sleeping = asyncio.create_task(database.with_connection(sleep))
    while await database.with_connection(sleepers) < 2:  # noqa: ASYNC110 - nothing tells when a statement is under way
        await asyncio.sleep(0.01)
    sleeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeping
    found = await asyncio.gather(*(database.with_connection(_count) for _ in range(12)))
    assert found == [0] * 12


def _count(connection: Connection) -> int:
    return len(BY_KIND.all(connection, {"kind": "run"})) + len(BY_KIND.all(connection, {"kind": "run"}))
