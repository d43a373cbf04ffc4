"""A worker process of `make bench`: says "ready", waits for a line, does all that is due, says how much it was."""

import asyncio
import logging
import sys
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
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)


async def cohortium(url: str) -> None:
    database = PostgresDatabase(url)
    bell = Bell(database, Dispatcher(database, {}, lambda: MONDAY, owner=f"bench {id(database)}"), lambda: MONDAY)
    await database.read(lambda tx: tx.people.leas())
    keep_what_is_loaded()  # as a worker that begins does
    await wait_for_go()
    print(await bell.do_due(), flush=True)
    await database.close()


async def procrastinate(url: str) -> None:
    logging.disable()
    app, _ = peer(url)
    async with app.open_async():
        await wait_for_go()
        await app.run_worker_async(wait=False, install_signal_handlers=False)
        print(len(_jobs), flush=True)


if __name__ == "__main__":
    kind, address = sys.argv[1:]
    asyncio.run({"cohortium": cohortium, "procrastinate": procrastinate}[kind](address))
