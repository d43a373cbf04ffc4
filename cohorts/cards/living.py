"""While somebody waits, and while cohorts change: what is asked, and what was answered."""

from collections.abc import Mapping

from cohorts.messages import Message
from cohorts.people.model import Cohort, Educator, Interest

from .basics import button, card, primary, row, words
from .forming import member_line

CHOICES: Mapping[str, str] = {"wait.keep": "living.button.keep", "wait.on": "living.button.on"}
"""The action that goes on waiting → what its button says."""


def answered_card(language: str, said: str, interest_id: str) -> Message:
    """What somebody who waits has answered, and the way back."""
    undo = row(button(language, "joining.button.undo", "wait.undo", interest_id))
    return card(words(language, f"living.answered_{said}"), undo)


def arrival_card(language: str, person: Educator, interest: Interest, lea_names: Mapping[str, str]) -> Message:
    """In the room: somebody has come into it."""
    head = words(language, "living.arrived", name=person.name)
    return card(head, member_line(language, person, interest, lea_names))


def came_card(cohort: Cohort, name: str, language: str) -> Message:
    """For the facilitator: somebody was given a free seat."""
    return card(words(language, "living.came", name=name, cohort=cohort.name, active=len(cohort.active_members)))


def long_wait_card(name: str, microcredential: str, days: int, language: str) -> Message:
    return card(
        words(language, "living.waits", name=name, microcredential=microcredential, days=days),
        row(primary(language, "leading.button.forming", "form.look.open")),
    )
