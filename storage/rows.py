"""The three things every repository does with a row."""

import json
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import ValidationError
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Select,
    String,
    any_,
    bindparam,
    column,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from sqlmodel import SQLModel

from cohorts.ports import Saved
from cohorts.values import Frozen, UnreadableError

from .memory import PARTS, UNKEPT, memory_of
from .prepared import Prepared, Row
from .tables import table_of

FEW = 32
"""Up to so many values a list has a statement of its own in a file."""

MOST_VALUES = 4096
"""So many values are new before those that nobody asked for meanwhile are let go."""

NEWER = frozenset({"extra_forbidden", "literal_error", "union_tag_invalid"})
"""Faults of a value that say that a newer version wrote it: it has a field, or a word, that this one does not know."""

V = TypeVar("V", bound=Frozen)
_Key = tuple[type[Frozen], str]
_NEW: dict[_Key, Frozen] = {}
_OLD: dict[_Key, Frozen] = {}


def save_row(connection: Connection, model: type[SQLModel], key: Mapping[str, Any], **columns: Any) -> Saved:  # noqa: ANN401 - column values
    """Insert or replace the row with this key; says whether anything changed."""
    row = find_row(connection, model, **key)
    if row is None:
        _insert(model, (*key, *columns)).change(connection, {**key, **columns})
        return "new"
    if all(getattr(row, name) == value for name, value in columns.items()):
        return "same"
    if memory := memory_of(connection):
        memory.forget(name := _name(model), getattr(row, PARTS.get(name, ""), None))  # where it stood until now
    where = {f"key_{name}": value for name, value in key.items()}
    _update(model, tuple(key), tuple(columns)).change(connection, where | columns)
    return "changed"


def add_row(connection: Connection, model: type[SQLModel], **columns: Any) -> None:  # noqa: ANN401 - column values
    """Insert; a unique key that is already there raises."""
    _insert(model, tuple(columns)).change(connection, columns)


def add_once(connection: Connection, model: type[SQLModel], **columns: Any) -> bool:  # noqa: ANN401 - column values
    """Insert; False when a unique key is already there. The database decides, so two at once cannot both win."""
    statement = _insert_once(model, connection.dialect.name, tuple(columns))
    return statement.change(connection, columns) == 1


def find_row(connection: Connection, model: type[SQLModel], **key: Any) -> Row | None:  # noqa: ANN401 - column values
    if (name := _name(model)) not in PARTS:
        return _by_key(model, tuple(key)).first(connection, key)
    return next(iter(_recall(connection, model, name, key)), None)


def find_rows(connection: Connection, model: type[SQLModel], **key: Any) -> Sequence[Row]:  # noqa: ANN401 - column values
    """All rows with these column values, in no order."""
    if (name := _name(model)) not in PARTS:
        return _by_key(model, tuple(key)).all(connection, key)
    return _recall(connection, model, name, key)


def find_in(connection: Connection, model: type[SQLModel], name: str, values: Collection[str]) -> Sequence[Row]:
    """All rows whose column is one of the values, in no order; one statement however many."""
    memory, table = memory_of(connection), _name(model)
    if memory is None or PARTS.get(table) != name:
        return find_columns(connection, model, name, values)
    known = {value: memory.find(table, {name: value}, (name, value)) for value in values}
    missing = [value for value, rows in known.items() if rows is None]
    found: dict[str, list[Row]] = {value: [] for value in missing}
    for row in find_columns(connection, model, name, missing):
        found[getattr(row, name)].append(row)
    for value, rows in found.items():
        memory.keep(table, {name: value}, (name, value), rows)
    return [row for value, rows in known.items() for row in (found[value] if rows is None else rows)]


def find_columns(
    connection: Connection, model: type[SQLModel], name: str, values: Collection[str], *wanted: str
) -> Sequence[Row]:
    """The same, unremembered, and of each row only the wanted columns; all of them where none is named."""
    if not values:
        return []
    dialect = connection.dialect.name
    if dialect == "postgresql" or len(values) > FEW:
        return _by_list(model, name, wanted, dialect).all(connection, {"values": listed(dialect, values)})
    few = _rounded_up(list(values))
    given = {f"v{n}": value for n, value in enumerate(few)}
    return _by_few(model, name, len(few), wanted).all(connection, given)


def _rounded_up(values: list[str]) -> list[str]:
    """To a power of two, by the last of them again: a connection keeps only so many statements made ready."""
    return values + values[-1:] * ((1 << (len(values) - 1).bit_length()) - len(values))


