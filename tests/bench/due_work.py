"""The tick on SQLite: claim → engine → save → enqueue, against a scheduler that fires a job which does nothing."""

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.dispatcher import Dispatcher
from bot.memory import keep_what_is_loaded
from bot.scheduler import Bell
from cohorts.people.model import Account, Cohort, Educator, Lea, Member
from cohorts.protocols.engine import RunIdentity
from cohorts.protocols.load import latest
from cohorts.usecases.carry_out import begin_run
from storage.database import Database
from storage.queues import due
from storage.transaction import SqlTransaction

from .measuring import Row, Work, medians, on_copies, run_over, told

AT = datetime(2026, 1, 10, 15, 0, tzinfo=UTC)
"""A Saturday: a run begun now opens its first step on Monday, with all the others."""
MONDAY = AT + timedelta(days=3)
COHORTS = 400
MEMBERS = 6
ITEMS, BATCH = 5_000, 100
STORED = (1_000, 100_000, 1_000_000)
AMONG = 50
"""Steps that are due while so many others are stored."""


def lay(tx: SqlTransaction, cohorts: int, first: int = 0) -> None:
    """So many cohorts, numbered from `first` on, each with a sealed round that is about to open."""
    tx.people.save_lea(Lea(id="4800001", name="Spur ISD", state="TX", zone="America/Chicago"))
    for number in range(first, first + cohorts):
        people = [f"p{number}-{seat}" for seat in range(MEMBERS)]
        for person in people:
            tx.people.save_educator(
                Educator(
                    id=person, email=f"{person}@example.org", given_name="Ann", family_name="Lee", lea_id="4800001"
                )
            )
            tx.people.link_account(Account(platform="local", workspace="local", user=person, educator_id=person))
        cohort = Cohort(
            id=f"c{number}",
            name=f"Cohort {number}",
            microcredential_id="wait-time",
            language="en",
            facilitator_id="",
            members=tuple(Member(educator_id=person) for person in people),
            formed_at=AT,
        )
        tx.cohorts.save(cohort)
        begin_run(tx, cohort, latest("sealed-round"), RunIdentity(id=f"r{number}", cohort_id=cohort.id), AT)


async def tick(database: Database, steps: int) -> float:
    """Seconds for one due step: taken, decided, saved, what it says written to the outbox, the next instant planned."""
    bell = Bell(database, Dispatcher(database, {}, lambda: MONDAY), lambda: MONDAY)
    keep_what_is_loaded()  # as a process that begins does
    begun = perf_counter()
    done = await bell.do_due()
    assert done == steps, done
    return (perf_counter() - begun) / steps


_fired = 0


async def empty_job() -> None:
    global _fired  # noqa: PLW0603 - a job in a store is named, so it can keep nothing else
    _fired += 1


def fire_empty_jobs(folder: Path, journal: str, jobs: int = COHORTS) -> float:
    """The peer: SQLAlchemyJobStore, every job due, each does nothing and is planned again for the next week."""
    global _fired  # noqa: PLW0603
    _fired = 0

    async def use() -> float:
        with closing(sqlite3.connect(folder / "jobs.db")) as file:
            file.execute(f"PRAGMA journal_mode={journal}")
        store = SQLAlchemyJobStore(url=f"sqlite:///{folder / 'jobs.db'}")
        scheduler = AsyncIOScheduler(jobstores={"default": store}, timezone="UTC")
        scheduler.start(paused=True)
        at = datetime.now(UTC) - timedelta(seconds=1)
        for number in range(jobs):
            scheduler.add_job(empty_job, "interval", weeks=1, next_run_time=at, id=str(number), misfire_grace_time=None)
        begun = perf_counter()
        scheduler.resume()
        while _fired < jobs:  # noqa: ASYNC110 - a job in a store can set no event of ours
            await asyncio.sleep(0.002)
        seconds = (perf_counter() - begun) / jobs
        scheduler.shutdown(wait=False)
        return seconds

    return asyncio.run(use())


def plan_items(tx: SqlTransaction) -> None:
    for number in range(ITEMS):
        tx.due.set("run", f"r{number}", AT)


