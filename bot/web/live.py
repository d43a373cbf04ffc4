"""Server-sent events: that something changed, and where. What it is, the page asks for, as the person it is."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from enum import Enum

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import Response

from bot.chat.local.feed import Heard
from bot.chat.local.people import PeopleChat
from storage.chat_view import MOST
from storage.listening import Change

from .desk import Reader
from .session import reader_of, reader_or_none
from .views import clock_face

BEAT = 1.0
LOOK = 3.0
"""Seconds after which it is asked again whether the reader may still read."""
PING = 20


class Told(Enum):
    """What is told beside changes. ROOMS: some room may be another now. EVERYTHING: too much was missed to tell it."""

    NOTHING = "nothing"
    ROOMS = "rooms"
    EVERYTHING = "everything"


async def show_events(request: Request) -> Response:
    """From the change number that the browser saw last, on: what it missed first, then what comes."""
    reader = await reader_of(request)
    chat: PeopleChat = request.app.state.chat
    seen = request.headers.get("last-event-id") or request.query_params.get("after", "")
    after = int(seen) if seen.isdecimal() and len(seen) < 18 else await chat.last_change()
    return EventSourceResponse(_stream(request, reader, after), ping=PING)


async def _stream(request: Request, reader: Reader, after: int) -> AsyncIterator[ServerSentEvent]:
    """Ends soon after its reader was signed out or went off the roster. The clock may have moved since the page was
    drawn: the page says which face it shows."""
    time = asyncio.get_running_loop().time
    looked, face = time(), request.query_params.get("clock", "")
    async with aclosing(changes_for(request.app.state.chat, reader.user, after)) as changes:
        async for told in changes:
            if time() - looked >= LOOK:
                if await reader_or_none(request) is None:
                    return
                looked = time()
            if told is not Told.NOTHING:
                yield _event(told)
                continue
            shown, face = face, await clock_face(request, reader)
            if shown != face:
                yield ServerSentEvent("{}", event="clock")


async def changes_for(chat: PeopleChat, user: str, after: int) -> AsyncGenerator[Change | Told, None]:
    """What this person may see that changed after a number: each message's change once, in order. NOTHING comes at
    every beat without any. It never ends by itself."""
    with chat.feed.listen(user) as queue:
        missed, last = await _missed(chat, user, after)
        for told in missed:
            yield told
        while True:
            heard = await _next(queue)
            if heard is None:
                missed, last = await _missed(chat, user, last)
                for told in (*missed, Told.ROOMS):
                    yield told
            elif isinstance(heard, Told) or not heard.number:
                yield heard
            elif heard.number > last:
                last = heard.number
                yield heard


async def _next(queue: Heard) -> Change | Told | None:
    try:
        async with asyncio.timeout(BEAT):  # wait_for, until Python 3.12, forgets a cancel that comes with a change
            return await queue.get()
    except TimeoutError:
        return Told.NOTHING


async def _missed(chat: PeopleChat, user: str, after: int) -> tuple[Sequence[Change | Told], int]:
    """What came after a number, and up to which number that is told."""
    found = await chat.changes_since(user, after)
    last = found[-1].number if found else after
    return ((Told.EVERYTHING,) if len(found) == MOST else found), last


def _event(told: Change | Told) -> ServerSentEvent:
    if told is Told.EVERYTHING:
        return ServerSentEvent("{}", event="everything")
    change = told if isinstance(told, Change) else Change()
    facts = {"room": change.room_id, "message": change.message_id, "thread": change.thread_id}
    number = str(change.number) if change.number else None
    return ServerSentEvent(json.dumps(facts), event="change", id=number)
