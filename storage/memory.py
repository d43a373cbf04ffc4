"""Rows read before, for the one process that writes to a SQLite file: what did not change is not asked for again.

Rows of a table are kept in parts, such as all that is one educator's. A change forgets the part that it touches; a
change whose part is not known, one that SQLAlchemy runs, a transaction taken back and a change by another process
forget more, never less. On a server, and for readers, nothing is kept: others change rows while we read.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.sql.expression import UpdateBase

PARTS: Mapping[str, str] = {
    "account": "educator_id",
    "answer": "run_id",
    "artifact": "educator_id",
    "assignment": "run_id",
    "calendar": "id",
    "calendar_lea": "lea_id",
    "cohort": "id",
    "cohort_member": "educator_id",
    "conversation": "logical",
    "draft": "educator_id",
    "educator": "id",
    "history": "subject",
    "interest": "educator_id",
    "lea": "id",
    "meeting": "cohort_id",
    "microcredential": "id",
    "rating": "run_id",
    "reading": "educator_id",
    "result": "educator_id",
    "review": "run_id",
    "run": "id",
}
"""Table → the column whose value says which part a row belongs to. Of other tables nothing is kept."""
UNKEPT = frozenset({"last_seen_at"})
"""Columns that change with everything a person does; no row that is kept has them."""
MOST = 20_000
"""So many answers are kept before all are forgotten."""

Found = Sequence[Any]
_HELD, _MIXED = "memory", object()
_Parts = dict[Hashable, dict[Hashable, Found]]


class Memory:
    """What one connection has read since the rows last changed."""

    def __init__(self) -> None:
        self._tables: dict[str, _Parts] = {table: {} for table in PARTS}
        self._count = 0
        self._version: int | None = None

    def find(self, table: str, key: Mapping[str, Hashable], asked: Hashable) -> Found | None:
        """What was found when the same was asked; `key` is column → value. None when it is not known."""
        part = self._tables[table].get(key.get(PARTS[table], _MIXED))
        return part.get(asked) if part else None

    def keep(self, table: str, key: Mapping[str, Hashable], asked: Hashable, found: Found) -> None:
        if self._count >= MOST:
            self.forget_all()
        self._count += 1
        self._tables[table].setdefault(key.get(PARTS[table], _MIXED), {})[asked] = found

    def forget(self, table: str, part: Hashable = None) -> None:
        """This part and every answer that may hold rows of several; the whole table where the part is not known."""
        parts = self._tables.get(table)
        if parts is None:
            return
        for each in (part, _MIXED) if part is not None else tuple(parts):
            self._count -= len(parts.pop(each, ()))

    def forget_all(self) -> None:
        for parts in self._tables.values():
            parts.clear()
        self._count = 0

    def look(self, version: int) -> None:
        """At the beginning of a transaction: `version` grows when another connection has changed the file."""
        if version != self._version:
            self.forget_all()
            self._version = version


def remember(connection: Connection) -> Memory:
    """From now on this connection keeps what it reads. Only where nobody else writes while its transaction is open."""
    kept = memory_of(connection)
    if kept is None:
        kept = connection.info[_HELD] = Memory()
    return kept


def memory_of(connection: Connection) -> Memory | None:
    found: Memory | None = connection.info.get(_HELD)
    return found


def changed_table(statement: UpdateBase) -> str:
    """The name of the table that an insert, update or delete changes."""
    return str(getattr(statement.table, "name", ""))


def forget_changed(connection: Connection, statement: object) -> None:
    """SQLAlchemy is about to run this: a Core statement, or text that nobody here reads."""
    memory = memory_of(connection)
    if memory is None or getattr(statement, "is_select", False):
        return
    if isinstance(statement, UpdateBase):
        memory.forget(changed_table(statement))
    else:
        memory.forget_all()
