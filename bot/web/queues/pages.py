"""The operators' page of the queues: what is due, held, waiting or dead and why; try again, drop, bring back."""

from collections.abc import Callable
from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.web.pages_frame import educator_of
from bot.web.session import checked_form, desk_of, reader_of, text_of
from bot.web.views import live, page
from storage.queues import report
from storage.queues.notes import LAST_TICK, note
from storage.queues.report import look_at_queues
from storage.survey import look_at_backlog
from storage.transaction import SqlTransaction

from .lines import QueuesShown, shown

MOST = 25
"""So many lines of each list; the command line shows more."""
DONE = ("retried", "dropped", "restored", "regained", "nothing")

Act = Callable[..., int]
"""In an open connection, with a name, for an operator, now: 0 when there is nothing so called."""


async def show_queues(request: Request) -> Response:
    """The page; or, for its own script, what changes on it."""
    reader, now = await reader_of(request), desk_of(request).now()
    queues = await desk_of(request).read(_look, reader.user, reader.language, now)
    done = request.query_params.get("done", "")
    template = "queues_now.html" if live(request) else "queues.html"
    return await page(request, template, reader, queues=queues, zone=reader.zone, done=done if done in DONE else "")


async def show_drop(request: Request) -> Response:
    """What dropping does, and one more button."""
    reader = await reader_of(request)
    await desk_of(request).read(_operator, reader.user)
    return await page(request, "queues_drop.html", reader, name=request.query_params.get("name", ""))


async def retry(request: Request) -> Response:
    return await _mend(request, report.retry, "retried")


async def retry_all(request: Request) -> Response:
    return await _mend(request, report.retry_all, "retried")


async def drop(request: Request) -> Response:
    return await _mend(request, report.drop, "dropped")


async def restore(request: Request) -> Response:
    return await _mend(request, report.restore, "restored")


async def regain(request: Request) -> Response:
    return await _mend(request, report.regain, "regained")


async def _mend(request: Request, act: Act, done: str) -> Response:
    """Done under the operator's name, then the page again, which says so."""
    reader, form = await reader_of(request), await checked_form(request)
    found = await desk_of(request).transact(_act, reader.user, act, text_of(form, "name"), desk_of(request).now())
    return RedirectResponse(f"/queues?done={done if found else 'nothing'}", 303)


def _act(tx: SqlTransaction, user: str, act: Act, name: str, now: datetime) -> int:
    return act(tx.connection, name, _operator(tx, user), now)


def _look(tx: SqlTransaction, user: str, language: str, now: datetime) -> QueuesShown:
    _operator(tx, user)
    tick, queues = note(tx.connection, LAST_TICK), look_at_queues(tx.connection, now, MOST)
    who = tx.people.known_educators([each.actor for each in queues.dropped])
    return shown(
        queues,
        look_at_backlog(tx.connection, now),
        language,
        now,
        datetime.fromisoformat(tick) if tick else None,
        {educator_id: educator.name for educator_id, educator in who.items()},
    )


def _operator(tx: SqlTransaction, user: str) -> str:
    """Their educator id. Raises HTTPException 403 for anybody else."""
    educator = educator_of(tx, user)
    if "operator" not in educator.roles:
        raise HTTPException(403)
    return educator.id
