"""Reading the chat: the rooms, a room, a thread, and the pieces a live page asks for."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.chat.local.events import arrived
from bot.chat.local.ids import direct_id, message_number
from bot.chat.local.people import PeopleChat, written
from bot.web.chat.shown import Pane, Shown, is_faded, shown
from bot.web.desk import Reader
from bot.web.session import desk_of, reader_of
from bot.web.views import live, page
from cohorts.ports import MissingError
from storage.chat_view import SeenMessage, SeenRoom


@dataclass(frozen=True, slots=True)
class OpenRoom:
    """The room in the middle of the page. `earlier`: there is more before this id; `older`: not the newest page."""

    seen: SeenRoom
    people: tuple[str, ...]
    messages: tuple[Shown, ...]
    earlier: int
    older: bool


def chat_of(request: Request) -> PeopleChat:
    chat: PeopleChat = request.app.state.chat
    return chat


def number_of(request: Request, name: str = "message") -> int:
    """A message's number in the address. Raises MissingError for what cannot be one."""
    try:
        return message_number(request.path_params[name])
    except ValueError as error:
        raise MissingError(str(error)) from error


async def show_home(request: Request) -> Response:
    """The rooms; beside them, where there is space, the conversation with Cohortium."""
    reader = await reader_of(request)
    await greet(request, reader)
    return await _show(request, reader, direct_id(reader.user), view="rooms")


async def show_direct(request: Request) -> Response:
    """Straight to the conversation with Cohortium."""
    reader = await reader_of(request)
    await greet(request, reader)
    return RedirectResponse(f"/chat/{direct_id(reader.user)}", 303)


async def show_room(request: Request) -> Response:
    reader = await reader_of(request)
    room_id = request.path_params["room"]
    if room_id == direct_id(reader.user):
        await greet(request, reader)
    return await _show(request, reader, room_id, view="room")


async def show_thread(request: Request) -> Response:
    reader = await reader_of(request)
    return await _show(request, reader, request.path_params["room"], view="thread", thread=number_of(request))


async def show_message(request: Request) -> Response:
    """One message as it is now, for a page that heard of a change."""
    reader, room_id, number = await reader_of(request), request.path_params["room"], number_of(request)
    message = await chat_of(request).message(reader.user, room_id, number)
    in_thread = request.query_params.get("in") == "thread"
    pane = Pane(in_thread=in_thread, after=await _before(request, reader, message, in_thread=in_thread))
    (one,) = await shown(request, reader, [message], pane)
    return await page(request, "message.html", reader, message=one, in_thread=in_thread)


async def show_sidebar(request: Request) -> Response:
    reader = await reader_of(request)
    rooms = await chat_of(request).rooms(reader.user)
    room_id, view = request.query_params.get("room", ""), request.query_params.get("view", "")
    return await page(request, "sidebar.html", reader, rooms=rooms, room_id=room_id, view=view)


async def show_edit(request: Request) -> Response:
    """One's own message, to change or delete."""
    reader, room_id, number = await reader_of(request), request.path_params["room"], number_of(request)
    message = await chat_of(request).message(reader.user, room_id, number)
    if message.author != reader.user or message.message is None:
        raise MissingError(str(number))
    template = "edit_dialog.html" if live(request) else "edit.html"
    text = written(message.message)
    return await page(request, template, reader, message=message, text=text, problem="", back=place_url(message))


def place_url(message: SeenMessage) -> str:
    """Where this message stands, for a redirect or a link."""
    return place_path(message.room_id, message.thread_id, message.id)


def place_path(room_id: str, thread_id: int | None, message_id: int | None = None) -> str:
    """A room or one of its threads, at a message if there is one; a message in a thread has a name of its own there."""
    path = f"/chat/{room_id}" + (f"/thread/{thread_id}" if thread_id else "")
    return path if message_id is None else f"{path}#{'t' if thread_id else 'm'}{message_id}"


async def greet(request: Request, reader: Reader) -> None:
    """Tell the core that this person opened their conversation; the room is there afterwards."""
    await request.app.state.local.open_direct("", reader.user)
    await desk_of(request).handle(arrived(reader.user, desk_of(request).now().date().isoformat()))


async def _show(request: Request, reader: Reader, room_id: str, *, view: str, thread: int | None = None) -> Response:
    chat = chat_of(request)
    change = await chat.last_change()
    room = await _open(request, reader, room_id)
    replies = [] if thread is None else await chat.thread(reader.user, room_id, thread)
    replies = [one for one in replies if not is_faded(one, desk_of(request).now())]
    thread_pane = Pane(in_thread=True)
    if view == "room":
        await chat.mark_read(reader.user, room_id, room.seen.last_id)
    return await page(
        request,
        "chat.html",
        reader,
        rooms=await chat.rooms(reader.user),
        room=room,
        room_id=room_id,
        view=view,
        thread_id=thread,
        replies=await shown(request, reader, replies, thread_pane),
        change=change,
        names=await desk_of(request).names(room.people),
    )


async def _open(request: Request, reader: Reader, room_id: str) -> OpenRoom:
    chat = chat_of(request)
    seen = await chat.room(reader.user, room_id)
    before = request.query_params.get("before", "")
    number = message_number(before) if before.isascii() and before.isdecimal() and len(before) < 18 else None
    messages = await chat.page(reader.user, room_id, number)
    lasting = [one for one in messages.messages if not is_faded(one, desk_of(request).now())]
    drawn = await shown(request, reader, lasting, Pane(read_to=seen.read_to))
    return OpenRoom(
        seen=seen,
        people=tuple(await chat.people(reader.user, room_id)),
        messages=tuple(drawn),
        earlier=messages.messages[0].id if messages.earlier else 0,
        older=number is not None,
    )


async def _before(request: Request, reader: Reader, message: SeenMessage, *, in_thread: bool) -> SeenMessage | None:
    if in_thread:
        root = message.thread_id or message.id
        earlier = list(await chat_of(request).thread(reader.user, message.room_id, root))
        return next((one for one in reversed(earlier) if one.id < message.id), None)
    page_before = await chat_of(request).page(reader.user, message.room_id, message.id, 1)
    return next(iter(page_before.messages), None)
