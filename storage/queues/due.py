"""Due work, taken in batches: ours for a lease, and only under the token we took it with.

pending → taken (lease, token) → done, planned anew, put off, or dead. Whoever took it looks at it again inside the
transaction that does it; whoever comes too late holds an old token and changes nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, bindparam, func, select, text, update

from cohorts.values import Frozen
from storage.prepared import Prepared, Row
from storage.tables import DueRow, Instant, table_of

DUE = table_of(DueRow)
LIVING = text("due.dead_at is null")
"""Written out, as the partial index has it: with bound values SQLite would not use the index."""


class DueItem(NamedTuple):
    """`owner` has it, until its lease ends. `token` grows with every taking: it fences off whoever took it before."""

    kind: str
    ref: str
    at: datetime
    attempts: int
    token: int
    owner: str


class DeadItem(Frozen):
    """Work that failed on its last try. `error` names the kind of error, never what anybody wrote."""

    kind: str
    ref: str
    at: datetime
    dead_at: datetime
    error: str


def take(connection: Connection, owner: str, now: datetime, lease: timedelta, limit: int) -> Sequence[DueItem]:
    """Due at or before now and nobody's, or left behind by who had it; earliest first."""
    rows = _FREE.all(connection, {"now": now, "most": limit})
    if not rows:
        return []
    until = now + lease
    items = [_item(row, owner) for row in rows]
    _TAKE.each(connection, [{"of_kind": i.kind, "of_ref": i.ref, "for": owner, "until": until} for i in items])
    return items


def is_ours(connection: Connection, item: DueItem, now: datetime) -> bool:
    """Still under our token and still due. Asked inside the transaction that does the work; locks it on a server."""
    return _OURS.first(connection, _key(item) | {"now": now}) is not None


def give_back(connection: Connection, item: DueItem) -> None:
    """Nothing was done about it and it may be taken again when it is due."""
    _change(connection, item, owner="", lease_until=None)


def put_off(connection: Connection, item: DueItem, until: datetime, error: str) -> bool:
    """A run that failed backs off alone. False when it is no longer ours."""
    return _change(connection, item, at=until, attempts=item.attempts + 1, error=error, owner="", lease_until=None)


def bury(connection: Connection, item: DueItem, error: str, now: datetime) -> bool:
    """The last try failed: it rests until somebody revives it or plans it anew. False when it is no longer ours."""
    return _change(connection, item, dead_at=now, attempts=item.attempts + 1, error=error, owner="", lease_until=None)


def dead(connection: Connection) -> Sequence[DeadItem]:
    """Oldest first."""
    query = select(DUE).where(DUE.c.dead_at.is_not(None)).order_by(DUE.c.dead_at, DUE.c.kind, DUE.c.ref)
    return [
        DeadItem(kind=row.kind, ref=row.ref, at=row.at, dead_at=row.dead_at, error=row.error)
        for row in connection.execute(query)
    ]


def revive(connection: Connection, kind: str, ref: str, now: datetime) -> bool:
    """A dead item is due now, with all its tries before it. False when there is none."""
    theirs = (DUE.c.kind == kind) & (DUE.c.ref == ref) & DUE.c.dead_at.is_not(None)
    columns = {"at": now, "attempts": 0, "error": "", "dead_at": None}
    return connection.execute(update(DUE).where(theirs).values(**columns)).rowcount == 1


def next_at(connection: Connection) -> datetime | None:
    """The instant of the next due work, or at which somebody's lease on some ends."""
    free, taken = _NEXT_FREE.scalar(connection, {}), _NEXT_LEASE.scalar(connection, {})
    return min((at for at in (free, taken) if at is not None), default=None)


def kind_at(connection: Connection, at: datetime) -> str | None:
    """The kind of the work due at this instant; the first by name."""
    return connection.execute(select(DUE.c.kind).where(DUE.c.at == at, LIVING).order_by(DUE.c.kind)).scalar()


def end_leases(connection: Connection) -> None:
    """For whoever works alone and begins again: nobody else has anything."""
    connection.execute(update(DUE).where(DUE.c.owner != "").values(owner="", lease_until=None))


def _item(row: Row, owner: str) -> DueItem:
    return DueItem(row.kind, row.ref, row.at, row.attempts, row.token + 1, owner)


def _key(item: DueItem) -> dict[str, Any]:
    return {"kind": item.kind, "ref": item.ref, "token": item.token}


def _change(connection: Connection, item: DueItem, **columns: object) -> bool:
    """Only what is still taken by us: planned anew, by us in a commit whose answer was lost or by others, it stays."""
    key = {"of_kind": item.kind, "of_ref": item.ref, "of_token": item.token, "of_owner": item.owner}
    return _changing(tuple(columns)).change(connection, columns | key) == 1


@cache
def _changing(names: tuple[str, ...]) -> Prepared:
    ours = (DUE.c.kind == bindparam("of_kind")) & (DUE.c.ref == bindparam("of_ref"))
    ours &= (DUE.c.token == bindparam("of_token")) & (DUE.c.owner == bindparam("of_owner"))
    return Prepared(update(DUE).where(ours).values({name: bindparam(name) for name in names}))


def _free() -> Select[Any]:
    now = bindparam("now", type_=Instant)
    free = DUE.c.lease_until.is_(None) | (DUE.c.lease_until <= now)
    query = select(DUE.c.kind, DUE.c.ref, DUE.c.at, DUE.c.attempts, DUE.c.token).where(LIVING, DUE.c.at <= now, free)
    ordered = query.order_by(DUE.c.at, DUE.c.kind, DUE.c.ref).limit(bindparam("most"))
    return ordered.with_for_update(skip_locked=True)


def _ours() -> Select[Any]:
    mine = (DUE.c.kind == bindparam("kind")) & (DUE.c.ref == bindparam("ref")) & (DUE.c.token == bindparam("token"))
    return select(DUE.c.at).where(mine, LIVING, DUE.c.at <= bindparam("now", type_=Instant)).with_for_update()


_FREE = Prepared(_free())
_OURS = Prepared(_ours())
_TAKE = Prepared(
    update(DUE)
    .where(DUE.c.kind == bindparam("of_kind"), DUE.c.ref == bindparam("of_ref"))
    .values(owner=bindparam("for"), lease_until=bindparam("until", type_=Instant), token=DUE.c.token + 1)
)
_NEXT_FREE = Prepared(select(DUE.c.at).where(LIVING, text("due.lease_until is null")).order_by(DUE.c.at).limit(1))
_NEXT_LEASE = Prepared(select(func.min(DUE.c.lease_until)).where(text("due.lease_until is not null")))
