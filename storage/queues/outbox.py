"""What is to go out: ready heads, claims with a lease, and how each ended.

pending → attempting → sent | dead | dropped. `attempting` past its lease is of unknown outcome: it is looked up
before it is sent again. Order holds in every conversation: only its oldest unfinished delivery, the head, can be
claimed.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple, cast

from pydantic import ValidationError
from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    Connection,
    Integer,
    Select,
    Subquery,
    any_,
    bindparam,
    case,
    column,
    exists,
    func,
    literal_column,
    select,
    text,
    update,
)

from cohorts.ports import Delivery, Purpose, Verb
from cohorts.values import UnreadableError
from storage.instants import Instant
from storage.prepared import Prepared, Row
from storage.rows import FEW, find_columns, load
from storage.tables import OutboxRow, WorkspaceRow, table_of

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


class Claimed(NamedTuple):
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
    given = {"now": now, "owner": owner, "most": most}
    free = _FEW_READY.all(connection, given | {"most": FEW + 1})
    rows: Sequence[Row] = sorted((row for row in free if row.is_head), key=lambda row: row.id)
    if len(free) > FEW or len(rows) > most:
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
    given = {"by": owner, "until": now + lease, "now": now}
    fresh = _take(connection, ids, given | {"was": "pending"})
    doubtful = _take(connection, ids, given | {"was": "attempting"}) if len(fresh) < len(ids) else []
    rows = sorted([(row, False) for row in fresh] + [(row, True) for row in doubtful])
    read = [(row, unknown, delivery) for row, unknown in rows if (delivery := _read(row.body))]
    if len(read) < len(rows):
        known = {row.id for row, *_ in read}
        _leave(connection, [(row.id, unknown) for row, unknown in rows if row.id not in known], now + UNREAD_FOR)
    named = platform_ids(connection, {key for *_, each in read for key in (each.about, each.thread) if key})
    return [
        Claimed(
            id=row.id,
            delivery=delivery,
            attempts=row.attempts,
            unknown=unknown,
            lease_until=now + lease,
            room=row.room or "",
            about=named.get(delivery.about, ""),
            thread=named.get(delivery.thread, ""),
        )
        for row, unknown, delivery in read
    ]


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


def platform_ids(connection: Connection, keys: Collection[str]) -> Mapping[str, str]:
    """Delivery key → the platform's id of what was sent under it; nothing of what was not (or not yet)."""
    rows = find_columns(connection, OutboxRow, "key", keys, "key", "state", "platform_id")
    return {row.key: row.platform_id for row in rows if row.state == "sent"}


def next_at(connection: Connection, owner: str) -> datetime | None:
    """When the next delivery may go, as far as leases and its own time say; rate limits are the dispatcher's."""
    earliest = _EARLIEST.scalar(connection, {})
    return earliest and cast("datetime | None", _NEXT.scalar(connection, {"owner": owner}))


def wake_at(connection: Connection, owner: str, now: datetime) -> datetime | None:
    """The same where nothing may go now; perhaps too early, for less than it costs to know, but never too late."""
    earliest: datetime | None = _EARLIEST.scalar(connection, {})
    return earliest if earliest is None or earliest > now else next_at(connection, owner)


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


def _leave(connection: Connection, taken: Sequence[tuple[int, bool]], until: datetime) -> None:
    """What was just taken, each with whether it is doubtful, rests as it was. No try is counted: it was not one."""
    for known, doubtful in taken:
        rests = {"lease_until": until} if doubtful else {"state": "pending", "not_before": until}
        connection.execute(update(OUTBOX).where(OUTBOX.c.id == known).values(error=UNREAD, **rests))


def _take(connection: Connection, ids: Collection[int], given: Mapping[str, object]) -> Sequence[Row]:
    """Those that are still free and in the state in which they `was`, now ours; in no order."""
    if connection.dialect.name == "sqlite":
        return _TAKE_IN_FILE.all(connection, {**given, "ids": json.dumps([*ids])})
    return _TAKE_ON_SERVER.all(connection, {**given, "ids": [*ids]})


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
    """Each beside its workspace, where one is known."""
    same = (WORKSPACE.c.platform == OUTBOX.c.platform) & (WORKSPACE.c.workspace == OUTBOX.c.workspace)
    return query.select_from(OUTBOX).outerjoin(WORKSPACE, same)


def _of_heads(query: Select[Any]) -> Select[Any]:
    """Of heads alone; of none in a workspace that refuses us."""
    oldest = _oldest()
    return _with_workspaces(query).join(oldest, oldest.c.id == OUTBOX.c.id).where(_NOT_LOST)


