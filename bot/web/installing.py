"""Where somebody ends who has let us into their Slack, or has not; the code that shows who one is in another chat."""

import re
from collections.abc import Sequence
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from storage.sign_ins import keep_code

from .session import checked_form, desk_of, reader_of, reader_or_none, settings_of
from .views import page

REASONS = ("denied", "expired", "away", "refused")
CODE_LASTS = timedelta(minutes=15)
CODE_LETTERS = 22
"""Of an alphabet of 64: 132 bits."""
COMMANDS = {"slack": ("Slack", "/cohort connect {code}"), "discord": ("Discord", "/cohort connect:{code}")}
"""Of each chat that takes a code: its name, and what one types there."""
_ID = re.compile(r"[A-Z0-9]{2,32}")


async def show_installed(request: Request) -> Response:
    """What to do next. What the address says is shown only as far as it can be an id."""
    app, workspace, whole = _id(request, "app"), _id(request, "workspace"), bool(request.query_params.get("whole"))
    reader = await reader_or_none(request)
    return await page(request, "installed.html", reader, app=app, workspace=workspace, whole=whole)


async def show_not_installed(request: Request) -> Response:
    why = request.query_params.get("why", "")
    why = why if why in REASONS else REASONS[-1]
    return await page(request, "not_installed.html", await reader_or_none(request), 400, why=why)


async def show_connect(request: Request) -> Response:
    return await page(request, "connect.html", await reader_of(request), ways=(), minutes=0)


async def make_code(request: Request) -> Response:
    """A code for whoever is signed in; one they had before is good for nothing now."""
    await checked_form(request)
    reader, desk = await reader_of(request), desk_of(request)
    code, now = desk.new_token()[:CODE_LETTERS], desk.now()
    await desk.transact(keep_code, reader.user, code, now, now + CODE_LASTS)
    ways = [(name, typed.format(code=code)) for name, typed in map(COMMANDS.__getitem__, settings_of(request).connects)]
    return await page(request, "connect.html", reader, ways=ways, minutes=int(CODE_LASTS.total_seconds() // 60))


def _id(request: Request, name: str) -> str:
    given = request.query_params.get(name, "")
    return given if _ID.fullmatch(given) else ""


CONNECTING: Sequence[BaseRoute] = (
    Route("/connect", show_connect, name="connect"),
    Route("/connect", make_code, methods=["POST"]),
)


def installing(installed: str, not_installed: str) -> Sequence[BaseRoute]:
    """The two pages, at these paths."""
    return (Route(installed, show_installed), Route(not_installed, show_not_installed))
