"""What is to go out: ready heads, claims with a lease, and how each ended.

pending → attempting → sent | dead | dropped. `attempting` past its lease is of unknown outcome: it is looked up
before it is sent again. Order holds in every conversation: only its oldest unfinished delivery, the head, can be
claimed.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple, cast

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Connection, Select, Subquery, bindparam, case, func, select, text, update

from cohorts.ports import Delivery, Purpose, Verb
from cohorts.values import Frozen, UnreadableError
from storage.instants import Instant
from storage.prepared import Prepared, Row
from storage.rows import FEW, find_row, load
from storage.tables import OutboxRow, WorkspaceRow, table_of

from .conversations import conversation
from .workspaces import Place

OUTBOX, WORKSPACE = table_of(OutboxRow), table_of(WorkspaceRow)
OPEN = text("outbox.state in ('pending', 'attempting')")
"""Written out, as the partial index has it: with bound values SQLite would not use the index."""


REOPENED = "Its room was opened anew; what still holds is said again there."
UNREAD, UNREAD_FOR = UnreadableError.__name__, timedelta(seconds=30)
"""What stands beside a delivery that this version cannot read, and how long it leaves it alone."""
LONG = timedelta(minutes=10)
"""Longer than any lease of a send: a doubtful delivery that rests so long is not under way."""


class Head(NamedTuple):
    """The oldest unfinished delivery of a conversation, ready to go."""

    id: int
    place: Place
    conversation: str
    verb: Verb = "send"
    purpose: Purpose = "room"


class Claimed(Frozen):
    """A delivery that is ours until the lease ends, with what the platform calls its places.

    `unknown`: an earlier attempt may have arrived. `room` is "" until the conversation is opened; `about` and
    `thread` are "" where the delivery names none, or what it names never got there.
    """

    id: int
    delivery: Delivery
    attempts: int
    unknown: bool
    lease_until: datetime
    room: str = ""
    about: str = ""
    thread: str = ""


def heads(connection: Connection, owner: str, now: datetime, most: int) -> Sequence[Head]:
    """What this worker might send now, oldest first: not in workspaces another worker holds, or that refuse us.

    Of more than `most`, those that come first in a round robin over workspaces, in each the answers before the rest: no
    flood fills the list and hides who waits behind it.
    """
    if _ANY.first(connection, {"now": now}) is None:
        return []
    given = {"now": now, "owner": owner, "most": most}
    rows = _HEADS.all(connection, given)
    if len(rows) == most:
        rows = _SHARED_HEADS.all(connection, given)
    return [Head(row.id, (row.platform, row.workspace), row.conversation, row.verb, row.purpose) for row in rows]


def claim(
    connection: Connection, owner: str, ids: Collection[int], now: datetime, lease: timedelta
) -> Sequence[Claimed]:
    """Those of the deliveries that are still free, ours now, in the order in which they were written down.

    What only a newer version can read rests for a while instead: a worker of that version takes it then.
    """
    if not ids:
        return []
    rows = [(row, _read(row.body)) for row in _still_free(connection, ids, now)]
    read = [(row, delivery) for row, delivery in rows if delivery]
    _leave(connection, [row.id for row, delivery in rows if not delivery], now + UNREAD_FOR)
    until = now + lease
    _TAKE.each(connection, [{"taken": row.id, "by": owner, "until": until} for row, _ in read])
    return [_claimed(connection, row, delivery, until) for row, delivery in read]


def settle(connection: Connection, claimed: Claimed, owner: str, platform_id: str, now: datetime) -> bool:
    """Delivered. False when the lease is no longer ours: somebody else has settled or will."""
    return _finish(connection, claimed, owner, state="sent", platform_id=platform_id, settled_at=now)


def bury(connection: Connection, claimed: Claimed, owner: str, error: str, now: datetime) -> bool:
    """It cannot be delivered: a dead letter."""
    return _finish(connection, claimed, owner, state="dead", error=error, settled_at=now)


def drop(connection: Connection, claimed: Claimed, owner: str, why: str, now: datetime) -> bool:
    """It is not worth sending any more. No fault and no dead letter; its trace stays."""
    return _finish(connection, claimed, owner, state="dropped", error=why, settled_at=now)


def retry(connection: Connection, claimed: Claimed, owner: str, error: str, until: datetime) -> bool:
    """Surely not delivered: it may go again at `until`."""
    columns = {"state": "pending", "error": error, "not_before": until, "attempts": claimed.attempts + 1}
    return _finish(connection, claimed, owner, **columns)


def doubt(connection: Connection, claimed: Claimed, owner: str, error: str, until: datetime) -> bool:
    """Perhaps delivered: looked up at `until`, before anything is sent again."""
    columns = {"error": error, "lease_until": until, "attempts": claimed.attempts + 1}
    return _finish(connection, claimed, owner, **columns)


def wait(connection: Connection, claimed: Claimed, owner: str, until: datetime) -> bool:
    """Not now: it goes at `until`. No attempt was made, so none is counted."""
    return _finish(connection, claimed, owner, state="pending", not_before=until)


def wait_in_doubt(connection: Connection, claimed: Claimed, owner: str, until: datetime) -> bool:
    """Not now, and an earlier attempt may have arrived: it is looked up at `until`. No attempt is counted."""
    return _finish(connection, claimed, owner, lease_until=until)


def retire(connection: Connection, place: Place, logical: str, now: datetime) -> Sequence[Delivery]:
    """Nothing that was said in the conversation is there any more. Every key is free again and kept with the row's
    number behind it; what had not gone out is dropped and returned, in order."""
    known = connection.execute(select(OUTBOX).where(_in(place, logical)).order_by(OUTBOX.c.id)).all()
    rows = [row for row in known if not row.key.endswith(f"#{row.id}")]
    open_ones = [row for row in rows if row.state in ("pending", "attempting")]
    for row in rows:
        ended = {"state": "dropped", "error": REOPENED, "settled_at": now} if row in open_ones else {}
        old = update(OUTBOX).where(OUTBOX.c.id == row.id)
        connection.execute(old.values(key=f"{row.key}#{row.id}", platform_id="", **ended))
    return [load(Delivery, row.body) for row in open_ones]


def wake(connection: Connection, place: Place, logical: str, now: datetime) -> None:
    """What waits in the conversation is looked at again now; whether it may go is asked anew then."""
    waiting = _in(place, logical) & (OUTBOX.c.state == "pending") & (OUTBOX.c.not_before > now)
    connection.execute(update(OUTBOX).where(waiting).values(not_before=now))
    doubtful = _in(place, logical) & (OUTBOX.c.state == "attempting") & (OUTBOX.c.lease_until > now + LONG)
    connection.execute(update(OUTBOX).where(doubtful).values(lease_until=now))


def _in(place: Place, logical: str) -> ColumnElement[bool]:
    here = (OUTBOX.c.platform == place[0]) & (OUTBOX.c.workspace == place[1])
    return here & (OUTBOX.c.conversation == logical)


def platform_id(connection: Connection, key: str) -> str | None:
    """The platform's id of what was sent under this delivery key; None when it was not (or not yet)."""
    row = find_row(connection, OutboxRow, key=key)
    return str(row.platform_id) if row is not None and row.state == "sent" else None


