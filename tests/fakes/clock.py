"""What fake platforms have in common: the time they live by."""

import time
from collections.abc import Callable


class FakeClock:
    """Seconds since 1970. It stands still until somebody advances it, or follows `source` (and still advances)."""

    def __init__(self, source: Callable[[], float] | None = None) -> None:
        self._source = source
        self._offset = 0.0 if source else float(int(time.time()))
        self._last = 0

    def now(self) -> float:
        return self._offset + (self._source() if self._source else 0.0)

    def move(self, seconds: float) -> None:
        self._offset += seconds
