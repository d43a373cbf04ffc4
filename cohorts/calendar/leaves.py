"""Days away: what is told is kept beside what is known, and what has passed stays as it was."""

from collections.abc import Sequence
from datetime import date

from cohorts.people.model import Leave

from .days import ONE_DAY


def with_leave(leaves: Sequence[Leave], told: Leave, today: date) -> tuple[Leave, ...]:
    """In order; leaves that meet or overlap are one. Those that are over are let go."""
    found: list[Leave] = []
    for leave in sorted((*ahead(leaves, today), told), key=lambda leave: leave.first):
        if found and leave.first <= found[-1].last + ONE_DAY:
            found[-1] = Leave(first=found[-1].first, last=max(found[-1].last, leave.last))
        else:
            found.append(leave)
    return tuple(found)


def ended(leaves: Sequence[Leave], today: date) -> tuple[Leave, ...]:
    """Back today: the days already away stay, and none is to come."""
    return tuple(
        Leave(first=leave.first, last=min(leave.last, today - ONE_DAY)) for leave in leaves if leave.first < today
    )


def ahead(leaves: Sequence[Leave], today: date) -> tuple[Leave, ...]:
    """Those that are not over, in order."""
    return tuple(sorted((leave for leave in leaves if leave.last >= today), key=lambda leave: leave.first))
