"""What was read in an earlier transaction is never given again once it has changed, whoever changed it and how."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from cohorts.events import Recorded
from cohorts.people.model import Account, Cohort, Member
from cohorts.ports import Answer, MissingError, Saved
from cohorts.protocols.sealed import SealedText
from storage.database import PostgresDatabase, SqliteDatabase, open_database
from storage.memory import MOST, Memory
from storage.migrate import upgrade
from storage.rows import dump, find_in, find_rows
from storage.tables import EducatorRow, table_of
from storage.transaction import SqlTransaction
from tests.storage.values import NOW, educator, interest, lea, microcredential, run

Database = SqliteDatabase | PostgresDatabase


def given_name(tx: SqlTransaction, name: str = "ana") -> str:
    return tx.people.get_educator(f"educator-{name}").given_name


def rename(tx: SqlTransaction, to: str, name: str = "ana") -> Saved:
    return tx.people.save_educator(educator(name, given_name=to))


async def test_a_change_is_read_in_the_next_transaction(database: Database) -> None:
    await database.transact(rename, "Ana")
    assert await database.transact(given_name) == "Ana"
    await database.transact(rename, "Anna")
    assert await database.transact(given_name) == "Anna"


async def test_a_change_is_read_in_the_same_transaction(database: Database) -> None:
    def change(tx: SqlTransaction) -> tuple[str, str]:
        before = given_name(tx)
        rename(tx, "Anna")
        return before, given_name(SqlTransaction(tx.connection))

    await database.transact(rename, "Ana")
    assert await database.transact(change) == ("Ana", "Anna")


async def test_what_was_added_to_the_history_is_told_and_what_was_taken_back_is_not(database: Database) -> None:
    def happen(tx: SqlTransaction, kind: str, subject: str = "room") -> None:
        tx.history.append(Recorded(at=NOW, kind=kind, subject=subject, actor=""))
        told(tx)
        if kind == "never":
            raise ValueError("taken back")

    def told(tx: SqlTransaction, *kinds: str) -> list[str]:
        return [line.kind for line in tx.history.about("room", *kinds)]

    await database.transact(happen, "opened")
    assert await database.transact(told) == ["opened"]
    with pytest.raises(ValueError, match="taken back"):
        await database.transact(happen, "never")
    await database.transact(happen, "elsewhere", "other")
    await database.transact(happen, "closed")
    assert await database.transact(told) == ["opened", "closed"]
    assert await database.transact(told, "closed") == ["closed"]
    assert await database.transact(told, "opened") == ["opened"]


async def test_nothing_of_a_transaction_that_failed_is_read(database: Database) -> None:
    def fail(tx: SqlTransaction) -> None:
        rename(tx, "Nobody")
        assert given_name(tx) == "Nobody"
        raise ValueError("taken back")

    await database.transact(rename, "Ana")
    for _ in range(2):
        with pytest.raises(ValueError, match="taken back"):
            await database.transact(fail)
        assert await database.transact(given_name) == "Ana"


async def test_nothing_of_one_that_failed_among_others_is_read(database: Database) -> None:
    def fail(tx: SqlTransaction) -> None:
        rename(tx, "Nobody")
        given_name(tx)
        raise ValueError

    await database.transact(rename, "Ana")
    outcomes = await asyncio.gather(
        *(database.transact(work) for work in (given_name, fail, given_name)), return_exceptions=True
    )
    assert [outcomes[0], outcomes[2]] == ["Ana", "Ana"]


async def test_what_another_process_changed_is_read(database: Database) -> None:
    await database.transact(rename, "Ana")
    assert await database.transact(given_name) == "Ana"
    other = open_database(database.url)
    await other.transact(rename, "Anna")
    assert await database.transact(given_name) == "Anna"
    await other.close()


async def test_what_a_plain_statement_changed_is_read(database: Database) -> None:
    table = table_of(EducatorRow)
    body = dump(educator("ana", given_name="Anna"))
    await database.transact(rename, "Ana")
    assert await database.transact(given_name) == "Ana"
    changed = update(table).where(table.c.id == "educator-ana").values(body=body)
    await database.transact(lambda tx: tx.connection.execute(changed) and None)
    assert await database.transact(given_name) == "Anna"
    wiped = "delete from educator where id = 'educator-ana'"
    await database.transact(lambda tx: tx.connection.exec_driver_sql(wiped) and None)
    with pytest.raises(MissingError):
        await database.transact(given_name)


async def test_who_was_not_there_is_found_once_they_are(database: Database) -> None:
    with pytest.raises(MissingError):
        await database.transact(given_name)
    assert await database.transact(lambda tx: tx.people.find_by_email("ana@spur.org")) is None
    await database.transact(rename, "Ana")
    assert await database.transact(given_name) == "Ana"
    assert await database.transact(lambda tx: tx.people.find_by_email("ana@spur.org")) is not None


async def test_an_account_that_changes_hands_leaves_its_owner(database: Database) -> None:
    def link(tx: SqlTransaction, owner: str) -> None:
        tx.people.link_account(Account(platform="slack", workspace="T1", user="U1", educator_id=owner))

    def owners(tx: SqlTransaction) -> tuple[list[str], list[str], str]:
        found = tx.people.find_account("slack", "T1", "U1")
        first, second = ([one.user for one in tx.people.accounts(who)] for who in ("educator-ana", "educator-ben"))
        return first, second, found.educator_id if found else ""

    await database.transact(link, "educator-ana")
    assert await database.transact(owners) == (["U1"], [], "educator-ana")
    await database.transact(link, "educator-ben")
    assert await database.transact(owners) == ([], ["U1"], "educator-ben")


async def test_many_are_found_each_as_they_are_now(database: Database) -> None:
    def bodies(tx: SqlTransaction) -> list[str]:
        ids = ("educator-ana", "educator-ben", "educator-nobody")
        return sorted(row.email for row in find_in(tx.connection, EducatorRow, "id", ids))

    await database.transact(rename, "Ana", "ana")
    assert await database.transact(bodies) == ["ana@spur.org"]
    await database.transact(rename, "Ben", "ben")
    assert await database.transact(bodies) == ["ana@spur.org", "ben@spur.org"]
    await database.transact(lambda tx: tx.people.save_educator(educator("ana", email="a@spur.org")))
    assert await database.transact(bodies) == ["a@spur.org", "ben@spur.org"]


def _saw(tx: SqlTransaction, at: datetime) -> None:
    tx.people.saw("educator-ana", at)


async def test_who_was_seen_is_told_each_time(database: Database) -> None:
    await database.transact(rename, "Ana")
    await database.transact(given_name)
    for at in (NOW, datetime(2026, 12, 1, tzinfo=UTC)):
        await database.transact(_saw, at)
        assert await database.transact(lambda tx: tx.people.last_seen("educator-ana")) == at


def _join(tx: SqlTransaction, number: int) -> int:
    tx.interests.save(interest(f"{number}", educator_id="educator-ana"))
    return len(tx.interests.of("educator-ana"))


def _run(tx: SqlTransaction, number: int) -> int:
    tx.runs.add(run(f"run-{number}"), None)
    return len(tx.runs.of_cohort("cohort-1"))


def _answer(tx: SqlTransaction, number: int) -> int:
    answer = Answer(run_id="run-1", step_id="write", member=f"educator-{number}", at=NOW)
    tx.runs.save_answer(answer, {"text": SealedText("words")})
    return len(tx.runs.answers("run-1", "write"))


def _reading(tx: SqlTransaction, number: int) -> int:
    tx.evidence.save_reading("educator-ana", f"{number}", "yes")
    return len(tx.evidence.readings("educator-ana"))


def _member(tx: SqlTransaction, number: int) -> int:
    members = tuple(Member(educator_id=f"educator-{n}") for n in range(number + 1))
    tx.cohorts.save(_cohort(members))
    return sum(len(tx.cohorts.of(f"educator-{n}")) for n in range(5))


def _cohort(members: tuple[Member, ...]) -> Cohort:
    names = {"id": "cohort-1", "name": "One", "microcredential_id": "wait-time", "language": "en", "facilitator_id": ""}
    return Cohort(**names, members=members, formed_at=NOW)


@pytest.mark.parametrize("add", [_join, _run, _answer, _reading, _member])
async def test_what_is_added_is_counted_at_once_and_later(
    database: Database, add: Callable[[SqlTransaction, int], int]
) -> None:
    assert [await database.transact(add, number) for number in range(4)] == [1, 2, 3, 4]


async def test_a_run_is_saved_over_its_newest_version_only(database: Database) -> None:
    def advance(tx: SqlTransaction) -> int:
        return tx.runs.save(tx.runs.get("run-1"), None).version

    await database.transact(lambda tx: tx.runs.add(run(), None))
    assert [await database.transact(advance) for _ in range(3)] == [1, 2, 3]
    assert await database.transact(lambda tx: [each.version for each in tx.runs.of_cohort("cohort-1")]) == [3]


def _publish(tx: SqlTransaction, name: str, zone: str) -> None:
    tx.catalogue.save(microcredential(name=name))
    tx.people.save_lea(lea(zone=zone))


async def test_the_catalogue_and_the_leas_are_read_anew_once_they_changed(database: Database) -> None:
    def read(tx: SqlTransaction) -> tuple[str, str]:
        found, where = tx.catalogue.find("wait-time"), tx.people.find_lea("4800001")
        return found.name if found else "", where.zone if where else ""

    assert await database.transact(read) == ("", "")
    for name, zone in (("Wait", "America/Chicago"), ("Wait Time", "America/Denver")):
        await database.transact(_publish, name, zone)
        assert await database.transact(read) == (name, zone)


async def test_what_does_not_change_is_asked_of_the_file_once(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/asked.db")
    asked: list[str] = []

    def rows(tx: SqlTransaction) -> object:
        file: Any = tx.connection.connection.driver_connection
        file.set_trace_callback(asked.append)
        found = find_rows(tx.connection, EducatorRow, id="educator-ana")
        file.set_trace_callback(None)
        return found

    await database.with_connection(upgrade)
    await database.transact(rename, "Ana")
    first, second = await database.transact(rows), await database.transact(rows)
    assert first is second
    assert len([each for each in asked if each.startswith("SELECT")]) == 1
    await database.close()


def test_what_is_kept_is_bounded() -> None:
    memory = Memory()
    for number in range(2 * MOST + 1):
        memory.keep("educator", {"id": str(number)}, ("id", str(number)), ())
    found = [memory.find("educator", {"id": str(n)}, ("id", str(n))) for n in range(2 * MOST + 1)]
    assert sum(each is not None for each in found) <= MOST
