"""Statements that are run again and again, prepared once.

SQLAlchemy takes several times as long to run a compiled statement as SQLite does. So a statement object that has been
run before is kept as the driver's words, the order of its values and how they are converted; from then on it goes to
the driver at once. Whatever is run only once, or asks for anything unusual, goes SQLAlchemy's way.

Events of single statements (`before_cursor_execute` …) are not told of what goes to the driver at once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, CursorResult, Delete, Dialect, Engine, Executable, Insert, Select, Update
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.types import TypeEngine

Given = Mapping[str, Any]
Conversion = Callable[[Any], Any]
Kept = Select[Any] | Insert | Update | Delete
LONGEST_LIST = 100
"""A longer list of values costs so much itself that nothing is gained."""


class Rows(IteratorResult[Any]):
    """What a statement gave: its rows, and how many it touched."""

    def __init__(self, columns: SimpleResultMetaData, rows: Iterable[Any], rowcount: int) -> None:
        super().__init__(columns, iter(rows))
        self.rowcount = rowcount


class Touched:
    """A change that gives no rows back: how many it touched."""

    __slots__ = ("rowcount",)

    def __init__(self, rowcount: int) -> None:
        self.rowcount = rowcount


class Prepared:
    """A statement in the driver's words. For other names of values, or lists of another length, it is another one."""

    def __init__(self, statement: Kept, dialect: Dialect, given: Given) -> None:
        plain = statement.inline() if isinstance(statement, Insert) else statement
        compiled = plain.compile(dialect=dialect, column_keys=list(given))
        lists = {name: values for name, values in given.items() if isinstance(values, list)}
        state = compiled.construct_expanded_state({**dict.fromkeys(compiled.binds), **given})
        self.sql = state.statement
        self.lists = [(name, state.parameter_expansion[name]) for name in lists]
        types = {name: bind.type for name, bind in compiled.binds.items()}
        types |= {part: types[name] for name, parts in self.lists for part in parts}
        order = state.positiontup or ()
        self.values = [(name, _impl(types[name], dialect).bind_processor(dialect)) for name in order]
        self.fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        self.complete = not (
            compiled.insert_prefetch  # a default that Python gives
            or compiled.update_prefetch
            or {name for name, bind in compiled.binds.items() if bind.required} - set(given)
        )
        self._columns = list(statement.exported_columns)
        self._dialect = dialect
        self._metadata: SimpleResultMetaData | None = None
        self._conversions: list[tuple[int, Conversion]] = []

    def bind(self, given: Given) -> Sequence[Any]:
        """The driver's values, in its order."""
        if self.fixed or self.lists:
            every = {**self.fixed, **given}
            for name, parts in self.lists:
                every.update(zip(parts, every[name], strict=True))
            given = every
        return [given[name] if convert is None else convert(given[name]) for name, convert in self.values]

    def rows(self, cursor: DBAPICursor) -> Rows | Touched:
        """All that the cursor has."""
        if not self._columns:
            return Touched(cursor.rowcount)
        metadata = self._metadata or self._describe(cursor)
        rows: Sequence[Any] = cursor.fetchall()
        if self._conversions:
            rows = [self._convert(row) for row in rows]
        return Rows(metadata, rows, cursor.rowcount)

    def _convert(self, row: Sequence[Any]) -> Sequence[Any]:
        values = list(row)
        for at, convert in self._conversions:
            values[at] = convert(values[at])
        return tuple(values)

    def _describe(self, cursor: DBAPICursor) -> SimpleResultMetaData:
        """Which types come, only the driver knows once it has run."""
        told = [column[1] for column in cursor.description or ()]
        converts = [
            _impl(column.type, self._dialect).result_processor(self._dialect, coltype)
            for column, coltype in zip(self._columns, told, strict=True)
        ]
        self._conversions = [(at, convert) for at, convert in enumerate(converts) if convert is not None]
        keys = [str(column.key) for column in self._columns]
        self._metadata = SimpleResultMetaData(keys, [(column,) for column in self._columns])
        return self._metadata


class Statements:
    """Those that were run before, for one kind of database."""

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[Executable, dict[object, Prepared | None]] = WeakKeyDictionary()

    def find(self, statement: Executable, given: Given, dialect: Dialect, *, many: bool) -> Prepared | None:
        """None: this one goes SQLAlchemy's way."""
        shapes = self._known.get(statement)
        if shapes is None:
            if isinstance(statement, Kept):
                self._known[statement] = {}
            return None
        shape = (many, *given, *(len(value) for value in given.values() if type(value) is list))
        if shape not in shapes:
            shapes[shape] = _prepare(cast("Kept", statement), dialect, given, many=many)
        return shapes[shape]


class QuickConnection(Connection):
    """A connection that knows the statements which were run before."""

    def __init__(self, engine: Engine, **options: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own
        super().__init__(engine, **options)
        version = getattr(self.dialect, "server_version_info", None)
        self._statements = _STATEMENTS.setdefault((self.dialect.name, version), Statements())

    def execute(
        self,
        statement: Executable,
        parameters: Any = None,  # noqa: ANN401 - one mapping of values by name, or many, or none
        *,
        execution_options: Mapping[str, Any] | None = None,
    ) -> CursorResult[Any]:
        many = isinstance(parameters, (list, tuple))
        first = (parameters[0] if parameters else {}) if many else parameters or {}
        prepared = None
        if execution_options is None and self.in_transaction():
            prepared = self._statements.find(statement, first, self.dialect, many=many)
        if prepared is None:
            return super().execute(statement, parameters, execution_options=execution_options)
        return cast("CursorResult[Any]", self._run(prepared, parameters or {}, many=many))

    def _run(self, prepared: Prepared, parameters: Any, *, many: bool) -> Rows | Touched:  # noqa: ANN401
        values = [prepared.bind(given) for given in parameters] if many else prepared.bind(parameters)
        cursor = None
        try:
            cursor = self.connection.cursor()
            _notice_schema(cursor, self.dialect)
            (cursor.executemany if many else cursor.execute)(prepared.sql, values)
            rows = prepared.rows(cursor)
            cursor.close()
        except BaseException as error:  # noqa: BLE001 - SQLAlchemy's own handling raises it as its own kind
            self._handle_dbapi_exception(error, prepared.sql, None, cursor, None)
        return rows


def quicken(engine: Engine) -> None:
    """Every connection of this engine is a quick one."""
    engine._connection_cls = QuickConnection  # noqa: SLF001 - SQLAlchemy's place for it, though it does not say so


_STATEMENTS: dict[object, Statements] = {}


def _prepare(statement: Kept, dialect: Dialect, given: Given, *, many: bool) -> Prepared | None:
    lists = [value for value in given.values() if isinstance(value, list)]
    if statement.get_execution_options() or any(len(values) > LONGEST_LIST for values in lists):
        return None
    if many and (lists or statement.exported_columns):
        return None
    prepared = Prepared(statement, dialect, given)
    return prepared if prepared.complete else None


def _impl(kind: TypeEngine[Any], dialect: Dialect) -> TypeEngine[Any]:
    return kind.dialect_impl(dialect)


def _notice_schema(cursor: DBAPICursor, dialect: Dialect) -> None:
    """asyncpg keeps what it prepared, and must hear when the tables have changed since."""
    asof = getattr(dialect, "_invalidate_schema_cache_asof", None)
    if asof is not None:
        cursor._invalidate_schema_cache_asof = asof  # type: ignore[attr-defined]  # noqa: SLF001
