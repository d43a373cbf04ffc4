"""A statement that was run before answers as it did the first time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError, StatementError

from storage.tables import DueRow, NoteRow, OutboxRow, table_of

from .conftest import Database

NOTE, DUE, OUTBOX = (table_of(model) for model in (NoteRow, DueRow, OutboxRow))
AT = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
TIMES = 3

ADD = insert(NOTE)
IN = select(NOTE.c.key, NOTE.c.value).where(NOTE.c.key.in_(bindparam("keys", expanding=True))).order_by(NOTE.c.key)
CHANGE = update(NOTE).where(NOTE.c.key == bindparam("of")).values(value=bindparam("value"))
DROP = delete(NOTE).where(NOTE.c.key == "b")
PLAN = insert(DUE)
SOON = select(DUE).where(DUE.c.at <= bindparam("now", type_=DUE.c.at.type))
GIVEN = update(DUE).where(DUE.c.ref == bindparam("of")).values(owner=bindparam("by")).returning(DUE.c.at, DUE.c.owner)


async def test_lists_of_every_length(database: Database) -> None:
    def work(connection: Connection) -> list[list[str]]:
        connection.execute(ADD, [{"key": key, "value": key.upper()} for key in "abc"])
        lists: list[list[str]] = [[], ["a"], ["a", "c"], ["x"], ["a"], [], ["c", "a", "b"], ["b"] * 500]
        return [[row.value for row in connection.execute(IN, {"keys": keys})] for keys in lists]

    assert await database.with_connection(work) == [[], ["A"], ["A", "C"], [], ["A"], [], ["A", "B", "C"], ["B"]]


async def test_every_form_of_a_result(database: Database) -> None:
    def work(connection: Connection) -> list[object]:
        connection.execute(ADD, [{"key": key, "value": key.upper()} for key in "ab"])
        one = {"keys": ["a"]}
        return [
            connection.execute(IN, one).all(),
            connection.execute(IN, one).first(),
            connection.execute(IN, one).one()._mapping[NOTE.c.value],
            dict(connection.execute(IN, one).mappings().one()),
            connection.execute(IN, one).scalar(),
            connection.execute(IN, {"keys": ["x"]}).first(),
            list(connection.execute(IN, {"keys": ["b", "a"]}).scalars()),
        ]

    told = [[("a", "A")], ("a", "A"), "A", {"key": "a", "value": "A"}, "a", None, ["a", "b"]]
    assert await database.with_connection(work) == told


async def test_instants_are_converted_both_ways(database: Database) -> None:
    def work(connection: Connection) -> list[Any]:
        found: list[Any] = []
        for number in range(TIMES):
            columns = {"kind": "run", "attempts": 0, "error": "", "owner": "", "token": 0}
            at = AT + timedelta(microseconds=number)
            connection.execute(PLAN, {**columns, "ref": str(number), "at": at, "lease_until": None})
            found.append([row.at for row in connection.execute(SOON, {"now": at})])
        return found

    first, second, third = (AT + timedelta(microseconds=number) for number in range(TIMES))
    assert await database.with_connection(work) == [[first], [first, second], [first, second, third]]


async def test_how_many_rows_were_touched(database: Database) -> None:
    def work(connection: Connection) -> list[object]:
        found: list[object] = []
        for number in range(TIMES):
            connection.execute(ADD, [{"key": key, "value": key.upper()} for key in "ab"])
            change = {"of": "a", "value": str(number)}
            found.append(connection.execute(CHANGE, change).rowcount)
            found.append(connection.execute(CHANGE, change | {"of": "x"}).rowcount)
            found.append(connection.execute(DROP).rowcount)
            found.append(connection.execute(delete(NOTE)).rowcount)
        return found

    assert await database.with_connection(work) == [1, 0, 1, 1] * TIMES


async def test_rows_given_back_by_a_change(database: Database) -> None:
    def work(connection: Connection) -> list[object]:
        columns = {"kind": "run", "ref": "r", "at": AT, "attempts": 0, "error": "", "token": 0}
        connection.execute(PLAN, columns)
        return [connection.execute(GIVEN, {"of": "r", "by": str(n)}).all() for n in range(TIMES)]

    assert await database.with_connection(work) == [[(AT, str(number))] for number in range(TIMES)]


async def test_an_error_is_sqlalchemys_and_repeats_nobodys_words(database: Database) -> None:
    def work(connection: Connection) -> None:
        for _ in range(TIMES):
            connection.execute(ADD, {"key": "a", "value": "what I wrote"})
            connection.execute(NOTE.delete())
        connection.execute(ADD, {"key": "a", "value": "what I wrote"})
        connection.execute(ADD, {"key": "a", "value": "what I wrote"})

    with pytest.raises(IntegrityError) as raised:
        await database.with_connection(work)
    assert "what I wrote" not in str(raised.value)


async def test_a_value_that_is_missing_is_an_error_each_time(database: Database) -> None:
    def work(connection: Connection) -> None:
        connection.execute(CHANGE, {"of": "a"})

    for _ in range(TIMES):
        with pytest.raises(StatementError, match="value"):
            await database.with_connection(work)
