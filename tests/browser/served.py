"""A server for one test, on a free port of this machine and in a thread of its own: the browser's loop runs in ours."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import uvicorn
from starlette.types import ASGIApp

START_WITHIN = 30
SECRET = "not a secret, a test"


class Place(NamedTuple):
    """What is served: the web app, the network behind it, and a room in it."""

    web: ASGIApp
    core: Any
    room: str = ""


@dataclass
class Running:
    """A server with a network in it. `run` does something on its own loop, between two requests."""

    url: str
    core: Any
    room: str
    loop: asyncio.AbstractEventLoop

    def run(self, coroutine: Any) -> Any:
        waiting: Future[Any] = asyncio.run_coroutine_threadsafe(coroutine, self.loop)
        return waiting.result(10)


@contextmanager
def served(opening: AbstractAsyncContextManager[Place]) -> Iterator[Running]:
    """`opening` is entered and left on the server's own loop."""
    ready: Future[Running] = Future()
    stop = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(opening, ready, stop)))
    thread.start()
    yield ready.result(START_WITHIN)
    stop.set()
    thread.join(15)


async def _serve(opening: AbstractAsyncContextManager[Place], ready: "Future[Running]", stop: threading.Event) -> None:
    async with opening as place:
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            config = uvicorn.Config(place.web, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
            serving = uvicorn.Server(config)
            task = asyncio.create_task(serving.serve([listening]))
            while not serving.started:  # noqa: ASYNC110 - uvicorn tells by an attribute
                await asyncio.sleep(0.01)
            url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            ready.set_result(Running(url, place.core, place.room, asyncio.get_running_loop()))
            await asyncio.to_thread(stop.wait)
            serving.should_exit = True
            await task
