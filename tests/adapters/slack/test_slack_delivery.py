"""The outbox to a Slack that misbehaves: after every fault each message stands there once, in its order."""

from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.chat.slack.adapter import SlackChat
from bot.dispatcher import Dispatcher
from cohorts.messages import Message
from cohorts.ports import Delivery
from storage.database import SqliteDatabase
from storage.queues import outbox
from storage.queues.conversations import keep_conversation
from storage.transaction import SqlTransaction
from tests.adapters.slack.conftest import tokens_of
from tests.fakes.files import fresh_database
from tests.fakes.slack.faults import Fault, Garbage, RateLimited, Refused, Reset, ServerError
from tests.fakes.slack.server import FakeSlack
from tests.storage.values import NOW

FAULTS: list[Fault] = [
    Reset("before"),
    Reset("after"),
    ServerError("before"),
    ServerError("after"),
    Garbage(),
    RateLimited(20),
    Refused("internal_error"),
]


class Line:
    """A database, a fake Slack by the same clock, and time that jumps to whatever is next."""

    def __init__(self, database: SqliteDatabase, session: aiohttp.ClientSession) -> None:
        self.database, self.session, self.at = database, session, NOW
        self.slack = FakeSlack(now=self.seconds)

    def now(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.at.timestamp()

    async def enqueue(self, room: str, *keys: str, thread: str = "") -> None:
        def work(tx: SqlTransaction) -> None:
            keep_conversation(tx.connection, "slack", "T1", f"cohort:{room}", room)
            for key in keys:
                tx.outbox.enqueue(
                    Delivery(
                        key=key,
                        platform="slack",
                        workspace="T1",
                        conversation=f"cohort:{room}",
                        purpose="reply",
                        message=Message(text=key),
                        thread=thread,
                        not_before=self.at,
                    ),
                    self.at,
                )

        await self.database.transact(work)

    async def run(self) -> None:
        chat = SlackChat(tokens_of(self.slack), self.session, self.slack.base_url)
        dispatcher = Dispatcher(self.database, {"slack": chat}, self.now, "one")
        while True:
            await dispatcher.deliver_due()
            upcoming = await dispatcher.next_at()
            if upcoming is None or upcoming > NOW + timedelta(days=1):
                return
            self.at = max(upcoming, self.at + timedelta(milliseconds=1))


@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.parametrize("where", ["room", "thread"])
@pytest.mark.parametrize("when", ["sending", "looking"])
async def test_after_any_fault_every_message_stands_there_once(
    tmp_path: Path, fault: Fault, where: str, when: str
) -> None:
    """Two sends in a row go wrong, or their look-ups do: of the second and third of three in a room, or of the two in
    a thread behind them."""
    database = fresh_database(tmp_path)
    async with aiohttp.ClientSession() as session:
        line = Line(database, session)
        async with line.slack as slack:
            town = slack.workspace("T1")
            room = town.channel("sotol", town.user("Ann"), private=True, bot=True)
            skip = 1 if where == "room" else 3
            looks = "conversations.history" if where == "room" else "conversations.replies"
            if when == "looking":
                slack.faults.add(Reset("after"), "chat.postMessage", times=2, skip=skip)
                slack.faults.add(fault, looks, times=2)
            else:
                slack.faults.add(fault, "chat.postMessage", times=2, skip=skip)
            await line.enqueue(room, "a", "b", "c")
            await line.enqueue(room, "d", "e", thread="a")
            await line.run()
            assert slack.faults.left == 0
            assert [one.text for one in town.messages(room)] == ["a", "b", "c", "d", "e"]
            assert await database.with_connection(outbox.counts) == {"sent": 5}
    await database.close()
