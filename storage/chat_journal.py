"""Everything that was said in the local chat, and who could read it: for exports and the demo, not for pages."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from cohorts.messages import Message
from cohorts.ports import Delivery
from cohorts.values import Frozen

from .chat import people_in
from .prepared import Prepared
from .rows import load
from .tables import ChatMemberRow, ChatMessageRow, ChatRoomRow, OutboxRow, table_of

MESSAGE, MEMBER, ROOM, OUTBOX = (table_of(model) for model in (ChatMessageRow, ChatMemberRow, ChatRoomRow, OutboxRow))


_SINCE = Prepared(
    select(MESSAGE).where(MESSAGE.c.id > bindparam("number"), MESSAGE.c.deleted_at.is_(None)).order_by(MESSAGE.c.id)
)


class Heard(Frozen):
    """One message as it stands now. `number` grows with every message; `readers` are in the room now."""

    number: int
    id: str
    key: str
    room: str
    thread: str
    at: datetime
    author: str
    only_for: str
    message: Message
    readers: tuple[str, ...]


def heard_since(connection: Connection, number: int) -> Sequence[Heard]:
    """Messages after this number, in order; deleted ones left out."""
    rows = _SINCE.all(connection, {"number": number})
    rooms = {room: people_in(connection, room) for room in {row.room_id for row in rows if not row.only_for}}
    return [
        Heard(
            number=row.id,
            id=str(row.id),
            key=row.key,
            room=row.room_id,
            thread=str(row.thread_id or ""),
            at=row.at,
            author=row.author,
            only_for=row.only_for,
            message=load(Message, row.body),
            readers=(row.only_for,) if row.only_for else rooms[row.room_id],
        )
        for row in rows
    ]


class RoomMember(Frozen):
    user: str
    joined_at: datetime
    left_at: datetime | None


class Room(Frozen):
    id: str
    kind: str
    name: str
    members: tuple[RoomMember, ...]


def rooms(connection: Connection) -> Sequence[Room]:
    """Every room and direct conversation, with everybody who ever was in it."""
    found = connection.execute(select(ROOM).order_by(ROOM.c.id)).all()
    members = connection.execute(select(MEMBER).order_by(MEMBER.c.user)).all()
    return [
        Room(
            id=row.id,
            kind=row.kind,
            name=row.name if row.kind == "room" else "",
            members=tuple(
                RoomMember(user=m.user, joined_at=m.joined_at, left_at=m.left_at)
                for m in members
                if m.room_id == row.id
            ),
        )
        for row in found
    ]


class Outgoing(Frozen):
    """A row of the outbox as it stands: `not_before` is when it may go, `message` what was to be delivered, as JSON."""

    key: str
    conversation: str
    verb: str
    state: str
    not_before: datetime
    settled_at: datetime | None
    message: str


def outgoing(connection: Connection) -> Sequence[Outgoing]:
    """Everything that ever was to go out, in order."""
    rows = connection.execute(select(OUTBOX).order_by(OUTBOX.c.id)).all()
    found = []
    for row in rows:
        delivery = load(Delivery, row.body)
        found.append(
            Outgoing(
                key=row.key,
                conversation=row.conversation,
                verb=delivery.verb,
                state=row.state,
                not_before=row.not_before,
                settled_at=row.settled_at,
                message=delivery.message.model_dump_json() if delivery.message else "",
            )
        )
    return found
