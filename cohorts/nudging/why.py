""" "Why did I get this?" and "why did I get nothing?", answered from what was written down at the time."""

from collections.abc import Sequence

from cohorts.messages import Context, Message, Section, moment
from cohorts.words import say

from .model import NudgeRecord
from .plan import DEFAULTS

LINES = 8


def explain(records: Sequence[NudgeRecord], language: str) -> Message:
    """The last few decisions, newest first, in plain words. For the person they are about."""
    newest = sorted(records, key=lambda record: record.at, reverse=True)
    told: list[NudgeRecord] = []
    for record in newest:
        # A reason that goes on for days is said once, where it last held.
        if record.sent or not told or told[-1].reason != record.reason:
            told.append(record)
    title = say(language, "nudging.explain_title" if told else "nudging.explain_none")
    lines = [f"- {explain_one(record, language)}" for record in told[:LINES]]
    limits = say(language, "nudging.explain_limits", per_day=DEFAULTS.per_day, per_week=DEFAULTS.per_week)
    return Message(text=title, blocks=(Section(text="\n".join([title, *lines])), Context(text=limits)))


def explain_one(record: NudgeRecord, language: str) -> str:
    """One decision: when, and why it was sent or held back."""
    kinds = ", ".join(say(language, f"nudging.kind_{kind}") for kind in record.kinds)
    return say(language, f"nudging.because_{record.reason}", at=moment(record.at), kinds=kinds)
