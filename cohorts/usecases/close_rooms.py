"""The cycle is long over: its rooms are put away where a platform does such a thing."""

from datetime import datetime, timedelta

from cohorts.calendar.hours import next_common
from cohorts.cards.rooms import farewell_card
from cohorts.ports import Delivery, Transaction

from .carry_out import ROOM_STAYS
from .tell import rhythms_of, rooms_of

WEEK = timedelta(days=7)


def close_due_rooms(tx: Transaction, cohort_id: str, now: datetime) -> None:
    """At an hour at which everybody may be written to: the room has a last word."""
    due = tx.due.at("close", cohort_id)
    if due is None or due > now:
        return
    tx.due.clear("close", cohort_id)
    cohort = tx.cohorts.get(cohort_id)
    if cohort.status != "finished":
        return
    at = next_common(tuple(rhythms_of(tx, cohort).values()), now)
    for platform, workspace in rooms_of(tx, cohort):
        logical = f"cohort:{cohort.id}"
        if not tx.outbox.place(platform, workspace, logical):
            continue
        delivery = Delivery(
            key=f"{cohort.id}:close@{platform}/{workspace}",
            platform=platform,
            workspace=workspace,
            conversation=logical,
            verb="close_room",
            message=farewell_card(cohort, ROOM_STAYS // WEEK),
            not_before=at,
        )
        tx.outbox.enqueue(delivery, now)
