"""Who may send to a workspace now: one worker at a time, by a lease; nobody where our access was taken away."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Update, bindparam, select, update

from cohorts.values import Frozen
from storage.instants import Instant
from storage.prepared import Prepared
from storage.rows import add_once, find_row
from storage.tables import WorkspaceRow, table_of

WORKSPACE = table_of(WorkspaceRow)

Place = tuple[str, str]
"""Platform and workspace."""


class LostWorkspace(Frozen):
    """A workspace that refuses us: what is for it is held, not lost."""

    platform: str
    workspace: str
    lost_at: datetime
    why: str


def own(connection: Connection, owner: str, places: Iterable[Place], now: datetime, lease: timedelta) -> set[Place]:
    """Those of the places that are this worker's until the lease ends. Somebody else's stay theirs until it does."""
    return {place for place in places if _own(connection, owner, place, now, now + lease)}


def lose(connection: Connection, place: Place, why: str, now: datetime) -> bool:
    """Our access was taken away. True the first time."""
    key = _key(place)
    add_once(connection, WorkspaceRow, **key, owner="", why="")
    fresh = is_at(place) & WORKSPACE.c.lost_at.is_(None)
    return connection.execute(update(WORKSPACE).where(fresh).values(lost_at=now, why=why)).rowcount == 1


def regain(connection: Connection, place: Place) -> bool:
    """Access is back; what was held goes out. False when it was not lost."""
    lost = is_at(place) & WORKSPACE.c.lost_at.is_not(None)
    return connection.execute(update(WORKSPACE).where(lost).values(lost_at=None, why="")).rowcount == 1


def lost(connection: Connection) -> Sequence[LostWorkspace]:
    query = select(WORKSPACE).where(WORKSPACE.c.lost_at.is_not(None)).order_by(*WORKSPACE.primary_key)
    return [
        LostWorkspace(platform=row.platform, workspace=row.workspace, lost_at=row.lost_at, why=row.why)
        for row in connection.execute(query)
    ]


def end_leases(connection: Connection, owner: str = "") -> None:
    """Of one worker, who stops; or of everybody, for whoever works alone and begins again."""
    whose = WORKSPACE.c.owner == owner if owner else WORKSPACE.c.owner != ""
    connection.execute(update(WORKSPACE).where(whose).values(owner="", lease_until=None))


def why_lost(connection: Connection, place: Place) -> str:
    """ "" for one that is not."""
    row = find_row(connection, WorkspaceRow, **_key(place))
    return str(row.why) if row is not None and row.lost_at is not None else ""


def is_at(place: Place) -> ColumnElement[bool]:
    return (WORKSPACE.c.platform == place[0]) & (WORKSPACE.c.workspace == place[1])


def lost_places(connection: Connection) -> Collection[Place]:
    return [(one.platform, one.workspace) for one in lost(connection)]


def _own(connection: Connection, owner: str, place: Place, now: datetime, until: datetime) -> bool:
    key = {"of_platform": place[0], "of_workspace": place[1]}
    if _OWN.change(connection, key | {"by": owner, "now": now, "until": until}) == 1:
        return True
    return add_once(connection, WorkspaceRow, **_key(place), owner=owner, lease_until=until, why="")


def _key(place: Place) -> dict[str, str]:
    return {"platform": place[0], "workspace": place[1]}


def _build_own() -> Update:
    here = (WORKSPACE.c.platform == bindparam("of_platform")) & (WORKSPACE.c.workspace == bindparam("of_workspace"))
    expired = WORKSPACE.c.lease_until <= bindparam("now", type_=Instant)
    free = WORKSPACE.c.owner.in_(("", bindparam("by"))) | expired
    until = bindparam("until", type_=Instant)
    return update(WORKSPACE).where(here, free).values(owner=bindparam("by"), lease_until=until)


_OWN = Prepared(_build_own())
