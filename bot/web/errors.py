"""What a person reads when something did not work: what it is, and what to do now."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ExceptionHandler

from bot.chat.local.people import NotYoursError
from cohorts.ports import MissingError

from .guard import TooBigError, dress
from .session import OtherReaderError, SignedOutError, reader_or_none
from .tickets import BadTicketError
from .views import live, page

KNOWN = {403: "forbidden", 404: "missing", 405: "missing", 413: "too_big", 500: "broken"}
_STATUS: Mapping[type[Exception], int] = {
    MissingError: 404,
    NotYoursError: 403,
    BadTicketError: 403,
    TooBigError: 413,
}


async def show_error(request: Request, error: Exception) -> Response:
    """A page for a person, one line for a script."""
    status = error.status_code if isinstance(error, HTTPException) else _STATUS.get(type(error), 500)
    key = KNOWN.get(status, "missing" if status < 500 else "broken")
    # There was not a session before every failure, and asking who reads may be what failed.
    request.scope.setdefault("session", {})
    reader = await reader_or_none(request) if status < 500 else None
    response = await page(request, "error_line.html" if live(request) else "error.html", reader, status, key=key)
    # A 500 is answered outside the guard.
    dress(request.url.path, response.headers)
    return response


async def show_other_reader(request: Request, _error: Exception) -> Response:
    """Who one is now, that what was asked was not done, and the way on as either."""
    reader = await reader_or_none(request)
    template = "other_dialog.html" if live(request) else "other.html"
    response = await page(request, template, reader, 403, name=reader.name if reader else "")
    response.headers["X-Other-Reader"] = "1"
    return response


async def show_way_in(request: Request, _error: Exception) -> Response:
    """Whoever is not signed in is shown the door, not an error."""
    return Response(status_code=401) if live(request) else RedirectResponse("/", 303)


def handlers() -> Mapping[int | type[Exception], ExceptionHandler]:
    return {
        SignedOutError: show_way_in,
        OtherReaderError: show_other_reader,
        HTTPException: show_error,
        **dict.fromkeys(_STATUS, show_error),
        500: show_error,
    }
