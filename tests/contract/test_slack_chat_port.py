"""Slack keeps the promises of the Chat port, on a fake Slack that is checked against Slack's own reference."""

import json
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp
import pytest

from bot.chat.slack.adapter import SlackChat
from bot.chat.slack.ids import message_id, spots_of
from bot.chat.slack.render import render
from bot.chat.words.pieces import Voice
from cohorts.messages import Message
from cohorts.ports import Limits
from tests.contract.chat_port import ChatPortContract, W
from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.workspace import Workspace
from tests.fakes.slack.world import Member
from tests.fakes.slack.world import Message as Shown

PEOPLE = ("ana", "ben", "dara")


@dataclass
class Noting:
    """The adapter, and of each message that went through it how it is drawn: Slack shows drawings, we compare words."""

    inner: SlackChat
    drawn: dict[str, Message] = field(default_factory=dict)

    @property
    def platform(self) -> str:
        return self.inner.platform

    @property
    def limits(self) -> Limits:
        return self.inner.limits

    async def open_room(self, key: str, workspace: str, name: str, topic: str, people: Iterable[str]) -> str:
        return await self.inner.open_room(key, workspace, name, topic, people)

    async def open_direct(self, workspace: str, user: str) -> str:
        return await self.inner.open_direct(workspace, user)

    async def add_people(self, workspace: str, conversation: str, people: Iterable[str]) -> None:
        await self.inner.add_people(workspace, conversation, people)

    async def close_room(self, key: str, workspace: str, conversation: str, message: Message) -> None:
        await self.inner.close_room(key, workspace, conversation, message)

    async def remove_people(self, workspace: str, conversation: str, people: Iterable[str]) -> None:
        await self.inner.remove_people(workspace, conversation, people)

    async def send(self, key: str, workspace: str, conversation: str, message: Message, thread: str = "") -> str:
        self._note(message)
        return await self.inner.send(key, workspace, conversation, message, thread)

    async def update(self, workspace: str, conversation: str, message_id: str, message: Message) -> None:
        self._note(message)
        await self.inner.update(workspace, conversation, message_id, message)

    async def delete(self, workspace: str, conversation: str, message_id: str) -> None:
        await self.inner.delete(workspace, conversation, message_id)

    async def find(
        self, key: str, workspace: str, conversation: str, thread: str = "", since: datetime | None = None
    ) -> str | None:
        return await self.inner.find(key, workspace, conversation, thread, since)

    def _note(self, message: Message) -> None:
        (part,) = render(message, Voice())
        self.drawn[_drawing(part.text, list(part.blocks))] = message


@dataclass
class SlackReading:
    chat: Noting
    town: Workspace

    async def seen(self, user: str, conversation: str, thread: str = "") -> Sequence[tuple[str, Message | None]]:
        if user not in self.town.find(conversation).members:
            return []
        root = spots_of(thread)[0].ts if thread else ""
        shown = self.town.messages(conversation)
        wanted = [one for one in shown if (root in (one.ts, one.thread_ts) if root else _on_top(one))]
        return [(self._id(one), self.chat.drawn.get(_drawing(one.text, one.blocks))) for one in wanted]

    def _id(self, one: Shown) -> str:
        return message_id(one.channel, one.ts, one.thread_ts)


def _on_top(one: Shown) -> bool:
    return not one.thread_ts or one.thread_ts == one.ts


def _drawing(text: str, blocks: Sequence[dict[str, Any]]) -> str:
    bare = [{name: value for name, value in block.items() if name != "block_id"} for block in blocks]
    return json.dumps([text, bare], sort_keys=True)


@pytest.fixture
async def reading() -> AsyncIterator[SlackReading]:
    async with FakeSlack() as slack, aiohttp.ClientSession() as session:
        town = slack.workspace(W)
        for name in PEOPLE:
            town.team.members[name] = Member(name, name, town.id)

        async def tokens(workspace: str) -> str | None:
            return town.token if workspace == W else None

        yield SlackReading(Noting(SlackChat(tokens, session, slack.base_url)), town)


class TestSlackChatPort(ChatPortContract):
    pass
