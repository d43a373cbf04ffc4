"""What the doctor asks a database. Nothing is changed, and nothing of what people wrote is looked at."""

import json
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select
from sqlmodel import SQLModel

from cohorts.values import Frozen

from .claims import counts, note
from .migrate import revisions
from .tables import CalendarLeaRow, CohortRow, DueRow, EducatorRow, LeaRow, MicrocredentialRow, table_of

COHORT, DUE, EDUCATOR, CALENDAR_LEA = (table_of(model) for model in (CohortRow, DueRow, EducatorRow, CalendarLeaRow))


class Shape(Frozen):
    """Which revision a database has and wants, and how it keeps its log ("" on a server)."""

    revision: str | None
    wanted: str | None
    journal: str = ""


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
    failing: int


def look_at_shape(connection: Connection) -> Shape:
    has, wants = revisions(connection)
    if connection.dialect.name != "sqlite":
        return Shape(revision=has, wanted=wants)
    journal = str(connection.exec_driver_sql("PRAGMA journal_mode").scalar())
    return Shape(revision=has, wanted=wants, journal=journal)


def look_at_contents(connection: Connection, now: datetime) -> Survey:
    """For a database whose shape is up to date."""
    overdue = select(func.count(), func.min(DUE.c.at)).where(DUE.c.at <= now)
    number, oldest = connection.execute(overdue).one()
    tick = note(connection, "last_tick")
    return Survey(
        microcredentials=_count(connection, MicrocredentialRow),
        leas=_count(connection, LeaRow),
        educators=_count(connection, EducatorRow),
        facilitators=_facilitators(connection),
        without_calendar=_without_calendar(connection),
        unled=_count(connection, CohortRow, COHORT.c.status == "active", COHORT.c.facilitator_id == ""),
        last_tick=datetime.fromisoformat(tick) if tick else None,
        outbox=counts(connection),
        overdue=number,
        oldest_due=oldest,
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
