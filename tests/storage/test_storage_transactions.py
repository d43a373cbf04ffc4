"""All of a transaction or nothing of it, one at a time or many together."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from cohorts.ports import MissingError
from storage.database import PostgresDatabase, SqliteDatabase, open_database
from storage.transaction import SqlTransaction
from tests.storage.values import NOW, educator, run

Database = SqliteDatabase | PostgresDatabase


def save(transaction: SqlTransaction, name: str) -> str:
    transaction.people.save_educator(educator(name))
    if name.startswith("bad"):
        raise ValueError(name)
    return name


async def names(database: Database) -> set[str]:
    found = await database.read(lambda transaction: transaction.people.educators())
    return {each.given_name for each in found}


async def test_nothing_is_kept_of_a_transaction_that_raises(database: Database) -> None:
    with pytest.raises(ValueError, match="bad"):
        await database.transact(save, "bad")
    assert await names(database) == set()


async def test_many_at_once_lose_only_those_that_raise(database: Database) -> None:
    wanted = [f"{'bad' if number % 7 == 0 else 'good'}{number}" for number in range(60)]
    outcomes = await asyncio.gather(*(database.transact(save, name) for name in wanted), return_exceptions=True)
    good = {name for name in wanted if name.startswith("good")}
    assert {outcome for outcome in outcomes if isinstance(outcome, str)} == good
    assert sum(isinstance(outcome, ValueError) for outcome in outcomes) == 9
    assert await names(database) == good


async def test_what_was_committed_is_there_after_a_restart(database: Database) -> None:
    await database.transact(save, "ana")
    other = open_database(database.url)
    assert await names(other) == {"ana"}
    await other.close()


async def test_a_read_cannot_write(database: Database) -> None:
    with pytest.raises(Exception, match=r"readonly|read-only"):
        await database.read(save, "ana")
    assert await names(database) == set()


async def test_a_caller_who_left_takes_nothing_with_them(database: Database) -> None:
    leaving = asyncio.create_task(database.transact(save, "gone"))
    leaving.cancel()
    assert await database.transact(save, "ana") == "ana"
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert "ana" in await names(database)


async def test_instants_come_back_to_the_microsecond(database: Database) -> None:
    await database.transact(lambda transaction: transaction.due.set("run", "run-1", NOW))
    assert await database.read(lambda transaction: transaction.due.at("run", "run-1")) == NOW


async def test_missing_is_said(database: Database) -> None:
    for get in (
        lambda transaction: transaction.runs.get("no"),
        lambda transaction: transaction.cohorts.get("no"),
        lambda transaction: transaction.catalogue.get("no"),
        lambda transaction: transaction.people.get_educator("no"),
        lambda transaction: transaction.feedback.get_assignment("no"),
        lambda transaction: transaction.evidence.get_artifact("no"),
        lambda transaction: transaction.evidence.get_draft("no"),
    ):
        with pytest.raises(MissingError):
            await database.read(get)


async def test_two_who_raced_for_a_run_do_not_both_save(database: Database) -> None:
    await database.transact(lambda transaction: transaction.runs.add(run(), NOW))

    def bump(transaction: SqlTransaction) -> int:
        return transaction.runs.save(run(), None).version

    outcomes = await asyncio.gather(*(database.transact(bump) for _ in range(8)), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["StaleError"] * 7 + ["int"]


@pytest.mark.parametrize("url", ["mysql://somewhere/x", "sqlite://", "oracle://x"])
def test_another_kind_of_database_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must be sqlite"):
        open_database(url)


async def test_the_file_keeps_a_write_ahead_log(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'new' / 'folder' / 'cohortium.db'}")
    pragma = "PRAGMA journal_mode"
    mode = await database.with_connection(lambda connection: connection.exec_driver_sql(pragma).scalar())
    await database.close()
    assert mode == "wal"


END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'ended'"
"""Every line to that database, the one that asks for it too."""


@pytest.mark.postgres
@pytest.mark.xdist_group("postgres")
async def test_lines_that_the_server_ends_are_replaced_unnoticed(postgres_server: Any, postgres_shaped: str) -> None:
    """A transaction that was not asked to be kept is begun again, and so is a look."""
    postgres_server.psql(f"CREATE DATABASE ended TEMPLATE {postgres_shaped};")
    database = open_database(postgres_server.get_uri("ended"))
    ended: list[str] = []

    def save_once_ended(transaction: SqlTransaction, name: str) -> str:
        saved = save(transaction, name)
        if name not in ended:
            ended.append(name)
            transaction.connection.exec_driver_sql(END)
        return saved

    def look_once_ended(transaction: SqlTransaction, name: str) -> bool:
        if name in ended:
            ended.remove(name)
            transaction.connection.exec_driver_sql(END)
        return name in {each.given_name for each in transaction.people.educators()}

    try:
        for name in ("ana", "ben"):
            await asyncio.gather(*(database.transact(save, f"{name}{number}") for number in range(3)))
            assert await database.transact(save_once_ended, name) == name
            assert await database.read(look_once_ended, name)
        assert await names(database) == {"ana", "ana0", "ana1", "ana2", "ben", "ben0", "ben1", "ben2"}
    finally:
        await database.close()
