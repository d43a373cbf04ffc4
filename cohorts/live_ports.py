"""What live meetings need from the world: a place to keep them, and a chat that can show them in its own way."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from cohorts.meeting.model import Meeting
from cohorts.values import Frozen


class Meetings(Protocol):
    """Kept as everything else is: see `cohorts.ports`."""

    def add(self, meeting: Meeting) -> None: ...
    def save(self, meeting: Meeting) -> Meeting:
        """Saves over `meeting.version` and returns the meeting with the next one. Raises StaleError."""
        ...

    def get(self, meeting_id: str) -> Meeting: ...
    def of_cohort(self, cohort_id: str) -> Sequence[Meeting]:
        """All there ever were, by when they start."""
        ...


class LiveEvent(Frozen):
    """A meeting as a chat's own calendar has it. `key` is the meeting's for good, however often it is moved. `name` and
    `about` are plain words: nothing in them is Markdown."""

    key: str
    name: str
    about: str
    starts_at: datetime
    ends_at: datetime


@runtime_checkable
class Host(Protocol):
    """A chat that has events of its own. Doing any of it again does no more. Raises as `cohorts.ports.Chat`."""

    async def show_event(self, workspace: str, conversation: str, event: LiveEvent) -> None:
        """It stands there, once, as it is now, for the people of the room alone. Where the room is of a kind in which
        it could be seen by others, nothing is shown."""
        ...

    async def end_event(self, workspace: str, conversation: str, key: str) -> None:
        """It stands there no more."""
        ...
