"""Who reads whose draft, what they say, and what the author does with it."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from cohorts.values import Frozen

AssignmentStatus = Literal["queued", "open", "started", "done", "swapped", "withdrawn"]
ReviewKind = Literal["affirm", "point", "move"]


class Assignment(Frozen):
    """One reviewer owes one author one review in one run.

    queued (waits until the reviewer has room) → open → started → done. swapped: somebody else took it over, and a
    review that still comes is welcome. withdrawn: no longer wanted. `opened_at` and `due` are None while queued;
    `due` is the reviewer's own deadline.
    """

    id: str
    run_id: str
    author: str
    reviewer: str
    status: AssignmentStatus = "open"
    assigned_at: datetime
    opened_at: datetime | None = None
    due: datetime | None = None
    done_at: datetime | None = None

    @property
    def held(self) -> bool:
        """It takes one of the reviewer's places: open or started."""
        return self.status in ("open", "started")

    @property
    def live(self) -> bool:
        """A review has come of it or still may."""
        return self.status in ("queued", "open", "started", "done")


class Review(Frozen):
    """What a reviewer saw, where, and what could be tried.

    Made when the answer is revealed: its words are shared text. Before that only `Assignment.status` tells of it.
    `criterion` is `<part>/<criterion>` (see `cohorts.evidence.model.criterion_key`), or "" for the draft as a whole.
    """

    assignment_id: str
    author: str
    reviewer: str
    see: str
    place: str
    criterion: str
    try_: str
    kind: ReviewKind = "move"
    at: datetime


class Rating(Frozen):
    """The author's private word on a review. `useful`: 0 not, 1 a little, 2 useful, 3 very."""

    assignment_id: str
    useful: int = Field(ge=0, le=3)
    will_use: bool
