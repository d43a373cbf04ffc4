"""The outbox: one in flight for each conversation, leases that fence, nothing twice."""

from collections.abc import Awaitable, Sequence
from datetime import datetime
from functools import partial

import pytest
from sqlalchemy import Connection

from storage.database import PostgresDatabase, SqliteDatabase
from storage.queues import agenda, outbox, workspaces
from storage.queues.conversations import conversation, keep_conversation, logical_conversation
from storage.queues.notes import keep_note, note
from storage.queues.outbox import Claimed
from storage.transaction import SqlTransaction
from tests.storage.values import MINUTE, NOW, delivery

Database = SqliteDatabase | PostgresDatabase


async def enqueue(database: Database, *keys: str, **changes: object) -> list[bool]:
    def work(transaction: SqlTransaction) -> list[bool]:
        return [transaction.outbox.enqueue(delivery(key, **changes), NOW) for key in keys]

    return await database.transact(work)


async def claim(database: Database, owner: str = "one", now: datetime = NOW, limit: int = 10) -> Sequence[Claimed]:
    def take(connection: Connection) -> Sequence[Claimed]:
        ready = outbox.heads(connection, owner, now, limit)
        return outbox.claim(connection, owner, [head.id for head in ready], now, MINUTE)

    return await database.with_connection(take)


def keys(found: Sequence[Claimed]) -> list[str]:
    return [each.delivery.key for each in found]


async def test_a_key_is_enqueued_once(database: Database) -> None:
    assert await enqueue(database, "a", "a", "b") == [True, False, True]
    assert await enqueue(database, "a") == [False]
    assert await database.read(lambda transaction: transaction.outbox.enqueued("a"))
    assert not await database.read(lambda transaction: transaction.outbox.enqueued("z"))
    assert await database.with_connection(outbox.counts) == {"pending": 2}


async def test_a_conversation_goes_in_order_one_at_a_time(database: Database) -> None:
    await enqueue(database, "a1", "a2")
    await enqueue(database, "b1", conversation="cohort:2")
    await enqueue(database, "c1", workspace="elsewhere")
    first = await claim(database)
    assert keys(first) == ["a1", "b1", "c1"]
    assert await claim(database, "two") == []
    await database.with_connection(lambda connection: outbox.settle(connection, first[0], "one", "m-1", NOW))
    assert keys(await claim(database, "two")) == ["a2"]


async def test_the_head_of_a_conversation_holds_the_rest_back(database: Database) -> None:
    await enqueue(database, "late", not_before=NOW + MINUTE)
    await enqueue(database, "early")
    assert await claim(database) == []
    assert keys(await claim(database, now=NOW + MINUTE)) == ["late"]


@pytest.mark.parametrize("rooms", [3, 40])
async def test_the_heads_are_the_same_ones_whether_few_wait_or_many(database: Database, rooms: int) -> None:
    for number in range(rooms):
        await enqueue(database, f"{number}-a", f"{number}-b", conversation=f"cohort:{number}")
    await enqueue(database, "held", workspace="theirs")
    await enqueue(database, "lost", workspace="lost")
    await enqueue(database, "early", conversation="cohort:0", not_before=NOW - MINUTE)
    await database.with_connection(lambda c: workspaces.own(c, "two", [("local", "theirs")], NOW, MINUTE))
    await database.with_connection(lambda c: workspaces.lose(c, ("local", "lost"), "token revoked", NOW))
    found = await database.with_connection(lambda c: outbox.heads(c, "one", NOW, 100))
    assert [head.conversation for head in found] == [f"cohort:{number}" for number in range(rooms)]
    assert keys(await claim(database, limit=100)) == [f"{number}-a" for number in range(rooms)]
    assert await database.with_connection(lambda c: outbox.heads(c, "one", NOW, 100)) == []


