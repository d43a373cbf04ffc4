"""The tick: claim → engine → save → enqueue, against schedulers that fire a job which does nothing."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.dispatcher import Dispatcher
from bot.scheduler import Bell
from cohorts.people.model import Account, Cohort, Educator, Lea, Member
from cohorts.protocols.engine import RunIdentity
from cohorts.protocols.load import latest
from cohorts.usecases.carry_out import begin_run
from storage.database import Database
from storage.queues import due
from storage.transaction import SqlTransaction

from .measuring import median_of, run_over, tell

AT = datetime(2026, 1, 10, 15, 0, tzinfo=UTC)
"""A Saturday: a run begun now opens its first step on Monday, with all the others."""
MONDAY = AT + timedelta(days=3)
COHORTS = 400
MEMBERS = 6


def lay(tx: SqlTransaction, cohorts: int) -> None:
    """So many cohorts, each with a sealed round that is about to open."""
    tx.people.save_lea(Lea(id="4800001", name="Spur ISD", state="TX", zone="America/Chicago"))
    for number in range(cohorts):
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


def our_tick(folder: Path, cohorts: int = COHORTS) -> float:
    """Seconds for one due step: taken, decided, saved, what it says written to the outbox, the next instant planned."""

    async def use(database: Database) -> float:
        await database.transact(lay, cohorts)
        bell = Bell(database, Dispatcher(database, {}, lambda: MONDAY), lambda: MONDAY)
        begun = perf_counter()
        done = await bell.do_due()
        assert done == cohorts, done
        return (perf_counter() - begun) / cohorts

    return run_over(folder, use)


_fired = 0


async def empty_job() -> None:
    global _fired  # noqa: PLW0603 - a job in a store is named, so it can keep nothing else
    _fired += 1


def apscheduler_tick(folder: Path, jobs: int = COHORTS) -> float:
    """The peer: SQLAlchemyJobStore on SQLite in WAL, every job due, each does nothing."""
    global _fired  # noqa: PLW0603
    _fired = 0

    async def use() -> float:
        url = f"sqlite:///{folder / 'jobs.db'}"
        with closing(sqlite3.connect(folder / "jobs.db")) as file:
            file.execute("PRAGMA journal_mode=WAL")
        scheduler = AsyncIOScheduler(jobstores={"default": SQLAlchemyJobStore(url=url)}, timezone="UTC")
        scheduler.start(paused=True)
        at = datetime.now(UTC) - timedelta(seconds=1)
        for number in range(jobs):
            scheduler.add_job(empty_job, "date", run_date=at, id=str(number), misfire_grace_time=None)
        begun = perf_counter()
        scheduler.resume()
        while _fired < jobs:  # noqa: ASYNC110 - a job in a store can set no event of ours
            await asyncio.sleep(0.005)
        seconds = (perf_counter() - begun) / jobs
        scheduler.shutdown(wait=False)
        return seconds

    return asyncio.run(use())


def claim_and_complete(folder: Path, items: int = 5_000, batch: int = 100) -> float:
    """Seconds for one item taken with lease and token, and cleared, in batches."""

    async def use(database: Database) -> float:
        def plan(tx: SqlTransaction) -> None:
            for number in range(items):
                tx.due.set("run", f"r{number}", AT)

        def step(tx: SqlTransaction) -> int:
            taken = due.take(tx.connection, "bench", AT, timedelta(seconds=20), batch)
            for item in taken:
                tx.due.clear(item.kind, item.ref)
            return len(taken)

        await database.transact(plan)
        begun = perf_counter()
        while await database.transact(step):
            pass
        return (perf_counter() - begun) / items

    return run_over(folder, use)


def raw_claim_and_complete(folder: Path, items: int = 5_000, batch: int = 100) -> float:
    """The peer: sqlite3 itself, the same durability, the same batches, no lease and no token."""
    with closing(sqlite3.connect(folder / "raw.db", isolation_level=None)) as file:
        file.execute("PRAGMA journal_mode=WAL")
        file.execute("PRAGMA synchronous=FULL")
        file.execute("CREATE TABLE due (kind TEXT, ref TEXT, at INTEGER, taken INTEGER, PRIMARY KEY (kind, ref))")
        file.execute("CREATE INDEX due_at ON due (at)")
        file.execute("BEGIN IMMEDIATE")
        file.executemany("INSERT INTO due VALUES ('run', ?, 0, 0)", [(f"r{number}",) for number in range(items)])
        file.execute("COMMIT")
        begun = perf_counter()
        while True:
            file.execute("BEGIN IMMEDIATE")
            rows = file.execute(f"SELECT kind, ref FROM due WHERE at <= 1 ORDER BY at LIMIT {batch}").fetchall()
            file.executemany("UPDATE due SET taken = 1 WHERE kind = ? AND ref = ?", rows)
            file.executemany("DELETE FROM due WHERE kind = ? AND ref = ?", rows)
            file.execute("COMMIT")
            if not rows:
                return (perf_counter() - begun) / items


def stored_steps(folder: Path, stored: int) -> float:
    """Seconds for one due step, with so many stored that are due in years."""

    async def use(database: Database) -> float:
        def plan(tx: SqlTransaction) -> None:
            lay(tx, 50)
            far = AT + timedelta(days=3650)
            rows = [{"kind": "far", "ref": f"f{number}", "at": far} for number in range(stored)]
            for start in range(0, stored, 10_000):
                tx.connection.execute(due.DUE.insert(), rows[start : start + 10_000])

        await database.transact(plan)
        bell = Bell(database, Dispatcher(database, {}, lambda: MONDAY), lambda: MONDAY)
        begun = perf_counter()
        assert await bell.do_due() == 50
        return (perf_counter() - begun) / 50

    return run_over(folder, use)


def tell_all(stored: Sequence[int] = (1_000, 100_000, 1_000_000)) -> None:
    ours, theirs = median_of(our_tick), median_of(apscheduler_tick)
    tell(
        "whole tick, SQLite, per due step",
        f"{ours * 1e6:,.0f} µs",
        f"APScheduler 3 firing an empty job: {theirs * 1e6:,.0f} µs",
        theirs / ours,
        "≥ 1",
    )
    ours, theirs = median_of(claim_and_complete), median_of(raw_claim_and_complete)
    tell(
        "claim and complete, SQLite, per item",
        f"{ours * 1e6:,.0f} µs",
        f"sqlite3 itself, no lease: {theirs * 1e6:,.0f} µs",
        theirs / ours,
        "≥ 0.4",
    )
    costs = [median_of(lambda folder, n=number: stored_steps(folder, n), 3) for number in stored]
    told = ", ".join(f"{number:,}: {cost * 1e6:,.0f} µs" for number, cost in zip(stored, costs, strict=True))
    tell("one due step with so many stored", told, f"with {stored[0]:,}", max(costs) / costs[0], "≤ 1.5")
