"""discord.py's HTTP client with our patience: it keeps Discord's buckets, but tells us what it would sleep over.

Whoever delivers has other conversations to turn to meanwhile, and must know whether something was sent. So nothing is
tried again in here, and an answer is handed on as soon as it is there.
"""

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from types import SimpleNamespace, TracebackType
from typing import Any

import aiohttp
from discord.http import HTTPClient, Ratelimit, Route

from bot.chat.raw import flag, part
from cohorts.send_errors import RateLimitedError, Scope, SendUnknownError

from .pace import Pace

API = "https://discord.com/api/v10"
PATIENCE = 5.0
"""Seconds that are waited for a bucket to fill: as long as a channel lets one wait after its five messages. What takes
longer is told, so that the send before a deadline is told apart from the one that was never begun."""
REST = timedelta(seconds=60)
"""When Discord, or what stands before it, says "too fast" and not for how long."""
A_SECOND = 50
"""So many requests Discord takes from a bot in any second."""
EXEMPT = ("/interactions/", "/webhooks/")
"""What answers somebody counts against no second."""
FEW_BUCKETS = 256
"""So many are kept without asking which of them rest."""


class Bucket(Ratelimit):
    """What Discord's headers say may go on one route and channel."""

    async def acquire(self) -> None:
        self._last_request = self._loop.time()
        if self.is_expired():
            self.reset()  # type: ignore[no-untyped-call]
        if self.remaining <= 0 and self.expires is not None:
            wait = self.expires - self._loop.time()
            if wait > PATIENCE:
                raise RateLimitedError(timedelta(seconds=wait))
            await asyncio.sleep(max(0.0, wait))
            return await self.acquire()
        self.remaining -= 1
        self.outgoing += 1
        return None

    async def __aexit__(
        self,
        type: type[BaseException] | None,  # noqa: A002 - the name it has in discord.py
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Who has an answer does not sleep for whoever comes next."""
        self.outgoing -= 1


class Http(HTTPClient):
    """Every call of one bot. It introduces itself with the first one; whoever opened it closes it."""

    def __init__(self, token: str, base: str = API) -> None:
        self._pace = Pace(A_SECOND)
        trace = aiohttp.TraceConfig()
        trace.on_request_start.append(self._wait_for_turn)
        trace.on_request_end.extend((self._end_turn, _look_at))
        trace.on_request_exception.append(self._end_turn)
        super().__init__(asyncio.get_running_loop(), http_trace=trace)
        self._secret, self._base = token, base.rstrip("/")
        self._known, self._introducing = False, asyncio.Lock()
        self._asking: asyncio.Task[object] | None = None
        """Who introduces us, while somebody does."""
        self._tidy_from = FEW_BUCKETS

    def get_ratelimit(self, key: str) -> Ratelimit:
        known = self._buckets.get(key)
        if known is None:
            known = self._buckets[key] = Bucket(None)
            self._tidy()
        return known

    def _tidy(self) -> None:
        """Every interaction has a bucket of its own: to go through all of them for each would cost more than it."""
        if len(self._buckets) >= self._tidy_from:
            self._try_clear_expired_ratelimits()
            self._tidy_from = max(FEW_BUCKETS, 2 * len(self._buckets))

    async def request(self, route: Route, **given: Any) -> Any:  # noqa: ANN401 - as in discord.py
        """The answer's body. Raises RateLimitedError, SendUnknownError, and what discord.py raises."""
        if not self._known and asyncio.current_task() is not self._asking:
            async with self._introducing:
                await self._introduce()
        if route.url.startswith(Route.BASE):
            route.url = self._base + route.url.removeprefix(Route.BASE)
        return await super().request(route, **given)

    async def _introduce(self) -> None:
        if self._known:
            return
        self.connector = aiohttp.TCPConnector(limit=0)
        self._asking = asyncio.current_task()
        try:
            await self.static_login(self._secret)
        except BaseException:
            await self.close()
            raise
        finally:
            self._asking = None
        self._known = True

    async def _wait_for_turn(
        self, _session: aiohttp.ClientSession, context: SimpleNamespace, start: aiohttp.TraceRequestStartParams
    ) -> None:
        """Only now: who waits for a bucket keeps nobody else from going."""
        if not any(part in start.url.path for part in EXEMPT):
            await self._pace.begin()
            context.counts = True

    async def _end_turn(self, _session: aiohttp.ClientSession, context: SimpleNamespace, _end: object) -> None:
        if vars(context).pop("counts", False):
            self._pace.end()


async def _look_at(
    _session: aiohttp.ClientSession, _context: SimpleNamespace, end: aiohttp.TraceRequestEndParams
) -> None:
    """An answer over which discord.py would sleep and try again is told at once."""
    response = end.response
    if response.status != 429 and response.status < 500:
        return
    try:
        body = json.loads(await response.read())
    except (ValueError, aiohttp.ClientError):
        body = None
    response.release()
    if response.status == 429:
        raise RateLimitedError(_rest(body), _scope(body, response.headers))
    raise SendUnknownError(f"Discord answered {response.status}.")


def _rest(body: object) -> timedelta:
    seconds = part(body, "retry_after")
    return timedelta(seconds=max(0.05, seconds)) if isinstance(seconds, int | float) else REST


def _scope(body: object, headers: Mapping[str, str]) -> Scope:
    """Without Discord's own mark it comes from what stands before Discord, and is for all of us."""
    everywhere = flag(body, "global") or headers.get("X-RateLimit-Scope") == "global" or not headers.get("Via")
    return "platform" if everywhere else "conversation"
