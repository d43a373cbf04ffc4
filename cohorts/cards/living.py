"""While somebody waits, and while cohorts change: what is asked, and what was answered."""

from collections.abc import Mapping

from cohorts.messages import Message

from .basics import button, card, row, words

CHOICES: Mapping[str, str] = {"wait.keep": "living.button.keep", "wait.on": "living.button.on"}
"""The action that goes on waiting → what its button says."""


def answered_card(language: str, said: str, interest_id: str) -> Message:
    """What somebody who waits has answered, and the way back."""
    undo = row(button(language, "joining.button.undo", "wait.undo", interest_id))
    return card(words(language, f"living.answered_{said}"), undo)