_NOW = bindparam("now", type_=Instant)
_MOST: BindParameter[int] = bindparam("most")
_FREE_NOW = (OUTBOX.c.state == "pending") | (OUTBOX.c.lease_until <= _NOW)
_NOT_LOST = WORKSPACE.c.lost_at.is_(None)
_OURS_OR_NOBODYS = (
    WORKSPACE.c.owner.is_(None) | WORKSPACE.c.owner.in_(("", bindparam("owner"))) | (WORKSPACE.c.lease_until <= _NOW)
)
_HEAD = tuple(OUTBOX.c[name] for name in ("id", "platform", "workspace", "conversation", "verb", "purpose"))


def _ready() -> Select[Any]:
    return _of_heads(select(*_HEAD)).where(OUTBOX.c.not_before <= _NOW, _FREE_NOW, _OURS_OR_NOBODYS)


def _build_few_ready() -> Select[Any]:
    """The first of what may go by its own time, each with whether it is a head that this worker might send. To look for
    an older one beside each of a few costs less than to look through all that is unfinished."""
    older = OUTBOX.alias("older")
    same = [older.c[name] == OUTBOX.c[name] for name in ("platform", "workspace", "conversation")]
    behind = exists().where(text("older.state in ('pending', 'attempting')"), *same, older.c.id < OUTBOX.c.id)
    query = _with_workspaces(select(*_HEAD, (_NOT_LOST & _OURS_OR_NOBODYS & ~behind).label("is_head")))
    return query.where(OPEN, OUTBOX.c.not_before <= _NOW, _FREE_NOW).order_by(OUTBOX.c.not_before).limit(_MOST)


def _build_heads() -> Select[Any]:
    return _ready().order_by(OUTBOX.c.id).limit(_MOST)


def _build_shared_heads() -> Select[Any]:
    """In turns: the first of each workspace, then the second of each. It costs twice as much."""
    place, urgency = (OUTBOX.c.platform, OUTBOX.c.workspace), (OUTBOX.c.purpose != "reply", OUTBOX.c.id)
    found = _ready().add_columns(func.row_number().over(partition_by=place, order_by=urgency).label("turn")).subquery()
    return select(found).order_by(found.c.turn, found.c.purpose != "reply", found.c.id).limit(_MOST)


def _build_next() -> Select[Any]:
    """Only the head of a conversation can go: what stands behind it, however old, waits for it."""
    ready = case((OUTBOX.c.state == "pending", OUTBOX.c.not_before), else_=OUTBOX.c.lease_until)
    held = WORKSPACE.c.owner.not_in(("", bindparam("owner"))) & (WORKSPACE.c.lease_until > ready)
    return _of_heads(select(func.min(case((held, WORKSPACE.c.lease_until), else_=ready))))


def _taking(where: ColumnElement[bool]) -> Prepared:
    given = {"owner": bindparam("by"), "lease_until": bindparam("until", type_=Instant)}
    taken = update(OUTBOX).where(where).values(state="attempting", **given)
    return Prepared(taken.returning(OUTBOX.c.id, OUTBOX.c.body, OUTBOX.c.attempts, _ROOM))


_ROOM: ColumnElement[str | None] = literal_column(
    "(select known.conversation from conversation as known where known.platform = outbox.platform"
    " and known.workspace = outbox.workspace and known.logical = outbox.conversation)"
).label("room")
"""Written out: of what an update returns to SQLite, SQLAlchemy would leave out whose column is meant."""
_STILL_FREE = (OUTBOX.c.state == bindparam("was")) & _FREE_NOW


def _take_in_file() -> Prepared:
    ids: Select[Any] = select(column("value")).select_from(func.json_each(bindparam("ids")))
    return _taking(OUTBOX.c.id.in_(ids) & _STILL_FREE)


def _take_on_server() -> Prepared:
    """Without what somebody else is just taking."""
    named = OUTBOX.c.id == any_(bindparam("ids", type_=ARRAY(Integer())))
    free = select(OUTBOX.c.id).where(named, _STILL_FREE).order_by(OUTBOX.c.id).with_for_update(skip_locked=True)
    found = free.cte("free")
    return _taking(OUTBOX.c.id == found.c.id)


_HEADS, _SHARED_HEADS, _FEW_READY = map(Prepared, (_build_heads(), _build_shared_heads(), _build_few_ready()))
_TAKE_IN_FILE, _TAKE_ON_SERVER = _take_in_file(), _take_on_server()
_EARLIEST = Prepared(select(func.min(OUTBOX.c.not_before)).where(OPEN))
_NEXT = Prepared(_build_next())
