"""The three things every repository does with a row."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Insert, Row, Select, Update, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel

from cohorts.ports import Saved
from cohorts.values import Frozen

from .tables import table_of

V = TypeVar("V", bound=Frozen)


def save_row(connection: Connection, model: type[SQLModel], key: Mapping[str, Any], **columns: Any) -> Saved:  # noqa: ANN401 - column values
    """Insert or replace the row with this key; says whether anything changed."""
    row = connection.execute(_by_key(model, tuple(key)), dict(key)).first()
    if row is None:
        connection.execute(_insert(model), {**key, **columns})
        return "new"
    known = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for a row's mapping
    if all(known[name] == value for name, value in columns.items()):
        return "same"
    where = {f"key_{name}": value for name, value in key.items()}
    connection.execute(_update(model, tuple(key), tuple(columns)), where | columns)
    return "changed"


def add_once(connection: Connection, model: type[SQLModel], **columns: Any) -> bool:  # noqa: ANN401 - column values
    """Insert; False when a unique key is already there. The database decides, so two at once cannot both win."""
    statement = _insert_once(model, connection.dialect.name, tuple(columns))
    return connection.execute(statement, columns).rowcount == 1


def find_row(connection: Connection, model: type[SQLModel], **key: Any) -> Row[Any] | None:  # noqa: ANN401 - column values
    return connection.execute(_by_key(model, tuple(key)), key).first()


def find_rows(connection: Connection, model: type[SQLModel], **key: Any) -> Sequence[Row[Any]]:  # noqa: ANN401 - column values
    """All rows with these column values, in no order."""
    return connection.execute(_by_key(model, tuple(key)), key).all()


def find_in(connection: Connection, model: type[SQLModel], name: str, values: Collection[str]) -> Sequence[Row[Any]]:
    """All rows whose column is one of the values, in no order; one statement however many."""
    return connection.execute(_by_list(model, name), {name: list(values)}).all() if values else []


# Building a statement costs more than running it, so each is built once.
@cache
def _insert(model: type[SQLModel]) -> Insert:
    return insert(table_of(model))


@cache
def _insert_once(model: type[SQLModel], dialect: str, names: tuple[str, ...]) -> Insert:
    """For a database that has it: "on conflict do nothing"."""
    values: dict[str, Any] = {name: bindparam(name) for name in names}
    if dialect == "postgresql":
        return postgresql.insert(table_of(model)).values(values).on_conflict_do_nothing()
    return sqlite.insert(table_of(model)).values(values).on_conflict_do_nothing()


@cache
def _update(model: type[SQLModel], key: tuple[str, ...], names: tuple[str, ...]) -> Update:
    table = table_of(model)
    statement = update(table).where(*(table.c[name] == bindparam(f"key_{name}") for name in key))
    return statement.values({name: bindparam(name) for name in names})


@cache
def _by_list(model: type[SQLModel], name: str) -> Select[Any]:
    table = table_of(model)
    return select(table).where(table.c[name].in_(bindparam(name, expanding=True)))


@cache
def _by_key(model: type[SQLModel], names: tuple[str, ...]) -> Select[Any]:
    table = table_of(model)
    return select(table).where(*(table.c[name] == bindparam(name) for name in names))


def load(value: type[V], body: str) -> V:
    """The value of a body. Values are frozen, so one that was read before is given again, unparsed."""
    return cast("V", _parse(value, body))


@lru_cache(maxsize=8192)
def _parse(value: type[Frozen], body: str) -> Frozen:
    return value.model_validate_json(body)


def dump(value: Frozen) -> str:
    return value.model_dump_json()
