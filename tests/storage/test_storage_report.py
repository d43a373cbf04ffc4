"""The queues as an operator reads and mends them: what is held and why, what is dead, and that mending is kept."""

from datetime import datetime, timedelta

from cohorts.messages import Message
from cohorts.ports import Delivery
from storage.database import PostgresDatabase, SqliteDatabase
from storage.queues import due, outbox, report, workspaces
from storage.queues.report import Held, Queues, look_at_queues
from storage.survey import look_at_backlog
from storage.transaction import SqlTransaction
from tests.storage.values import NOW

Database = SqliteDatabase | PostgresDatabase
MINUTE = timedelta(minutes=1)
SECRET = "the words that nobody but their reader sees"


def delivery(key: str, workspace: str = "home", at: datetime = NOW) -> Delivery:
    message = Message(text=SECRET)
    return Delivery(
        key=key, platform="chat", workspace=workspace, conversation=f"dm:{key}", message=message, not_before=at
    )


async def enqueue(database: Database, *deliveries: Delivery) -> None:
    await database.transact(lambda tx: [tx.outbox.enqueue(each, NOW) for each in deliveries])


async def look(database: Database, now: datetime = NOW, most: int = 50) -> Queues:
    return await database.read(lambda tx: look_at_queues(tx.connection, now, most))


async def claim_first(database: Database) -> outbox.Claimed:
    def claim(tx: SqlTransaction) -> outbox.Claimed:
        heads = outbox.heads(tx.connection, "one", NOW, 50)
        return outbox.claim(tx.connection, "one", [heads[0].id], NOW, MINUTE)[0]

    return await database.transact(claim)


async def die(database: Database, key: str) -> None:
    """A dead letter."""
    await enqueue(database, delivery(key))
    claimed = await claim_first(database)
    await database.transact(lambda tx: outbox.bury(tx.connection, claimed, "one", "ChannelGone", NOW))


async def bury_work(database: Database, ref: str) -> None:
    def bury(tx: SqlTransaction) -> None:
        tx.due.set("run", ref, NOW)
        (item,) = due.take(tx.connection, "one", NOW, MINUTE, 1)
        due.bury(tx.connection, item, "StaleError", NOW)

    await database.transact(bury)


async def test_what_is_held_is_told_with_its_reason(database: Database) -> None:
    await enqueue(database, delivery("again"))
    failed = await claim_first(database)
    await database.transact(lambda tx: outbox.retry(tx.connection, failed, "one", "NotSentError", NOW + MINUTE))
    await enqueue(database, delivery("going"))
    await claim_first(database)
    await enqueue(database, delivery("free"), delivery("later", at=NOW + MINUTE), delivery("lost", "gone"))
    await database.transact(lambda tx: workspaces.lose(tx.connection, ("chat", "gone"), "token revoked", NOW))
    seen = await look(database)
    expected: dict[str, Held] = {"again": "again", "going": "going", "free": "", "later": "later", "lost": "lost"}
    assert {letter.key: letter.held for letter in (*seen.waiting, *seen.held)} == expected
    assert {letter.key for letter in seen.waiting} == {"going", "free"}
    assert [(lost.workspace, lost.why) for lost in seen.lost] == [("gone", "token revoked")]
    assert SECRET not in seen.model_dump_json()


async def test_however_few_are_shown_all_are_counted_each_in_its_list(database: Database) -> None:
    at_hand = [delivery(f"free-{number}") for number in range(4)]
    later = [delivery(f"later-{number}", at=NOW + MINUTE) for number in range(5)]
    await enqueue(database, *later, *at_hand, *(delivery(f"lost-{number}", "gone") for number in range(2)))
    await database.transact(lambda tx: workspaces.lose(tx.connection, ("chat", "gone"), "token revoked", NOW))
    await database.transact(lambda tx: [tx.due.set("run", str(number), NOW) for number in range(6)])
    seen = await look(database, most=3)
    assert [len(shown) for shown in (seen.due, seen.waiting, seen.held)] == [3, 3, 3]
    assert (seen.totals.due, seen.totals.waiting, seen.totals.held, seen.totals.dead) == (6, 4, 7, 0)
    backlog = await database.read(lambda tx: look_at_backlog(tx.connection, NOW))
    assert backlog.due == seen.totals.due
    assert backlog.outbox["pending"] == seen.totals.waiting + seen.totals.held


async def test_work_that_failed_is_due_put_off_or_dead(database: Database) -> None:
    def lay(tx: SqlTransaction) -> None:
        tx.due.set("run", "failed", NOW)
        (item,) = due.take(tx.connection, "one", NOW, MINUTE, 1)
        due.put_off(tx.connection, item, NOW + MINUTE, "StaleError")
        tx.due.set("run", "now", NOW)
        tx.due.set("run", "future", NOW + MINUTE)

    await database.transact(lay)
    await bury_work(database, "dead")
    seen = await look(database)
    assert [work.name for work in seen.due] == ["run/now"]
    assert [(work.name, work.error) for work in seen.put_off] == [("run/failed", "StaleError")]
    assert [(work.name, work.dead_at) for work in seen.dead_work] == [("run/dead", NOW)]


