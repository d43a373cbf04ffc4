"""What watches over Cohortium asks: is it alive, can it work, how is it doing."""

import asyncio
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.app import House
from storage.database import UNREACHABLE
from storage.queues.notes import LAST_TICK, note
from storage.survey import Shape, look_at_backlog, look_at_shape
from storage.transaction import SqlTransaction

STALE = timedelta(minutes=3)
"""The bell rings at least once a minute, so something is wrong when none has rung for so long."""
FRESH = timedelta(seconds=1)
"""For so long what was found is told to whoever asks: anybody may, as often as they like."""
AWAY = "The database does not answer."
HERE = frozenset({"127.0.0.1", "localhost", "::1"})
PROXY_HEADERS = frozenset({"forwarded", "via", "x-forwarded-for", "x-real-ip"})
"""A proxy on this machine adds some of these, or none; but then it passes on a name that is not this machine's own."""


def health_routes(
    house: House, metrics_token: str = "", *, rings: bool = True, public: bool = False
) -> Sequence[BaseRoute]:
    """`/healthz`, `/readyz`, `/metrics`. `rings`: the bell is meant to ring here, so silence is a fault.

    Metrics are numbers alone. They are for this machine, or for whoever brings the token; where there is a public
    address (`public`) for nobody without one: what stands before us there passes strangers on as this machine.
    """

    async def healthy(request: Request) -> Response:  # noqa: ARG001 - every endpoint has this shape
        return JSONResponse({"ok": True})

    readiness = Readiness(house, rings=rings)

    async def ready(request: Request) -> Response:  # noqa: ARG001
        why = await readiness.why_not()
        return JSONResponse({"ok": not why, "why": why}, 503 if why else 200)

    async def metrics(request: Request) -> Response:
        if not (_brings(request, metrics_token) if metrics_token or public else _is_here(request)):
            return PlainTextResponse("Bring the token that COHORTIUM_METRICS_TOKEN names.\n", 403)
        try:
            backlog = await house.database.read(lambda tx: look_at_backlog(tx.connection, house.now()))
        except UNREACHABLE:
            return PlainTextResponse(f"{AWAY}\n", 503)
        told = house.metrics.exposition(backlog, house.now())
        return Response(told, media_type="text/plain; version=0.0.4; charset=utf-8")

    return [Route("/healthz", healthy), Route("/readyz", ready), Route("/metrics", metrics)]


class Readiness:
    """Whether there can be work, found out by one look for all who ask while it lasts and for `FRESH` after."""

    def __init__(self, house: House, *, rings: bool) -> None:
        self._house, self._rings = house, rings
        self._looked: tuple[datetime, asyncio.Task[str]] | None = None

    async def why_not(self) -> str:
        """ "" when it can."""
        now = self._house.now()
        if self._looked is None or not _is_good(*self._looked, now):
            self._looked = now, asyncio.create_task(self._look())
        return await asyncio.shield(self._looked[1])

    async def _look(self) -> str:
        try:
            shape, last = await self._house.database.read(_shape_and_tick)
        except UNREACHABLE:
            return AWAY
        if shape.known and shape.revision != shape.wanted:
            return f"The database has shape {shape.revision}, this version wants {shape.wanted}."
        # One that lies ahead is from before the clock was set back: no bell has rung since.
        if self._rings and (last is None or abs(self._house.now() - last) > STALE):
            return "The bell has not rung for minutes."
        return ""


def _is_good(at: datetime, look: asyncio.Task[str], now: datetime) -> bool:
    return not look.done() or timedelta() <= now - at < FRESH


def _shape_and_tick(tx: SqlTransaction) -> tuple[Shape, datetime | None]:
    """A newer shape, that this version does not know, only adds to its own: who is at work goes on in it."""
    kept = note(tx.connection, LAST_TICK)
    return look_at_shape(tx.connection), datetime.fromisoformat(kept) if kept else None


def _brings(request: Request, token: str) -> bool:
    told = request.headers.get("authorization", "").encode()
    return bool(token) and hmac.compare_digest(told, f"Bearer {token}".encode())


def _is_here(request: Request) -> bool:
    """This machine itself, and not through a proxy on it."""
    here = request.client is not None and ip_address(request.client.host).is_loopback
    asked_for_here = request.url.hostname in HERE
    return here and asked_for_here and not PROXY_HEADERS & set(request.headers)
