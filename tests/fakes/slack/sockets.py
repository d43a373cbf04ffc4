"""Socket Mode: the connections of the app, envelopes and their acks, the ways in which a connection ends."""

import asyncio
import json
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from tests.fakes.slack.contracts import Json
from tests.fakes.slack.world import APP_ID

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack

MOST = 10  # connections an app may have at once


@dataclass(frozen=True)
class Ack:
    """How the app answered one delivery. `status` is 0 when there was no answer; `reason` is Slack's word for it."""

    status: int
    body: Any = None
    reason: str = ""
    no_retry: bool = False

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class Sockets:
    """`on`: whether Socket Mode is allowed. `silent`: no ping is answered, the line looks alive and is not."""

    def __init__(self, fake: "FakeSlack") -> None:
        self.on = True
        self.silent = False
        self._fake = fake
        self._open: dict[web.WebSocketResponse, web.Request] = {}
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._next = count()
        self._tickets: set[str] = set()

    def __len__(self) -> int:
        return len(self._open)

    def new_url(self) -> str:
        """Where the app may connect, once."""
        ticket = self._fake.numbers.next("ticket")
        self._tickets.add(ticket)
        return f"{self._fake.url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={APP_ID}"

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """One connection, from hello to its end."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=404)
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        if not self.on or len(self._open) >= MOST:
            reason = "too_many_websockets" if self.on else "link_disabled"
            await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {}})
            await socket.close()
            return socket
        self._open[socket] = request
        info = {"connection_info": {"app_id": APP_ID}, "num_connections": len(self._open)}
        debug = {"host": "applink-fake", "build_number": 1, "approximate_connection_time": 18060}
        await socket.send_json({"type": "hello", "debug_info": debug} | info)
        await self._fake.notice()
        try:
            await self._listen(socket)
        finally:
            self._open.pop(socket, None)
            await self._fake.notice()
        return socket

    async def _listen(self, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type == WSMsgType.PING and not self.silent:
                await socket.pong(message.data)
            elif message.type == WSMsgType.TEXT and message.data[:1] == "{":
                told = json.loads(message.data)
                waiting = self._waiting.get(told.get("envelope_id", ""))
                if waiting is not None and not waiting.done():
                    waiting.set_result(told.get("payload"))

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Says goodbye on every connection: warning (it stays open), refresh_requested, link_disabled (Socket Mode is
        off from then on)."""
        self.on = self.on and reason != "link_disabled"
        for socket in list(self._open):
            await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-fake"}})
            if reason != "warning":
                await socket.close()

    async def cut(self) -> None:
        """Every line goes dead without a word."""
        for request in list(self._open.values()):
            assert isinstance(request.transport, asyncio.Transport)
            request.transport.abort()
        await self._fake.until(lambda: not self._open)

    async def send(self, kind: str, payload: Json, tries: int, ack_seconds: float) -> Ack:
        """Each payload goes to one of the connections, in turn. GUESS: without one it is retried as over HTTP."""
        alive = [socket for socket in self._open if not socket.closed]
        if not alive:
            return Ack(0, reason="connection_failed")
        socket = alive[next(self._next) % len(alive)]
        envelope = self._fake.numbers.next("envelope-")
        told: Json = {"envelope_id": envelope, "type": kind, "payload": payload}
        told["accepts_response_payload"] = kind != "events_api"
        if kind == "events_api":
            told |= {"retry_attempt": tries, "retry_reason": "timeout" if tries else ""}
        waiting = self._waiting[envelope] = asyncio.get_running_loop().create_future()
        try:
            await socket.send_json(told)
            async with asyncio.timeout(ack_seconds):
                return Ack(200, await waiting)
        except (TimeoutError, ConnectionError, RuntimeError):
            return Ack(0, reason="http_timeout")
        finally:
            del self._waiting[envelope]

    async def close(self) -> None:
        for socket in list(self._open):
            await socket.close()
