"""The local chat keeps the promises of the Chat port."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.chat.local.adapter import LocalChat
from bot.chat.local.feed import Feed
from cohorts.messages import Message
from cohorts.ports import MissingError
from tests.contract.chat_port import ChatPortContract
from tests.fakes.files import fresh_database
from tests.fakes.small_core import START


@dataclass
class LocalReading:
    chat: LocalChat

    async def seen(self, user: str, conversation: str, thread: str = "") -> Sequence[tuple[str, Message | None]]:
        people = self.chat.people
        try:
            messages = (
                await people.thread(user, conversation, int(thread))
                if thread
                else (await people.page(user, conversation)).messages
            )
        except MissingError:
            return []
        return [(str(one.id), one.message) for one in messages]


@pytest.fixture
async def reading(tmp_path: Path) -> AsyncIterator[LocalReading]:
    database = fresh_database(tmp_path)
    yield LocalReading(LocalChat(database, lambda: START, Feed()))
    await database.close()


class TestLocalChatPort(ChatPortContract):
    pass
