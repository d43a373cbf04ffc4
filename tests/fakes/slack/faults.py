"""Faults on command and Slack's rate limits, both by the fake's clock."""

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from tests.fakes.slack.contracts import Reference
from tests.fakes.slack.world import Clock

Effect = Literal["before", "after"]
MINUTE = 60.0
# Calls a minute: 1+, 20+, 50+ and 100+ as Slack documents its tiers; GUESS: not one more.
PER_MINUTE = {"Tier1": 1, "Tier2": 20, "Tier3": 50, "Tier4": 100}
POST_EVERY = 1.0  # one a second and channel; GUESS: in any second, short bursts are not let through
NO_LIMIT = 1_000_000


@dataclass(frozen=True)
class RateLimited:
    """429 with Retry-After; nothing happened."""

    retry_after: int = 1


@dataclass(frozen=True)
class ServerError:
    """A 5xx, before or after the call took effect."""

    when: Effect = "before"
    status: int = 503


@dataclass(frozen=True)
class Reset:
    """The connection is cut, before or after the call took effect."""

    when: Effect = "before"


@dataclass(frozen=True)
class Lost:
    """The call takes effect; an answer never comes, the connection stays open."""


@dataclass(frozen=True)
class Slow:
    """The call takes effect only when the fake's clock has moved on by so many seconds, be the caller still there
    or not."""

    seconds: float


@dataclass(frozen=True)
class Refused:
    """`{"ok": false, "error": …}`; nothing happened."""

    error: str


@dataclass(frozen=True)
class Revoked:
    """Every bot token is dead before the call is looked at; the app is not told."""


@dataclass(frozen=True)
class Garbage:
    """200 with a page of HTML, after the call took effect."""


def cut(request: web.Request) -> web.Response:
    """The connection is gone; what is returned reaches nobody."""
    if isinstance(request.transport, asyncio.Transport):
        request.transport.abort()
    return web.Response()


def page(status: int) -> web.Response:
    """What stands in front of Slack when Slack itself does not answer."""
    return web.Response(status=status, text="<html>Slack is having trouble</html>", content_type="text/html")


def too_many(seconds: int) -> web.Response:
    headers = {"Retry-After": str(seconds)}
    return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)


Fault = RateLimited | ServerError | Reset | Lost | Slow | Refused | Revoked | Garbage


@dataclass
class _Planned:
    fault: Fault
    method: str
    skip: int
    times: int


class Faults:
    """A plan of what goes wrong. Each call meets at most one fault."""

    def __init__(self) -> None:
        self._plan: list[_Planned] = []

    def add(self, fault: Fault, method: str = "*", *, times: int = 1, skip: int = 0) -> None:
        """The next `times` calls of this method go wrong, after `skip` have gone well. `*` stands for all; response_url
        and upload go by these names."""
        self._plan.append(_Planned(fault, method, skip, times))

    def clear(self) -> None:
        self._plan.clear()

    @property
    def left(self) -> int:
        """How many planned faults have not been met yet."""
        return sum(one.times for one in self._plan)

    def take(self, method: str) -> Fault | None:
        for planned in self._plan:
            if planned.times and planned.method in {"*", method}:
                if planned.skip:
                    planned.skip -= 1
                    continue
                planned.times -= 1
                return planned.fault
        return None


class Limits:
    """Off until `on` is set. `restricted_history`: the 1 a minute and 15 objects of apps outside the Marketplace."""

    def __init__(self, clock: Clock, contracts: Reference | None) -> None:
        self.on = False
        self.restricted_history = False
        self.posts_per_workspace = 240  # documented as several hundred a minute; GUESS: 4/s
        self._clock = clock
        self._contracts = contracts
        self._calls: dict[tuple[str, ...], deque[float]] = defaultdict(deque)

    def retry_after(self, method: str, team: str, channel: str) -> int | None:
        """Whole seconds to wait, or None when the call may go. A refused call does not count."""
        rules = list(self._rules(method, team, channel)) if self.on or self.restricted_history else []
        for key, most, window in rules:
            calls = self._calls[key]
            while calls and calls[0] <= self._clock.now() - window:
                calls.popleft()
            if len(calls) >= most:
                return max(1, int(calls[0] + window - self._clock.now() + 0.999))
        for key, _, _ in rules:
            self._calls[key].append(self._clock.now())
        return None

    def _rules(self, method: str, team: str, channel: str) -> list[tuple[tuple[str, ...], int, float]]:
        if self.restricted_history and method in {"conversations.history", "conversations.replies"}:
            return [((method, team), 1, MINUTE)]
        if not self.on:
            return []
        if method == "chat.postMessage":
            return [((method, team, channel), 1, POST_EVERY), ((method, team), self.posts_per_workspace, MINUTE)]
        tier = str((self._contracts.tiers if self._contracts else {}).get(method, ""))
        # GUESS: the special tiers of auth.test and chat.getPermalink allow hundreds a minute.
        return [((method, team), PER_MINUTE.get(tier, 300 if tier else NO_LIMIT), MINUTE)]
