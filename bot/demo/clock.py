"""The demo's time: it stands still until somebody moves it."""

from datetime import UTC, datetime

START = datetime(2026, 1, 12, 14, 0, tzinfo=UTC)
"""A Monday, eight in the morning in Texas; the eight weeks that follow cross the change to summer time."""


class DemoClock:
    """`now` is what the whole house reads. Time only goes forward."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def move_to(self, at: datetime) -> None:
        self.at = max(self.at, at)
