"""What one person may see of the local chat. Every question names the person, and a stranger to a room gets nothing.

This is the platform's privacy gate: there is no way to a message of the chat, for a person, but through here.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, func, or_, select

from cohorts.messages import Message
from cohorts.values import Frozen

from .chat import MEMBER, MESSAGE, ROOM, Room
from .listening import Change
from .rows import find_row, load
from .tables import ChatMemberRow

MOST = 200
"""Changes told in one go."""


class SeenRoom(Frozen):
    """A room as its member sees it. `read_to` is the id of the last message they have seen, `last_id` of the newest."""

    room: Room
    unread: int
    read_to: int
    last_id: int
    last_at: datetime | None


class SeenMessage(Frozen):
    """`message` is None when it was deleted. `replies` counts what people wrote in its thread, as this person sees it:
    what was whispered to them there is not a reply."""

    id: int
    room_id: str
    author: str
    at: datetime
    message: Message | None
    thread_id: int | None = None
    only_for: str = ""
    edited_at: datetime | None = None
    replies: int = 0
    last_reply_at: datetime | None = None


class Page(Frozen):
    """Oldest first. `earlier`: there is more before the first of these."""

    messages: tuple[SeenMessage, ...] = ()
    earlier: bool = False


def rooms_of(connection: Connection, user: str) -> Sequence[SeenRoom]:
    """The person's own conversation with the bot first, then rooms in the order of their names."""
    query = (
        select(
            ROOM,
            MEMBER.c.read_to,
            func.count(MESSAGE.c.id).filter(_unread(user)).label("unread"),
            func.coalesce(func.max(MESSAGE.c.id), 0).label("last_id"),
            func.max(MESSAGE.c.at).label("last_at"),
        )
        .join(MEMBER, and_(MEMBER.c.room_id == ROOM.c.id, MEMBER.c.user == user, MEMBER.c.left_at.is_(None)))
        .outerjoin(MESSAGE, and_(MESSAGE.c.room_id == ROOM.c.id, MESSAGE.c.only_for.in_(("", user))))
        .group_by(*ROOM.c, MEMBER.c.read_to)
        .order_by(ROOM.c.kind, ROOM.c.name, ROOM.c.id)
    )
    return [
        SeenRoom(room=_to_room(row), unread=row.unread, read_to=row.read_to, last_id=row.last_id, last_at=row.last_at)
        for row in connection.execute(query)
    ]


def room_of(connection: Connection, user: str, room_id: str) -> SeenRoom | None:
    return next((seen for seen in rooms_of(connection, user) if seen.room.id == room_id), None)


def is_in(connection: Connection, user: str, room_id: str) -> bool:
    """The person is in the room now."""
    row = find_row(connection, ChatMemberRow, room_id=room_id, user=user)
    return row is not None and row.left_at is None


def page(connection: Connection, user: str, room_id: str, before: int | None = None, limit: int = 50) -> Page:
    """The newest messages outside threads, or the newest before an id."""
    wanted = [MESSAGE.c.room_id == room_id, MESSAGE.c.thread_id.is_(None), *_visible(user)]
    if before is not None:
        wanted.append(MESSAGE.c.id < before)
    query = select(MESSAGE).where(*wanted).order_by(MESSAGE.c.id.desc()).limit(limit + 1)
    rows = connection.execute(query).all()
    newest = list(reversed(rows[:limit]))
    return Page(messages=_seen(connection, user, newest), earlier=len(rows) > limit)


def thread(connection: Connection, user: str, room_id: str, root_id: int) -> Sequence[SeenMessage]:
    """The message that began the thread and its replies; empty when this person sees no such message."""
    belongs = or_(MESSAGE.c.id == root_id, MESSAGE.c.thread_id == root_id)
    query = select(MESSAGE).where(MESSAGE.c.room_id == room_id, belongs, *_visible(user))
    rows = connection.execute(query.order_by(MESSAGE.c.id)).all()
    return _seen(connection, user, rows) if rows and rows[0].id == root_id else ()


def message_of(connection: Connection, user: str, room_id: str, message_id: int) -> SeenMessage | None:
    query = select(MESSAGE).where(MESSAGE.c.room_id == room_id, MESSAGE.c.id == message_id, *_visible(user))
    return next(iter(_seen(connection, user, connection.execute(query).all())), None)


def changes_since(connection: Connection, user: str, number: int, limit: int = MOST) -> Sequence[Change]:
    """What this person missed after a change number, oldest first; at most `limit`, the newest of them."""
    query = select(MESSAGE).where(MESSAGE.c.changed > number, *_present(user))
    rows = connection.execute(query.order_by(MESSAGE.c.changed.desc()).limit(limit)).all()
    return [
        Change(number=row.changed, room_id=row.room_id, message_id=row.id, thread_id=row.thread_id)
        for row in reversed(rows)
    ]


def _present(user: str) -> list[ColumnElement[bool]]:
    """Messages of rooms this person is in, for everybody there or for them alone."""
    mine = (MEMBER.c.room_id == MESSAGE.c.room_id) & (MEMBER.c.user == user) & MEMBER.c.left_at.is_(None)
    return [MESSAGE.c.only_for.in_(("", user)), exists().where(mine)]


def _visible(user: str) -> list[ColumnElement[bool]]:
    """A deleted message leaves a trace for the room; one that only its reader saw leaves none."""
    return [*_present(user), or_(MESSAGE.c.deleted_at.is_(None), MESSAGE.c.only_for == "")]


def _unread(user: str) -> ColumnElement[bool]:
    return and_(MESSAGE.c.id > MEMBER.c.read_to, MESSAGE.c.author != user, MESSAGE.c.deleted_at.is_(None))


def _seen(connection: Connection, user: str, rows: Sequence[Row[Any]]) -> tuple[SeenMessage, ...]:
    replies = _replies(connection, user, [row.id for row in rows])
    return tuple(_to_message(row, *replies.get(row.id, (0, None))) for row in rows)


def _replies(connection: Connection, user: str, roots: Sequence[int]) -> dict[int, tuple[int, datetime | None]]:
    query = (
        select(MESSAGE.c.thread_id, func.count().label("number"), func.max(MESSAGE.c.at).label("last_at"))
        .where(MESSAGE.c.thread_id.in_(roots), MESSAGE.c.deleted_at.is_(None), *_visible(user))
        .where(or_(MESSAGE.c.only_for == "", MESSAGE.c.author == user))
        .group_by(MESSAGE.c.thread_id)
    )
    return {row.thread_id: (row.number, row.last_at) for row in connection.execute(query)}


def _to_room(row: Row[Any]) -> Room:
    return Room(id=row.id, kind=row.kind, name=row.name, topic=row.topic)


def _to_message(row: Row[Any], replies: int, last_reply_at: datetime | None) -> SeenMessage:
    return SeenMessage(
        id=row.id,
        room_id=row.room_id,
        author=row.author,
        at=row.at,
        message=None if row.deleted_at is not None else load(Message, row.body),
        thread_id=row.thread_id,
        only_for=row.only_for,
        edited_at=row.edited_at,
        replies=replies,
        last_reply_at=last_reply_at,
    )