async def test_it_wakes_too_early_rather_than_too_late(database: Database) -> None:
    def wake_at(now: datetime) -> Awaitable[datetime | None]:
        return database.with_connection(lambda connection: outbox.wake_at(connection, "one", now))

    assert await wake_at(NOW) is None
    await enqueue(database, "head", not_before=NOW + 2 * MINUTE)
    await enqueue(database, "behind", not_before=NOW + MINUTE)
    assert await wake_at(NOW) == NOW + MINUTE
    assert await wake_at(NOW + MINUTE) == NOW + 2 * MINUTE


async def test_nobody_claims_more_than_asked(database: Database) -> None:
    for number in range(5):
        await enqueue(database, f"k{number}", conversation=f"cohort:{number}")
    assert keys(await claim(database, limit=2)) == ["k0", "k1"]
    assert keys(await claim(database, "two", limit=2)) == ["k2", "k3"]


async def test_a_lost_lease_settles_nothing(database: Database) -> None:
    await enqueue(database, "a")
    [ours] = await claim(database)
    assert not ours.unknown
    assert await claim(database, "two", NOW + MINUTE / 2) == []
    [theirs] = await claim(database, "two", NOW + MINUTE)
    assert theirs.unknown
    assert not await database.with_connection(lambda opened: outbox.settle(opened, ours, "one", "m-1", NOW))
    assert not await database.with_connection(lambda opened: outbox.retry(opened, ours, "one", "x", NOW))
    assert not await database.with_connection(lambda opened: outbox.bury(opened, ours, "one", "x", NOW))
    assert not await database.with_connection(lambda opened: outbox.doubt(opened, ours, "one", "x", NOW))
    assert await database.with_connection(lambda opened: outbox.platform_ids(opened, ["a"])) == {}
    assert await database.with_connection(lambda opened: outbox.settle(opened, theirs, "two", "m-2", NOW))
    assert await database.with_connection(lambda opened: outbox.platform_ids(opened, ["a"])) == {"a": "m-2"}
    assert not await database.with_connection(lambda opened: outbox.settle(opened, theirs, "two", "m-3", NOW))
    assert await claim(database, now=NOW + 60 * MINUTE) == []


async def test_a_retry_waits_for_its_time(database: Database) -> None:
    await enqueue(database, "a")
    [ours] = await claim(database)
    assert await database.with_connection(lambda opened: outbox.retry(opened, ours, "one", "busy", NOW + MINUTE))
    assert await claim(database, now=NOW + MINUTE / 2) == []
    [again] = await claim(database, now=NOW + MINUTE)
    assert (again.attempts, again.unknown) == (1, False)


async def test_doubt_is_looked_up_before_it_goes_again(database: Database) -> None:
    await enqueue(database, "a")
    [ours] = await claim(database)
    assert await database.with_connection(lambda opened: outbox.doubt(opened, ours, "one", "reset", NOW + 2 * MINUTE))
    assert await claim(database, "two", NOW + MINUTE) == []
    [again] = await claim(database, "two", NOW + 2 * MINUTE)
    assert (again.attempts, again.unknown) == (1, True)
    assert await database.with_connection(lambda opened: outbox.wait_in_doubt(opened, again, "two", NOW + 4 * MINUTE))
    assert await claim(database, now=NOW + 3 * MINUTE) == []
    [third] = await claim(database, now=NOW + 4 * MINUTE)
    assert (third.attempts, third.unknown) == (1, True)


async def test_a_dead_letter_lets_the_conversation_go_on(database: Database) -> None:
    await enqueue(database, "a1", "a2")
    [ours] = await claim(database)
    assert await database.with_connection(lambda opened: outbox.bury(opened, ours, "one", "gone", NOW))
    assert keys(await claim(database)) == ["a2"]
    assert await database.with_connection(outbox.counts) == {"dead": 1, "attempting": 1}


async def test_an_event_is_received_once_per_source(database: Database) -> None:
    def receive(transaction: SqlTransaction) -> list[bool]:
        asked = [("slack", "1"), ("slack", "1"), ("discord", "1")]
        return [transaction.inbox.receive(source, key, NOW) for source, key in asked]

    assert await database.transact(receive) == [True, False, True]
    assert await database.transact(receive) == [False, False, False]


