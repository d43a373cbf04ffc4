"""What our guarantees cost while storing, each against a peer that does without."""

import asyncio
import csv
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection

from bot import clock
from bot.cli._roster import RosterFolder
from cohorts.people.leas import lea_identifiers
from cohorts.people.model import Lea
from cohorts.people.oneroster import read_roster
from cohorts.usecases.take_in import Summary, take_in_roster
from storage.database import Database
from storage.transaction import SqlTransaction

from .measuring import Row, medians, over, seconds_of, told
from .rosters import write_roster

STAFF = 100_000
TRANSACTIONS = 2_000
LEA = Lea(id="4800001", name="Spur ISD", state="TX", zone="America/Chicago")


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


def rows() -> Iterator[Row]:
    with TemporaryDirectory() as made:
        roster = write_roster(Path(made) / "roster", STAFF)
        works = (seconds_of(partial(work, roster)) for work in (import_roster, import_plainly))
        ours, theirs = medians(*works, rounds=3)
    peer = f"csv.DictReader into sqlite3, nothing checked: {told(theirs)}"
    yield Row(f"{STAFF:,} roster rows checked and stored", told(ours), peer, theirs / ours)
    ours, theirs = medians(seconds_of(commit_in_groups), seconds_of(commit_one_by_one))
    peer = f"one commit each: {told(theirs)}"
    yield Row(f"{TRANSACTIONS:,} durable transactions, committed in groups", told(ours), peer, theirs / ours)
