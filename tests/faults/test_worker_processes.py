"""Real workers on a real PostgreSQL, each a process of its own: all is done once, and who is killed is taken over."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from cohorts.messages import Message
from cohorts.people.model import Account, Educator, Lea
from cohorts.ports import Delivery
from storage.database import PostgresDatabase
from storage.migrate import upgrade
from storage.transaction import SqlTransaction

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.xdist_group("postgres"), pytest.mark.timeout(240)]

WORKSPACES = ("north", "south", "east", "west")
PEOPLE = [f"person-{number}" for number in range(40)]
TAKEN_OVER = 30.0
"""Seconds, at most, until another worker goes on with what a dead one had."""
NAMES = count(1)


@pytest.fixture
def url(postgres_server: Any) -> str:
    name = f"workers_{next(NAMES)}"
    postgres_server.psql(f"CREATE DATABASE {name};")
    found: str = postgres_server.get_uri(name)
    return found


@pytest.fixture
async def database(url: str) -> AsyncIterator[PostgresDatabase]:
    """People in four workspaces, each with a digest that is due."""
    opened = PostgresDatabase(url)
    await opened.with_connection(upgrade)
    await opened.transact(_lay)
    yield opened
    await opened.close()


def _lay(tx: SqlTransaction) -> None:
    tx.people.save_lea(Lea(id="4800001", name="Presidio ISD", state="TX", zone="America/Chicago"))
    for number, person in enumerate(PEOPLE):
        where = WORKSPACES[number % len(WORKSPACES)]
        email = f"{person}@example.org"
        tx.people.save_educator(Educator(id=person, email=email, lea_id="4800001", given_name="A", family_name="B"))
        tx.people.link_account(Account(platform="local", workspace=where, user=person, educator_id=person))
        tx.due.set("digest", person, datetime.now(UTC) - timedelta(minutes=1))


async def enqueue(database: PostgresDatabase, name: str, each: int) -> None:
    """So many replies to each person, in order; replies go at any hour."""

    def work(tx: SqlTransaction) -> None:
        now = datetime.now(UTC)
        for place in range(each):
            for number, person in enumerate(PEOPLE):
                letter = Delivery(
                    key=f"{name}:{person}:{place:03}",
                    platform="local",
                    workspace=WORKSPACES[number % len(WORKSPACES)],
                    conversation=f"dm:{person}",
                    purpose="reply",
                    message=Message(text=f"{name} {place}"),
                    not_before=now,
                )
                assert tx.outbox.enqueue(letter, now)

    await database.transact(work)


async def ask(database: PostgresDatabase, sql: str) -> list[Any]:
    return await database.read(lambda tx: [tuple(row) for row in tx.connection.exec_driver_sql(sql)])


async def sent(database: PostgresDatabase) -> int:
    return int((await ask(database, "select count(*) from outbox where state = 'sent'"))[0][0])


async def until(reached: Callable[[], Awaitable[bool]], seconds: float) -> float:
    """How long it took."""
    begun = time.monotonic()
    while not await reached():
        assert time.monotonic() - begun < seconds, f"not within {seconds} seconds"
        await asyncio.sleep(0.05)
    return time.monotonic() - begun


async def assert_all_once(database: PostgresDatabase, letters: int) -> None:
    """Every delivery sent, each message there once and in order, every digest decided once."""
    assert await ask(database, "select state, count(*) from outbox group by state") == [("sent", letters)]
    keys = [key for (key,) in await ask(database, "select key from chat_message order by room_id, id")]
    assert len(keys) == letters
    for person in PEOPLE:
        mine = [key for key in keys if f":{person}:" in key]
        assert mine == sorted(mine)
    decided = await ask(database, "select educator_id, count(*) from nudge group by educator_id order by educator_id")
    assert decided == sorted((person, 1) for person in PEOPLE)
    assert await ask(database, "select kind, ref from due where dead_at is not null or attempts > 0") == []


@contextmanager
def worker(url: str, folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    here = {name: value for name, value in os.environ.items() if not name.startswith("COHORTIUM_")}
    here |= {"PYTHONPATH": str(Path.cwd()), "COHORTIUM_DATABASE": url, "COHORTIUM_DATA": str(folder), "COLUMNS": "500"}
    command = [sys.executable, "-u", "-m", "bot", "worker", *options]
    with subprocess.Popen(command, env=here, cwd=folder, stdout=-1, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def name_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().split()[2]


async def test_two_workers_do_everything_once_and_one_that_is_killed_is_taken_over(
    database: PostgresDatabase, url: str, tmp_path: Path
) -> None:
    await enqueue(database, "first", 25)
    with ExitStack() as stack:
        workers = [stack.enter_context(worker(url, tmp_path)) for _ in range(2)]
        names = {name_of(process): process for process in workers}

        async def is_under_way() -> bool:
            return await sent(database) >= 100

        await until(is_under_way, 60)
        owners = await ask(database, "select owner from workspace where owner <> '' order by owner")
        victim = names[owners[0][0]]
        victim.send_signal(signal.SIGKILL)
        killed = time.monotonic()
        await enqueue(database, "second", 5)

        async def is_done() -> bool:
            return await sent(database) == 30 * len(PEOPLE)

        await until(is_done, 120)
        assert time.monotonic() - killed < TAKEN_OVER
        (survivor,) = [process for process in workers if process is not victim]
        assert survivor.poll() is None
        survivor.send_signal(signal.SIGTERM)
        assert survivor.wait(30) in (0, -signal.SIGTERM)
    await assert_all_once(database, 30 * len(PEOPLE))
    assert await ask(database, "select owner from workspace where owner <> '' and lease_until is not null") == []


def children(process: subprocess.Popen[str]) -> list[int]:
    path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [int(pid) for pid in path.read_text("ascii").split()]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are found in /proc")
async def test_one_command_keeps_two_workers_and_starts_anew_who_died(
    database: PostgresDatabase, url: str, tmp_path: Path
) -> None:
    await enqueue(database, "first", 5)
    with worker(url, tmp_path, "--count", "2") as process:

        async def has_two() -> bool:
            return len(children(process)) == 2

        async def is_done() -> bool:
            return await sent(database) == 5 * len(PEOPLE)

        await until(has_two, 30)
        await until(is_done, 60)
        first, second = children(process)
        os.kill(first, signal.SIGKILL)

        async def is_replaced() -> bool:
            return len(children(process)) == 2 and first not in children(process)

        await until(is_replaced, TAKEN_OVER)
        assert second in children(process)
        await enqueue(database, "second", 5)

        async def is_all_done() -> bool:
            return await sent(database) == 10 * len(PEOPLE)

        assert await until(is_all_done, 60) < TAKEN_OVER
        both = children(process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        for pid in both:
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)
    await assert_all_once(database, 10 * len(PEOPLE))


def lives(pid: int) -> bool:
    """One that has ended and that nobody has asked after is dead too."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("ascii")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are found in /proc")
async def test_workers_end_by_themselves_when_the_command_that_keeps_them_is_killed(
    database: PostgresDatabase, url: str, tmp_path: Path
) -> None:
    await enqueue(database, "first", 1)
    with worker(url, tmp_path, "--count", "2") as process:

        async def is_done() -> bool:
            return len(children(process)) == 2 and await sent(database) == len(PEOPLE)

        await until(is_done, 60)
        both = children(process)
        process.send_signal(signal.SIGKILL)
        process.wait(30)

        async def have_ended() -> bool:
            return not any(lives(pid) for pid in both)

        try:
            await until(have_ended, 60)
        finally:
            for pid in filter(lives, both):
                os.kill(pid, signal.SIGKILL)
    assert await ask(database, "select owner from workspace where owner <> '' and lease_until is not null") == []
