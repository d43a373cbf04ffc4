"""What an operator dropped comes back as it was, for thirty days, unless something newer has taken its place."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from cohorts.messages import Message
from storage.database import PostgresDatabase, SqliteDatabase
from storage.queues import due, outbox, report
from storage.tables import DueRow, OutboxRow, table_of
from storage.tables_queues import DroppedRow
from storage.transaction import SqlTransaction
from tests.storage.test_storage_report import SECRET, bury_work, claim_first, delivery, die, enqueue, look
from tests.storage.values import MINUTE, NOW

Database = SqliteDatabase | PostgresDatabase
DAY = timedelta(days=1)
DUE, OUTBOX, DROPPED = (table_of(model) for model in (DueRow, OutboxRow, DroppedRow))


async def rows(database: Database, table: Any) -> list[dict[str, Any]]:
    return await database.with_connection(
        lambda opened: [dict(row) for row in opened.execute(select(table)).mappings()]
    )


async def drop(database: Database, name: str, actor: str = "olga") -> bool:
    return await database.transact(lambda tx: report.drop(tx.connection, name, actor, NOW))


async def restore(database: Database, name: str, after: timedelta = MINUTE) -> bool:
    return await database.transact(lambda tx: report.restore(tx.connection, name, "omar", NOW + after))


async def test_it_stands_as_it_did_and_who_did_what_is_kept(database: Database) -> None:
    await die(database, "letter")
    await bury_work(database, "work")
    await enqueue(database, delivery("again"))
    failed = await claim_first(database)
    await database.transact(lambda tx: outbox.retry(tx.connection, failed, "one", "NotSentError", NOW + MINUTE))
    await enqueue(database, delivery("waiting"))
    before = await rows(database, OUTBOX), await rows(database, DUE)
    names = ("letter", "run/work", "again", "waiting")
    for name in names:
        assert await drop(database, name)
    seen = await look(database)
    assert {(each.name, each.actor, each.at, each.error) for each in seen.dropped} == {
        ("letter", "olga", NOW, "ChannelGone"),
        ("run/work", "olga", NOW, "StaleError"),
        ("again", "olga", NOW, "NotSentError"),
        ("waiting", "olga", NOW, ""),
    }
    assert {(each.verb, each.conversation) for each in seen.dropped} == {
        ("send", "dm:letter"),
        ("send", "dm:again"),
        ("send", "dm:waiting"),
        ("", ""),
    }
    assert seen.totals.dropped == 4
    assert SECRET not in seen.model_dump_json()
    for name in names:
        assert await restore(database, name)
        assert not await restore(database, name)
        kept = await database.read(lambda tx, name=name: tx.history.about(name))
        assert [(line.kind, line.actor) for line in kept] == [("queue_dropped", "olga"), ("queue_restored", "omar")]
    after = await rows(database, OUTBOX), await rows(database, DUE)
    assert _but_tokens(after) == _but_tokens(before)
    assert (await look(database)).dropped == ()


def _but_tokens(both: tuple[list[dict[str, Any]], list[dict[str, Any]]]) -> Any:
    """A token only says how often it was taken, by whom nobody knows any more."""
    letters, work = both
    return sorted(letters, key=lambda row: row["key"]), [row | {"token": 0} for row in work]


async def test_after_thirty_days_it_is_gone(database: Database) -> None:
    for key in ("early", "late"):
        await die(database, key)
        assert await drop(database, key)
    assert len((await look(database, NOW + 30 * DAY - MINUTE)).dropped) == 2
    assert await restore(database, "early", 30 * DAY - MINUTE)
    seen = await look(database, NOW + 30 * DAY)
    assert (seen.dropped, seen.totals.dropped) == ((), 0)
    assert not await restore(database, "late", 30 * DAY)
    assert await rows(database, DROPPED) == []


async def test_old_words_do_not_come_back_over_newer_ones(database: Database) -> None:
    old, new = (delivery(key).model_copy(update={"verb": "update", "about": "header"}) for key in ("old", "new"))
    moved = {"conversation": "dm:one"}
    await enqueue(database, old.model_copy(update=moved))
    assert await drop(database, "old")
    await enqueue(database, new.model_copy(update=moved | {"message": Message(text="newer")}))
    assert not await restore(database, "old")
    assert (await look(database)).counts == {"dropped": 1, "pending": 1}


async def test_work_that_was_planned_anew_stays_as_it_is_planned(database: Database) -> None:
    await bury_work(database, "work")
    assert await drop(database, "run/work")
    await database.transact(lambda tx: tx.due.set("run", "work", NOW + DAY))
    assert not await restore(database, "run/work")
    (row,) = await rows(database, DUE)
    assert (row["at"], row["dead_at"]) == (NOW + DAY, None)


@pytest.mark.parametrize("name", ["letter", "run/work", "no-such"])
async def test_only_what_an_operator_dropped_comes_back(database: Database, name: str) -> None:
    """What was not worth sending any more was dropped by the house itself."""
    await enqueue(database, delivery("letter"))
    claimed = await claim_first(database)
    await database.transact(lambda tx: outbox.drop(tx.connection, claimed, "one", "It is stale.", NOW))

    def finish(tx: SqlTransaction) -> None:
        tx.due.set("run", "work", NOW)
        due.take(tx.connection, "one", NOW, MINUTE, 1)
        tx.due.clear("run", "work")

    await database.transact(finish)
    assert not await restore(database, name)
    assert (await look(database)).dropped == ()


async def test_what_is_dropped_again_is_kept_anew(database: Database) -> None:
    await die(database, "letter")
    for actor in ("olga", "omar"):
        assert await drop(database, "letter", actor)
        assert [each.actor for each in (await look(database)).dropped] == [actor]
        assert await restore(database, "letter")
