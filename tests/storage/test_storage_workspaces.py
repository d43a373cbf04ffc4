"""One worker for a workspace at a time, and none for one that refuses us."""

from datetime import timedelta

from storage.database import PostgresDatabase, SqliteDatabase
from storage.queues import outbox, workspaces
from storage.queues.workspaces import Place
from storage.transaction import SqlTransaction
from tests.storage.test_storage_outbox import enqueue
from tests.storage.values import NOW

Database = SqliteDatabase | PostgresDatabase
LEASE = timedelta(seconds=15)
T1: Place = ("slack", "T1")
T2: Place = ("slack", "T2")


async def own(database: Database, owner: str, *places: Place, after: timedelta = timedelta()) -> set[Place]:
    return await database.with_connection(lambda opened: workspaces.own(opened, owner, places, NOW + after, LEASE))


async def test_a_workspace_is_one_workers_until_its_lease_ends(database: Database) -> None:
    assert await own(database, "one", T1, T2) == {T1, T2}
    assert await own(database, "two", T1, T2, after=LEASE / 2) == set()
    assert await own(database, "one", T1, after=LEASE / 2) == {T1}
    assert await own(database, "two", T1, T2, after=LEASE) == {T2}
    assert await own(database, "one", T2, after=LEASE) == set()


async def test_who_stops_leaves_it_at_once(database: Database) -> None:
    await own(database, "one", T1)
    await database.with_connection(lambda opened: workspaces.end_leases(opened, "one"))
    assert await own(database, "two", T1) == {T1}


async def test_nobody_is_shown_what_another_worker_sends(database: Database) -> None:
    await enqueue(database, "a", workspace="T1", platform="slack")
    await own(database, "one", T1)
    assert await heads(database, "two") == []
    assert await heads(database, "one") == ["a"]
    assert await heads(database, "two", after=LEASE) == ["a"]
    assert await database.with_connection(lambda opened: outbox.next_at(opened, "two")) == NOW + LEASE
    assert await database.with_connection(lambda opened: outbox.next_at(opened, "one")) == NOW


async def test_what_is_for_a_lost_workspace_is_held_and_goes_out_when_it_is_back(database: Database) -> None:
    await enqueue(database, "a", workspace="T1", platform="slack")
    await enqueue(database, "b", workspace="T2", platform="slack")
    assert await database.with_connection(lambda opened: workspaces.lose(opened, T1, "token revoked", NOW))
    assert not await database.with_connection(lambda opened: workspaces.lose(opened, T1, "again", NOW))
    assert await heads(database, "one") == ["b"]
    [lost] = await database.with_connection(workspaces.lost)
    assert (lost.workspace, lost.why, lost.lost_at) == ("T1", "token revoked", NOW)
    assert await database.with_connection(lambda opened: workspaces.regain(opened, T1))
    assert not await database.with_connection(lambda opened: workspaces.regain(opened, T1))
    assert await heads(database, "one") == ["a", "b"]


async def heads(database: Database, owner: str, after: timedelta = timedelta()) -> list[str]:
    def look(tx: SqlTransaction) -> list[str]:
        ready = outbox.heads(tx.connection, owner, NOW + after, 10)
        taken = [head.id for head in ready]
        rows = tx.connection.exec_driver_sql("select id, key from outbox order by id").all()
        return [row[1] for row in rows if row[0] in taken]

    return await database.transact(look)
