"""A page served by one process hears at once what a worker in another one sends, also after its line was cut."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from bot.serve import free_port
from cohorts.messages import Message
from cohorts.people.model import Account, Educator, Lea
from cohorts.ports import Delivery
from storage.database import PostgresDatabase
from storage.migrate import upgrade
from storage.transaction import SqlTransaction

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.xdist_group("postgres"), pytest.mark.timeout(240)]
ANA = "ana@example.org"
CUT = "select pg_terminate_backend(pid) from pg_stat_activity where query like 'LISTEN%%'"


def _lay(tx: SqlTransaction) -> None:
    tx.people.save_lea(Lea(id="4800001", name="Presidio ISD", state="TX", zone="America/Chicago"))
    tx.people.save_educator(Educator(id="ana", email=ANA, lea_id="4800001", given_name="Ana", family_name="B"))
    tx.people.link_account(Account(platform="local", workspace="local", user="ana", educator_id="ana"))


@pytest.fixture
async def url(postgres_server: Any) -> str:
    postgres_server.psql("CREATE DATABASE live_processes;")
    found: str = postgres_server.get_uri("live_processes")
    database = PostgresDatabase(found)
    await database.with_connection(upgrade)
    await database.transact(_lay)
    await database.close()
    return found


@contextmanager
def command(url: str, folder: Path, *words: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    here = {name: value for name, value in os.environ.items() if not name.startswith("COHORTIUM_")}
    here |= {"PYTHONPATH": str(Path.cwd()), "COHORTIUM_DATABASE": url, "COHORTIUM_DATA": str(folder)} | more
    here |= {"COLUMNS": "500", "COHORTIUM_OPEN_BROWSER": "false"}
    started = [sys.executable, "-u", "-m", "bot", *words]
    with subprocess.Popen(started, env=here, cwd=folder, stdout=-1, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


async def enqueue(database: PostgresDatabase, key: str) -> None:
    now = datetime.now(UTC)
    letter = Delivery(
        key=key,
        platform="local",
        workspace="local",
        conversation="dm:ana",
        purpose="reply",
        message=Message(text=key),
        not_before=now,
    )
    await database.transact(lambda tx: tx.outbox.enqueue(letter, now))


async def senders(database: PostgresDatabase) -> list[str]:
    """Who sent what was sent."""
    sql = "select distinct owner from outbox where state = 'sent'"
    return await database.read(lambda tx: list(tx.connection.exec_driver_sql(sql).scalars()))


async def enter(client: httpx2.AsyncClient, link: str) -> None:
    page = await client.get(link)
    csrf = re.search(r'data-csrf="([0-9a-f]{64})"', page.text)
    assert csrf
    await client.post("/enter", data={"csrf": csrf[1], "token": link.partition("token=")[2]})


async def changes(stream: AsyncIterator[str]) -> AsyncIterator[int]:
    """The message of each change that an open page is told of."""
    async for line in stream:
        if line.startswith("data:") and (facts := json.loads(line[5:])) and facts.get("message"):
            yield facts["message"]


async def test_a_page_is_told_of_what_a_worker_sends_elsewhere(url: str, tmp_path: Path) -> None:
    port = free_port("127.0.0.1", 18_900)
    database = PostgresDatabase(url)
    with (
        command(url, tmp_path, "worker") as worker,
        command(url, tmp_path, "invite", ANA, COHORTIUM_PORT=str(port)) as inviting,
    ):
        assert worker.stdout
        assert inviting.stdout
        owner = (await asyncio.to_thread(worker.stdout.readline)).split()[2]
        link = (await asyncio.to_thread(inviting.stdout.readline)).strip()
        # The worker holds the workspace before there is anybody else who could.
        await enqueue(database, "first")
        async with asyncio.timeout(30):
            while await senders(database) != [owner]:  # noqa: ASYNC110 - the worker does not tell
                await asyncio.sleep(0.05)
        with command(url, tmp_path, "run", COHORTIUM_PORT=str(port)) as run:
            assert run.stdout
            await asyncio.to_thread(run.stdout.readline)
            base = f"http://127.0.0.1:{port}"
            async with httpx2.AsyncClient(base_url=base, trust_env=False, timeout=30) as client:
                await enter(client, link)
                async with client.stream("GET", "/events?after=0") as answer:
                    assert answer.status_code == 200
                    told = changes(answer.aiter_lines())
                    first = await anext(told)
                    await enqueue(database, "second")
                    second = await anext(told)
                    await database.with_connection(lambda opened: opened.exec_driver_sql(CUT).all())
                    await enqueue(database, "third")
                    third = await anext(told)
                    assert first < second < third
        assert await senders(database) == [owner], "all was sent by the worker"
    await database.close()
