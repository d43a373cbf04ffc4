"""With whom somebody would go on after a cycle."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import ValidationError

from cohorts.people.model import Interest
from cohorts.ports import Transaction
from cohorts.values import Frozen

from .ladder_answers import waited

AGAIN = "again"
"""Under this key, with the interest's id, stands with whom somebody would go on."""
HELD_FOR = 10
"""School days for which whoever wants the same people again is not seated elsewhere. [D]"""


class Again(Frozen):
    """`cohort` is the one that has ended; who wants new people is kept apart from it where that can be."""

    cohort: str
    people: Literal["same", "new"]


def again_of(tx: Transaction, interest: Interest) -> Again | None:
    """None where they said nothing, or nothing that can be read any more."""
    kept = tx.evidence.readings(interest.educator_id).get(f"{AGAIN}/{interest.id}", "")
    try:
        return Again.model_validate_json(kept) if kept else None
    except ValidationError:
        return None


def keep_again(tx: Transaction, interest: Interest, again: Again) -> None:
    tx.evidence.save_reading(interest.educator_id, f"{AGAIN}/{interest.id}", again.model_dump_json())


def is_kept_for_season(tx: Transaction, interest: Interest, now: datetime) -> bool:
    """They want the people they were with, who may still come back to the list."""
    again = again_of(tx, interest)
    return again is not None and again.people == "same" and waited(tx, interest, now) < HELD_FOR


def seasons(tx: Transaction, waiting: Sequence[Interest]) -> Sequence[Sequence[str]]:
    """The people of each cohort that has ended who want to go on together, where there are two or more."""
    found: dict[str, list[str]] = {}
    for interest in waiting:
        again = again_of(tx, interest)
        if again and again.people == "same":
            found.setdefault(again.cohort, []).append(interest.educator_id)
    return [sorted(people) for _, people in sorted(found.items()) if len(people) > 1]
