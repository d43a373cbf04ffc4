"""When the bell comes back to somebody with what is open for them: their own slot."""

from datetime import datetime

from cohorts.calendar.hours import next_slot
from cohorts.people.model import Educator
from cohorts.ports import Transaction

from .tell import rhythm_of


def plan_digest_slot(tx: Transaction, educator: Educator, now: datetime) -> None:
    """From now on the bell comes back to this person at their own slot."""
    if tx.due.at("digest", educator.id) is None:
        tx.due.set("digest", educator.id, next_slot(rhythm_of(tx, educator), now, educator.digest_at))


def move_digest_slot(tx: Transaction, educator: Educator, now: datetime) -> None:
    """The slot after now by the hours and days of now; one that has come already is left to the bell."""
    due = tx.due.at("digest", educator.id)
    if due is not None and due > now:
        tx.due.set("digest", educator.id, next_slot(rhythm_of(tx, educator), now, educator.digest_at))
