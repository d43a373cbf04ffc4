"""What people do in the local chat: read, write, edit and delete their own words. Every question names the person.

Nothing here is the core's: the chat keeps what was said, as Slack would, and tells the core by an event (events.py).
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from cohorts.messages import Message, plain
from cohorts.ports import MissingError
from storage import chat, chat_view
from storage.database import Database
from storage.listening import Change
from storage.transaction import SqlTransaction

from .feed import Feed
from .ids import BOT, whisper_key

T = TypeVar("T")
Seen = chat_view.SeenMessage


class NotYoursError(Exception):
    """Somebody else wrote this message."""


class PeopleChat:
    """One person's view of the chat, for every person. What they may not see raises MissingError or is left out."""

    def __init__(self, database: Database, now: Callable[[], datetime], feed: Feed) -> None:
        self._database = database
        self._now = now
        self.feed = feed

    async def rooms(self, user: str) -> Sequence[chat_view.SeenRoom]:
        return await self._look(lambda record: chat_view.rooms_of(record, user))

    async def room(self, user: str, room_id: str) -> chat_view.SeenRoom:
        return _found(await self._look(lambda record: chat_view.room_of(record, user, room_id)), room_id)

    async def people(self, user: str, room_id: str) -> Sequence[str]:
        """Who else and you are in the room."""
        await self.room(user, room_id)
        return await self._look(lambda record: chat.people_in(record, room_id))

    async def page(self, user: str, room_id: str, before: int | None = None, limit: int = 50) -> chat_view.Page:
        return await self._look(lambda record: chat_view.page(record, user, room_id, before, limit))

    async def thread(self, user: str, room_id: str, root_id: int) -> Sequence[Seen]:
        seen = await self._look(lambda record: chat_view.thread(record, user, room_id, root_id))
        return _found(seen or None, str(root_id))

    async def message(self, user: str, room_id: str, message_id: int) -> Seen:
        seen = await self._look(lambda record: chat_view.message_of(record, user, room_id, message_id))
        return _found(seen, str(message_id))

    async def changes_since(self, user: str, number: int) -> Sequence[Change]:
        return await self._look(lambda record: chat_view.changes_since(record, user, number))

    async def last_change(self) -> int:
        """What `changes_since` counts from, now."""
        return await self._look(chat.last_change)

    async def post(self, user: str, room_id: str, key: str, text: str, thread_id: int | None = None) -> int:
        """The message's id; the same key is the same message."""
        message = Message(text=literal(text))
        new = chat.NewPost(key=key, room_id=room_id, author=user, message=message, thread_id=thread_id)
        return await self._keep(user, new)

    async def hold(self, user: str, room_id: str, key: str, text: str, thread_id: int | None = None) -> int:
        """Like `post`, but nobody else sees it."""
        message = Message(text=literal(text))
        new = chat.NewPost(key=key, room_id=room_id, author=user, message=message, thread_id=thread_id, only_for=user)
        return await self._keep(user, new)

    async def require_place(self, user: str, room_id: str, thread_id: int | None) -> None:
        """Raises MissingError where this person could not write."""
        await self.room(user, room_id)
        if thread_id is not None:
            await self.message(user, room_id, thread_id)

    async def whisper(self, user: str, room_id: str, event: str, message: Message, thread_id: int | None = None) -> int:
        """Only this person sees it, until they dismiss it. The same event is answered once."""
        place = {"room_id": room_id, "thread_id": thread_id}
        new = chat.NewPost(key=whisper_key(event), author=BOT, message=message, only_for=user, **place)
        return await self._keep(user, new)

    async def edit(self, user: str, room_id: str, message_id: int, text: str) -> None:
        """Raises NotYoursError."""
        message, now = Message(text=literal(text)), self._now()

        def work(record: chat.Record) -> None:
            _require_own(record, user, room_id, message_id)
            chat.edit(record, room_id, message_id, message, now)

        await self._database.with_connection(work)

    async def delete(self, user: str, room_id: str, message_id: int) -> None:
        """One's own words, or what was whispered to oneself. Raises NotYoursError."""
        now = self._now()

        def work(record: chat.Record) -> None:
            _require_own(record, user, room_id, message_id, whispers=True)
            chat.delete(record, room_id, message_id, now)

        await self._database.with_connection(work)

    async def mark_read(self, user: str, room_id: str, up_to: int) -> None:
        """The person's other windows hear of it."""
        await self._database.with_connection(lambda record: chat.mark_read(record, user, room_id, up_to))

    async def _keep(self, user: str, new: chat.NewPost) -> int:
        now = self._now()

        def work(record: chat.Record) -> int:
            # Asked inside the transaction: somebody may have been taken out of the room a moment ago.
            _found(chat_view.is_in(record, user, new.room_id) or None, new.room_id)
            if new.thread_id is not None:
                _found(chat_view.message_of(record, user, new.room_id, new.thread_id), str(new.thread_id))
            return chat.post(record, new, now)

        return await self._database.with_connection(work)

    async def _look(self, work: Callable[[chat.Record], T]) -> T:
        def look(opened: SqlTransaction) -> T:
            return work(opened.connection)

        return await self._database.read(look)


def literal(text: str) -> str:
    """A person's words as a message's text: lines stay lines, nothing in them formats, links or mentions."""
    return "\n".join(plain(line) for line in text.strip().splitlines())


def written(message: Message) -> str:
    """What `literal` was given, for the person who wants to change it."""
    return re.sub(r"\\(.)", r"\1", message.text)


def _require_own(record: chat.Record, user: str, room_id: str, message_id: int, *, whispers: bool = False) -> None:
    seen = _found(chat_view.message_of(record, user, room_id, message_id), str(message_id))
    if seen.author != user and not (whispers and seen.only_for == user):
        raise NotYoursError(str(message_id))


def _found(thing: T | None, what: str) -> T:
    if thing is None:
        raise MissingError(what)
    return thing
