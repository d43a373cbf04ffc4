"""Work that only a newer version can read is left to it, and looked at again after a while."""

from datetime import datetime, timedelta

LEFT_FOR = timedelta(minutes=5)
"""So long a process that could not read some work takes none that anybody left: a worker that can has it meanwhile."""


class Leaving:
    """Whether this process leaves to others what somebody could not read."""

    def __init__(self) -> None:
        self._since: datetime | None = None

    def begin(self, now: datetime) -> None:
        self._since = now

    def goes_on(self, now: datetime) -> bool:
        """Not after the clock was set back, either: it then looks once too often."""
        return self._since is not None and timedelta() <= now - self._since < LEFT_FOR
