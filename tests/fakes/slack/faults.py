"""Faults on command and Slack's rate limits, both by the fake's clock."""

from collections import defaultdict, deque
from dataclasses import dataclass

from aiohttp import web

from tests.fakes.faults import Faults, Garbage, Lost, Reset, ServerError, Slow, cut
from tests.fakes.slack.contracts import Reference
from tests.fakes.slack.world import Clock

__all__ = ["Faults", "Garbage", "Lost", "RateLimited", "Refused", "Reset", "Revoked", "ServerError", "Slow", "cut"]

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
class Refused:
    """`{"ok": false, "error": …}`; nothing happened."""

    error: str


@dataclass(frozen=True)
class Revoked:
    """Every bot token is dead before the call is looked at; the app is not told."""


def page(status: int) -> web.Response:
    """What stands in front of Slack when Slack itself does not answer."""
    return web.Response(status=status, text="<html>Slack is having trouble</html>", content_type="text/html")


def too_many(seconds: int) -> web.Response:
    headers = {"Retry-After": str(seconds)}
    return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)


Fault = RateLimited | ServerError | Reset | Lost | Slow | Refused | Revoked | Garbage


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
