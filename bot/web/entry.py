"""The front door: becoming somebody in the demo, a sign-in link otherwise, and the way out."""

from collections import Counter
from itertools import groupby

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from .desk import Persona
from .session import checked_form, desk_of, reader_or_none, sign_in, sign_out, text_of
from .views import THEMES, page, page_before, spoken_language

YEAR = 365 * 24 * 3600


async def show_door(request: Request) -> Response:
    """The chat for who is signed in; else the made-up people of the demo, or where to get a link."""
    if await reader_or_none(request):
        return RedirectResponse("/chat", 303)
    return RedirectResponse("/people" if desk_of(request).demo else "/enter", 303)


async def show_people(request: Request) -> Response:
    """Everybody one can become, by district; `q` filters them where the page's script does not."""
    _require_demo(request)
    wanted = request.query_params.get("q", "").strip()
    reader = await reader_or_none(request)
    everybody = await desk_of(request).personas(reader.language if reader else spoken_language(request))
    found = [persona for persona in everybody if _matches(persona, wanted)]
    groups = [(lea, list(group)) for lea, group in groupby(sorted(found, key=_place), key=lambda persona: persona.lea)]
    districts = Counter(persona.lea for persona in everybody)
    return await page(request, "people.html", reader, groups=groups, districts=districts, wanted=wanted)


async def become(request: Request) -> Response:
    _require_demo(request)
    form = await checked_form(request)
    user = text_of(form, "user")
    if user not in {persona.user for persona in await desk_of(request).personas(spoken_language(request))}:
        raise HTTPException(404)
    await sign_in(request, user)
    return RedirectResponse("/chat/me", 303)


async def show_enter(request: Request) -> Response:
    """A link's page, with one button: a mail scanner that opens links does not use one up."""
    token = request.query_params.get("token", "")
    return await page(request, "enter.html", token=token, wrong=False)


async def enter(request: Request) -> Response:
    form = await checked_form(request)
    user = await desk_of(request).verify_link(text_of(form, "token"))
    if user is None or await desk_of(request).reader(user) is None:
        return await page(request, "enter.html", status=403, token="", wrong=True)
    await sign_in(request, user)
    return RedirectResponse("/chat/me", 303)


async def go_out(request: Request) -> Response:
    await checked_form(request)
    await sign_out(request)
    return RedirectResponse("/", 303)


async def choose_theme(request: Request) -> Response:
    """Light, dark, or as the device has it. Kept in a cookie that says nothing else."""
    form = await checked_form(request)
    theme = text_of(form, "theme")
    response = RedirectResponse(page_before(request), 303)
    if theme in THEMES:
        response.set_cookie("theme", theme, max_age=YEAR, samesite="lax", httponly=True)
    return response


def _require_demo(request: Request) -> None:
    if not desk_of(request).demo:
        raise HTTPException(404)


def _matches(persona: Persona, wanted: str) -> bool:
    words = f"{persona.name} {persona.subject} {persona.lea} {persona.story}".casefold()
    return all(word in words for word in wanted.casefold().split())


def _place(persona: Persona) -> tuple[str, str, str]:
    return persona.lea, persona.role, persona.name
