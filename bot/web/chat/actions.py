"""Doing things in the chat: the chat keeps it, the core hears of it, both by a key, so twice is once.

New words are the other way about: the core says first whether they are for the room now or for their author alone.
"""

from collections.abc import Mapping
from dataclasses import replace

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from bot.chat.local import events
from bot.chat.local.events import Raw
from bot.chat.local.ids import message_number, post_key
from bot.chat.local.people import NotYoursError, written
from bot.web.chat.answers import Asked, Filled, answer, back_to, notice, show_form, tell, with_nonce
from bot.web.chat.files import MOST_FILES, read_files
from bot.web.chat.pages import chat_of, number_of, place_path, place_url
from bot.web.desk import Reader
from bot.web.session import checked_form, desk_of, reader_of, settings_of, text_of
from bot.web.tickets import read_form, read_press
from bot.web.views import live, page, page_before
from cohorts.events import FieldErrors, Held
from cohorts.messages import Message
from cohorts.ports import MissingError
from cohorts.words import say


async def post_message(request: Request) -> Response:
    reader, form, room_id = await reader_of(request), await checked_form(request), request.path_params["room"]
    text, thread = _words(form), _number(text_of(form, "thread"))
    raw = Raw(user=reader.user, room_id=room_id, nonce=text_of(form, "nonce"), thread_id=thread)
    asked = Asked(reader, raw, place_path(room_id, thread))
    if not text or len(text) > events.MOST_IN_MESSAGE:
        return await _refuse(request, asked, text)
    await chat_of(request).require_place(reader.user, room_id, thread)
    event = events.posted(raw, text)
    response = await desk_of(request).handle(event)
    keep = chat_of(request).hold if isinstance(response, Held) else chat_of(request).post
    number = await keep(reader.user, room_id, post_key(reader.user, raw.nonce), text, thread)
    asked = replace(asked, back=place_path(room_id, thread, number), key=event.key)
    return with_nonce(request, await answer(request, asked, response))


async def release_message(request: Request) -> Response:
    """Words that were held, sent by their author; the core is asked again, and what it still holds stays."""
    reader, form, room_id = await reader_of(request), await checked_form(request), request.path_params["room"]
    chat, number = chat_of(request), number_of(request)
    held = await chat.message(reader.user, room_id, number)
    if held.author != reader.user or not held.only_for or held.message is None:
        raise MissingError(str(number))
    raw, text = _raw(reader, form, room_id, held.thread_id, number), written(held.message)
    event = events.posted(raw, text)
    response = await desk_of(request).handle(event)
    if not isinstance(response, Held):
        await chat.post(reader.user, room_id, post_key(reader.user, f"held {number}"), text, held.thread_id)
        await chat.delete(reader.user, room_id, number)
    return await answer(request, Asked(reader, raw, place_path(room_id, held.thread_id), event.key), response)


async def edit_message(request: Request) -> Response:
    reader, form, room_id = await reader_of(request), await checked_form(request), request.path_params["room"]
    number, text = number_of(request), _words(form)
    message = await chat_of(request).message(reader.user, room_id, number)
    if message.author != reader.user:
        raise NotYoursError(str(number))
    if not text or len(text) > events.MOST_IN_MESSAGE:
        problem = say(reader.language, "chat.write_too_long" if text else "chat.write_nothing")
        template, back = "edit_dialog.html" if live(request) else "edit.html", place_url(message)
        return await page(request, template, reader, 422, message=message, text=text, problem=problem, back=back)
    await chat_of(request).edit(reader.user, room_id, number, text)
    raw = _raw(reader, form, room_id, message.thread_id, number)
    asked = Asked(reader, raw, place_url(message))
    return await tell(request, asked, events.edited(raw, text))


async def delete_message(request: Request) -> Response:
    """One's own words; or a whisper, which is only dismissed: the core has no part in that."""
    reader, form, room_id = await reader_of(request), await checked_form(request), request.path_params["room"]
    number = number_of(request)
    message = await chat_of(request).message(reader.user, room_id, number)
    await chat_of(request).delete(reader.user, room_id, number)
    raw = _raw(reader, form, room_id, message.thread_id, number)
    if message.author == reader.user:
        await desk_of(request).handle(events.deleted(raw))
    return back_to(request, place_url(message))


