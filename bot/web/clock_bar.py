"""The demo's clock, as everybody who looks can move it."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from .desk import ClockControl
from .session import checked_form, desk_of, reader_of
from .views import live, page, page_before


async def show_clock(request: Request) -> Response:
    _clock(request)
    return await page(request, "clock.html", await reader_of(request))


async def move_clock(request: Request) -> Response:
    reader = await reader_of(request)
    await checked_form(request)
    clock = _clock(request)
    moves = {"play": clock.play, "pause": clock.pause, "next": clock.next}
    move = moves.get(request.path_params["move"])
    if move is None:
        raise HTTPException(404)
    await move()
    if live(request):
        return await page(request, "clock.html", reader)
    return RedirectResponse(page_before(request), 303)


def _clock(request: Request) -> ClockControl:
    clock = desk_of(request).clock
    if clock is None:
        raise HTTPException(404)
    return clock
