"""A statement that was made ready once answers alike each time and on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from storage.prepared import Prepared
from storage.tables import DueRow, Instant, NoteRow, table_of

from .conftest import Database

NOTE, DUE = table_of(NoteRow), table_of(DueRow)
AT = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
TIMES = 3

ADD = Prepared(insert(NOTE))
ONE = Prepared(select(NOTE.c.key, NOTE.c.value).where(NOTE.c.key == bindparam("of")))
CHANGE = Prepared(update(NOTE).where(NOTE.c.key == bindparam("of")).values(value=bindparam("to")))
PLAN = Prepared(insert(DUE))
SOON = Prepared(select(DUE.c.at).where(DUE.c.at <= bindparam("now", type_=Instant)).order_by(DUE.c.at))


async def test_every_form_of_a_result(database: Database) -> None:
    def work(connection: Connection) -> list[object]:
        ADD.each(connection, [{"key": key, "value": key.upper()} for key in "ab"])
        ADD.each(connection, [])
        rows = ONE.all(connection, {"of": "a"})
        first = ONE.first(connection, {"of": "b"})
        assert first is not None
        return [
            [tuple(row) for row in rows],
            rows[0]._asdict(),
            first.value,
            ONE.scalar(connection, {"of": "a"}),
            ONE.first(connection, {"of": "x"}),
            ONE.scalar(connection, {"of": "x"}),
            list(ONE.all(connection, {"of": "x"})),
        ]

    told = [[("a", "A")], {"key": "a", "value": "A"}, "B", "a", None, None, []]
    for _ in range(TIMES):
        assert await database.with_connection(work) == told
        await database.with_connection(lambda connection: connection.execute(delete(NOTE)).rowcount)


async def test_how_many_rows_were_changed(database: Database) -> None:
    def work(connection: Connection) -> list[int]:
        return [CHANGE.change(connection, {"of": of, "to": "new"}) for of in ("a", "x", "a")]

    await database.with_connection(lambda connection: ADD.change(connection, {"key": "a", "value": "A"}))
    assert await database.with_connection(work) == [1, 0, 1]
    assert await database.with_connection(lambda connection: ONE.all(connection, {"of": "a"})[0].value) == "new"


async def test_instants_are_converted_both_ways(database: Database) -> None:
    def work(connection: Connection) -> list[Any]:
        found: list[Any] = []
        for number in range(TIMES):
            columns = {"kind": "run", "attempts": 0, "error": "", "owner": "", "token": 0}
            at = AT + timedelta(microseconds=number)
            PLAN.change(connection, {**columns, "ref": str(number), "at": at, "lease_until": None})
            found.append([row.at for row in SOON.all(connection, {"now": at})])
        return found

    first, second, third = (AT + timedelta(microseconds=number) for number in range(TIMES))
    assert await database.with_connection(work) == [[first], [first, second], [first, second, third]]


@pytest.mark.parametrize("many", [False, True])
async def test_an_error_is_sqlalchemys_and_repeats_nobodys_words(database: Database, many: bool) -> None:
    def work(connection: Connection) -> None:
        note = {"key": "a", "value": "what I wrote"}
        if many:
            ADD.each(connection, [note, note])
        else:
            ADD.change(connection, note)
            ADD.change(connection, note)

    with pytest.raises(IntegrityError) as raised:
        await database.with_connection(work)
    assert "what I wrote" not in str(raised.value)