async def press(request: Request) -> Response:
    """A button of a message this person sees."""
    reader, form, room_id = await reader_of(request), await checked_form(request), request.path_params["room"]
    number = _number(text_of(form, "message")) or 0
    seen = await chat_of(request).message(reader.user, room_id, number)
    in_thread = text_of(form, "in") == "thread"
    thread = seen.thread_id or (number if in_thread else None)
    raw = _raw(reader, form, room_id, thread, number)
    action, value = text_of(form, "action"), text_of(form, "value")
    event = events.pressed(raw, seen.message, action, value) if seen.message else None
    asked = Asked(reader, raw, place_path(room_id, thread, number))
    if event is None:
        return await notice(request, asked, Message(text=say(reader.language, "chat.press_gone")), 409)
    return await tell(request, asked, event)


async def press_ticket(request: Request) -> Response:
    """A button of a page of ours: its answer is given on that page."""
    reader, form = await reader_of(request), await checked_form(request)
    ticket = read_press(settings_of(request).secret, text_of(form, "ticket"), reader.user)
    raw = Raw(user=reader.user, room_id="", nonce=text_of(form, "nonce"))
    asked = Asked(reader, raw, ticket.back or page_before(request))
    event = events.pressed_on_page(raw, ticket.action, ticket.value)
    return await tell(request, asked, event)


async def send_form(request: Request) -> Response:
    reader, posted = await reader_of(request), await checked_form(request, files=MOST_FILES)
    ticket = read_form(settings_of(request).secret, text_of(posted, "ticket"), reader.user)
    form, raw = ticket.form, ticket.raw
    values = events.values_of(form, [(name, value) for name, value in posted.multi_items() if isinstance(value, str)])
    brought, unread = await read_files(form, posted, reader.language)
    values = {**values, **brought}
    asked = Asked(reader, raw, ticket.back)
    problems: Mapping[str, str] = {**events.problems_of(form, values, reader.language), **unread}
    if not problems:
        event = events.sent(raw, form, values)
        response = await desk_of(request).handle(event)
        if not isinstance(response, FieldErrors):
            return await answer(request, replace(asked, key=event.key), response)
        problems = response.problems
    return await show_form(request, asked, form, Filled(values, problems))


async def mark_read(request: Request) -> Response:
    """Everything up to a message was on this person's screen."""
    reader, form = await reader_of(request), await checked_form(request)
    room_id, number = request.path_params["room"], _number(text_of(form, "message")) or 0
    seen = await chat_of(request).message(reader.user, room_id, number)
    await chat_of(request).mark_read(reader.user, room_id, seen.id)
    return Response(status_code=204)


async def _refuse(request: Request, asked: Asked, text: str) -> Response:
    """Nothing, or too much. The page's script keeps the words; without it they come back in a box, to be shortened."""
    problem = say(asked.reader.language, "chat.write_too_long" if text else "chat.write_nothing")
    if live(request) or not text:
        return await notice(request, asked, Message(text=problem), 422)
    raw = asked.raw
    where = {"room_id": raw.room_id, "thread": raw.thread_id, "back": asked.back}
    return await page(request, "write_again.html", asked.reader, 422, text=text, problem=problem, **where)


def _words(form: FormData) -> str:
    """What somebody wrote; a browser sends a new line as two characters."""
    return text_of(form, "text").replace("\r\n", "\n").strip()


def _raw(reader: Reader, form: FormData, room_id: str, thread_id: int | None, number: int) -> Raw:
    return Raw(user=reader.user, room_id=room_id, nonce=text_of(form, "nonce"), thread_id=thread_id, message_id=number)


def _number(text: str) -> int | None:
    """Raises MissingError for what cannot be a message."""
    try:
        return message_number(text) if text else None
    except ValueError as error:
        raise MissingError(text) from error
