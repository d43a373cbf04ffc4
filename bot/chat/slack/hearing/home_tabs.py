"""People's Home tabs, drawn behind the ack: for one person one at a time, so that the newest is what stays."""

import asyncio
from dataclasses import dataclass, field

from bot.chat.slack.api.calls import Calls, RefusedError
from bot.chat.slack.home import home_view
from cohorts.events import AccountRef
from cohorts.send_errors import NotSentError, RateLimitedError, SendUnknownError

from .desk import Desk

TRIES = 3
LONGEST_REST = 10.0
"""Seconds. Whom Slack bids wait longer sees their Home as it is when they look again."""
SHORT_REST = 0.2
OVERTAKEN = "hash_conflict"


@dataclass(slots=True)
class _Turn:
    """Those who asked for one person's Home, by number, and up to whom it has been shown."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    asked: int = 0
    shown: int = 0


class HomeTabs:
    """Publishing a Home again does no harm, so what went wrong on the way is tried again, from what is known then."""

    def __init__(self, calls: Calls, desk: Desk) -> None:
        self._calls, self._desk = calls, desk
        self._turns: dict[AccountRef, _Turn] = {}

    async def draw(self, account: AccountRef, seen: str = "") -> None:
        """Returns when the tab shows what was known at the call, or something newer. `seen` is the hash of the view
        that was looked at: what another process has drawn since then is not drawn over unread.

        Raises what `Calls.call` does.
        """
        turn = self._turns.setdefault(account, _Turn())
        turn.asked += 1
        mine = turn.asked
        try:
            async with turn.lock:
                if turn.shown < mine:
                    upto = turn.asked
                    await self._draw(account, seen if turn.shown == 0 else "")
                    turn.shown = upto
        finally:
            if mine == turn.asked:
                self._turns.pop(account, None)

    async def _draw(self, account: AccountRef, seen: str) -> None:
        for tried in range(1, TRIES + 1):
            try:
                await self._publish(account, seen)
            except RefusedError as error:
                if error.code != OVERTAKEN or not seen:
                    raise
                seen = ""
            except (RateLimitedError, NotSentError, SendUnknownError) as error:
                rest = error.retry_after.total_seconds() if isinstance(error, RateLimitedError) else SHORT_REST
                if tried == TRIES or rest > LONGEST_REST:
                    raise
                await asyncio.sleep(rest)
            else:
                return

    async def _publish(self, account: AccountRef, seen: str) -> None:
        view = home_view(await self._desk.home(account), await self._desk.voice(account))
        arguments = {"user_id": account.user, "view": view, "hash": seen or None}
        await self._calls.call(account.workspace, "views.publish", arguments)
