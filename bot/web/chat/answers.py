"""The core's answer → what the browser gets: a form, a whisper in place, a file, or the page again."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.chat.local.events import Raw
from bot.chat.local.ids import direct_id
from bot.chat.local.markdown import to_html
from bot.chat.local.render import Surface, message_html
from bot.chat.local.render_form import Filling, fields_html
from bot.web.chat.pages import chat_of, place_path
from bot.web.desk import Reader
from bot.web.session import csrf_token, desk_of, settings_of
from bot.web.tickets import FormTicket, PressTicket, write_form, write_press
from bot.web.views import live, page
from cohorts import events
from cohorts.messages import Block, Buttons, FileField, Form, Message
from cohorts.ports import MissingError


@dataclass(frozen=True, slots=True)
class Asked:
    """Who did what where, the page they came from, and the key of the event it became."""

    reader: Reader
    raw: Raw
    back: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Filled:
    """What somebody entered, and what is wrong with it; problem "" is the whole form's."""

    values: Mapping[str, str]
    problems: Mapping[str, str]


BLANK = Filled({}, {})
SHOWN_ON: Mapping[str, str] = {"form.look.open": "/forming"}
"""What a button shows in a chat, and the page on which it is in view already."""


async def tell(request: Request, asked: Asked, event: events.Event) -> Response:
    """What the core says to this, as the browser gets it, with a nonce for the next time."""
    response = await answer(request, replace(asked, key=event.key), await desk_of(request).handle(event))
    return with_nonce(request, response)


def with_nonce(request: Request, response: Response) -> Response:
    response.headers["X-Nonce"] = desk_of(request).new_token()
    return response


async def answer(request: Request, asked: Asked, response: events.Response) -> Response:
    """Every answer the core has, as HTTP: a piece for a live page, a whole page or a redirect without scripts."""
    if isinstance(response, events.OpenForm):
        return await show_form(request, asked, response.form, BLANK)
    if isinstance(response, events.Whisper | events.Held):
        return await _whisper(request, asked, response.message)
    if isinstance(response, events.Download):
        return download(response)
    if isinstance(response, events.FieldErrors):
        return await notice(request, asked, Message(text=" ".join(response.problems.values())), 422)
    return back_to(request, asked.back)


def back_to(request: Request, url: str) -> Response:
    """Done: the live page stays; without scripts the page comes again."""
    return Response(status_code=204) if live(request) else RedirectResponse(url, 303)


async def show_form(request: Request, asked: Asked, form: Form, filled: Filled) -> Response:
    """The form as a dialog or as a page; its ticket carries it through the browser and back."""
    raw = asked.raw.model_copy(update={"nonce": desk_of(request).new_token()})
    filling = Filling(language=asked.reader.language, zone=asked.reader.zone)
    reader = asked.reader
    return await page(
        request,
        "form_dialog.html" if live(request) else "form.html",
        reader,
        status=422 if filled.problems else 200,
        form=form,
        fields=fields_html(form, filling, filled.values, filled.problems),
        intro=to_html(form.intro, reader.zone, reader.language),
        note=to_html(form.note, reader.zone, reader.language),
        problem=filled.problems.get("", ""),
        brings=any(isinstance(field, FileField) for field in form.fields),
        wrong=[field for field in form.fields if filled.problems.get(field.id)],
        ticket=write_form(settings_of(request).secret, FormTicket(raw=raw, form=form, back=asked.back)),
        back=asked.back,
    )


async def notice(request: Request, asked: Asked, message: Message, status: int = 200) -> Response:
    """Something to read and close, with all its blocks; its buttons work here too and lead back to the same page."""
    html = message_html(_without_doors_to(urlsplit(asked.back).path, message), _page_surface(request, asked))
    template = "notice_dialog.html" if live(request) else "notice.html"
    return await page(request, template, asked.reader, status, notice=html, back=asked.back)


def _without_doors_to(path: str, message: Message) -> Message:
    """On this page nothing leads to what it shows."""
    blocks: list[Block] = []
    for block in message.blocks:
        if isinstance(block, Buttons):
            items = tuple(item for item in block.items if SHOWN_ON.get(item.action) != path)
            blocks += [Buttons(items=items)] if items else []
        else:
            blocks.append(block)
    return message.model_copy(update={"blocks": tuple(blocks)})


def _page_surface(request: Request, asked: Asked) -> Surface:
    reader = asked.reader

    def ticket(action: str, value: str) -> str:
        slip = PressTicket(user=reader.user, action=action, value=value, back=asked.back)
        return write_press(settings_of(request).secret, slip)

    fields = (("csrf", csrf_token(request)), ("nonce", desk_of(request).new_token()))
    return Surface(language=reader.language, zone=reader.zone, press_url="/press", fields=fields, ticket=ticket)


def download(file: events.Download) -> Response:
    """A file under a name that can be nothing but a file name."""
    plain = unicodedata.normalize("NFKD", file.name).encode("ascii", "ignore").decode()
    simple = re.sub(r"[^A-Za-z0-9._ -]", "", plain).strip(" .") or "download"
    full = quote(re.sub(r"[\x00-\x1f\x7f/\\]", "", file.name), safe="")
    disposition = f"attachment; filename=\"{simple}\"; filename*=UTF-8''{full}"
    headers = {"Content-Disposition": disposition, "Content-Security-Policy": "sandbox"}
    return Response(file.content, media_type="application/octet-stream", headers=headers)


async def _whisper(request: Request, asked: Asked, message: Message) -> Response:
    """Where they did it, in its thread; without scripts the page comes back at it. From a page: on that page, too."""
    user, raw = asked.reader.user, asked.raw
    room_id = raw.room_id or direct_id(user)
    try:
        number = await chat_of(request).whisper(user, room_id, asked.key, message, raw.thread_id)
    except MissingError:
        # The answer may be that they are no longer in this room.
        return await notice(request, asked, message)
    if not raw.room_id:
        return await notice(request, asked, message)
    return back_to(request, place_path(room_id, raw.thread_id, number))
