"""The local chat behind the Chat port: what Cohortium says goes into the chat's own record."""
# ruff: noqa: ARG002 - there is one workspace here, but the port names it in every call

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from cohorts.messages import Message
from cohorts.ports import Limits, MissingError
from cohorts.send_errors import SendFailedError
from storage import chat
from storage.database import Database

from .feed import Feed
from .ids import BOT, PLATFORM, direct_id, message_id, message_number, room_id
from .people import PeopleChat

T = TypeVar("T")


class LocalChat:
    """`cohorts.ports.Chat` on the same database as everything else, in a record of its own.

    `people` is the other side: what those who read and write there may do.
    """

    platform = PLATFORM
    limits = Limits()

    def __init__(self, database: Database, now: Callable[[], datetime], feed: Feed) -> None:
        self._database = database
        self._now = now
        self.people = PeopleChat(database, now, feed)

    async def open_room(self, key: str, workspace: str, name: str, topic: str, people: Iterable[str]) -> str:
        return await self._open(chat.Room(id=room_id(key), kind="room", name=name, topic=topic), people)

    async def open_direct(self, workspace: str, user: str) -> str:
        return await self._open(chat.Room(id=direct_id(user), kind="direct", name="Cohortium"), (user,))

    async def add_people(self, workspace: str, conversation: str, people: Iterable[str]) -> None:
        users, now = tuple(people), self._now()
        await self._change(lambda record: chat.join(record, conversation, users, now))

    async def remove_people(self, workspace: str, conversation: str, people: Iterable[str]) -> None:
        users, now = tuple(people), self._now()
        await self._change(lambda record: chat.leave(record, conversation, users, now))

    async def close_room(self, key: str, workspace: str, conversation: str, message: Message) -> None:
        """A room here stays as it is: nobody has too many of them."""

    async def send(self, key: str, workspace: str, conversation: str, message: Message, thread: str = "") -> str:
        thread_id, now = _number(thread) if thread else None, self._now()
        new = chat.NewPost(key=key, room_id=conversation, author=BOT, message=message, thread_id=thread_id)
        return message_id(await self._change(lambda record: chat.post(record, new, now)))

    async def update(self, workspace: str, conversation: str, message_id: str, message: Message) -> None:
        number, now = _number(message_id), self._now()
        await self._change(lambda record: chat.edit(record, conversation, number, message, now))

    async def delete(self, workspace: str, conversation: str, message_id: str) -> None:
        number, now = _number(message_id), self._now()
        await self._change(lambda record: chat.delete(record, conversation, number, now))

    async def find(
        self, key: str, workspace: str, conversation: str, thread: str = "", since: datetime | None = None
    ) -> str | None:
        known = await self._change(lambda record: chat.find_by_key(record, key))
        return None if known is None else message_id(known)

    async def _open(self, room: chat.Room, people: Iterable[str]) -> str:
        users, now = tuple(people), self._now()
        await self._change(lambda record: chat.open_room(record, room, users, now))
        return room.id

    async def _change(self, work: Callable[[chat.Record], T]) -> T:
        try:
            return await self._database.with_connection(work)
        except MissingError as error:
            raise SendFailedError(f"The local chat has no room or message {error}.") from error


def _number(message: str) -> int:
    try:
        return message_number(message)
    except ValueError as error:
        raise SendFailedError(str(error)) from error