def next_at(connection: Connection, owner: str) -> datetime | None:
    """When the next delivery may go, as far as leases and its own time say; rate limits are the dispatcher's."""
    if _WAITING.first(connection, {}) is None:
        return None
    return cast("datetime | None", _NEXT.scalar(connection, {"owner": owner}))


def end_leases(connection: Connection, look_up_at: datetime) -> None:
    """For whoever works alone and begins again: nobody else is sending, so what was claimed is looked up then."""
    connection.execute(update(OUTBOX).where(OUTBOX.c.state == "attempting").values(lease_until=look_up_at))


def counts(connection: Connection) -> dict[str, int]:
    """Outbox rows by state."""
    query = select(OUTBOX.c.state, func.count()).group_by(OUTBOX.c.state)
    return {str(state): int(number) for state, number in connection.execute(query)}


def _read(body: str) -> Delivery | None:
    try:
        return load(Delivery, body)
    except (UnreadableError, ValidationError):
        return None


def _leave(connection: Connection, ids: Collection[int], until: datetime) -> None:
    """No try is counted: it was not one."""
    for each in ids:
        lying = update(OUTBOX).where(OUTBOX.c.id == each)
        pending, doubtful = OUTBOX.c.state == "pending", OUTBOX.c.state == "attempting"
        connection.execute(lying.where(pending).values(not_before=until, error=UNREAD))
        connection.execute(lying.where(doubtful).values(lease_until=until, error=UNREAD))


def _claimed(connection: Connection, row: Row, delivery: Delivery, until: datetime) -> Claimed:
    return Claimed(
        id=row.id,
        delivery=delivery,
        attempts=row.attempts,
        unknown=row.state == "attempting",
        lease_until=until,
        room=conversation(connection, row.platform, row.workspace, row.conversation) or "",
        about=(platform_id(connection, delivery.about) or "") if delivery.about else "",
        thread=(platform_id(connection, delivery.thread) or "") if delivery.thread else "",
    )


def _still_free(connection: Connection, ids: Collection[int], now: datetime) -> Sequence[Row]:
    if len(ids) > FEW:
        return connection.execute(_FREE, {"now": now, "ids": list(ids)}).all()
    return _few_free(len(ids)).all(connection, {"now": now} | {f"v{number}": each for number, each in enumerate(ids)})


