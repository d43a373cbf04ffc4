"""Faults on command, and Discord's rate limits: buckets for each route and channel, and fifty a second for a bot."""

import json
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from tests.fakes.discord.contracts import Json
from tests.fakes.faults import Faults, Garbage, Lost, Reset, ServerError, Slow, cut

__all__ = ["Faults", "Garbage", "Lost", "RateLimited", "Refused", "Reset", "ServerError", "Slow", "cut"]

VIA = {"Via": "1.1 google"}
PER_SECOND = 50
PLENTY = (50, 1.0)
# Not published; GUESS, as the headers have been seen to say: requests in so many seconds.
BUCKETS = {
    "POST /channels/{channel_id}/messages": (5, 5.0),
    "PATCH /channels/{channel_id}/messages/{message_id}": (5, 5.0),
    "DELETE /channels/{channel_id}/messages/{message_id}": (5, 1.0),
    "POST /guilds/{guild_id}/roles": (250, 172_800.0),
    "PUT /guilds/{guild_id}/members/{user_id}/roles/{role_id}": (10, 10.0),
}
EXEMPT = ("/interactions/", "/webhooks/")
"""They do not count against the fifty."""


@dataclass(frozen=True)
class RateLimited:
    """429; nothing happened. `ours` is False where it comes from what stands before Discord: it has no `Via` and a
    page for a body."""

    retry_after: float = 1.0
    everywhere: bool = False
    ours: bool = True


@dataclass(frozen=True)
class Refused:
    """This status, with Discord's code; nothing happened."""

    code: int
    status: int = 403


def answer(status: int, body: object = None, headers: Json | None = None) -> web.Response:
    """Content-Type is exactly application/json: discord.py compares it."""
    head = {**VIA, **(headers or {})}
    if body is None:
        return web.Response(status=status, headers=head)
    return web.Response(status=status, body=json.dumps(body).encode(), headers=head, content_type="application/json")


def page(status: int, text: str = "<html>error</html>") -> web.Response:
    """From what stands before Discord."""
    return web.Response(status=status, text=text, content_type="text/html")


def too_many(fault: RateLimited) -> web.Response:
    if not fault.ours:
        return web.Response(status=429, text="error code: 1015", content_type="text/plain")
    body = {"message": "You are being rate limited.", "retry_after": fault.retry_after, "global": fault.everywhere}
    scope = "global" if fault.everywhere else "user"
    headers = {"Retry-After": str(int(fault.retry_after + 0.999)), "X-RateLimit-Scope": scope}
    return answer(429, body, headers | ({"X-RateLimit-Global": "true"} if fault.everywhere else {}))


class Buckets:
    """Off until `on` is set. In real seconds, as whoever is bid to wait sleeps them; `told` counts the 429s."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.on = False
        self.told = 0
        self.limits = dict(BUCKETS)
        self.per_second = PER_SECOND
        self._now = now
        self._windows: dict[tuple[str, str], tuple[float, int]] = {}
        self._all: deque[float] = deque()
        self._hashes: dict[str, str] = defaultdict(lambda: f"{len(self._hashes):032x}")

    def take(self, route: str, major: str) -> tuple[web.Response | None, Json]:
        """A refusal or None, and the headers of the answer."""
        if not self.on:
            return None, {}
        if (wait := self._everything(route)) is not None:
            self.told += 1
            return too_many(RateLimited(wait, everywhere=True)), {}
        most, seconds = self.limits.get(route, PLENTY)
        end, used = self._windows.get((route, major), (0.0, 0))
        if end <= self._now():
            end, used = self._now() + seconds, 0
        refused = used >= most
        if not refused:
            used += 1
        self._windows[route, major] = (end, used)
        left = max(0.001, end - self._now())
        headers = {"X-RateLimit-Limit": str(most), "X-RateLimit-Remaining": str(most - used)}
        headers |= {"X-RateLimit-Reset-After": f"{left:.3f}", "X-RateLimit-Reset": f"{time.time() + left:.3f}"}
        headers["X-RateLimit-Bucket"] = self._hashes[route]
        if not refused:
            return None, headers
        self.told += 1
        found = too_many(RateLimited(round(left, 3)))
        found.headers.update(headers)
        return found, headers

    def _everything(self, route: str) -> float | None:
        if any(part in route for part in EXEMPT):
            return None
        now = self._now()
        while self._all and self._all[0] <= now - 1:
            self._all.popleft()
        if len(self._all) >= self.per_second:
            return max(0.001, self._all[0] + 1 - now)
        self._all.append(now)
        return None
