"""`make bench`: what our guarantees cost, each against a named peer that does without, in the same run."""

import asyncio
import csv
import sqlite3
import statistics
from collections.abc import Awaitable, Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TypeVar

from sqlalchemy import Connection

from bot import clock
from bot.cli._roster import RosterFolder
from cohorts.people.leas import lea_identifiers
from cohorts.people.model import Lea
from cohorts.people.oneroster import read_roster
from cohorts.usecases.take_in import Summary, take_in_roster
from storage.database import Database, open_database
from storage.migrate import upgrade
from storage.transaction import SqlTransaction
from tests.bench.rosters import write_roster

T = TypeVar("T")

STAFF = 100_000
TRANSACTIONS = 2_000
ROUNDS = 3
LEA = Lea(id="4800001", name="Spur ISD", state="TX", zone="America/Chicago")


def measure(work: Callable[[Path], object]) -> float:
    """Seconds, the median of a few rounds, each in a folder of its own."""
    seconds = []
    for _ in range(ROUNDS):
        with TemporaryDirectory() as folder:
            start = perf_counter()
            work(Path(folder))
            seconds.append(perf_counter() - start)
    return statistics.median(seconds)


def import_roster(roster: Path, folder: Path) -> None:
    """Ours: every row checked, twice read, one person per address, evaluators found, all of it or nothing."""

    def work(transaction: SqlTransaction) -> Summary:
        files = RosterFolder(roster, lambda _: None)
        return take_in_roster(transaction, read_roster(files, lea_identifiers([LEA])), clock.now())

    counts = asyncio.run(over(folder, lambda database: database.transact(work)))
    assert counts["educators"]["new"] == STAFF


def import_plainly(roster: Path, folder: Path) -> None:
    """The peer: csv.DictReader into sqlite3's executemany, nothing checked, nothing told."""
    with closing(plain_database(folder)) as database, (roster / "users.csv").open(encoding="utf-8") as users:
        database.execute("CREATE TABLE educator (id TEXT PRIMARY KEY, email TEXT UNIQUE, lea_id TEXT, body TEXT)")
        database.execute("CREATE INDEX educator_lea ON educator (lea_id)")
        database.execute("BEGIN IMMEDIATE")
        rows = ((row["sourcedId"], row["email"], LEA.id, str(row)) for row in csv.DictReader(users))
        database.executemany("INSERT INTO educator VALUES (?, ?, ?, ?)", rows)
        database.execute("COMMIT")


def commit_in_groups(folder: Path) -> None:
    """Ours: everybody at once, each in a savepoint of their own, committed together."""

    async def use(database: Database) -> None:
        jobs = (partial(keep, key=str(key)) for key in range(TRANSACTIONS))
        await asyncio.gather(*(database.with_connection(job) for job in jobs))

    asyncio.run(over(folder, use))


def commit_one_by_one(folder: Path) -> None:
    """The peer: the same door and the same insert, but each waits until the one before is durable."""

    async def use(database: Database) -> None:
        for key in range(TRANSACTIONS):
            await database.with_connection(partial(keep, key=str(key)))

    asyncio.run(over(folder, use))


def keep(connection: Connection, key: str) -> None:
    connection.exec_driver_sql("INSERT INTO note VALUES (?, ?)", (key, "said"))


def plain_database(folder: Path) -> sqlite3.Connection:
    database = sqlite3.connect(folder / "plain.db", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    return database


async def over(folder: Path, use: Callable[[Database], Awaitable[T]]) -> T:
    database = open_database(f"sqlite:///{folder / 'cohortium.db'}")
    try:
        await database.with_connection(upgrade)
        return await use(database)
    finally:
        await database.close()


def tell(what: str, number: int, ours: float, peer: tuple[str, float]) -> None:
    name, theirs = peer
    ratio = ours / theirs
    print(f"{what}: {number / ours:,.0f} a second; {ratio:.2f} times the time of {name} ({number / theirs:,.0f})")


def main() -> None:
    with TemporaryDirectory() as made:
        roster = write_roster(Path(made) / "roster", STAFF)
        ours = measure(lambda folder: import_roster(roster, folder))
        theirs = measure(lambda folder: import_plainly(roster, folder))
    tell("roster rows, checked and stored", STAFF, ours, ("csv.DictReader + sqlite3.executemany", theirs))
    ours, theirs = measure(commit_in_groups), measure(commit_one_by_one)
    tell("durable transactions, group commit", TRANSACTIONS, ours, ("one commit each", theirs))


if __name__ == "__main__":
    main()