def claim_and_complete(tx: SqlTransaction) -> int:
    """A batch of items taken with lease and token, and cleared; returns how many."""
    taken = due.take(tx.connection, "bench", AT, timedelta(seconds=20), BATCH)
    for item in taken:
        tx.due.clear(item.kind, item.ref)
    return len(taken)


async def drain(database: Database) -> float:
    """Seconds for one item."""
    await database.transact(plan_items)
    begun = perf_counter()
    while await database.transact(claim_and_complete):
        pass
    return (perf_counter() - begun) / ITEMS


def drain_plainly(folder: Path) -> float:
    """The peer: sqlite3 itself, the same durability, the same batches, no lease and no token."""
    with closing(sqlite3.connect(folder / "raw.db", isolation_level=None)) as file:
        file.execute("PRAGMA journal_mode=WAL")
        file.execute("PRAGMA synchronous=FULL")
        file.execute("CREATE TABLE due (kind TEXT, ref TEXT, at INTEGER, taken INTEGER, PRIMARY KEY (kind, ref))")
        file.execute("CREATE INDEX due_at ON due (at)")
        file.execute("BEGIN IMMEDIATE")
        file.executemany("INSERT INTO due VALUES ('run', ?, 0, 0)", [(f"r{number}",) for number in range(ITEMS)])
        file.execute("COMMIT")
        begun = perf_counter()
        while True:
            file.execute("BEGIN IMMEDIATE")
            rows = file.execute(f"SELECT kind, ref FROM due WHERE at <= 1 ORDER BY at LIMIT {BATCH}").fetchall()
            file.executemany("UPDATE due SET taken = 1 WHERE kind = ? AND ref = ?", rows)
            file.executemany("DELETE FROM due WHERE kind = ? AND ref = ?", rows)
            file.execute("COMMIT")
            if not rows:
                return (perf_counter() - begun) / ITEMS


def store(tx: SqlTransaction, steps: int) -> None:
    """A few cohorts with a step due on Monday, and so many steps that are due in years."""
    lay(tx, AMONG)
    far = AT + timedelta(days=3650)
    rows = [{"kind": "far", "ref": f"f{number}", "at": far} for number in range(steps)]
    for start in range(0, steps, 10_000):
        tx.connection.execute(due.DUE.insert(), rows[start : start + 10_000])


def rows() -> Iterator[Row]:
    with TemporaryDirectory() as laid:
        run_over(Path(laid), lambda database: database.transact(lay, COHORTS))
        ours = on_copies(Path(laid), partial(tick, steps=COHORTS))
        tell, tell_wal = (partial(fire_empty_jobs, journal=journal) for journal in ("DELETE", "WAL"))
        mine, theirs, in_wal = medians(ours, tell, tell_wal)
    what = "whole tick, SQLite, one due step"
    yield Row(what, told(mine), f"APScheduler 3 firing an empty job, as it comes: {told(theirs)}", theirs / mine, 1)
    yield Row(what, told(mine), f"the same with the journal that we set, WAL: {told(in_wal)}", in_wal / mine, 1)
    mine, theirs = medians(lambda folder: run_over(folder, drain), drain_plainly)
    what = f"claim and complete, SQLite, one item, batches of {BATCH}"
    yield Row(what, told(mine), f"sqlite3 itself, no lease, no token: {told(theirs)}", theirs / mine, 0.4)
    costs = among_stored(STORED)
    few, *more = [f"{told(cost)} with {number:,}" for number, cost in zip(STORED, costs, strict=True)]
    yield Row("one due step with so many stored", ", ".join(more), few, max(costs) / costs[0], most=1.5)


def among_stored(numbers: Sequence[int]) -> Sequence[float]:
    """Seconds for one due step with each of these numbers of others stored."""
    with TemporaryDirectory() as made:
        works: list[Work] = []
        for number in numbers:
            laid = Path(made) / str(number)
            laid.mkdir()
            run_over(laid, lambda database, steps=number: database.transact(store, steps))  # type: ignore[misc]
            works.append(on_copies(laid, partial(tick, steps=AMONG)))
        return medians(*works)
