"""A template, filled in for one reader: their language, theme, way around and, in the demo, the clock."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from bot.chat.local.events import MOST_IN_MESSAGE
from cohorts.calendar.speak import speak
from cohorts.words import LANGUAGES, say

from .desk import ClockControl, NextThing, Reader
from .nav import nav_items
from .session import csrf_token, desk_of, settings_of

HERE = Path(__file__).parent
STATIC = HERE / "static"
THEMES = ("auto", "light", "dark")
HUES = 12


async def page(
    request: Request, template: str, reader: Reader | None = None, status: int = 200, **values: object
) -> HTMLResponse:
    """A whole page or a piece of one. Without a reader it is in the browser's language and shows no way around."""
    context = await _frame(request, reader)
    html = _environment().get_template(template).render(context | values)
    return HTMLResponse(html, status)


def live(request: Request) -> bool:
    """The page's own script asks: it wants a piece, not a page, and no redirect."""
    return request.headers.get("x-live") == "1"


def page_before(request: Request) -> str:
    """The path of the page a post came from, with what it asked for: of this site, whatever the header says."""
    given = urlsplit(request.headers.get("referer", ""))
    path = given.path if given.netloc == request.headers.get("host") else ""
    if not path.startswith("/") or path.startswith(("//", "/\\")):
        return "/"
    return f"{path}?{given.query}" if given.query else path


def initials(name: str) -> str:
    """One or two letters for an avatar."""
    parts = [part for part in name.split() if part[:1].isalnum()] or ["?"]
    return (parts[0][:1] + (parts[-1][:1] if len(parts) > 1 else "")).upper()


def hue(user: str) -> int:
    """The same colour for the same person, everywhere."""
    return hashlib.sha256(user.encode()).digest()[0] % HUES


def spoken_language(request: Request) -> str:
    """What the browser asks for, among the languages we speak."""
    wanted = [part.split(";")[0].strip()[:2].lower() for part in request.headers.get("accept-language", "").split(",")]
    return next((language for language in wanted if language in LANGUAGES), LANGUAGES[0])


def theme_of(request: Request) -> str:
    theme = request.cookies.get("theme", "auto")
    return theme if theme in THEMES else "auto"


async def clock_values(request: Request, reader: Reader | None) -> Mapping[str, object]:
    """What the clock bar shows; `clock` is None where time is the world's own."""
    desk = desk_of(request)
    if desk.clock is None or reader is None:
        return {"clock": None}
    upcoming = await desk.clock.next_thing(reader.language)
    return {
        "clock": desk.clock,
        "upcoming": upcoming,
        "clock_now": desk.now(),
        "clock_face": _face(desk.clock, desk.now(), upcoming),
    }


async def clock_face(request: Request, reader: Reader) -> str:
    """Another one where the clock bar would look different; empty where time is the world's own."""
    desk = desk_of(request)
    return _face(desk.clock, desk.now(), await desk.clock.next_thing(reader.language)) if desk.clock else ""


def _face(clock: ClockControl, now: datetime, upcoming: NextThing | None) -> str:
    return hashlib.sha256(f"{now:%Y-%m-%dT%H:%M} {clock.playing} {upcoming}".encode()).hexdigest()[:16]


async def _frame(request: Request, reader: Reader | None) -> dict[str, Any]:
    language = reader.language if reader else spoken_language(request)
    zone = reader.zone if reader else "UTC"
    return {
        "reader": reader,
        "language": language,
        "t": partial(say, language),
        "spoken": lambda at, style="day_time": speak(at, zone, language, style, desk_of(request).now()),
        "theme": theme_of(request),
        "csrf": csrf_token(request),
        "nonce": desk_of(request).new_token,
        "nav": nav_items(request, reader) if reader else (),
        "demo": desk_of(request).demo,
        "connects": settings_of(request).connects,
        "path": request.url.path,
        **await clock_values(request, reader),
    }


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(initials=initials, hue=hue)
    environment.globals.update(asset=asset, most_letters=MOST_IN_MESSAGE)
    return environment


def asset(name: str) -> str:
    """The address of a file of ours. The browser asks each time whether it is new (guard.py)."""
    return f"/static/{name}"
