"""Messages as one reader's page draws them: names, colours, spoken times, who follows whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup
from starlette.requests import Request

from bot.chat.local.ids import BOT
from bot.chat.local.render import Surface, message_html
from bot.web.desk import Reader
from bot.web.session import csrf_token, desk_of
from cohorts.calendar.instants import local
from cohorts.calendar.speak import speak
from storage.chat_view import SeenMessage

TOGETHER = timedelta(minutes=5)
WHISPER_LASTS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Shown:
    """One message for the templates. `day` stands where a new day begins, `follows` where no name is repeated;
    `held` are one's own words that nobody else sees yet."""

    id: int
    room_id: str
    author: str
    name: str
    bot: bool
    mine: bool
    whisper: bool
    held: bool
    deleted: bool
    edited: bool
    at: datetime
    time: str
    full_time: str
    day: str
    follows: bool
    unread: bool
    html: Markup
    replies: int
    last_reply: str


@dataclass(frozen=True, slots=True)
class Pane:
    """Where a message is drawn: in the room or in a thread, after which one, read up to where."""

    in_thread: bool = False
    after: SeenMessage | None = None
    read_to: int | None = None


async def shown(request: Request, reader: Reader, messages: Sequence[SeenMessage], pane: Pane) -> Sequence[Shown]:
    names = await desk_of(request).names({message.author for message in messages})
    previous, drawn, marked = pane.after, [], pane.read_to is None
    for message in messages:
        unread = not marked and message.id > (pane.read_to or 0) and message.author != reader.user
        marked = marked or unread
        drawn.append(_shown(request, reader, message, _Beside(names, previous, unread, pane.in_thread)))
        previous = message
    return drawn


@dataclass(frozen=True, slots=True)
class _Beside:
    names: Mapping[str, str]
    previous: SeenMessage | None
    unread: bool
    in_thread: bool


def _shown(request: Request, reader: Reader, message: SeenMessage, beside: _Beside) -> Shown:
    now = desk_of(request).now()
    at, previous = message.at, beside.previous
    new_day = previous is None or _day(previous.at, reader) != _day(at, reader)
    return Shown(
        id=message.id,
        room_id=message.room_id,
        author=message.author,
        name="Cohortium" if message.author == BOT else beside.names.get(message.author, message.author),
        bot=message.author == BOT,
        mine=message.author == reader.user,
        whisper=bool(message.only_for),
        held=bool(message.only_for) and message.author == reader.user,
        deleted=message.message is None,
        edited=message.edited_at is not None,
        at=at,
        time=speak(at, reader.zone, reader.language, "time"),
        full_time=speak(at, reader.zone, reader.language, "day_time", now),
        day=speak(at, reader.zone, reader.language, "day", now) if new_day else "",
        follows=not new_day and not beside.unread and previous is not None and _together(previous, message),
        unread=beside.unread,
        html=_html(request, reader, message, in_thread=beside.in_thread),
        replies=message.replies,
        last_reply=speak(message.last_reply_at, reader.zone, reader.language, "day_time", now)
        if message.last_reply_at
        else "",
    )


def is_faded(message: SeenMessage, now: datetime) -> bool:
    """A word to one reader alone answers what they just did; a day later it would only be in the way."""
    return bool(message.only_for) and message.author == BOT and now - message.at > WHISPER_LASTS


def _together(previous: SeenMessage, message: SeenMessage) -> bool:
    same = previous.author == message.author and previous.only_for == message.only_for
    return same and message.at - previous.at < TOGETHER and not previous.replies and previous.message is not None


def _day(at: datetime, reader: Reader) -> object:
    return local(at, reader.zone).date()


def _html(request: Request, reader: Reader, message: SeenMessage, *, in_thread: bool) -> Markup:
    """What a press is answered with stands where it was pressed: in the thread, if it was drawn there."""
    if message.message is None:
        return Markup("")
    fields = (
        ("csrf", csrf_token(request)),
        ("nonce", desk_of(request).new_token()),
        ("message", str(message.id)),
        ("in", "thread" if in_thread else "room"),
    )
    surface = Surface(
        language=reader.language,
        zone=reader.zone,
        press_url=f"/chat/{message.room_id}/press",
        fields=fields,
        by_person=message.author != BOT,
    )
    return message_html(message.message, surface)
