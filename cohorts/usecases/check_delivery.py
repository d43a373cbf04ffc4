"""Just before something goes out: may it still, and to whom exactly?"""

from datetime import datetime
from typing import Literal

from cohorts.calendar.hours import next_allowed, next_common
from cohorts.nudging.model import STALE
from cohorts.ports import Delivery, Transaction
from cohorts.values import Frozen

from .membership import has_left
from .tell import rhythm_of, rhythms_of
from .tell_facilitator import is_settled


class Verdict(Frozen):
    """go; wait until `at`; or drop, with the reason."""

    what: Literal["go", "wait", "drop"]
    at: datetime | None = None
    why: str = ""


GO = Verdict(what="go")
LEADERS = frozenset({"facilitator", "operator"})
"""Whoever leads cohorts of others is written to about those, in a cohort themselves or not."""


def check_delivery(tx: Transaction, delivery: Delivery, now: datetime) -> Verdict:
    """Quiet hours, holidays and departures are looked at again: an outage may lie between deciding and sending."""
    kind, ref, *_ = delivery.conversation.split(":")
    if delivery.purpose == "reply" or delivery.verb != "send":
        return GO
    if kind == "cohort":
        at = next_common(tuple(rhythms_of(tx, tx.cohorts.get(ref)).values()), now)
        return GO if at <= now else Verdict(what="wait", at=at)
    educator = tx.people.get_educator(ref)
    if not LEADERS & set(educator.roles) and has_left(tx, educator.id):
        return Verdict(what="drop", why="They have left, and were promised that we do not write again.")
    if delivery.purpose == "digest" and now - delivery.not_before > STALE:
        return Verdict(what="drop", why="The digest is from another day; the next one says what still holds.")
    if delivery.purpose == "facilitator" and is_settled(tx, ref, delivery.key.partition("@")[0]):
        return Verdict(what="drop", why="What it asks is settled by now.")
    at = next_allowed(rhythm_of(tx, educator), now)
    return GO if at <= now else Verdict(what="wait", at=at)
