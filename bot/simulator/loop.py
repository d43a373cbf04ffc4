"""A loop whose time does not pass: when nothing is left to do now, it leaps to the next thing that is planned."""

import asyncio
import selectors
from collections.abc import Callable
from contextvars import Context
from datetime import datetime, timedelta
from typing import TypeVarTuple

Ts = TypeVarTuple("Ts")


class NothingLeftError(Exception):
    """Nothing is planned any more, and somebody still waits."""


class LeapingLoop(asyncio.SelectorEventLoop):
    """`asyncio`'s own loop over a clock that is moved, not read: sleeps, time-outs and timers keep their order and
    length, and take no time. Everything in it has to happen on its own thread, and nothing comes from outside."""

    def __init__(self) -> None:
        self._elapsed = 0.0
        super().__init__(_Leaping(self))
        # Seconds of many weeks, as floats, are no longer exact to the nanosecond.
        self._clock_resolution = 1e-6

    def time(self) -> float:
        """Seconds since it was made."""
        return self._elapsed

    def leap(self, seconds: float) -> None:
        self._elapsed += seconds

    def call_soon_threadsafe(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """There is one thread, and it is awake."""
        return self.call_soon(callback, *args, context=context)


class LoopClock:
    """Wall time that goes with the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, starts: datetime) -> None:
        self._loop, self._starts = loop, starts - timedelta(seconds=loop.time())
        self._elapsed, self._now = loop.time(), starts

    def now(self) -> datetime:
        elapsed = self._loop.time()
        if elapsed != self._elapsed:  # it is asked many times between two leaps
            self._elapsed, self._now = elapsed, self._starts + timedelta(seconds=elapsed)
        return self._now


class _Leaping(selectors.DefaultSelector):
    """Waits for nothing."""

    def __init__(self, loop: LeapingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise NothingLeftError
        self._loop.leap(max(0.0, timeout))
        return []
