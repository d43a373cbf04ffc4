"""Edits of one message that one transaction asks for: readers get the newest, in order; the others are never begun."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select, update
from sqlalchemy.event import listen

from bot.simulator.platform import SimulatedChat
from cohorts.messages import Message
from cohorts.ports import Delivery
from storage.database import Database
from storage.queues import outbox, report
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


def opening(key: str) -> Delivery:
    return send(key, verb="open_room", people=("U1", "U2"), message=None)


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


async def test_edits_of_two_transactions_both_go_in_order(database: Database) -> None:
    line, chat = line_on(database)
    await write(database, send("header"), edit("one"))
    await write(database, edit("two"))
    await line.run()
    assert chat.edits == ["one", "two"]
    assert set((await states(database)).values()) == {"sent"}


async def test_an_edit_for_now_is_not_put_off_by_one_for_the_morning(database: Database) -> None:
    def work(tx: SqlTransaction) -> None:
        keep_conversation(tx.connection, "slack", "T1", "cohort:r", "r")
        for each in (send("header"), edit("now"), edit("in the morning", not_before=NOW + LATER)):
            tx.outbox.add(each, NOW)

    line, chat = line_on(database)
    await database.transact(work)
    await line.run()
    assert chat.edits == ["now", "in the morning"]


def bury(tx: SqlTransaction, key: str) -> None:
    [head] = outbox.heads(tx.connection, "one", NOW, 5)
    [claimed] = outbox.claim(tx.connection, "one", [head.id], NOW, LATER)
    assert claimed.delivery.key == key
    outbox.bury(tx.connection, claimed, "one", "PlatformAwayError", NOW)


@pytest.mark.parametrize(
    ("dead", "newer", "outdated"),
    [
        (edit("old"), edit("new"), True),
        (edit("old"), send("new", verb="delete", about="header", message=None), True),
        (edit("old"), edit("new", "another"), False),
        (edit("old"), send("new"), False),
        (send("old", verb="add_people", people=("U1",)), send("new", verb="remove_people", people=("U1", "U2")), True),
        (send("old", verb="add_people", people=("U1",)), send("new", verb="remove_people", people=("U2",)), False),
        (send("old"), edit("new"), False),
        (opening("old"), opening("new"), True),
        (opening("old"), send("new", verb="add_people", people=("U1",)), False),
        (opening("old"), send("new", verb="remove_people", people=("U2",)), False),
    ],
)
async def test_a_dead_edit_does_not_come_back_over_a_newer_one(
    database: Database, dead: Delivery, newer: Delivery, outdated: bool
) -> None:
    await write(database, dead)
    await database.transact(bury, "old")
    await write(database, newer)
    assert await database.transact(lambda tx: report.retry(tx.connection, "old", "olga", NOW))
    assert (await states(database))["old"] == ("dropped" if outdated else "attempting")
    assert [each.kind for each in await database.read(lambda tx: tx.history.about("old"))] == (
        ["queue_dropped"] if outdated else ["queue_retried"]
    )


@pytest.mark.parametrize("old", [send("old"), edit("old"), opening("old")], ids=["words", "edit", "room"])
async def test_what_died_for_a_room_does_not_come_into_the_one_that_took_its_place(
    database: Database, old: Delivery
) -> None:
    await write(database, old)
    await database.transact(bury, "old")
    await database.transact(lambda tx: tx.outbox.retire("slack", "T1", "cohort:r", NOW))
    [retired] = await states(database)
    assert retired.startswith("old#")
    assert await database.transact(lambda tx: report.retry(tx.connection, retired, "olga", NOW))
    assert await states(database) == {retired: "dropped"}


async def test_all_that_is_dead_is_looked_at_in_one_pass_however_much_it_is(database: Database) -> None:
    def lay(tx: SqlTransaction, edits: int) -> None:
        for number in range(edits):
            for each in (
                edit(f"old-{number}", f"m{number}"),
                send(f"words-{number}"),
                edit(f"new-{number}", f"m{number}"),
            ):
                tx.outbox.enqueue(each, NOW)
        dead = update(OUTBOX).where(OUTBOX.c.key.not_like("new-%")).values(state="dead")
        tx.connection.execute(dead)

    def retry_all(connection: Connection) -> tuple[int, int]:
        asked = list[str]()
        listen(connection, "before_cursor_execute", lambda *told: asked.append(told[2]))
        return report.retry_all(connection, "", "olga", NOW), len(asked)

    statements = set[int]()
    for edits in (3, 40):
        await database.transact(lay, edits)
        number, asked = await database.with_connection(retry_all)
        assert number == 2 * edits
        statements.add(asked)
        found = await states(database)
        assert {found[f"old-{number}"] for number in range(edits)} == {"dropped"}
        assert {found[f"words-{number}"] for number in range(edits)} == {"attempting"}
        await database.with_connection(lambda opened: opened.execute(delete(OUTBOX)))
    assert len(statements) == 1
