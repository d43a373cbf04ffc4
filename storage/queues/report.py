"""The queues as an operator reads and mends them: keys, kinds, instants and reasons, never what anybody wrote."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Table, func, select, update

from cohorts.events import Recorded
from cohorts.values import Frozen
from storage.listening import stir
from storage.repositories.queues import History
from storage.tables import DueRow, OutboxRow, WorkspaceRow, table_of

from . import dropped, due, workspaces
from .dropped import Dropped, as_dropped, look_at_dropped
from .outbox import counts
from .outdated import outdated
from .workspaces import LostWorkspace, Place

OUTBOX, DUE, WORKSPACE = table_of(OutboxRow), table_of(DueRow), table_of(WorkspaceRow)
OPEN = OUTBOX.c.state.in_(("pending", "attempting"))
DEAD = OUTBOX.c.state == "dead"
AT_ONCE = 500
"""So many rows are named in one statement."""
OUTDATED = "Something newer has taken its place."

Held = Literal["", "going", "lost", "again", "later"]


class QueuedDelivery(Frozen):
    """A delivery that is not done. `error` is its last one, or why it is dead.

    held: going: it is being sent, or looked up; lost: its workspace refuses us; again: the last try failed; later: its
    own time or a limit has not come. "": it may go, or is dead.
    """

    key: str
    place: str
    conversation: str
    verb: str
    state: str
    not_before: datetime
    attempts: int
    error: str
    held: Held = ""


class PlannedWork(Frozen):
    """Due work; `name` is how commands call it. `dead_at` is when its last try failed."""

    name: str
    at: datetime
    attempts: int
    error: str
    dead_at: datetime | None = None


class Totals(Frozen):
    """How many there are of each in all, however few are shown."""

    due: int
    put_off: int
    dead_work: int
    waiting: int
    held: int
    dead: int
    dropped: int


class Queues(Frozen):
    """The first so many of each; `counts` are of all deliveries, by state. put_off: it failed and is tried again;
    waiting: it goes, or may go now; held: there is a reason why it does not; dropped: by an operator, of late."""

    counts: dict[str, int]
    totals: Totals
    due: tuple[PlannedWork, ...]
    put_off: tuple[PlannedWork, ...]
    dead_work: tuple[PlannedWork, ...]
    waiting: tuple[QueuedDelivery, ...]
    held: tuple[QueuedDelivery, ...]
    dead: tuple[QueuedDelivery, ...]
    lost: tuple[LostWorkspace, ...]
    dropped: tuple[Dropped, ...]


def look_at_queues(connection: Connection, now: datetime, most: int) -> Queues:
    """What is due and not done, what waits to go out, what is dead, which workspaces refuse us."""
    lost = tuple(workspaces.lost(connection))
    places = frozenset((each.platform, each.workspace) for each in lost)
    work, letters = _work_lists(now), _letter_lists(now)

    def first(name: str) -> tuple[QueuedDelivery, ...]:
        return tuple(_delivery(row, _held(row, places, now)) for row in _rows(connection, letters[name], most))

    found = {name: _work(connection, which, most) for name, which in work.items()}
    totals = {name: _total(connection, DUE, which) for name, which in work.items()}
    totals |= {name: _total(connection, OUTBOX, which) for name, which in letters.items()}
    put_away, totals["dropped"] = look_at_dropped(connection, now, most)
    return Queues(
        counts=counts(connection),
        totals=Totals(**totals),
        due=found["due"],
        put_off=found["put_off"],
        dead_work=found["dead_work"],
        waiting=first("waiting"),
        held=first("held"),
        dead=tuple(_delivery(row) for row in _rows(connection, letters["dead"], most)),
        lost=lost,
        dropped=tuple(put_away),
    )


def retry(connection: Connection, name: str, actor: str, now: datetime) -> bool:
    """A delivery by its key, or work by `kind/ref`, that is dead or failed and waits for its next try, is tried again
    now. False when nothing of that kind is so called.

    Nobody knows for sure that a dead letter never arrived, so it is looked up before it goes. An edit that a newer one
    has followed is dropped instead: old words would come back, or somebody who has left. So is what was for a room that
    another one has taken the place of.
    """
    dead = (OUTBOX.c.key == name) & DEAD
    if old := outdated(connection, dead):
        _change(connection, old, as_dropped(OUTDATED, now))
        return _told(connection, "dropped", name, actor, now)
    failed = (
        (OUTBOX.c.key == name) & (OUTBOX.c.state == "pending") & (OUTBOX.c.error != "") & (OUTBOX.c.not_before > now)
    )
    kind, _, ref = name.partition("/")
    found = connection.execute(update(OUTBOX).where(dead).values(**_tried_again(now))).rowcount == 1
    found = found or connection.execute(update(OUTBOX).where(failed).values(not_before=now)).rowcount == 1
    found = found or due.revive(connection, kind, ref, now) or due.hasten(connection, kind, ref, now)
    return _told(connection, "retried", name, actor, now) if found else False


def drop(connection: Connection, name: str, actor: str, now: datetime) -> bool:
    """A delivery that waits or is dead is not sent any more; dead work is put away. False when nothing is so called.

    What stands behind a dropped delivery goes on. For a while `restore` brings it back.
    """
    found = dropped.drop(connection, name, actor, now)
    return _told(connection, "dropped", name, actor, now) if found else False


def restore(connection: Connection, name: str, actor: str, now: datetime) -> bool:
    """What was dropped of late stands as it did. False when nothing of that kind is so called, or something newer has
    taken its place."""
    found = dropped.restore(connection, name, now)
    return _told(connection, "restored", name, actor, now) if found else False


def retry_all(connection: Connection, _name: str, actor: str, now: datetime) -> int:
    """Everything dead is tried again, as `retry` does it; how much that was. A few statements, however much it is."""
    old = outdated(connection, DEAD)
    letters = connection.execute(select(OUTBOX.c.id, OUTBOX.c.key).where(DEAD).order_by(OUTBOX.c.id)).all()
    overtaken = {row.id: row.key for row in letters if row.id in old}
    again = {row.id: row.key for row in letters if row.id not in old}
    _change(connection, overtaken, as_dropped(OUTDATED, now))
    _change(connection, again, _tried_again(now))
    work = due.revive_all(connection, now)
    _tell_all(connection, "dropped", overtaken.values(), actor, now)
    _tell_all(connection, "retried", (*again.values(), *work), actor, now)
    return len(letters) + len(work)


def _change(connection: Connection, numbers: Collection[int], columns: Mapping[str, object]) -> None:
    """These dead letters, in so many statements that none is too long."""
    some = list(numbers)
    for at in range(0, len(some), AT_ONCE):
        here = OUTBOX.c.id.in_(some[at : at + AT_ONCE])
        connection.execute(update(OUTBOX).where(here, DEAD).values(**columns))


def _tried_again(now: datetime) -> Mapping[str, object]:
    return {"state": "attempting", "owner": "", "lease_until": now, "not_before": now, "attempts": 0, "error": ""}


def regain(connection: Connection, name: str, actor: str, now: datetime) -> bool:
    """The workspace `platform/workspace` lets us in again: what was held goes out. False if it does not refuse us."""
    platform, _, workspace = name.partition("/")
    found = workspaces.regain(connection, (platform, workspace))
    return _told(connection, "regained", name, actor, now) if found else False


def names_of_dead(connection: Connection) -> Sequence[str]:
    """Every dead delivery and piece of work."""
    letters = select(OUTBOX.c.key).where(DEAD).order_by(OUTBOX.c.id)
    work = [f"{item.kind}/{item.ref}" for item in due.dead(connection)]
    return [*connection.execute(letters).scalars(), *work]


def _told(connection: Connection, verb: str, name: str, actor: str, now: datetime) -> bool:
    _tell_all(connection, verb, (name,), actor, now)
    return True


def _tell_all(connection: Connection, verb: str, names: Iterable[str], actor: str, now: datetime) -> None:
    """Kept in the history: who mended what."""
    stir(connection)
    history = History(connection)
    history.append(*(Recorded(at=now, kind=f"queue_{verb}", subject=name, actor=actor) for name in names))
    history.flush()


def _work_lists(now: datetime) -> Mapping[str, ColumnElement[bool]]:
    """What makes a piece of work one of each list."""
    alive = DUE.c.dead_at.is_(None)
    put_off = alive & (DUE.c.at > now) & (DUE.c.attempts > 0)
    return {"due": alive & (DUE.c.at <= now), "put_off": put_off, "dead_work": DUE.c.dead_at.is_not(None)}


def _letter_lists(now: datetime) -> Mapping[str, ColumnElement[bool]]:
    """The same of a delivery. What is being sent is never held, whatever its workspace."""
    same = (WORKSPACE.c.platform == OUTBOX.c.platform) & (WORKSPACE.c.workspace == OUTBOX.c.workspace)
    refused = select(WORKSPACE.c.workspace).where(same, WORKSPACE.c.lost_at.is_not(None)).exists()
    held = (OUTBOX.c.state == "pending") & ((OUTBOX.c.not_before > now) | refused)
    return {"waiting": OPEN & ~held, "held": held, "dead": DEAD}


def _total(connection: Connection, table: Table, which: ColumnElement[bool]) -> int:
    return int(connection.execute(select(func.count()).select_from(table).where(which)).scalar_one())


def _work(connection: Connection, which: ColumnElement[bool], most: int) -> tuple[PlannedWork, ...]:
    rows = connection.execute(select(DUE).where(which).order_by(DUE.c.at, DUE.c.kind, DUE.c.ref).limit(most))
    return tuple(
        PlannedWork(
            name=f"{row.kind}/{row.ref}", at=row.at, attempts=row.attempts, error=row.error, dead_at=row.dead_at
        )
        for row in rows
    )


def _rows(connection: Connection, which: ColumnElement[bool], most: int) -> Sequence[Row[Any]]:
    query = select(OUTBOX).where(which).order_by(OUTBOX.c.not_before, OUTBOX.c.id).limit(most)
    return connection.execute(query).all()


def _held(row: Row[Any], lost: frozenset[Place], now: datetime) -> Held:
    if row.state == "attempting":
        return "going"
    if (row.platform, row.workspace) in lost:
        return "lost"
    if row.not_before <= now:
        return ""
    return "again" if row.error else "later"


def _delivery(row: Row[Any], held: Held = "") -> QueuedDelivery:
    return QueuedDelivery(
        key=row.key,
        place=f"{row.platform}/{row.workspace}",
        conversation=row.conversation,
        verb=row.verb,
        state=row.state,
        not_before=row.not_before,
        attempts=row.attempts,
        error=row.error,
        held=held,
    )
