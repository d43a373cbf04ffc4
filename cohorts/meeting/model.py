"""A time at which a cohort meets live: who set it, when, where, what for, and who said that they come."""

from datetime import datetime, timedelta
from typing import Literal

from cohorts.values import Frozen

MINUTES = (30, 45, 60)
FIRST_WORD = timedelta(minutes=15)
"""So long before it at least the room hears of a meeting."""
REMINDER = timedelta(hours=1)
"""So long before it the room is reminded."""
HORIZON = timedelta(days=180)
"""Nothing is set further ahead."""
MOST_AHEAD = 3
"""So many meetings of one cohort may be ahead."""
HOSTING = frozenset({"discord"})
"""Chats where a room can have a place to talk beside it: a meeting of people who are all there needs no link."""

MeetingStatus = Literal["set", "off", "over"]
OffReason = Literal["called", "paused", "ended"]
"""Why a meeting does not take place: somebody called it off, or its cohort paused or came to its end."""


class Meeting(Frozen):
    """`where` is a link or words; "" is where the room itself is. `coming` and `absent` said so of this time.

    `version` grows with every save, `moves` with every other time.
    """

    id: str
    cohort_id: str
    set_by: str
    starts_at: datetime
    minutes: int
    where: str = ""
    topic: str
    status: MeetingStatus = "set"
    why_off: OffReason = "called"
    coming: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    version: int = 0
    moves: int = 0

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def remind_at(self) -> datetime:
        return self.starts_at - REMINDER

    def is_ahead(self, now: datetime) -> bool:
        """It will take place, or has begun and is not over."""
        return self.status == "set" and now < self.ends_at

    def overlaps(self, starts_at: datetime, minutes: int) -> bool:
        return self.starts_at < starts_at + timedelta(minutes=minutes) and starts_at < self.ends_at

    def answered(self, educator_id: str, *, comes: bool) -> "Meeting":
        """What they said last counts."""
        coming = tuple(person for person in self.coming if person != educator_id)
        absent = tuple(person for person in self.absent if person != educator_id)
        if comes:
            return self.model_copy(update={"coming": (*coming, educator_id), "absent": absent})
        return self.model_copy(update={"coming": coming, "absent": (*absent, educator_id)})
