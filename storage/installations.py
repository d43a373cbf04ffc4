"""Where we were let in, on platforms that let an app into many workspaces: one row for each installation.

An installation is for one workspace, and has its id then, or for a whole organisation and every workspace in it. Which
one we are in a workspace by stands beside the workspace. Tokens are kept as they come: sealed.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, select, update

from cohorts.values import Frozen

from .prepared import Row
from .queues.workspaces import WORKSPACE, Place, is_at
from .rows import add_once, dump, find_row, load, save_row
from .tables import InstallationRow, WorkspaceRow, table_of
from .wiping import wipe_after

INSTALLATION = table_of(InstallationRow)


class Granted(Frozen):
    """What was let in: our own user there, with which scopes, by whom. `organisation` is "" where there is none;
    `whole`: for all of it."""

    organisation: str = ""
    whole: bool = False
    name: str = ""
    app: str = ""
    bot: str = ""
    scopes: tuple[str, ...] = ()
    installed_by: str = ""


class Installation(NamedTuple):
    """One installation. `domains` are those whose e-mail addresses it may tell; `expires_at` is its token's end, None
    for one that has none; `sealed` is "" once it is revoked."""

    platform: str
    id: str
    granted: Granted
    installed_at: datetime
    revoked_at: datetime | None
    expires_at: datetime | None
    domains: tuple[str, ...]
    sealed: str

    @property
    def place(self) -> Place:
        return self.platform, self.id


def install(
    connection: Connection, place: Place, granted: Granted, sealed: str, expires_at: datetime | None, now: datetime
) -> None:
    """Anew, or once more: its domains stay, and so do the workspaces that are in it."""
    key = {"platform": place[0], "id": place[1]}
    columns = {"installed_at": now, "revoked_at": None, "expires_at": expires_at, "renewing_until": None}
    known = find_row(connection, InstallationRow, **key)
    domains = known.domains if known is not None else ""
    save_row(connection, InstallationRow, key, **columns, domains=domains, sealed=sealed, body=dump(granted))
    if not granted.whole:
        settle(connection, place, place[1])


def find(connection: Connection, place: Place) -> Installation | None:
    """By its own id, revoked or not."""
    row = find_row(connection, InstallationRow, platform=place[0], id=place[1])
    return row and _installation(row)


def find_of(connection: Connection, workspace: Place) -> Installation | None:
    """By which we are in this workspace; None where we are not, or not any more."""
    row = find_row(connection, WorkspaceRow, platform=workspace[0], workspace=workspace[1])
    found = find(connection, (workspace[0], row.installation)) if row is not None and row.installation else None
    return found if found and found.revoked_at is None else None


def organisations_of(connection: Connection, workspace: Place) -> Collection[str]:
    """All that have let us into this workspace and are remembered, revoked or not; "" is the workspace by itself."""
    row = find_row(connection, WorkspaceRow, platform=workspace[0], workspace=workspace[1])
    ids = {workspace[1], row.installation if row is not None else ""}
    return {one.granted.organisation for id_ in ids if (one := find(connection, (workspace[0], id_)))}


def all_of(connection: Connection, platform: str) -> Sequence[Installation]:
    rows = connection.execute(
        select(INSTALLATION).where(INSTALLATION.c.platform == platform).order_by(INSTALLATION.c.id)
    )
    return [_installation(row) for row in rows]


def settle(connection: Connection, workspace: Place, installation: str) -> None:
    """From now on we are in this workspace by this installation."""
    key = {"platform": workspace[0], "workspace": workspace[1]}
    if not add_once(connection, WorkspaceRow, **key, owner="", why="", installation=installation):
        connection.execute(update(WORKSPACE).where(is_at(workspace)).values(installation=installation))


def workspaces_in(connection: Connection, place: Place) -> Sequence[Place]:
    """Where we are by this installation, as far as we have heard of it."""
    here = (WORKSPACE.c.platform == place[0]) & (WORKSPACE.c.installation == place[1])
    rows = connection.execute(select(WORKSPACE.c.workspace).where(here).order_by(WORKSPACE.c.workspace))
    return [(place[0], row.workspace) for row in rows]


def revoke(connection: Connection, place: Place, now: datetime) -> bool:
    """Our access was taken away; its tokens are forgotten. True the first time."""
    live = _is(place) & INSTALLATION.c.revoked_at.is_(None)
    wipe_after(connection)
    return connection.execute(update(INSTALLATION).where(live).values(revoked_at=now, sealed="")).rowcount == 1


def trust(connection: Connection, place: Place, domains: Collection[str]) -> bool:
    """The addresses of these domains, and of no others, count when this installation tells them. False: none such."""
    told = " ".join(sorted(set(domains)))
    return connection.execute(update(INSTALLATION).where(_is(place)).values(domains=told)).rowcount == 1


def take_renewal(connection: Connection, place: Place, now: datetime, until: datetime) -> bool:
    """Whether this token is ours to renew: until then nobody else tries."""
    free = INSTALLATION.c.renewing_until.is_(None) | (INSTALLATION.c.renewing_until <= now)
    return connection.execute(update(INSTALLATION).where(_is(place), free).values(renewing_until=until)).rowcount == 1


def reseal(
    connection: Connection, place: Place, before: str, sealed: str, expires_at: datetime | None, *, renewed: bool = True
) -> bool:
    """Other tokens, or the same under another key. False when they are not `before` any more: what was installed or
    revoked meanwhile counts. `renewed`: whoever renews them is done."""
    values = {"sealed": sealed, "expires_at": expires_at} | ({"renewing_until": None} if renewed else {})
    same = _is(place) & (INSTALLATION.c.sealed == before)
    wipe_after(connection)
    return connection.execute(update(INSTALLATION).where(same).values(values)).rowcount == 1


def _is(place: Place) -> ColumnElement[bool]:
    return (INSTALLATION.c.platform == place[0]) & (INSTALLATION.c.id == place[1])


def _installation(row: Row) -> Installation:
    return Installation(
        platform=row.platform,
        id=row.id,
        granted=load(Granted, row.body),
        installed_at=row.installed_at,
        revoked_at=row.revoked_at,
        expires_at=row.expires_at,
        domains=tuple(row.domains.split()),
        sealed=row.sealed,
    )
