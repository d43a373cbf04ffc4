"""Server-sent events: that something changed, and where. What it is, the page asks for, as the person it is."""

import asyncio
import json
from collections.abc import AsyncIterator

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import Response

from bot.chat.local.people import PeopleChat
from storage.chat import Change

from .desk import Desk, Reader
from .session import desk_of, reader_of, reader_or_none

BEAT = 1.0
LOOK = 3.0
"""Seconds after which it is asked again whether the reader may still read."""
PING = 20


async def show_events(request: Request) -> Response:
    """From the change number that the browser saw last, on: what it missed first, then what comes."""
    reader = await reader_of(request)
    chat: PeopleChat = request.app.state.chat
    seen = request.headers.get("last-event-id") or request.query_params.get("after", "")
    after = int(seen) if seen.isdecimal() and len(seen) < 18 else await chat.last_change()
    return EventSourceResponse(_stream(request, reader, after), ping=PING)


async def _stream(request: Request, reader: Reader, after: int) -> AsyncIterator[ServerSentEvent]:
    """Ends soon after its reader was signed out or went off the roster."""
    chat: PeopleChat = request.app.state.chat
    time = asyncio.get_running_loop().time
    looked, face = time(), await _clock_face(desk_of(request), reader)
    with chat.feed.listen(reader.user) as queue:
        for change in await chat.changes_since(reader.user, after):
            yield _changed(change)
        while True:
            if time() - looked >= LOOK:
                if await reader_or_none(request) is None:
                    return
                looked = time()
            try:
                change_or_all = await asyncio.wait_for(queue.get(), BEAT)
            except TimeoutError:
                shown, face = face, await _clock_face(desk_of(request), reader)
                if shown != face:
                    yield ServerSentEvent("{}", event="clock")
            else:
                yield _changed(change_or_all)


def _changed(change: Change | None) -> ServerSentEvent:
    if change is None:
        return ServerSentEvent("{}", event="everything")
    facts = {"room": change.room_id, "message": change.message_id, "thread": change.thread_id}
    number = str(change.number) if change.number else None
    return ServerSentEvent(json.dumps(facts), event="change", id=number)


async def _clock_face(desk: Desk, reader: Reader) -> object:
    """Everything the clock bar shows, to see whether it would look different now."""
    clock = desk.clock
    if clock is None:
        return None
    return f"{desk.now():%Y-%m-%dT%H:%M}", clock.playing, await clock.next_thing(reader.language)
