"""Where one can go from every page. A page of its own adds one line here and a route of the same name."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.routing import NoMatchFound

from cohorts.people.model import Role
from cohorts.values import Frozen
from cohorts.words import say

from .desk import Reader


class Door(Frozen):
    """A page: its route's name, its label's message key, its icon, and who is shown the way (nobody named: all)."""

    route: str
    label: str
    icon: str
    roles: tuple[Role, ...] = ()


DOORS = (
    Door(route="chat", label="chat.nav_chat", icon="chat"),
    Door(route="evidence", label="chat.nav_evidence", icon="folder"),
    Door(route="facilitator", label="chat.nav_facilitator", icon="compass", roles=("facilitator", "operator")),
    Door(route="forming", label="chat.nav_forming", icon="people", roles=("facilitator", "operator")),
    Door(route="queues", label="chat.nav_queues", icon="queue", roles=("operator",)),
)


class NavItem(Frozen):
    """`short` is a word of the label, for where there is no room for all of it."""

    label: str
    short: str
    href: str
    icon: str
    here: bool


def nav_items(request: Request, reader: Reader) -> Sequence[NavItem]:
    """The doors open to this reader, of those that are built in."""
    doors = [door for door in DOORS if not door.roles or set(door.roles) & set(reader.roles)]
    found = [(door, _path(request, door.route)) for door in doors]
    return [
        NavItem(
            label=say(reader.language, door.label),
            short=say(reader.language, f"chat.short_{door.route}"),
            href=path,
            icon=door.icon,
            here=request.url.path == path or request.url.path.startswith(f"{path}/"),
        )
        for door, path in found
        if path
    ]


def _path(request: Request, route: str) -> str:
    try:
        return str(request.app.url_path_for(route))
    except NoMatchFound:
        return ""
