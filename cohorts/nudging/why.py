""" "Why did I get this?" and "why did I get nothing?", answered from what was written down at the time."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from cohorts.messages import Context, Message, Section, moment
from cohorts.words import say

from .model import NudgeRecord, Settings
from .plan import DEFAULTS

LINES = 8


def explain(
    records: Sequence[NudgeRecord], language: str, settings: Settings = DEFAULTS, next_at: datetime | None = None
) -> Message:
    """The last few decisions, newest first, in plain words, and when we look again. For the person they are about.

    A reason for silence is written down when it begins, so the newest one still holds.
    """
    told = shorten(records)
    title = say(language, "nudging.explain_title" if told else "nudging.explain_none")
    lines = [explain_one(record, language) for record in told]
    if told and not told[0].written:
        lines[0] = say(language, "nudging.explain_still", line=lines[0])
    text = "\n".join([title, *(f"- {line}" for line in lines)])
    small = (Context(text=line) for line in _around(language, settings, next_at))
    return Message(text=title, blocks=(Section(text=text), *small))


def shorten(records: Sequence[NudgeRecord]) -> Sequence[NudgeRecord]:
    """The last few, newest first; a reason that goes on for days is there once, where it began."""
    told: list[NudgeRecord] = []
    for record in sorted(records, key=lambda record: record.at):
        if record.written or not told or told[-1].reason != record.reason:
            told.append(record)
    return told[::-1][:LINES]


def _around(language: str, settings: Settings, next_at: datetime | None) -> Iterator[str]:
    """When we look again, and what we keep to."""
    if next_at is None:
        yield say(language, "nudging.explain_not_yet")
    elif settings.per_day:
        yield say(language, "nudging.explain_next", at=moment(next_at))
    yield say(language, "nudging.explain_limits", per_day=settings.per_day, per_week=settings.per_week)


def explain_one(record: NudgeRecord, language: str) -> str:
    """One decision: when, and why it was sent or held back."""
    kinds = ", ".join(say(language, f"nudging.kind_{kind}") for kind in record.kinds)
    told = say(language, f"nudging.because_{record.reason}", at=moment(record.at), kinds=kinds)
    return f"{told} {say(language, 'nudging.because_in_time')}" if record.in_time else told
