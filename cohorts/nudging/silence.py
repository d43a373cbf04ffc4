"""Somebody has gone quiet: a person writes to them, not we. The facilitator gets a card and a sentence to start."""

import hashlib
from datetime import datetime

from cohorts.calendar.days import school_days_between
from cohorts.calendar.hours import local
from cohorts.calendar.model import Rhythm
from cohorts.messages import Button, Buttons, Context, Message, Section, quote_person
from cohorts.words import say

from .model import Settings
from .plan import DEFAULTS

SENTENCES = 3


def silence(
    last_seen: datetime,
    now: datetime,
    rhythm: Rhythm,
    carded_at: datetime | None = None,
    settings: Settings = DEFAULTS,
) -> bool:
    """Time for a card: ten (as set) of the person's own school days without a sign, and no card for this silence yet.

    `last_seen` is the last sign of life, or when they joined. Leave and holidays do not count.
    """
    if carded_at is not None and carded_at >= last_seen:
        return False
    return silent_days(last_seen, now, rhythm) >= settings.silent_school_days


def silent_days(last_seen: datetime, now: datetime, rhythm: Rhythm) -> int:
    """The person's school days since the last sign, today included."""
    return school_days_between(rhythm, local(last_seen, rhythm.zone).date(), local(now, rhythm.zone).date())


def suggest_sentence(language: str, given_name: str, salt: str) -> str:
    """One of three human sentences, for the facilitator to change and send; the salt (who, when) chooses."""
    chosen = hashlib.sha256(salt.encode()).digest()[0] % SENTENCES + 1
    return say(language, f"nudging.silence_sentence_{chosen}", name=given_name)


def silence_card(educator_id: str, name: str, sentence: str, days: int, language: str) -> Message:
    """For the facilitator alone, in their language; `sentence` is in the silent person's own."""
    text = say(language, "nudging.silence_card", name=name, days=days)
    button = Button(
        label=say(language, "nudging.silence_write"), action="member.message", value=educator_id, style="primary"
    )
    return Message(
        text=text,
        blocks=(
            Section(text=text),
            Section(text=f"{say(language, 'nudging.silence_suggest')}\n\n{quote_person(sentence)}"),
            Buttons(items=(button,)),
            Context(text=say(language, "nudging.silence_note")),
        ),
    )
