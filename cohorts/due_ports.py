"""What the clock must come back to, as the core plans it, and what became of it where it failed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from cohorts.values import Frozen


class Failed(Frozen):
    """Work that failed. `rests`: the last try failed, at `at`; else it is tried again by itself, at `at`. `error` names
    the kind of error."""

    at: datetime
    error: str
    rests: bool


class Due(Protocol):
    """What the clock must come back to. One row for each (kind, ref)."""

    def set(self, kind: str, ref: str, at: datetime) -> None: ...
    def clear(self, kind: str, ref: str) -> None: ...
    def at(self, kind: str, ref: str) -> datetime | None: ...
    def failed(self, kind: str) -> Mapping[str, Failed]:
        """Of this kind what failed and was neither done nor planned anew since, by its reference."""
        ...

    def revive(self, kind: str, ref: str, now: datetime) -> bool:
        """What failed on its last try is due now; False when nothing of this name rests."""
        ...
