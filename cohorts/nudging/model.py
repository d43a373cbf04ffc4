"""What may be worth a word to somebody, what was said, and the numbers that keep it little."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from pydantic import Field

from cohorts.calendar.model import Rhythm
from cohorts.values import Frozen

ThingKind = Literal[
    "step",
    "review",
    "respond",
    "rate",
    "evidence",
    "packet",
    "result",
    "plan",
    "queue",
    "cohort",
    "meeting",
    "widen",
    "offer",
]
NEWS: tuple[ThingKind, ...] = ("cohort", "queue", "widen", "offer")
"""What is told or asked and takes no work: said without minutes."""
TOLD: tuple[ThingKind, ...] = ("cohort", "queue", "meeting")
"""What is told and asks nothing: it is open for nobody, and who lets it lie has ignored nothing."""
WEEKLY: tuple[ThingKind, ...] = ("queue",)
"""Promised every week, also to who reacts to nothing."""
ENDING: tuple[ThingKind, ...] = ("offer",)
"""Over for good at its date: told once before, also to who reacts to nothing."""
Mechanism = Literal["goal", "plan", "monitor", "cue", "support", "feedback", "affirm", "repeat"]
"""Which mechanism of effective professional development it carries (after EEF's list)."""

Outcome = Literal["sent", "going", "dropped", "undelivered"]
"""What became of a digest that was written. going: not yet; dropped: too late, or nobody there to read it any more."""

Reason = Literal[
    Outcome, "nothing_due", "paused", "snoozed", "muted", "hold", "budget_day", "budget_week", "slowed", "off"
]
"""Why somebody was written to or not. off: nobody is written to unasked here."""

MEMORY = timedelta(days=21)
"""So far back one looks for what somebody heard."""
STALE = timedelta(hours=12)
"""A digest counts for its own day; a later day has its own."""


class Choice(Frozen):
    """One more answer to a thing; `label` is a message key."""

    label: str
    action: str
    value: str


class Thing(Frozen):
    """One unfinished thing of one person, with one button, and one for each other answer it can have.

    `title` and `label` are message keys; `params` fill the title. `ref` names the thing the same way every time.
    `reminders` are hours before (negative: after) `due` from which it is worth a word, once each; without `due` it
    only comes along, or once a week. A lower `priority` is shown first. `open_until` is the date of the last of all
    whom it waits for, where that is later than one's own.
    """

    kind: ThingKind
    educator_id: str
    ref: str
    title: str
    params: Mapping[str, str] = {}
    minutes: int
    due: datetime | None = None
    open_until: datetime | None = None
    reminders: tuple[int, ...] = (72, 24, -24)
    label: str
    action: str
    value: str = ""
    choices: tuple[Choice, ...] = ()
    mechanism: Mechanism
    priority: int = 5


class NudgeRecord(Frozen):
    """A digest that was written and what became of it, or why there was none. `opened`: the person read or used it.
    `delivery` is the key under which it was to go out. `in_time`: the rate was halved, and it was written nevertheless
    for something in it that ends; where that is not so it is not stored, so that a worker of the last version reads on.
    """

    educator_id: str
    at: datetime
    kinds: tuple[str, ...]
    refs: tuple[str, ...]
    opened: bool = False
    reason: Reason = "sent"
    delivery: str = ""
    in_time: bool = Field(default=False, exclude_if=lambda so: not so)

    @property
    def asks(self) -> bool:
        """Something in it asks for an answer or for work."""
        return any(kind not in TOLD for kind in self.kinds)

    @property
    def sent(self) -> bool:
        return self.reason == "sent"

    @property
    def written(self) -> bool:
        return self.reason in get_args(Outcome)

    def counts(self, now: datetime) -> bool:
        """The person has it or may still get it: one that waits and is stale will not go."""
        return self.sent or (self.reason == "going" and now - self.at <= STALE)


class Settings(Frozen):
    """How little is enough. Defaults from Cortes et al., Fitz et al. 2019 and our own judgement (domain.md 5.1)."""

    per_day: int = 1
    """0: nobody is written to unasked."""
    per_week: int = 3
    per_week_when_calm: int = 1
    """When nothing is due: the unfinished things without a date share this many."""
    ignored_before_slow: int = 2
    time_to_open: timedelta = timedelta(hours=24)
    """A digest younger than this is not yet ignored."""
    shown: int = 3
    silent_school_days: int = 10


class Reader(Frozen):
    """The person a digest is for. `paused_until` is the first day they want to hear from us again."""

    educator_id: str
    rhythm: Rhythm
    paused_until: date | None = None
    snoozed: frozenset[str] = frozenset()
    muted: tuple[str, ...] = ()


class Item(Frozen):
    """A thing as the digest shows it; `late`: its deadline is past, so snoozing it is offered."""

    thing: Thing
    late: bool = False


class Digest(Frozen):
    """The one message. `items` are shown and so reminded of; `more` are only counted and come another time. `slowed`:
    the rate is halved; `in_time`: it is, and would have forbidden this message, had not something in it an end."""

    educator_id: str
    items: tuple[Item, ...]
    more: tuple[Thing, ...] = ()
    slowed: bool = False
    in_time: bool = False

    @property
    def refs(self) -> tuple[str, ...]:
        return tuple(item.thing.ref for item in self.items)

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(item.thing.kind for item in self.items))


class Withheld(Frozen):
    """No message now. `hold` is the calendar's word when `reason` is "hold"."""

    reason: Reason
    hold: str = ""