def _recall(connection: Connection, model: type[SQLModel], table: str, key: Mapping[str, Any]) -> Sequence[Row]:
    """From memory where it is known, else from the database."""
    memory = memory_of(connection)
    if memory is None:
        return _by_key(model, tuple(key)).all(connection, key)
    asked = next(iter(key.items())) if len(key) == 1 else tuple(key.items())
    found = memory.find(table, key, asked)
    if found is None:
        found = _by_key(model, tuple(key)).all(connection, key)
        memory.keep(table, key, asked, found)
    return found


@cache
def _name(model: type[SQLModel]) -> str:
    return str(model.__tablename__)


@cache
def _insert(model: type[SQLModel], names: tuple[str, ...]) -> Prepared:
    return Prepared(insert(table_of(model)).values(_given(model, names)), _part(model, names))


@cache
def _insert_once(model: type[SQLModel], dialect: str, names: tuple[str, ...]) -> Prepared:
    """For a database that has it: "on conflict do nothing"."""
    made = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(table_of(model))
    return Prepared(made.values(_given(model, names)).on_conflict_do_nothing(), _part(model, names))


def _part(model: type[SQLModel], names: Collection[str]) -> str:
    part = PARTS.get(_name(model), "")
    return part if part in names else ""


def _given(model: type[SQLModel], names: Collection[str]) -> dict[str, Any]:
    """What is named is bound; of the other columns, those with a default have it."""
    others = (column for column in table_of(model).columns if column.name not in names)
    defaults = {
        column.name: column.default.arg for column in others if isinstance(column.default, ScalarElementColumnDefault)
    }
    return defaults | {name: bindparam(name) for name in names}


@cache
def _update(model: type[SQLModel], key: tuple[str, ...], names: tuple[str, ...]) -> Prepared:
    table = table_of(model)
    statement = update(table).where(*(table.c[name] == bindparam(f"key_{name}") for name in key))
    part = _part(model, names) or (f"key_{of}" if (of := _part(model, key)) else "")
    return Prepared(statement.values({name: bindparam(name) for name in names}), part)


def _kept(model: type[SQLModel], wanted: Collection[str] = ()) -> Select[Any]:
    columns = table_of(model).columns
    return select(*(one for one in columns if (one.name in wanted if wanted else one.name not in UNKEPT)))


def among(dialect: str, name: ColumnElement[str]) -> ColumnElement[bool]:
    """The column is one of the values that `listed` makes of them, bound as "values"."""
    if dialect == "postgresql":
        return name == any_(bindparam("values", type_=ARRAY(String())))
    each: Select[Any] = select(column("value")).select_from(func.json_each(bindparam("values")))
    return name.in_(each)


def listed(dialect: str, values: Collection[str]) -> Sequence[str] | str:
    """An array on a server, a JSON list in a file, which takes it apart."""
    return list(values) if dialect == "postgresql" else json.dumps(list(values))


@cache
def _by_list(model: type[SQLModel], name: str, wanted: tuple[str, ...], dialect: str) -> Prepared:
    return Prepared(_kept(model, wanted).where(among(dialect, table_of(model).c[name])))


@cache
def _by_few(model: type[SQLModel], name: str, count: int, wanted: tuple[str, ...]) -> Prepared:
    named = table_of(model).c[name].in_([bindparam(f"v{number}") for number in range(count)])
    return Prepared(_kept(model, wanted).where(named))


@cache
def _by_key(model: type[SQLModel], names: tuple[str, ...]) -> Prepared:
    table = table_of(model)
    return Prepared(_kept(model).where(*(table.c[name] == bindparam(name) for name in names)))


def load(value: type[V], body: str) -> V:
    """The value of a body. Values are frozen, so one that was read before is given again, unparsed.

    Raises UnreadableError for one that a newer version wrote, ValidationError for one that is broken.
    """
    key = value, body
    known = _NEW.get(key)
    if known is None:
        known = _keep(key, _OLD.get(key) or _read(value, body))
    return cast("V", known)


def _read(value: type[V], body: str) -> V:
    try:
        return value.model_validate_json(body)
    except ValidationError as error:
        if NEWER.isdisjoint(fault["type"] for fault in error.errors(include_input=False)):
            raise
    raise UnreadableError(f"A {value.__name__} has something that this version does not know.")


def _keep(key: _Key, made: Frozen) -> Frozen:
    """What is asked for again and again, such as a calendar, outlives what passes: it stays the same object, and what
    is remembered about it is found without a look into it."""
    if len(_NEW) >= MOST_VALUES:
        _OLD.clear()
        _OLD.update(_NEW)
        _NEW.clear()
    _NEW[key] = made
    return made


def dump(value: Frozen) -> str:
    return value.model_dump_json()


def dump_kept(value: Frozen) -> str:
    """The same, for a value that will soon be read again. All in it must come back from JSON as it is now."""
    body = value.model_dump_json()
    _keep((type(value), body), value)
    return body
