"""Due work, taken in batches: ours for a lease, and only under the token we took it with.

pending → taken (lease, token) → done, planned anew, put off, left to a newer version, or dead. Whoever took it looks at
it again inside the transaction that does it; whoever comes too late holds an old token and changes nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    func,
    literal,
    literal_column,
    select,
    text,
    true,
    update,
)

from cohorts.due_ports import Failed
from cohorts.values import Frozen, UnreadableError
from storage.bulk import TEXT, arrays
from storage.instants import Instant
from storage.prepared import Prepared
from storage.tables import DueRow, table_of

DUE = table_of(DueRow)
LIVING = text("due.dead_at is null")
"""Written out, as the partial index has it: with bound values SQLite would not use the index."""


UNREAD = UnreadableError.__name__
"""The error of work that was left to a newer version. It stays due: whoever can read it does it at once."""

Kinds = Collection[str]
"""Of work that the asker can do; none named: all. While a new version comes in there is work that only it can do."""


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


def take(  # noqa: PLR0913 - the last two say which work, not how
    connection: Connection,
    owner: str,
    now: datetime,
    lease: timedelta,
    limit: int,
    kinds: Kinds = (),
    *,
    unread: bool = True,
) -> Sequence[DueItem]:
    """Due at or before now and nobody's, or left behind by who had it; earliest first. Not `unread`: but for what
    somebody could not read."""
    given = {"now": now, "most": limit, "by": owner, "until": now + lease}
    rows = _take(connection.dialect.name, tuple(kinds), unread).all(connection, given)
    items = [DueItem(row.kind, row.ref, row.at, row.attempts, row.token, owner) for row in rows]
    return sorted(items, key=lambda item: (item.at, item.kind, item.ref))


def are_ours(connection: Connection, items: Sequence[DueItem], now: datetime) -> set[DueItem]:
    """Those still under our token and still due, as `is_ours` asks of one; on a server in one question, and without
    those that somebody else has locked."""
    if connection.dialect.name == "sqlite":
        return {item for item in items if is_ours(connection, item, now)}
    given: dict[str, Any] = {name: [getattr(item, name) for item in items] for name in ("kind", "ref", "token")}
    found = {(row.kind, row.ref) for row in _ALL_OURS.all(connection, given | {"now": now})}
    return {item for item in items if (item.kind, item.ref) in found}


def is_ours(connection: Connection, item: DueItem, now: datetime) -> bool:
    """Still under our token and still due. Asked inside the transaction that does the work; locks it on a server."""
    return _OURS.first(connection, _key(item) | {"now": now}) is not None


def give_back(connection: Connection, item: DueItem) -> None:
    """Nothing was done about it and it may be taken again when it is due."""
    _change(connection, item, owner="", lease_until=None)


def leave(connection: Connection, item: DueItem) -> bool:
    """Only a newer version can read what it is about: it stays due, and no try is counted. False when it is no longer
    ours."""
    return _change(connection, item, error=UNREAD, owner="", lease_until=None)


def renew(connection: Connection, item: DueItem, until: datetime) -> bool:
    """Whoever has it needs longer. False when it is no longer ours."""
    return _change(connection, item, lease_until=until)


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


def failed(connection: Connection, kind: str) -> Mapping[str, Failed]:
    """Of one kind, by reference: what rests, and what waits for its next try."""
    query = select(DUE).where(DUE.c.kind == kind, DUE.c.error != "").order_by(DUE.c.ref)
    return {
        str(row.ref): Failed(at=row.dead_at or row.at, error=row.error, rests=row.dead_at is not None)
        for row in connection.execute(query)
    }


def revive(connection: Connection, kind: str, ref: str, now: datetime) -> bool:
    """A dead item is due now, with all its tries before it. False when there is none."""
    theirs = (DUE.c.kind == kind) & (DUE.c.ref == ref) & DUE.c.dead_at.is_not(None)
    return connection.execute(update(DUE).where(theirs).values(**_revived(now))).rowcount == 1


def revive_all(connection: Connection, now: datetime) -> Sequence[str]:
    """The same for every dead item; their names, `kind/ref`, in order."""
    revived = update(DUE).where(DUE.c.dead_at.is_not(None)).values(**_revived(now))
    return sorted(f"{row.kind}/{row.ref}" for row in connection.execute(revived.returning(DUE.c.kind, DUE.c.ref)))


def hasten(connection: Connection, kind: str, ref: str, now: datetime) -> bool:
    """What failed and waits for its next try is due now; its tries are counted on. False when there is none."""
    theirs = (DUE.c.kind == kind) & (DUE.c.ref == ref) & LIVING & (DUE.c.attempts > 0) & (DUE.c.at > now)
    return connection.execute(update(DUE).where(theirs).values(at=now)).rowcount == 1


def next_at(connection: Connection, kinds: Kinds = (), *, unread: bool = True) -> datetime | None:
    """The instant of the next due work, as `take` takes it, or at which somebody's lease on some ends."""
    (found,) = next_of_each(connection, (kinds,), unread=unread)
    return found


