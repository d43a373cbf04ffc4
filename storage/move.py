"""Copy the database of one file into an empty PostgreSQL, in steps that each stand by themselves: it may stop anywhere.

A mark stands in the target from before the first row until every table has come out the same. Without it nothing is
written, with it Cohortium does not start there, and to insert what is already there changes nothing.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Integer, NullPool, Row, Table, create_engine, delete, func, inspect, select, table
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError, ProgrammingError

from cohorts.values import Frozen

from .database import PostgresDatabase
from .migrate import MARK, half_moved, is_known, revisions, upgrade
from .sums import Sum, Tell, batches, count_rows, last_key, our_tables, sums

_RAISED_BY_A_TRIGGER, _NO_SUCH_TABLE = "P0001", "42P01"


class Obstacle(Frozen):
    """Why nothing more was done, and how to mend it. `at`: the option that named the database."""

    at: str
    what: str
    mend: str


class Moved(Frozen):
    """Both hold the same. `already`: they did before we began."""

    tables: tuple[Sum, ...]
    already: bool = False


class Pair(Frozen):
    """A table in the file, and on the server."""

    here: Sum
    there: Sum

    @property
    def same(self) -> bool:
        return self.here == self.there


class FinishedElsewhereError(Exception):
    """Another move into the same database has just finished: see it with `cohortium db check`."""

    def __str__(self) -> str:
        return str(self.__doc__)


_EMPTY_ONE = "Give an empty database."
_PERHAPS_MOVED = Obstacle(at="--to", what="It already holds as many rows, but not the same ones.", mend=_EMPTY_ONE)
_OTHER_VERSION = Obstacle(at="--to", what="Another version of Cohortium began a move to it.", mend=_EMPTY_ONE)
_OTHER_HISTORY = Obstacle(at="--to", what="A move was begun to it, of a file with another history.", mend=_EMPTY_ONE)
_WRITTEN_TO = Obstacle(
    at="--from", what="The file was written to meanwhile.", mend="Stop Cohortium, then move again: it goes on."
)


class Source:
    """A SQLite file as it was when it was opened: what others write later is not seen. Nothing is written to it."""

    def __init__(self, connection: Connection, watch: Connection) -> None:
        self._watch = watch
        self._version = self._now()
        self.connection = connection
        connection.exec_driver_sql("BEGIN")
        self.obstacle = _look_at_file(connection)
        """What keeps it from being moved, if anything does."""

    def written_to(self) -> bool:
        """Whether anybody has, since it was opened."""
        return self._now() != self._version

    def _now(self) -> object:
        return self._watch.exec_driver_sql("PRAGMA data_version").scalar()


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Raises what UNREACHABLE names when it is no database."""

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None)

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)
    with engine.connect() as watch, engine.connect() as connection:
        yield Source(connection, watch)


def _look_at_file(connection: Connection) -> Obstacle | None:
    has, wants = revisions(connection)
    if has is None:
        return Obstacle(at="--from", what="It is no database of Cohortium.", mend="Name its file.")
    if has == wants:
        return None
    mend = "Start this version once on the file, stop it, and move then."
    if not is_known(has):
        mend = "A newer version made it: move with that one."
    return Obstacle(at="--from", what=f"The file has revision {has}, this version wants {wants}.", mend=mend)


def rows_in_all(source: Source) -> int:
    """`compare` tells of each twice when both hold the same, `move` three times: summed, copied, summed there."""
    return sum(count_rows(source.connection).values())


async def compare(source: Source, target: PostgresDatabase, tell: Tell) -> tuple[Pair, ...] | Obstacle:
    """Each table here and there. Nothing is changed."""
    if source.obstacle:
        return source.obstacle
    has, wants = await target.read(lambda opened: revisions(opened.connection))
    if has != wants:
        what = f"It has revision {has or 'none'}, this version wants {wants}."
        return Obstacle(at="--to", what=what, mend="Move first: cohortium db move")
    there = await target.read(lambda opened: sums(opened.connection, tell))
    return tuple(
        Pair(here=ours, there=theirs) for ours, theirs in zip(sums(source.connection, tell), there, strict=True)
    )


async def move(source: Source, target: PostgresDatabase, tell: Tell) -> Moved | Obstacle:
    """Everything, so that both hold the same; begun before, it goes on.

    Raises FinishedElsewhereError, and what UNREACHABLE names; started again, it goes on.
    """
    if source.obstacle:
        return source.obstacle
    in_the_way = await target.with_connection(partial(_take, counts=count_rows(source.connection)))
    if in_the_way:
        return await _moved_before(source, target, tell) if in_the_way == _PERHAPS_MOVED else in_the_way
    ours = sums(source.connection, tell)
    await _copy(source, target, tell, our_tables())
    found = await target.with_connection(partial(_finish, source=source, ours=ours, tell=tell))
    if isinstance(found, list):
        found = await _copy_anew(source, target, tell, found) or await target.with_connection(
            partial(_finish, source=source, ours=ours, tell=tell)
        )
    if isinstance(found, list):
        names = ", ".join(table.name for table in found)
        return Obstacle(at="--to", what=f"It does not come out the same: {names}.", mend="Go on with the file.")
    return found or Moved(tables=ours)


