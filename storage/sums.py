"""What a database holds, table by table: counts, and checksums that come out the same in every database."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, String, Table, func, literal, select, tuple_
from sqlmodel import SQLModel

from cohorts.values import Frozen

from . import tables as _tables  # noqa: F401 - fills SQLModel.metadata

BATCH = 500
Tell = Callable[[int], None]
"""Hears how many more rows went by."""


class Sum(Frozen):
    """One table: how many rows, and the SHA-256 of their JSON in key order."""

    table: str
    rows: int
    sha256: str


def our_tables() -> Sequence[Table]:
    """Every table there is, after those it refers to."""
    return SQLModel.metadata.sorted_tables


def count_rows(connection: Connection) -> dict[str, int]:
    """By table."""
    queries = {table.name: select(func.count()).select_from(table) for table in our_tables()}
    return {name: int(connection.execute(query).scalar_one()) for name, query in queries.items()}


def sums(connection: Connection, tell: Tell) -> tuple[Sum, ...]:
    return tuple(_sum(connection, table, tell) for table in our_tables())


def _sum(connection: Connection, table: Table, tell: Tell) -> Sum:
    rows, digest = 0, sha256(_line(table.columns.keys()))
    for batch in batches(connection, table):
        digest.update(b"".join(_line(row) for row in batch))
        rows += len(batch)
        tell(len(batch))
    return Sum(table=table.name, rows=rows, sha256=digest.hexdigest())


def batches(connection: Connection, table: Table, after: Sequence[Any] | None = None) -> Iterator[Sequence[Row[Any]]]:
    """The rows in key order, or those behind the key `after`; never more than BATCH of them in memory."""
    query = select(table).order_by(*_order(connection, table))
    if after is not None:
        keys = list(table.primary_key)
        known = [literal(value, key.type) for key, value in zip(keys, after, strict=True)]
        query = query.where(tuple_(*_order(connection, table)) > tuple_(*known))
    yield from connection.execute(query, execution_options={"yield_per": BATCH}).partitions()


def last_key(connection: Connection, table: Table) -> Sequence[Any] | None:
    """The greatest key in the order of `batches`; None when the table is empty."""
    order = [column.desc() for column in _order(connection, table)]
    return connection.execute(select(*table.primary_key).order_by(*order).limit(1)).first()


def _order(connection: Connection, table: Table) -> list[ColumnElement[Any]]:
    """A server sorts text by its own language: "C" is by bytes, as SQLite does."""
    by_bytes = connection.dialect.name == "postgresql"
    return [key.collate("C") if by_bytes and _is_text(key) else key for key in table.primary_key]


def _is_text(column: ColumnElement[Any]) -> bool:
    return isinstance(getattr(column.type, "impl", column.type), String)


def _line(values: Sequence[Any]) -> bytes:
    return json.dumps(list(values), separators=(",", ":"), sort_keys=True, default=_plain).encode() + b"\n"


def _plain(value: object) -> str:
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else str(value)