async def test_an_event_whose_work_failed_may_come_again(database: Database) -> None:
    def fail(transaction: SqlTransaction) -> None:
        assert transaction.inbox.receive("slack", "1", NOW)
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - ours
        await database.transact(fail)
    assert await database.transact(lambda transaction: transaction.inbox.receive("slack", "1", NOW))


async def test_the_bell_knows_what_comes_next(database: Database) -> None:
    assert await database.with_connection(agenda.next_due) is None
    await database.transact(lambda transaction: transaction.due.set("run", "a", NOW + MINUTE))
    assert await database.with_connection(agenda.next_due) == NOW + MINUTE
    await enqueue(database, "a")
    assert await database.with_connection(agenda.next_due) == NOW


async def test_a_logical_conversation_finds_its_place_and_back(database: Database) -> None:
    await database.with_connection(lambda opened: keep_conversation(opened, "slack", "T1", "cohort:1", "C9"))
    assert await database.with_connection(lambda opened: conversation(opened, "slack", "T1", "cohort:1")) == "C9"
    assert await database.with_connection(lambda opened: conversation(opened, "slack", "T2", "cohort:1")) is None
    back = await database.with_connection(lambda opened: logical_conversation(opened, "slack", "T1", "C9"))
    assert back == "cohort:1"


async def test_a_note_is_kept_and_replaced(database: Database) -> None:
    assert await database.with_connection(lambda opened: note(opened, "last_tick")) is None
    for value in ("1", "2"):
        await database.with_connection(partial(keep_note, key="last_tick", value=value))
    assert await database.with_connection(lambda opened: note(opened, "last_tick")) == "2"


async def test_a_room_that_becomes_another_gives_its_keys_back(database: Database) -> None:
    """What had gone out is no longer referred to; what had not is taken back, in order; other rooms keep theirs."""
    await enqueue(database, "sent", "doubtful", "waiting")
    await enqueue(database, "other", conversation="cohort:2")
    (first, _) = await claim(database)
    await database.with_connection(lambda c: outbox.settle(c, first, "one", "M1", NOW))
    (second,) = await claim(database)
    await database.with_connection(lambda c: outbox.doubt(c, second, "one", "Reset", NOW + 60 * MINUTE))
    place = (second.delivery.platform, second.delivery.workspace)
    for expected in (["doubtful", "waiting"], []):
        left = await database.transact(lambda tx: tx.outbox.retire(*place, second.delivery.conversation, NOW))
        assert [one.key for one in left] == expected
    assert await enqueue(database, "sent", "waiting", "other") == [True, True, False]
    assert not await database.with_connection(lambda c: outbox.settle(c, second, "one", "M2", NOW))
    assert await database.with_connection(lambda c: outbox.platform_ids(c, ["sent"])) == {}


async def test_what_waits_for_a_room_is_looked_at_again_at_once(database: Database) -> None:
    """Also what is in doubt and rests for long; what is under way is left alone."""
    await enqueue(database, "a", "b")
    (first,) = await claim(database)
    place = (first.delivery.platform, first.delivery.workspace, first.delivery.conversation)
    await database.transact(lambda tx: tx.outbox.wake(*place, NOW))
    assert await claim(database) == []
    await database.with_connection(lambda c: outbox.wait(c, first, "one", NOW + 60 * MINUTE))
    assert await claim(database) == []
    await database.transact(lambda tx: tx.outbox.wake(*place, NOW))
    (again,) = await claim(database)
    await database.with_connection(lambda c: outbox.doubt(c, again, "one", "Reset", NOW + 60 * MINUTE))
    await database.transact(lambda tx: tx.outbox.wake(*place, NOW))
    (doubtful,) = await claim(database)
    assert (doubtful.delivery.key, doubtful.unknown) == ("a", True)