async def _moved_before(source: Source, target: PostgresDatabase, tell: Tell) -> Moved | Obstacle:
    pairs = await compare(source, target, tell)
    if isinstance(pairs, Obstacle):
        return pairs
    same = all(pair.same for pair in pairs)
    return Moved(tables=tuple(pair.here for pair in pairs), already=True) if same else _PERHAPS_MOVED


def _take(connection: Connection, counts: Mapping[str, int]) -> Obstacle | None:
    """Marks the target as ours; None when it is, from now on or since an earlier start."""
    has, wants = revisions(connection)
    if half_moved(connection):
        return None if has == wants else _OTHER_VERSION
    names = sorted(set(inspect(connection).get_table_names()) - {"alembic_version"})
    if names and has is None:
        return Obstacle(at="--to", what=f"It has tables of something else: {', '.join(names[:5])}.", mend=_EMPTY_ONE)
    if has and not is_known(has):
        return Obstacle(at="--to", what="A newer version of Cohortium made it.", mend=_EMPTY_ONE)
    if filled := [name for name in names if _holds_rows(connection, name)]:
        if has == wants and count_rows(connection) == counts:
            return _PERHAPS_MOVED
        return Obstacle(at="--to", what=f"It already holds data: {', '.join(filled[:5])}.", mend=_EMPTY_ONE)
    upgrade(connection)
    MARK.create(connection)
    return None


def _holds_rows(connection: Connection, name: str) -> bool:
    return connection.execute(select(1).select_from(table(name)).limit(1)).first() is not None


async def _copy(source: Source, target: PostgresDatabase, tell: Tell, tables: Sequence[Table]) -> None:
    """Each batch is a transaction, and a table goes on behind the last row that is there."""
    for each in tables:
        after, there = await target.with_connection(partial(_reached, table=each))
        tell(there)
        for batch in batches(source.connection, each, after):
            await target.with_connection(partial(_insert, into=each, rows=batch))
            tell(len(batch))


def _reached(connection: Connection, table: Table) -> tuple[Sequence[object] | None, int]:
    """The last key that is there, and how many rows are."""
    count = select(func.count()).select_from(table)
    return last_key(connection, table), int(connection.execute(count).scalar_one())


def _insert(connection: Connection, into: Table, rows: Sequence[Row[tuple[object, ...]]]) -> None:
    _hold_the_mark(connection)
    # Somebody may be moving the same, a batch ahead of us.
    values = [dict(row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name for a row's mapping
    connection.execute(insert(into).on_conflict_do_nothing(), values)


async def _copy_anew(source: Source, target: PostgresDatabase, tell: Tell, tables: list[Table]) -> Obstacle | None:
    """The file has changed since the move was begun. What is only ever added to refuses to be emptied."""
    try:
        await target.with_connection(partial(_empty, tables=tables))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", "") == _RAISED_BY_A_TRIGGER:
            return _OTHER_HISTORY
        raise
    await _copy(source, target, tell, tables)
    return None


def _empty(connection: Connection, tables: Sequence[Table]) -> None:
    _hold_the_mark(connection)
    for each in reversed(tables):
        connection.execute(delete(each))


def _finish(connection: Connection, source: Source, ours: Sequence[Sum], tell: Tell) -> list[Table] | Obstacle | None:
    """None: all is the same, and the target may be used. Else what differs, with all that refers to it."""
    _hold_the_mark(connection)
    differing = {one.table for one, other in zip(ours, sums(connection, tell), strict=True) if one != other}
    if differing:
        for each in our_tables():
            if any(key.column.table.name in differing for key in each.foreign_keys):
                differing.add(each.name)
        return [each for each in our_tables() if each.name in differing]
    if source.written_to():
        return _WRITTEN_TO
    for each in our_tables():
        _count_on(connection, each)
    connection.exec_driver_sql("ANALYZE")  # until it has looked a server guesses, and the first minutes are slow
    MARK.drop(connection)
    return None


def _count_on(connection: Connection, after: Table) -> None:
    """The next id the database gives is the one behind the greatest it holds."""
    name = connection.dialect.identifier_preparer.format_table(after)
    for key in after.primary_key:
        if isinstance(key.type, Integer):
            following = select(func.coalesce(func.max(key), 0) + 1).scalar_subquery()
            # NULL, and so nothing, where the number does not come from the database.
            connection.execute(select(func.setval(func.pg_get_serial_sequence(name, key.name), following, False)))  # noqa: FBT003


def _hold_the_mark(connection: Connection) -> None:
    """One writer at a time until the transaction ends. Raises FinishedElsewhereError when the mark is gone."""
    try:
        connection.exec_driver_sql(f"LOCK TABLE {MARK.name}")
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", "") == _NO_SUCH_TABLE:
            raise FinishedElsewhereError from None
        raise