async def test_what_is_dead_is_tried_again_under_a_name_that_is_kept(database: Database) -> None:
    await die(database, "letter")
    await bury_work(database, "work")
    for name in ("letter", "run/work"):
        assert await database.transact(lambda tx, name=name: report.retry(tx.connection, name, "olga", NOW))
        assert not await database.transact(lambda tx, name=name: report.retry(tx.connection, name, "olga", NOW))
        (kept,) = await database.read(lambda tx, name=name: tx.history.about(name))
        assert (kept.kind, kept.actor, kept.at) == ("queue_retried", "olga", NOW)
    seen = await look(database)
    assert (seen.dead, seen.dead_work) == ((), ())
    # It may have arrived: whoever takes it looks first.
    assert [(letter.key, letter.state) for letter in seen.waiting] == [("letter", "attempting")]
    assert [work.name for work in seen.due] == ["run/work"]


async def test_what_failed_need_not_wait_for_its_next_try(database: Database) -> None:
    def lay(tx: SqlTransaction) -> None:
        tx.due.set("run", "failed", NOW)
        (item,) = due.take(tx.connection, "one", NOW, MINUTE, 1)
        due.put_off(tx.connection, item, NOW + MINUTE, "StaleError")
        tx.due.set("run", "future", NOW + MINUTE)

    await database.transact(lay)
    await enqueue(database, delivery("again"))
    failed = await claim_first(database)
    await database.transact(lambda tx: outbox.retry(tx.connection, failed, "one", "NotSentError", NOW + MINUTE))
    await enqueue(database, delivery("later", at=NOW + MINUTE))
    names = ("again", "later", "run/failed", "run/future")
    done = [await database.transact(lambda tx, n=name: report.retry(tx.connection, n, "olga", NOW)) for name in names]
    assert done == [True, False, True, False]
    seen = await look(database)
    assert [(letter.key, letter.attempts) for letter in seen.waiting] == [("again", 1)]
    assert [(work.name, work.attempts) for work in seen.due] == [("run/failed", 1)]


async def test_everything_dead_is_tried_again_at_once(database: Database) -> None:
    await die(database, "one")
    await die(database, "two")
    await bury_work(database, "three")
    assert await database.transact(lambda tx: report.retry_all(tx.connection, "", "olga", NOW))
    assert await database.read(lambda tx: list(report.names_of_dead(tx.connection))) == []
    assert not await database.transact(lambda tx: report.retry_all(tx.connection, "", "olga", NOW))


async def test_what_is_dropped_is_no_longer_dead_and_its_conversation_goes_on(database: Database) -> None:
    await die(database, "letter")
    await bury_work(database, "work")
    await enqueue(database, delivery("waiting"), delivery("behind").model_copy(update={"conversation": "dm:waiting"}))
    for name in ("letter", "run/work", "waiting"):
        assert await database.transact(lambda tx, name=name: report.drop(tx.connection, name, "olga", NOW))
        assert not await database.transact(lambda tx, name=name: report.drop(tx.connection, name, "olga", NOW))
        (kept,) = await database.read(lambda tx, name=name: tx.history.about(name))
        assert (kept.kind, kept.actor) == ("queue_dropped", "olga")
    seen = await look(database)
    assert (seen.dead, seen.dead_work, [letter.key for letter in seen.waiting]) == ((), (), ["behind"])
    assert seen.counts == {"dropped": 2, "pending": 1}
    heads = await database.transact(lambda tx: outbox.heads(tx.connection, "one", NOW, 10))
    assert [head.conversation for head in heads] == ["dm:waiting"]
    assert not await database.transact(lambda tx: report.retry(tx.connection, "letter", "olga", NOW))


async def test_a_workspace_is_taken_back_once(database: Database) -> None:
    await enqueue(database, delivery("held"))
    await database.transact(lambda tx: workspaces.lose(tx.connection, ("chat", "home"), "revoked", NOW))
    assert await database.transact(lambda tx: outbox.heads(tx.connection, "one", NOW, 10)) == []
    assert await database.transact(lambda tx: report.regain(tx.connection, "chat/home", "olga", NOW))
    assert not await database.transact(lambda tx: report.regain(tx.connection, "chat/home", "olga", NOW))
    assert len(await database.transact(lambda tx: outbox.heads(tx.connection, "one", NOW, 10))) == 1
    (kept,) = await database.read(lambda tx: tx.history.about("chat/home"))
    assert (kept.kind, kept.actor) == ("queue_regained", "olga")


async def test_only_so_many_are_shown_and_all_are_counted(database: Database) -> None:
    await enqueue(database, *(delivery(f"letter-{number}") for number in range(5)))
    await database.transact(lambda tx: tx.due.set("run", "old", NOW - 3 * MINUTE))
    seen = await look(database, most=2)
    assert [letter.key for letter in seen.waiting] == ["letter-0", "letter-1"]
    assert seen.counts == {"pending": 5}
    backlog = await database.read(lambda tx: look_at_backlog(tx.connection, NOW))
    assert (backlog.due, backlog.oldest, backlog.dead_work) == (1, NOW - 3 * MINUTE, 0)
