"""`cohortium worker`: does what is due and delivers, without pages; any number of them on one server."""

import asyncio
import sys
from typing import Annotated

import structlog
import typer
from starlette.applications import Starlette

from bot import clock
from bot.app import open_house
from bot.given import refusal
from bot.health import health_routes
from bot.log import configure
from bot.memory import keep_what_is_loaded
from bot.rules import rules_of
from bot.serve import serve_until, server_for, told_to_stop
from bot.settings import Settings
from storage.queues.agenda import end_leases

from ._shared import alone_told, out, problems_told, settings_here

log = structlog.get_logger()

AGAIN = 2.0
"""Seconds before a worker that died is started again."""


def worker(
    count: Annotated[
        int, typer.Option(min=1, max=64, help="How many processes; one where the database is a file.")
    ] = 1,
    metrics_port: Annotated[
        int, typer.Option(min=0, max=65535, help="First port of /healthz, /readyz, /metrics; 0: none.")
    ] = 0,
    kept: Annotated[
        bool, typer.Option("--kept", hidden=True, help="End with the command that holds stdin open.")
    ] = False,
) -> None:
    """Do what is due and deliver, without pages. Ctrl+C or SIGTERM ends it when what is under way is done."""
    with problems_told():
        settings = settings_here()
        configure(settings)
        if count > 1 and settings.database_file:
            what = "A database in a file is worked on by one process."
            raise refusal(settings.database_file, what, "Leave --count out, or move to a server: cohortium db move.")
        if count > 1:
            rules_of(settings)  # what each of them would stumble over is told once, before any is started
            asyncio.run(_keep_running(count, metrics_port))
        else:
            with alone_told(settings) as alone:
                asyncio.run(_work(settings, metrics_port, alone=alone, kept=kept))


async def _work(settings: Settings, metrics_port: int, *, alone: bool, kept: bool) -> None:
    async with open_house(settings, clock.now) as house:
        if alone:
            await house.database.transact(end_leases, house.now() + settings.quiet_period)
        keep_what_is_loaded()
        stopped = told_to_stop()
        if kept:
            _stop_when_left(stopped)
        async with house.bell.ringing():
            out.print(f"Working as {house.dispatcher.owner} (Ctrl+C stops it).")
            if metrics_port:
                routes = health_routes(house, settings.metrics_token.get_secret_value())
                await serve_until(stopped, server_for(Starlette(routes=routes), settings.host, metrics_port))
            await stopped.wait()


def _stop_when_left(stopped: asyncio.Event) -> None:
    """Nothing is ever written to stdin: it ends when the command that keeps us is gone, however that died."""
    loop, stdin = asyncio.get_running_loop(), sys.stdin.fileno()

    def leave() -> None:
        loop.remove_reader(stdin)
        stopped.set()

    loop.add_reader(stdin, leave)


async def _keep_running(count: int, metrics_port: int) -> None:
    """So many workers, each a process of its own; one that dies is started again."""
    stopped = told_to_stop()
    ports = [metrics_port + number if metrics_port else 0 for number in range(count)]
    await asyncio.gather(*(_keep_one_running(port, stopped) for port in ports))


async def _keep_one_running(port: int, stopped: asyncio.Event) -> None:
    while not stopped.is_set():
        command = [sys.executable, "-m", "bot", "worker", "--kept", "--metrics-port", str(port)]
        process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE)
        ended, asked = asyncio.create_task(process.wait()), asyncio.create_task(stopped.wait())
        await asyncio.wait((ended, asked), return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if not ended.done():
            process.terminate()
            await ended
        elif not stopped.is_set():
            log.error("worker_died", code=process.returncode)
            await asyncio.sleep(AGAIN)
