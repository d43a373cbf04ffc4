"""What an operator dropped: it goes nowhere, and for a while it can be brought back as it was."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select, update

from cohorts.values import Frozen
from storage.prepared import Row
from storage.rows import add_once
from storage.tables import DueRow, OutboxRow, table_of
from storage.tables_queues import DroppedRow

from .outdated import outdated

OUTBOX, DUE, GONE = table_of(OutboxRow), table_of(DueRow), table_of(DroppedRow)
KEPT_FOR = timedelta(days=30)
WHY = "Dropped by an operator."
WORK = "work"
"""The state of what was no delivery."""


class Told(NamedTuple):
    """Who drops what."""

    name: str
    actor: str
    at: datetime


class Dropped(Frozen):
    """`actor` dropped it at `at`. `error`: of what it was dead or had failed, "" where it only waited. Of a delivery,
    its verb and where it was to go."""

    name: str
    at: datetime
    actor: str
    error: str
    verb: str = ""
    place: str = ""
    conversation: str = ""


def drop(connection: Connection, name: str, actor: str, now: datetime) -> bool:
    """A delivery that waits or is dead, or dead work. False when nothing is so called."""
    told = Told(name, actor, now)
    waits = (OUTBOX.c.key == name) & OUTBOX.c.state.in_(("pending", "dead"))
    letter = connection.execute(select(OUTBOX).where(waits).with_for_update()).first()
    if letter is not None:
        connection.execute(update(OUTBOX).where(OUTBOX.c.id == letter.id).values(**as_dropped(WHY, now)))
        _keep(connection, letter, told, state=letter.state, since=letter.settled_at)
        return True
    kind, _, ref = name.partition("/")
    rests = (DUE.c.kind == kind) & (DUE.c.ref == ref) & DUE.c.dead_at.is_not(None)
    work = connection.execute(select(DUE).where(rests).with_for_update()).first()
    if work is not None:
        connection.execute(delete(DUE).where(rests))
        _keep(connection, work, told, state=WORK, since=work.dead_at, due_at=work.at)
    return work is not None


def as_dropped(why: str, now: datetime) -> dict[str, object]:
    """A delivery that is not sent any more."""
    return {"state": "dropped", "error": why, "settled_at": now}


def restore(connection: Connection, name: str, now: datetime) -> bool:
    """It stands as it did: dead again, or waiting. False for what was not dropped of late, or what something newer has
    taken the place of since."""
    _forget(connection, now)
    row = connection.execute(select(GONE).where(GONE.c.name == name).with_for_update()).first()
    if row is None:
        return False
    connection.execute(delete(GONE).where(GONE.c.name == name))
    return _restore_work(connection, row) if row.state == WORK else _restore_letter(connection, row)


def look_at_dropped(connection: Connection, now: datetime, most: int) -> tuple[Sequence[Dropped], int]:
    """What can be brought back, the newest first, and how much of it there is in all."""
    ours = and_(OUTBOX.c.key == GONE.c.name, OUTBOX.c.state == "dropped")
    source = GONE.outerjoin(OUTBOX, ours)
    here = _is_kept(now) & ((GONE.c.state == WORK) | OUTBOX.c.id.is_not(None))
    columns = (OUTBOX.c.verb, OUTBOX.c.platform, OUTBOX.c.workspace, OUTBOX.c.conversation)
    query = select(GONE, *columns).select_from(source).where(here)
    rows = connection.execute(query.order_by(GONE.c.at.desc(), GONE.c.name).limit(most))
    total = connection.execute(select(func.count()).select_from(source).where(here)).scalar_one()
    return [_dropped(row) for row in rows], int(total)


def _dropped(row: Row) -> Dropped:
    told = {"name": row.name, "at": row.at, "actor": row.actor, "error": row.error}
    if row.state == WORK:
        return Dropped(**told)
    place = f"{row.platform}/{row.workspace}"
    return Dropped(**told, verb=row.verb, place=place, conversation=row.conversation)


def _keep(connection: Connection, row: Row, told: Told, **before: object) -> None:
    """Instead of what was known of the same name before."""
    _forget(connection, told.at)
    connection.execute(delete(GONE).where(GONE.c.name == told.name))
    connection.execute(insert(GONE).values(error=row.error, attempts=row.attempts, **told._asdict(), **before))


def _forget(connection: Connection, now: datetime) -> None:
    connection.execute(delete(GONE).where(~_is_kept(now)))


def _is_kept(now: datetime) -> ColumnElement[bool]:
    return GONE.c.at > now - KEPT_FOR


def _restore_letter(connection: Connection, row: Row) -> bool:
    letter = (OUTBOX.c.key == row.name) & (OUTBOX.c.state == "dropped")
    if outdated(connection, letter):
        return False
    before = {"state": row.state, "error": row.error, "settled_at": row.since}
    return connection.execute(update(OUTBOX).where(letter).values(**before)).rowcount == 1


def _restore_work(connection: Connection, row: Row) -> bool:
    """Planned anew since, it needs no more."""
    kind, _, ref = row.name.partition("/")
    before = {"at": row.due_at, "attempts": row.attempts, "error": row.error, "dead_at": row.since}
    return add_once(connection, DueRow, kind=kind, ref=ref, **before)
