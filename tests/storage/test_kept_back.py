"""What a transaction keeps back to write it together is seen by whoever asks in it, and by all once it has ended."""

import pytest
from sqlalchemy import func, select

from cohorts.events import Recorded
from cohorts.messages import Message
from cohorts.nudging.model import NudgeRecord
from cohorts.ports import StaleError
from storage.database import PostgresDatabase, SqliteDatabase
from storage.queues import due
from storage.queues.ledger import ledger
from storage.tables import OutboxRow, table_of
from storage.transaction import SqlTransaction
from tests.storage.values import MINUTE, NOW, delivery, run

Database = SqliteDatabase | PostgresDatabase
OUTBOX = table_of(OutboxRow)


async def test_what_was_added_is_found_at_once_and_keeps_its_order(database: Database) -> None:
    def work(tx: SqlTransaction) -> list[object]:
        tx.outbox.add(delivery("a", message=Message(text="first")), NOW)
        tx.outbox.add(delivery("a", message=Message(text="again")), NOW)
        tx.outbox.add(delivery("b"), NOW)
        known = [tx.outbox.enqueued("a"), tx.outbox.enqueued("c"), tx.outbox.enqueue(delivery("b"), NOW)]
        said = tx.outbox.message("a")
        return [*known, said and said.text, tx.outbox.enqueue(delivery("c"), NOW)]

    assert await database.transact(work) == [True, False, False, "first", True]
    await database.transact(lambda tx: [tx.outbox.add(delivery(key), NOW) for key in "zab"])
    lines = await database.read(lambda tx: list(ledger(tx.connection)))
    assert [line.key for line in lines] == ["a", "b", "c", "z"]


async def test_whoever_goes_beside_the_repositories_sees_it_too(database: Database) -> None:
    def work(tx: SqlTransaction) -> tuple[int, list[str]]:
        tx.outbox.add(delivery("a"), NOW)
        tx.due.set("run", "r", NOW)
        count = tx.connection.execute(select(func.count()).select_from(OUTBOX)).scalar_one()
        return count, [item.ref for item in due.take(tx.connection, "me", NOW, MINUTE, 5)]

    assert await database.transact(work) == (1, ["r"])


async def test_a_nudge_tells_what_becomes_of_a_delivery_just_added(database: Database) -> None:
    def work(tx: SqlTransaction) -> list[str]:
        tx.outbox.add(delivery("d"), NOW)
        tx.nudges.record(NudgeRecord(educator_id="ana", at=NOW, kinds=("step",), refs=("r",), delivery="d"))
        return [record.reason for record in tx.nudges.records("ana", NOW - MINUTE)]

    assert await database.transact(work) == ["going"]


async def test_plans_are_as_they_were_last_made(database: Database) -> None:
    def work(tx: SqlTransaction) -> list[object]:
        tx.due.set("run", "a", NOW)
        tx.due.set("run", "b", NOW)
        tx.due.clear("run", "a")
        tx.due.set("run", "b", NOW + MINUTE)
        tx.due.clear("run", "c")
        tx.due.set("run", "c", NOW)
        return [tx.due.at("run", ref) for ref in "abc"]

    wanted = [None, NOW + MINUTE, NOW]
    assert await database.transact(work) == wanted
    assert await database.read(lambda tx: [tx.due.at("run", ref) for ref in "abc"]) == wanted


async def test_history_is_told_in_order_with_what_was_just_said(database: Database) -> None:
    def said(number: int) -> Recorded:
        return Recorded(at=NOW, kind=f"k{number}", subject="s", actor="me", facts={"n": str(number)})

    def work(tx: SqlTransaction) -> list[str]:
        tx.history.append(said(1), said(2))
        before = [each.kind for each in tx.history.about("s")]
        tx.history.append(said(3))
        return before

    assert await database.transact(work) == ["k1", "k2"]
    assert await database.read(lambda tx: tx.history.about("s")) == [said(1), said(2), said(3)]


async def test_a_run_saved_twice_is_the_newest_and_its_old_version_is_refused(database: Database) -> None:
    await database.transact(lambda tx: tx.runs.add(run(), NOW))

    def work(tx: SqlTransaction) -> None:
        old = tx.runs.get("run-1")
        newer = tx.runs.save(old, NOW)
        newest = tx.runs.save(newer.model_copy(update={"status": "paused"}), None)
        assert tx.runs.get("run-1") == newest
        assert tx.runs.of_cohort("cohort-1") == [newest]
        with pytest.raises(StaleError):
            tx.runs.save(old, None)

    await database.transact(work)
    kept = await database.read(lambda tx: (tx.runs.get("run-1"), tx.due.at("run", "run-1")))
    assert (kept[0].version, kept[0].status, kept[1]) == (2, "paused", None)


async def test_nothing_of_it_is_kept_where_the_transaction_fails(database: Database) -> None:
    def fail(tx: SqlTransaction) -> None:
        tx.outbox.add(delivery("a"), NOW)
        tx.due.set("run", "r", NOW)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await database.transact(fail)
    assert await database.read(lambda tx: (tx.outbox.enqueued("a"), tx.due.at("run", "r"))) == (False, None)
