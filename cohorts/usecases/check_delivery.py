"""Just before something goes out: may it still, and to whom exactly?"""

from datetime import datetime, timedelta
from typing import Literal

from cohorts.calendar.hours import next_allowed, next_common
from cohorts.cards.leading import Failure
from cohorts.nudging.model import STALE
from cohorts.ports import Delivery, Transaction
from cohorts.values import Frozen

from .meet_tell import is_past
from .membership import has_left
from .room_state import closed_by, is_running, room_subject
from .tell import rhythm_of, rhythms_of
from .tell_facilitator import is_settled


class Verdict(Frozen):
    """go; wait until `at`; or drop, with the reason. `told`: what somebody who can help hears of that."""

    what: Literal["go", "wait", "drop"]
    at: datetime | None = None
    why: str = ""
    told: Failure | None = None


GO = Verdict(what="go")
NO_ROOM = Verdict(what="drop", why="Its cohort has ended or is no longer there: it needs no room.", told="gone")
LOOK_AGAIN = timedelta(hours=6)
"""So often a room that is closed is looked at again, should nobody have told us that it is open."""


def check_delivery(tx: Transaction, delivery: Delivery, now: datetime) -> Verdict:
    """Quiet hours, holidays and departures are looked at again: an outage may lie between deciding and sending."""
    kind, ref, *_ = delivery.conversation.split(":")
    if kind == "cohort" and (shut := _check_room(tx, delivery, ref, now)):
        return shut
    if delivery.purpose == "reply" or delivery.verb != "send":
        return GO
    if kind == "cohort" and is_past(tx, delivery.key, now):
        return Verdict(what="drop", why="The meeting it is about has begun, moved again or been called off.")
    if kind == "cohort":
        at = next_common(tuple(rhythms_of(tx, tx.cohorts.get(ref)).values()), now)
        return GO if at <= now else Verdict(what="wait", at=at)
    educator = tx.people.get_educator(ref)
    if not educator.leads and has_left(tx, educator.id):  # who leads is written to about those of others
        return Verdict(what="drop", why="They have left, and were promised that we do not write again.")
    if delivery.purpose == "digest" and now - delivery.not_before > STALE:
        return Verdict(what="drop", why="The digest is from another day; the next one says what still holds.")
    if delivery.purpose == "facilitator" and is_settled(tx, ref, delivery.key.partition("@")[0]):
        return Verdict(what="drop", why="What it asks is settled by now.")
    at = next_allowed(rhythm_of(tx, educator), now)
    return GO if at <= now else Verdict(what="wait", at=at)


def _check_room(tx: Transaction, delivery: Delivery, cohort_id: str, now: datetime) -> Verdict | None:
    """What is for a closed room waits until it is open or another one takes its place. None when it is open, or is to
    be opened and wanted."""
    if delivery.verb == "open_room":
        return None if is_running(tx, cohort_id) else NO_ROOM
    place = tx.outbox.place(delivery.platform, delivery.workspace, delivery.conversation)
    if not closed_by(tx, room_subject(delivery.platform, delivery.workspace, place or delivery.conversation)):
        return None
    if not is_running(tx, cohort_id):
        return Verdict(what="drop", why="The cohort has ended and its room is closed.")
    return Verdict(what="wait", at=now + LOOK_AGAIN)