def next_of_each(connection: Connection, groups: Sequence[Kinds], *, unread: bool = True) -> Sequence[datetime | None]:
    """The same for each of these groups of kinds, asked at once."""
    found = _next(tuple(map(tuple, groups)), unread).first(connection, {}) or ()
    pairs = zip(found[::2], found[1::2], strict=True)
    return [min((at for at in pair if at is not None), default=None) for pair in pairs]


def kind_at(connection: Connection, at: datetime) -> str | None:
    """The kind of the work due at this instant; the first by name."""
    return connection.execute(select(DUE.c.kind).where(DUE.c.at == at, LIVING).order_by(DUE.c.kind)).scalar()


def end_leases(connection: Connection, owner: str = "") -> None:
    """Of one worker, who stops; or of everybody, for whoever works alone and begins again."""
    whose = DUE.c.owner == owner if owner else DUE.c.owner != ""
    connection.execute(update(DUE).where(whose).values(owner="", lease_until=None))


def _revived(now: datetime) -> Mapping[str, object]:
    return {"at": now, "attempts": 0, "error": "", "dead_at": None}


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


def _due_now() -> ColumnElement[bool]:
    now = bindparam("now", type_=Instant)
    return and_(LIVING, DUE.c.at <= now, DUE.c.lease_until.is_(None) | (DUE.c.lease_until <= now))


def _of(kinds: Kinds) -> ColumnElement[bool]:
    """Several are asked of each row found by its time: as a bare column SQLite would look for the kinds first, and sort
    all of their rows. That is what is wanted of one: whoever names it, names a rare one."""
    if len(kinds) == 1:
        return DUE.c.kind.in_([literal(kind) for kind in kinds])
    return DUE.c.kind.concat("").in_([literal(kind) for kind in kinds]) if kinds else true()


def _readable(unread: bool) -> ColumnElement[bool]:
    return true() if unread else DUE.c.error != literal(UNREAD)


@cache
def _take(dialect: str, kinds: Kinds, unread: bool) -> Prepared:
    """The first so many, taken and returned by one statement, in no order."""
    wanted = (_due_now(), _of(kinds), _readable(unread))
    query = select(DUE.c.kind, DUE.c.ref).where(*wanted).order_by(DUE.c.at, DUE.c.kind, DUE.c.ref)
    free = query.limit(bindparam("most", type_=Integer())).with_for_update(skip_locked=True)
    given = {"owner": bindparam("by"), "lease_until": bindparam("until", type_=Instant), "token": DUE.c.token + 1}
    if dialect == "sqlite":
        row: ColumnElement[int] = literal_column("due.rowid")
        taken = update(DUE).where(row.in_(free.with_only_columns(row).correlate(None)))
    else:
        found = free.cte("free")
        taken = update(DUE).where(DUE.c.kind == found.c.kind, DUE.c.ref == found.c.ref)
    return Prepared(taken.values(given).returning(DUE.c.kind, DUE.c.ref, DUE.c.at, DUE.c.attempts, DUE.c.token))


def _ours() -> Select[Any]:
    mine = (DUE.c.kind == bindparam("kind")) & (DUE.c.ref == bindparam("ref")) & (DUE.c.token == bindparam("token"))
    return select(DUE.c.at).where(mine, LIVING, DUE.c.at <= bindparam("now", type_=Instant)).with_for_update()


def _all_ours() -> Select[Any]:
    """Each looked up by its key, whatever the server guesses: by their time it would read all that is due, a whole
    backlog, for every batch of it. So the time is asked of in a form that no index has."""
    given = arrays(kind=TEXT, ref=TEXT, token=Integer())
    same = [DUE.c[name] == given.c[name] for name in ("kind", "ref", "token")]
    due_by_now = DUE.c.at.op("+")(literal_column("0")) <= bindparam("now", type_=Instant)
    mine = select(DUE.c.kind, DUE.c.ref).where(*same, LIVING, due_by_now).with_for_update(skip_locked=True)
    found = mine.lateral("found")
    return select(found.c.kind, found.c.ref).select_from(given.join(found, true()))


@cache
def _next(groups: tuple[tuple[str, ...], ...], unread: bool) -> Prepared:
    """Two columns for each group: what is nobody's, and the end of a lease. Each is found by an index of its own."""
    asked = [column for kinds in groups for column in (_next_free(kinds, unread), _next_lease(kinds, unread))]
    return Prepared(select(*(column.label(f"c{number}") for number, column in enumerate(asked))))


def _next_free(kinds: Kinds, unread: bool) -> ScalarSelect[datetime]:
    free = select(DUE.c.at).where(LIVING, text("due.lease_until is null"), _of(kinds), _readable(unread))
    return free.order_by(DUE.c.at).limit(1).scalar_subquery()


def _next_lease(kinds: Kinds, unread: bool) -> ScalarSelect[datetime]:
    taken = (text("due.lease_until is not null"), _of(kinds), _readable(unread))
    return select(func.min(DUE.c.lease_until)).where(*taken).scalar_subquery()


_OURS, _ALL_OURS = Prepared(_ours()), Prepared(_all_ours())
