"""Edits of one message that wait in a row: readers get the newest, soon and in order; the older ones leave a trace."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot.simulator.platform import SimulatedChat
from cohorts.messages import Message
from cohorts.ports import Delivery
from storage.database import Database
from storage.queues.conversations import keep_conversation
from storage.tables import OutboxRow, table_of
from storage.transaction import SqlTransaction
from tests.faults.test_delivery_limits import Line
from tests.storage.values import NOW

OUTBOX = table_of(OutboxRow)
LATER = timedelta(hours=1)


class Seen(SimulatedChat):
    """Keeps what each message says, and every edit as it came."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.edits: list[str] = []

    async def update(self, workspace: str, conversation: str, message_id: str, message: Message) -> None:
        await super().update(workspace, conversation, message_id, message)
        self.edits.append(message.text)


def line_on(database: Database) -> tuple[Line, Seen]:
    line = Line(database)
    chat = Seen("slack", line.now, seed=7)
    line.chat = chat
    line.dispatcher = line.worker("one")
    return line, chat


def send(key: str, **changes: Any) -> Delivery:
    values = {"key": key, "platform": "slack", "workspace": "T1", "conversation": "cohort:r", "purpose": "reply"}
    return Delivery(**values | {"message": Message(text=key), "not_before": NOW} | changes)


def edit(key: str, about: str = "header", **changes: Any) -> Delivery:
    return send(key, verb="update", about=about, **changes)


async def write(database: Database, *deliveries: Delivery) -> None:
    def work(tx: SqlTransaction) -> None:
        keep_conversation(tx.connection, "slack", "T1", "cohort:r", "r")
        for each in deliveries:
            tx.outbox.enqueue(each, NOW)

    await database.transact(work)


async def states(database: Database) -> dict[str, str]:
    query = select(OUTBOX.c.key, OUTBOX.c.state).order_by(OUTBOX.c.id)
    rows: Sequence[Any] = await database.with_connection(lambda opened: opened.execute(query).all())
    return {row.key: row.state for row in rows}


async def test_of_edits_in_a_row_the_newest_is_shown_and_the_others_leave_a_trace(database: Database) -> None:
    line, chat = line_on(database)
    await write(database, send("header"), edit("one"), edit("two"), send("words"), edit("three"))
    await line.run()
    assert chat.edits == ["three"]
    assert line.said() == ["header", "words"]
    ended = {"header": "sent", "one": "dropped", "two": "dropped", "words": "sent", "three": "sent"}
    assert await states(database) == ended
    why = select(OUTBOX.c.error).where(OUTBOX.c.key == "one")
    assert "newer edit" in await database.with_connection(lambda opened: str(opened.execute(why).scalar()))


async def test_edits_of_other_messages_are_left_alone(database: Database) -> None:
    line, chat = line_on(database)
    await write(database, send("header"), send("other"), edit("one"), edit("its own", "other"), edit("two"))
    await line.run()
    assert chat.edits == ["its own", "two"]


async def test_an_edit_goes_while_the_newer_one_waits_for_the_morning(database: Database) -> None:
    line, chat = line_on(database)
    await write(database, send("header"), edit("now"), edit("in the morning", not_before=NOW + LATER))
    await line.dispatcher.deliver_due()
    line.at += timedelta(minutes=1)
    await line.dispatcher.deliver_due()
    assert chat.edits == ["now"]
    await line.run()
    assert chat.edits == ["now", "in the morning"]


async def test_an_edit_goes_while_something_before_the_newer_one_waits(database: Database) -> None:
    line, chat = line_on(database)
    waiting = send("in the morning", not_before=NOW + LATER)
    await write(database, send("header"), edit("now"), waiting, edit("after it"))
    await line.dispatcher.deliver_due()
    line.at += timedelta(minutes=1)
    await line.dispatcher.deliver_due()
    assert chat.edits == ["now"]
    await line.run()
    assert (chat.edits, line.said()) == (["now", "after it"], ["header", "in the morning"])


async def test_a_message_that_is_taken_back_is_not_edited_first(database: Database) -> None:
    line, chat = line_on(database)
    await write(database, send("header"), edit("one"), send("gone", verb="delete", about="header", message=None))
    await line.run()
    assert chat.edits == []
    assert (await states(database))["gone"] == "sent"


async def test_edits_in_one_transaction_are_one(database: Database) -> None:
    def work(tx: SqlTransaction) -> None:
        keep_conversation(tx.connection, "slack", "T1", "cohort:r", "r")
        for each in (send("header"), edit("one"), send("words"), edit("two"), edit("one"), edit("its own", "words")):
            tx.outbox.add(each, NOW)

    line, chat = line_on(database)
    await database.transact(work)
    assert list(await states(database)) == ["header", "words", "two", "its own"]
    await line.run()
    assert (chat.edits, line.said()) == (["two", "its own"], ["header", "words"])
