"""Callers over a few connections that stay open: one after the other as fast as it goes, or at a pace."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from time import perf_counter

CONNECTIONS = 16


@dataclass(frozen=True)
class Answered:
    """Seconds from when each request was due to its answer, how many were not answered with 200, and the seconds that
    all of it took."""

    waits: Sequence[float]
    refused: int
    took: float

    @property
    def a_second(self) -> float:
        return len(self.waits) / self.took

    def slowest(self, share: float) -> float:
        """So much of all was answered within these seconds."""
        return sorted(self.waits)[ceil(len(self.waits) * share) - 1]


class _Desk:
    """What is to be asked, by whom, and what came of it."""

    def __init__(self, requests: Sequence[bytes]) -> None:
        self.waiting = deque[tuple[float | None, bytes]]()
        self.idle = deque[_Caller]()
        """In turn, so that none is silent for so long that the other side hangs up."""
        self.waits, self.refused, self.left = list[float](), 0, len(requests)
        self.done = asyncio.get_running_loop().create_future()

    def ask(self, due: float | None, request: bytes) -> None:
        if self.idle:
            self.idle.popleft().ask(due, request)
        else:
            self.waiting.append((due, request))

    def answered(self, caller: "_Caller", due: float, *, well: bool) -> None:
        self.waits.append(perf_counter() - due)
        self.refused += not well
        self.left -= 1
        if self.left == 0:
            self.done.set_result(None)
        if self.waiting:
            caller.ask(*self.waiting.popleft())
        else:
            self.idle.append(caller)


class _Caller(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self, desk: _Desk) -> None:
        self._desk, self._due, self._heard = desk, 0.0, b""
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._desk.idle.append(self)

    def ask(self, due: float | None, request: bytes) -> None:
        self._due, self._heard = perf_counter() if due is None else due, b""
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, found, body = self._heard.partition(b"\r\n\r\n")
        if found and len(body) >= _length(head):
            self._desk.answered(self, self._due, well=head.startswith(b"HTTP/1.1 200"))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._desk.done.done():
            self._desk.done.set_exception(ConnectionError("the other side hung up"))


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


async def call_in_turn(port: int, requests: Sequence[bytes]) -> Answered:
    """Each connection asks again as soon as it has its answer; a request is due when it is sent."""
    return await _call(port, requests, None)


async def call_at(port: int, requests: Sequence[bytes], a_second: float) -> Answered:
    """So many a second, whether or not those before are answered."""
    return await _call(port, requests, a_second)


async def _call(port: int, requests: Sequence[bytes], a_second: float | None) -> Answered:
    loop, desk = asyncio.get_running_loop(), _Desk(requests)
    callers = [(await loop.create_connection(lambda: _Caller(desk), "127.0.0.1", port))[1] for _ in range(CONNECTIONS)]
    begun = perf_counter()
    for number, request in enumerate(requests):
        due = begun + number / a_second if a_second else None
        if due and (wait := due - perf_counter()) > 0:
            await asyncio.sleep(wait)
        desk.ask(due, request)
    await desk.done
    took = perf_counter() - begun
    for caller in callers:
        caller.transport.close()
    return Answered(desk.waits, desk.refused, took)
