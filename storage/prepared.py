"""Statements made ready once. Building one costs more than running it, and so does SQLAlchemy's own way to run it.

Once a transaction is open a statement's text goes straight to the driver, with the same conversions of values: that
costs a tenth of `Connection.execute` (measured on SQLite: 6 µs instead of 60 for a row by its key). Before that, as
with the first statement on a server, which opens it, SQLAlchemy runs it.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, cast

from sqlalchemy import Connection, Delete, Executable, Insert, Select, Update
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql.expression import ClauseElement
from sqlalchemy.types import TypeEngine

from .drivers import Driver, driver_of
from .instants import Instant, to_instant, to_number
from .memory import PARTS, UNKEPT, changed_table, memory_of

Row: TypeAlias = Any
"""A row, with its columns as attributes; `_asdict()` gives them by name."""
Values = Mapping[str, Any]
Convert = Callable[[Any], Any]


class Prepared:
    """A Core statement whose values are all bound by name, to be kept for as long as the process lives.

    `part` names the value that says which part of its table a change touches; without it, all of it is forgotten.
    """

    def __init__(self, statement: Executable, part: str = "") -> None:
        self._statement, self._part = statement, part
        self._changes = _changed_table(statement)
        self._texts: dict[type[Driver], _Text] = {}

    def all(self, connection: Connection, values: Values) -> Sequence[Row]:
        driver = driver_of(connection)
        if driver is None:
            return connection.execute(self._statement, dict(values)).all()
        text = self._made(connection, driver, values)
        return text.rows(driver.rows(text.sql, text.bound(values)))

    def first(self, connection: Connection, values: Values) -> Row | None:
        driver = driver_of(connection)
        if driver is None:
            return connection.execute(self._statement, dict(values)).first()
        text = self._made(connection, driver, values)
        found = driver.first(text.sql, text.bound(values))
        return None if found is None else text.row(found)

    def scalar(self, connection: Connection, values: Values) -> Any:  # noqa: ANN401 - a column's value
        """The first column of the first row; None where there is none."""
        found = self.first(connection, values)
        return None if found is None else found[0]

    def change(self, connection: Connection, values: Values) -> int:
        """How many rows it changed."""
        driver = driver_of(connection)
        if driver is None:
            return int(connection.execute(self._statement, dict(values)).rowcount)
        self._forget(connection, values)
        text = self._made(connection, driver, values)
        return driver.change(text.sql, text.bound(values))

    def each(self, connection: Connection, many: Sequence[Values]) -> int:
        """The same for each of these, of which there may be none, in one go. How many rows were changed in all; 0
        from a server, which does not say."""
        if not many:
            return 0
        driver = driver_of(connection)
        if driver is None:
            connection.execute(self._statement, [dict(values) for values in many])
            return 0
        for values in many:
            self._forget(connection, values)
        text = self._made(connection, driver, many[0])
        return driver.each(text.sql, [text.bound(values) for values in many])

    def _forget(self, connection: Connection, values: Values) -> None:
        if self._changes and (memory := memory_of(connection)):
            memory.forget(self._changes, values.get(self._part))

    def _made(self, connection: Connection, driver: Driver, values: Values) -> "_Text":
        text = self._texts.get(type(driver))
        if text is None:
            text = self._texts[type(driver)] = _Text(self._statement, connection.dialect, values)
        return text


def _changed_table(statement: Executable) -> str:
    """The table whose kept rows the statement makes old; "" where there is none."""
    if not isinstance(statement, Insert | Update | Delete):
        return ""
    name = changed_table(statement)
    sets = {str(getattr(column, "key", column)) for column in getattr(statement, "_values", None) or {}}
    return "" if name not in PARTS or (sets and sets <= UNKEPT) else name


class _Text:
    """What SQLAlchemy makes of the statement for this dialect: text, the order of values, and how they convert."""

    def __init__(self, statement: Executable, dialect: Dialect, values: Values) -> None:
        compiled = cast("ClauseElement", statement).compile(dialect=dialect, column_keys=list(values))
        self.sql, fixed = str(compiled), compiled.params
        names: Sequence[str] = compiled.positiontup or ()  # type: ignore[attr-defined]
        self._binds = [(name, fixed.get(name), _in(compiled.binds[name].type, dialect)) for name in names]  # type: ignore[attr-defined]
        columns = statement.exported_columns if isinstance(statement, Select | Insert | Update | Delete) else ()
        kind: Any = namedtuple("Row", [str(column.key) for column in columns], rename=True)  # type: ignore[misc]
        self.row: Convert = kind._make
        outs = [(number, _out(column.type, dialect)) for number, column in enumerate(columns)]
        self._outs = [(number, convert) for number, convert in outs if convert]
        if self._outs:
            self.row = self._converted(self.row)

    def bound(self, values: Values) -> list[Any]:
        get = values.get
        return [convert(get(name, fixed)) if convert else get(name, fixed) for name, fixed, convert in self._binds]

    def rows(self, found: Sequence[Sequence[Any]]) -> Sequence[Row]:
        return [self.row(each) for each in found]

    def _converted(self, make: Convert) -> Convert:
        def row(found: Sequence[Any]) -> Row:
            values = list(found)
            for number, convert in self._outs:
                values[number] = convert(values[number])
            return make(values)

        return row


def _in(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    """An instant goes without SQLAlchemy's detour, as do those that come back."""
    return to_number if isinstance(kind, Instant) else kind.dialect_impl(dialect).bind_processor(dialect)


def _out(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return to_instant if isinstance(kind, Instant) else kind.dialect_impl(dialect).result_processor(dialect, None)
