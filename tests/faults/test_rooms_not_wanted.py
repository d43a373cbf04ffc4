"""A dead letter that would open a room for a cohort that has ended or is gone: tried again it ends, and it is told."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.simulator.platform import SimulatedChat
from cohorts.messages import Message
from cohorts.ports import Delivery
from cohorts.send_errors import RoomClosedError, SendFailedError
from storage.database import Database
from storage.queues import report
from storage.tables import OutboxRow, table_of
from storage.transaction import SqlTransaction
from tests.faults.test_delivery_limits import Line
from tests.scenarios.town import SIX, Town, open_town
from tests.storage.values import NOW

OUTBOX = table_of(OutboxRow)


class Refusing(SimulatedChat):
    """Opens no room, and every room there is closed."""

    tries = 0

    async def open_room(self, key: str, workspace: str, name: str, topic: str, people: Iterable[str]) -> str:
        self.tries += 1
        raise SendFailedError("user_not_found")

    async def update(self, workspace: str, conversation: str, message_id: str, message: Message) -> None:
        self.tries += 1
        raise RoomClosedError("is_archived")


def opening(cohort_id: str, now: datetime, platform: str = "slack", workspace: str = "T1") -> Delivery:
    return Delivery(
        key=f"{cohort_id}:open",
        platform=platform,
        workspace=workspace,
        conversation=f"cohort:{cohort_id}",
        verb="open_room",
        name="Sotol",
        not_before=now,
    )


def lay_dead(tx: SqlTransaction, delivery: Delivery, now: datetime) -> None:
    tx.outbox.enqueue(delivery, now)
    tx.connection.execute(update(OUTBOX).where(OUTBOX.c.key == delivery.key).values(state="dead", error="away"))


async def test_a_room_for_a_cohort_that_is_gone_is_not_tried_for_ever(database: Database) -> None:
    line = Line(database)
    line.chat = chat = Refusing("slack", line.now)
    line.dispatcher = line.worker("one")
    await database.transact(lay_dead, opening("gone", NOW), NOW)
    assert await database.transact(lambda tx: report.retry(tx.connection, "gone:open", "olga", NOW))
    await line.run()
    assert await line.states() == {"dropped": 1}
    assert (chat.tries, line.at) == (0, NOW)


async def test_a_closed_room_of_a_cohort_that_is_gone_is_not_tried_for_ever(database: Database) -> None:
    line = Line(database)
    line.chat = chat = Refusing("slack", line.now)
    line.dispatcher = line.worker("one")
    await line.enqueue("T1", "gone", "header")
    await line.run()
    change = line.delivery("T1", "gone", "change").model_copy(update={"verb": "update", "about": "header"})
    await database.transact(lambda tx: tx.outbox.enqueue(change, NOW))
    await line.run()
    assert await line.states() == {"sent": 1, "dropped": 1}
    assert chat.tries == 1


@pytest.mark.parametrize("gone", [True, False], ids=["gone", "ended"])
async def test_whoever_can_help_is_told_that_a_room_is_not_wanted_any_more(tmp_path: Path, gone: bool) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.settle_in("olga", roles=("operator",))
        await town.form(*SIX)
        await town.pass_days(1)
        cohort = await town.cohort("ann")
        ended = cohort.model_copy(update={"status": "finished"})
        await town.change(lambda tx: tx.cohorts.save(ended))
        opened = opening("gone" if gone else cohort.id, town.clock.now(), "local", "local")
        await town.house.database.transact(lay_dead, opened, town.clock.now())
        await retry(town, opened.key)
        assert (await town.states())[opened.key] == "dropped"
        await town.pass_days(1)
        told = await town.reads("olga")
        assert f"could not be delivered to {'cohort:gone' if gone else cohort.name}" in told
        assert "the cohort has ended or is no longer there" in told
        assert "There is nothing for you to do." in told
        kept = await town.ask(lambda tx: tx.history.about(opened.key))
        assert [line.kind for line in kept] == ["queue_retried"]


async def retry(town: Town, key: str) -> None:
    assert await town.change(lambda tx: report.retry(tx.connection, key, "olga", town.clock.now()))
    await town.house.dispatcher.deliver_due()
