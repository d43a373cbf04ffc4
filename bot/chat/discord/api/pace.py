"""How many requests of ours Discord may count in any second."""

import asyncio
from datetime import timedelta

from cohorts.send_errors import RateLimitedError

PATIENCE = 2.0
"""Seconds that are waited for a turn: with what a bucket lets one wait, less than a call may take."""


class Pace:
    """At most `most` in any `seconds`, whenever Discord counts them between our request and its answer: a turn is free
    again that long after the answer. So no line that is slow now and fast then makes two seconds' requests one's.
    """

    def __init__(self, most: int, seconds: float = 1.0, patience: float = PATIENCE) -> None:
        self._turns, self._seconds, self._patience = asyncio.Semaphore(most), seconds, patience

    async def begin(self) -> None:
        """Raises RateLimitedError where too many stand before us; nothing was sent then."""
        if not self._turns.locked():
            await self._turns.acquire()
            return
        try:
            async with asyncio.timeout(self._patience):
                await self._turns.acquire()
        except TimeoutError:
            raise RateLimitedError(timedelta(seconds=self._seconds), "platform") from None

    def end(self) -> None:
        """The answer is there, or there will be none."""
        asyncio.get_running_loop().call_later(self._seconds, self._turns.release)