def _finish(connection: Connection, claimed: Claimed, owner: str, **columns: object) -> bool:
    ours = {"of_id": claimed.id, "of_owner": owner}
    return _finishing(tuple(columns)).change(connection, ours | columns) == 1


@cache
def _finishing(names: tuple[str, ...]) -> Prepared:
    """Only what is still under way, and ours."""
    mine = (OUTBOX.c.id == bindparam("of_id")) & (OUTBOX.c.owner == bindparam("of_owner"))
    ours = mine & (OUTBOX.c.state == "attempting")
    return Prepared(update(OUTBOX).where(ours).values({name: bindparam(name) for name in names}))


def _oldest() -> Subquery:
    """The oldest unfinished delivery of each conversation."""
    unfinished = select(func.min(OUTBOX.c.id).label("id")).where(OPEN)
    return unfinished.group_by(OUTBOX.c.platform, OUTBOX.c.workspace, OUTBOX.c.conversation).subquery()


def _with_workspaces(query: Select[Any]) -> Select[Any]:
    """Heads, each beside its workspace where one is known; none of a workspace that refuses us."""
    oldest = _oldest()
    same = (WORKSPACE.c.platform == OUTBOX.c.platform) & (WORKSPACE.c.workspace == OUTBOX.c.workspace)
    joined = query.join(oldest, oldest.c.id == OUTBOX.c.id).outerjoin(WORKSPACE, same)
    return joined.where(WORKSPACE.c.lost_at.is_(None))


_NOW = bindparam("now", type_=Instant)
_FREE_NOW = (OUTBOX.c.state == "pending") | (OUTBOX.c.lease_until <= _NOW)
_OURS_OR_NOBODYS = (
    WORKSPACE.c.owner.is_(None) | WORKSPACE.c.owner.in_(("", bindparam("owner"))) | (WORKSPACE.c.lease_until <= _NOW)
)


def _ready() -> Select[Any]:
    columns = (OUTBOX.c.id, OUTBOX.c.platform, OUTBOX.c.workspace, OUTBOX.c.conversation)
    query = _with_workspaces(select(*columns, OUTBOX.c.verb, OUTBOX.c.purpose).select_from(OUTBOX))
    return query.where(OUTBOX.c.not_before <= _NOW, _FREE_NOW, _OURS_OR_NOBODYS)


def _build_heads() -> Select[Any]:
    return _ready().order_by(OUTBOX.c.id).limit(bindparam("most"))


def _build_shared_heads() -> Select[Any]:
    """In turns: the first of each workspace, then the second of each. It costs twice as much."""
    place, urgency = (OUTBOX.c.platform, OUTBOX.c.workspace), (OUTBOX.c.purpose != "reply", OUTBOX.c.id)
    found = _ready().add_columns(func.row_number().over(partition_by=place, order_by=urgency).label("turn")).subquery()
    return select(found).order_by(found.c.turn, found.c.purpose != "reply", found.c.id).limit(bindparam("most"))


def _build_free(named: ColumnElement[bool]) -> Select[Any]:
    return select(OUTBOX).where(named, OPEN, _FREE_NOW).order_by(OUTBOX.c.id).with_for_update(skip_locked=True)


@cache
def _few_free(count: int) -> Prepared:
    return Prepared(_build_free(OUTBOX.c.id.in_([bindparam(f"v{number}") for number in range(count)])))


def _build_next() -> Select[Any]:
    """Only the head of a conversation can go: what stands behind it, however old, waits for it."""
    ready = case((OUTBOX.c.state == "pending", OUTBOX.c.not_before), else_=OUTBOX.c.lease_until)
    held = WORKSPACE.c.owner.not_in(("", bindparam("owner"))) & (WORKSPACE.c.lease_until > ready)
    return _with_workspaces(select(func.min(case((held, WORKSPACE.c.lease_until), else_=ready))).select_from(OUTBOX))


_HEADS, _SHARED_HEADS = Prepared(_build_heads()), Prepared(_build_shared_heads())
_FREE = _build_free(OUTBOX.c.id.in_(bindparam("ids", expanding=True)))
_TAKE = Prepared(
    update(OUTBOX)
    .where(OUTBOX.c.id == bindparam("taken"))
    .values(state="attempting", owner=bindparam("by"), lease_until=bindparam("until", type_=Instant))
)
_WAITING = Prepared(select(OUTBOX.c.id).where(OPEN).limit(1))
_ANY = Prepared(select(OUTBOX.c.id).where(OPEN, OUTBOX.c.not_before <= _NOW).limit(1))
_NEXT = Prepared(_build_next())
