"""What the dispatcher and the bell take from the database: due work and deliveries, claimed with a lease."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, Subquery, bindparam, case, func, select, text, update

from cohorts.ports import Delivery
from cohorts.values import Frozen

from .rows import find_row, load, save_row
from .tables import ConversationRow, DueRow, Instant, NoteRow, OutboxRow, table_of

OUTBOX, DUE, CONVERSATION = (table_of(model) for model in (OutboxRow, DueRow, ConversationRow))
OPEN = text("outbox.state in ('pending', 'attempting')")
"""Written out, as the partial index has it: with bound values SQLite would not use the index."""


class DueItem(Frozen):
    kind: str
    ref: str
    at: datetime
    attempts: int


class Claimed(Frozen):
    """A delivery that is ours until the lease ends, with what the platform calls its places.

    `unknown`: an earlier attempt may have arrived. `room` is "" until the conversation is opened; `about` and
    `thread` are "" where the delivery names none, or what it names never got there.
    """

    id: int
    delivery: Delivery
    attempts: int
    unknown: bool
    room: str = ""
    about: str = ""
    thread: str = ""


def due_items(connection: Connection, now: datetime, limit: int) -> Sequence[DueItem]:
    """Due at or before now, earliest first. Nothing is taken: whoever acts re-checks inside its transaction."""
    query = select(DUE.c.kind, DUE.c.ref, DUE.c.at, DUE.c.attempts).where(DUE.c.at <= now)
    rows = connection.execute(query.order_by(DUE.c.at, DUE.c.kind, DUE.c.ref).limit(limit))
    return [DueItem(kind=row.kind, ref=row.ref, at=row.at, attempts=row.attempts) for row in rows]


def next_due(connection: Connection) -> datetime | None:
    """The instant of the next due work or waiting delivery."""
    due = connection.execute(_NEXT_DUE).scalar()
    waiting = connection.execute(_WAITING).first()
    sends = connection.execute(_NEXT_SEND).scalar() if waiting else None
    return min((at for at in (due, sends) if at is not None), default=None)


def next_item(connection: Connection) -> tuple[datetime, str] | None:
    """The next due work or waiting delivery: when, and its kind ("delivery" for the latter)."""
    at = next_due(connection)
    if at is None:
        return None
    query = select(DUE.c.kind).where(DUE.c.at == at).order_by(DUE.c.kind)
    return at, str(connection.execute(query).scalar() or "delivery")


def _heads() -> Subquery:
    """The oldest unfinished delivery of each conversation."""
    unfinished = select(func.min(OUTBOX.c.id).label("id")).where(OPEN)
    return unfinished.group_by(OUTBOX.c.platform, OUTBOX.c.workspace, OUTBOX.c.conversation).subquery()


def put_off(connection: Connection, item: DueItem, until: datetime, error: str) -> None:
    """A run that failed backs off alone."""
    statement = update(DUE).where(DUE.c.kind == item.kind, DUE.c.ref == item.ref)
    connection.execute(statement.values(at=until, attempts=item.attempts + 1, error=error))


def claim(connection: Connection, owner: str, now: datetime, lease: timedelta, limit: int) -> Sequence[Claimed]:
    """The head of each conversation that may go now, oldest first; one in flight for each conversation."""
    if connection.execute(_ANY, {"now": now}).first() is None:
        return []
    rows = connection.execute(_CLAIM, {"now": now, "most": limit}).all()
    if not rows:
        return []
    ids = [row.id for row in rows]
    taken = {"state": "attempting", "owner": owner, "lease_until": now + lease}
    connection.execute(update(OUTBOX).where(OUTBOX.c.id.in_(ids)).values(**taken))
    return [_claimed(connection, row) for row in rows]


def _build_claim() -> Select[Any]:
    head = _heads()
    now = bindparam("now", type_=Instant)
    free = (OUTBOX.c.state == "pending") | (OUTBOX.c.lease_until <= now)
    query = select(OUTBOX).join(head, head.c.id == OUTBOX.c.id).where(OUTBOX.c.not_before <= now, free)
    ordered = query.order_by(OUTBOX.c.id).limit(bindparam("most"))
    return ordered.with_for_update(skip_locked=True, of=OUTBOX)


def _build_next_send() -> Select[Any]:
    """Only the head of a conversation can go: what stands behind it, however old, waits for it."""
    heads = _heads()
    ready = case((OUTBOX.c.state == "pending", OUTBOX.c.not_before), else_=OUTBOX.c.lease_until)
    return select(func.min(ready)).join(heads, heads.c.id == OUTBOX.c.id)


# Building a statement costs more than running it, so these are built once.
_CLAIM = _build_claim()
_WAITING = select(OUTBOX.c.id).where(OPEN).limit(1)
_ANY = select(OUTBOX.c.id).where(OPEN, OUTBOX.c.not_before <= bindparam("now", type_=Instant)).limit(1)
_NEXT_SEND = _build_next_send()
_NEXT_DUE = select(func.min(DUE.c.at))


def _claimed(connection: Connection, row: Row[Any]) -> Claimed:
    delivery = load(Delivery, row.body)
    return Claimed(
        id=row.id,
        delivery=delivery,
        attempts=row.attempts,
        unknown=row.state == "attempting",
        room=conversation(connection, row.platform, row.workspace, row.conversation) or "",
        about=(platform_id(connection, delivery.about) or "") if delivery.about else "",
        thread=(platform_id(connection, delivery.thread) or "") if delivery.thread else "",
    )


def settle(connection: Connection, claimed: Claimed, owner: str, platform_id: str, now: datetime) -> bool:
    """Delivered. False when the lease is no longer ours: somebody else has settled or will."""
    return _finish(connection, claimed, owner, state="sent", platform_id=platform_id, settled_at=now)


def bury(connection: Connection, claimed: Claimed, owner: str, error: str, now: datetime) -> bool:
    """It cannot be delivered: a dead letter."""
    return _finish(connection, claimed, owner, state="dead", error=error, settled_at=now)


def retry(connection: Connection, claimed: Claimed, owner: str, error: str, until: datetime) -> bool:
    """Surely not delivered: it may go again at `until`."""
    columns = {"state": "pending", "error": error, "not_before": until, "attempts": claimed.attempts + 1}
    return _finish(connection, claimed, owner, **columns)


def doubt(connection: Connection, claimed: Claimed, owner: str, error: str, until: datetime) -> bool:
    """Perhaps delivered: looked up at `until`, before anything is sent again."""
    columns = {"error": error, "lease_until": until, "attempts": claimed.attempts + 1}
    return _finish(connection, claimed, owner, **columns)


def _finish(connection: Connection, claimed: Claimed, owner: str, **columns: object) -> bool:
    ours = (OUTBOX.c.id == claimed.id) & (OUTBOX.c.owner == owner) & (OUTBOX.c.state == "attempting")
    return connection.execute(update(OUTBOX).where(ours).values(**columns)).rowcount == 1


def platform_id(connection: Connection, key: str) -> str | None:
    """The platform's id of what was sent under this delivery key; None when it was not (or not yet)."""
    row = find_row(connection, OutboxRow, key=key)
    return str(row.platform_id) if row is not None and row.state == "sent" else None


