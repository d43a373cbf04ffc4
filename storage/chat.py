"""The local chat's own server record, as Slack or Discord keep theirs: who is in which room, what was said there.

Writing is for the chat itself and announces each change to those whom it concerns. What a person may see is asked in
chat_view.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, func, insert, select, text, update

from cohorts.messages import Message
from cohorts.ports import MissingError
from cohorts.values import Frozen

from .listening import Change, announce
from .prepared import Prepared, Row
from .rows import add_once, dump, find_row
from .tables import ChatMemberRow, ChatMessageRow, ChatRoomRow, table_of
from .wiping import wipe_after

# What the chat's functions work on, for those above who may not know SQL.
Record = Connection
ROOM, MEMBER, MESSAGE = (table_of(model) for model in (ChatRoomRow, ChatMemberRow, ChatMessageRow))
_IN_ORDER = text("select pg_advisory_xact_lock(7250531)")
"""The number is ours alone in the database and means nothing."""
_NEXT = select(func.coalesce(func.max(MESSAGE.c.changed), 0) + 1).scalar_subquery()
_POST = Prepared(insert(MESSAGE).values(changed=_NEXT).returning(MESSAGE.c.id, MESSAGE.c.changed))
_PRESENT = Prepared(
    select(MEMBER.c.user)
    .where(MEMBER.c.room_id == bindparam("room_id"), MEMBER.c.left_at.is_(None))
    .order_by(MEMBER.c.user)
)
_LAST_CHANGE = Prepared(select(func.coalesce(func.max(MESSAGE.c.changed), 0)))


class Room(Frozen):
    """`direct` is one person with the bot."""

    id: str
    kind: Literal["room", "direct"]
    name: str
    topic: str = ""


class NewPost(Frozen):
    """`key` makes a repeat harmless. `thread_id` is a message of the same room; `only_for` its one reader."""

    key: str
    room_id: str
    author: str
    message: Message
    thread_id: int | None = None
    only_for: str = ""


def open_room(connection: Connection, room: Room, people: Iterable[str], now: datetime) -> None:
    """The room is there with these people in it; opening it again only adds who is missing."""
    add_once(connection, ChatRoomRow, **room.model_dump(), opened_at=now)
    join(connection, room.id, people, now)


def join(connection: Connection, room_id: str, people: Iterable[str], now: datetime) -> None:
    """Raises MissingError when there is no such room. Somebody who comes back reads on where they stopped."""
    _require_room(connection, room_id)
    users = tuple(people)
    for user in users:
        if not add_once(connection, ChatMemberRow, room_id=room_id, user=user, joined_at=now, read_to=0):
            theirs = (MEMBER.c.room_id == room_id) & (MEMBER.c.user == user)
            connection.execute(update(MEMBER).where(theirs).values(left_at=None))
    announce(connection, Change(room_id=room_id, audience=users))


def leave(connection: Connection, room_id: str, people: Iterable[str], now: datetime) -> None:
    """From now on they see nothing of the room. Raises MissingError when there is no such room."""
    _require_room(connection, room_id)
    users = tuple(people)
    theirs = (MEMBER.c.room_id == room_id) & MEMBER.c.user.in_(users) & MEMBER.c.left_at.is_(None)
    connection.execute(update(MEMBER).where(theirs).values(left_at=now))
    announce(connection, Change(room_id=room_id, audience=users))


def people_in(connection: Connection, room_id: str) -> tuple[str, ...]:
    """The users in the room now, in order of their ids."""
    return tuple(row.user for row in _PRESENT.all(connection, {"room_id": room_id}))


def post(connection: Connection, new: NewPost, now: datetime) -> int:
    """The message's id, whether this call made it or an earlier one with its key: a repeat changes nothing.

    Raises MissingError when the room or the thread is not there.
    """
    known = find_by_key(connection, new.key)
    if known is not None:
        return known
    _require_room(connection, new.room_id)
    thread = None if new.thread_id is None else _root(connection, new.room_id, new.thread_id)
    audience = (new.only_for,) if new.only_for else people_in(connection, new.room_id)
    values = {
        **new.model_dump(include={"key", "room_id", "author", "only_for"}),
        "thread_id": thread,
        "at": now,
        "body": dump(new.message),
    }
    _wait_for_turn(connection)
    (made,) = _POST.all(connection, values)
    place = {"room_id": new.room_id, "message_id": made.id, "thread_id": thread}
    announce(connection, Change(number=made.changed, audience=audience, **place))
    return int(made.id)


def edit(connection: Connection, room_id: str, message_id: int, message: Message, now: datetime) -> None:
    """Raises MissingError for a message that is not here, or was deleted."""
    row = _message(connection, room_id, message_id)
    if row.deleted_at is not None:
        raise MissingError(str(message_id))
    body = dump(message)
    if row.body != body:
        _change(connection, row, body=body, edited_at=now)


def delete(connection: Connection, room_id: str, message_id: int, now: datetime) -> None:
    """The words are wiped; that something was here stays."""
    row = _message(connection, room_id, message_id)
    if row.deleted_at is None:
        wipe_after(connection)
        _change(connection, row, body="", deleted_at=now)


def find_by_key(connection: Connection, key: str) -> int | None:
    row = find_row(connection, ChatMessageRow, key=key)
    return None if row is None else int(row.id)


def mark_read(connection: Connection, user: str, room_id: str, up_to: int) -> None:
    """What this person has seen only grows. Their other windows hear of it."""
    mine = (MEMBER.c.room_id == room_id) & (MEMBER.c.user == user) & MEMBER.c.left_at.is_(None)
    further = mine & (MEMBER.c.read_to < up_to)
    if connection.execute(update(MEMBER).where(further).values(read_to=up_to)).rowcount:
        announce(connection, Change(room_id=room_id, audience=(user,)))


def last_change(connection: Connection) -> int:
    return int(_LAST_CHANGE.scalar(connection, {}))


def _wait_for_turn(connection: Connection) -> None:
    """Numbers are given in the order of the commits: whoever asks for what came after one misses nothing. On a server
    others who write wait from here until this transaction has ended, as NOTIFY makes them wait at its end anyhow."""
    if connection.dialect.name != "sqlite":
        connection.execute(_IN_ORDER)


def _require_room(connection: Connection, room_id: str) -> None:
    if find_row(connection, ChatRoomRow, id=room_id) is None:
        raise MissingError(room_id)


def _message(connection: Connection, room_id: str, message_id: int) -> Row:
    row = find_row(connection, ChatMessageRow, id=message_id, room_id=room_id)
    if row is None:
        raise MissingError(str(message_id))
    return row


def _root(connection: Connection, room_id: str, thread_id: int) -> int:
    """A reply to a reply belongs to the same thread."""
    row = _message(connection, room_id, thread_id)
    return int(row.thread_id or row.id)


def _change(connection: Connection, row: Row, **columns: object) -> None:
    audience = (row.only_for,) if row.only_for else people_in(connection, row.room_id)
    _wait_for_turn(connection)
    ((number,),) = _changing(tuple(columns)).all(connection, {"of_id": row.id} | columns)
    place = {"room_id": row.room_id, "message_id": row.id, "thread_id": row.thread_id}
    announce(connection, Change(number=number, audience=audience, **place))


@cache
def _changing(names: tuple[str, ...]) -> Prepared:
    values: dict[str, Any] = {name: bindparam(name) for name in names}
    changed = update(MESSAGE).where(MESSAGE.c.id == bindparam("of_id")).values(values | {"changed": _NEXT})
    return Prepared(changed.returning(MESSAGE.c.changed))
