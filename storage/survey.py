"""What the doctor asks a database. Nothing is changed, and nothing of what people wrote is looked at."""

import json
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, func, select
from sqlmodel import SQLModel

from cohorts.values import Frozen

from .instants import Instant
from .migrate import half_moved, is_known, revisions
from .queues.notes import LAST_TICK, note
from .queues.outbox import counts
from .queues.workspaces import lost
from .tables import CalendarLeaRow, CohortRow, DueRow, EducatorRow, LeaRow, MicrocredentialRow, table_of

COHORT, DUE, EDUCATOR, CALENDAR_LEA = (table_of(model) for model in (CohortRow, DueRow, EducatorRow, CalendarLeaRow))

_OVERDUE = select(func.count(), func.min(DUE.c.at)).where(
    DUE.c.dead_at.is_(None), DUE.c.at <= bindparam("now", type_=Instant)
)


class Shape(Frozen):
    """Which revision a database has and wants, and how it keeps its log ("" on a server).

    Not `known` is a revision that only a newer version can have made.
    """

    revision: str | None
    wanted: str | None
    journal: str = ""
    half_moved: bool = False
    known: bool = True


class Survey(Frozen):
    """`without_calendar` counts educators by LEAs that have no calendar, `unled` running cohorts without a
    facilitator. `overdue`: due since before `now`."""

    microcredentials: int
    leas: int
    educators: int
    facilitators: int
    without_calendar: dict[str, int]
    unled: int
    last_tick: datetime | None
    outbox: dict[str, int]
    overdue: int
    oldest_due: datetime | None
    dead_work: int
    lost_workspaces: int
    failing: int


class Backlog(Frozen):
    """What waits now, for those who watch. `due` and `oldest` leave out what is dead."""

    due: int
    oldest: datetime | None
    outbox: dict[str, int]
    dead_work: int
    lost_workspaces: int


def look_at_backlog(connection: Connection, now: datetime) -> Backlog:
    number, oldest = connection.execute(_OVERDUE, {"now": now}).one()
    return Backlog(
        due=number,
        oldest=oldest,
        outbox=counts(connection),
        dead_work=_count(connection, DueRow, DUE.c.dead_at.is_not(None)),
        lost_workspaces=len(lost(connection)),
    )


def look_at_shape(connection: Connection) -> Shape:
    has, wants = revisions(connection)
    known = has is None or is_known(has)
    in_file = connection.dialect.name == "sqlite"
    journal = str(connection.exec_driver_sql("PRAGMA journal_mode").scalar()) if in_file else ""
    return Shape(revision=has, wanted=wants, journal=journal, half_moved=half_moved(connection), known=known)


def look_at_contents(connection: Connection, now: datetime) -> Survey:
    """For a database whose shape is up to date."""
    backlog = look_at_backlog(connection, now)
    tick = note(connection, LAST_TICK)
    return Survey(
        microcredentials=_count(connection, MicrocredentialRow),
        leas=_count(connection, LeaRow),
        educators=_count(connection, EducatorRow),
        facilitators=_facilitators(connection),
        without_calendar=_without_calendar(connection),
        unled=_count(connection, CohortRow, COHORT.c.status == "active", COHORT.c.facilitator_id == ""),
        last_tick=datetime.fromisoformat(tick) if tick else None,
        outbox=backlog.outbox,
        overdue=backlog.due,
        oldest_due=backlog.oldest,
        dead_work=backlog.dead_work,
        lost_workspaces=backlog.lost_workspaces,
        failing=_count(connection, DueRow, DUE.c.attempts > 0),
    )


def _count(connection: Connection, model: type[SQLModel], *conditions: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(table_of(model)).where(*conditions)
    return int(connection.execute(query).scalar_one())


def _facilitators(connection: Connection) -> int:
    perhaps = select(EDUCATOR.c.body).where(EDUCATOR.c.body.contains('"facilitator"'))
    bodies = (json.loads(row.body) for row in connection.execute(perhaps))
    return sum("facilitator" in body["roles"] and body["active"] for body in bodies)


def _without_calendar(connection: Connection) -> dict[str, int]:
    query = (
        select(EDUCATOR.c.lea_id, func.count())
        .outerjoin(CALENDAR_LEA, CALENDAR_LEA.c.lea_id == EDUCATOR.c.lea_id)
        .where(CALENDAR_LEA.c.lea_id.is_(None))
        .group_by(EDUCATOR.c.lea_id)
        .order_by(EDUCATOR.c.lea_id)
    )
    return {str(lea_id): int(number) for lea_id, number in connection.execute(query)}
