"""A worker process of `make bench`: does what is due in a database of its own, says "ready", waits for a line, does
all that is due in the other, says how much it was."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from procrastinate import App, PsycopgConnector

from bot.dispatcher import Dispatcher
from bot.memory import keep_what_is_loaded
from bot.scheduler import Bell
from storage.database import PostgresDatabase
from tests.bench.due_work import MONDAY


def peer(url: str) -> tuple[App, Any]:
    """procrastinate with its default connector, and a task that does nothing."""
    app = App(connector=PsycopgConnector(conninfo=url))

    @app.task(name="nothing")
    async def empty_job() -> None:
        _jobs.append(None)

    return app, empty_job


_jobs: list[None] = []


async def wait_for_go() -> None:
    """The same for both sides: what is loaded by now stays, as in a worker that has begun."""
    keep_what_is_loaded()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)


@asynccontextmanager
async def belled(url: str) -> AsyncIterator[Bell]:
    database = PostgresDatabase(url)
    await database.read(lambda tx: tx.people.leas())
    yield Bell(database, Dispatcher(database, {}, lambda: MONDAY, owner=f"bench {id(database)}"), lambda: MONDAY)
    await database.close()


async def cohortium(url: str, warm_url: str) -> None:
    async with belled(warm_url) as bell:
        await bell.do_due()
    async with belled(url) as bell:
        await wait_for_go()
        print(await bell.do_due(), flush=True)


async def procrastinate(url: str, warm_url: str) -> None:
    logging.disable()
    await drain(warm_url)
    _jobs.clear()
    app, _ = peer(url)
    async with app.open_async():
        await wait_for_go()
        await app.run_worker_async(wait=False, install_signal_handlers=False)
        print(len(_jobs), flush=True)


async def drain(url: str) -> None:
    app, _ = peer(url)
    async with app.open_async():
        await app.run_worker_async(wait=False, install_signal_handlers=False)


if __name__ == "__main__":
    kind, *addresses = sys.argv[1:]
    asyncio.run({"cohortium": cohortium, "procrastinate": procrastinate}[kind](*addresses))
