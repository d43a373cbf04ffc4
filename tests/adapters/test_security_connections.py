"""Half requests and too many of them: the chat goes on answering everybody else."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.connections import BACKLOG, RESERVE, PatientProtocol, most_connections
from bot.serve import free_port, server_for

MOST = 24
HALF = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "
NO_BODY = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n"


class Hasty(PatientProtocol):
    header_seconds = 0.3
    body_seconds = 0.4


async def _answer(request: Request) -> Response:
    await request.body()
    return PlainTextResponse("here")


async def _answer_slowly(request: Request) -> Response:
    await asyncio.sleep(1)
    return PlainTextResponse("here")


@contextlib.asynccontextmanager
async def served(protocol: type[PatientProtocol], most: int = MOST) -> AsyncIterator[int]:
    port = free_port("127.0.0.1", 18_800)
    routes = [Route("/", _answer, methods=["GET", "POST"]), Route("/slow", _answer_slowly)]
    server = server_for(Starlette(routes=routes), "127.0.0.1", port, protocol, most)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells by this flag alone
        await asyncio.sleep(0.01)
    yield port
    server.should_exit = True
    await serving


async def ask(port: int, path: str = "/") -> int:
    async with httpx2.AsyncClient(trust_env=False) as client:
        return (await client.get(f"http://127.0.0.1:{port}{path}", timeout=5)).status_code


@pytest.mark.parametrize("given", [b"", HALF, NO_BODY])
async def test_who_never_finishes_a_request_is_let_go(given: bytes) -> None:
    async with served(Hasty) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(given)
        with contextlib.suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(), 3) == b""
        writer.close()


async def test_a_slow_answer_is_waited_for() -> None:
    async with served(Hasty) as port:
        assert await ask(port, "/slow") == 200


async def test_more_half_requests_than_there_is_room_keep_nobody_out() -> None:
    async with served(PatientProtocol) as port:
        halves = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3 * MOST)]
        for _, writer in halves:
            with contextlib.suppress(ConnectionError):
                writer.write(HALF)
        await asyncio.sleep(0.2)
        assert await ask(port) == 200
        for _, writer in halves:
            writer.close()


def test_there_is_room_left_for_the_database_and_the_log() -> None:
    assert 16 <= most_connections() <= 1000
    assert BACKLOG < RESERVE