def conversation(connection: Connection, platform: str, workspace: str, logical: str) -> str | None:
    key = {"platform": platform, "workspace": workspace, "logical": logical}
    row = find_row(connection, ConversationRow, **key)
    return row and str(row.conversation)


def logical_conversation(connection: Connection, platform: str, workspace: str, known: str) -> str | None:
    """`cohort:<id>` or `dm:<educator id>` of a platform's conversation."""
    query = select(CONVERSATION.c.logical).where(
        CONVERSATION.c.platform == platform,
        CONVERSATION.c.workspace == workspace,
        CONVERSATION.c.conversation == known,
    )
    return connection.execute(query).scalar()


def keep_conversation(connection: Connection, platform: str, workspace: str, logical: str, known: str) -> None:
    key = {"platform": platform, "workspace": workspace, "logical": logical}
    save_row(connection, ConversationRow, key, conversation=known)


def end_leases(connection: Connection, now: datetime) -> None:
    """For whoever works alone and begins again: nobody else is sending, so what was claimed is looked up at once."""
    connection.execute(update(OUTBOX).where(OUTBOX.c.state == "attempting").values(lease_until=now))


def counts(connection: Connection) -> dict[str, int]:
    """Outbox rows by state."""
    query = select(OUTBOX.c.state, func.count()).group_by(OUTBOX.c.state)
    return {str(state): int(number) for state, number in connection.execute(query)}


def note(connection: Connection, key: str) -> str | None:
    row = find_row(connection, NoteRow, key=key)
    return row and str(row.value)


def keep_note(connection: Connection, key: str, value: str) -> None:
    save_row(connection, NoteRow, {"key": key}, value=value)


def wait(connection: Connection, claimed: Claimed, owner: str, until: datetime) -> bool:
    """Not now: it goes at `until`. No attempt was made, so none is counted."""
    return _finish(connection, claimed, owner, state="pending", not_before=until)
