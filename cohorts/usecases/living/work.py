"""What the bell comes back to: people who wait, and offers whose time is over."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from cohorts.forming.ladder import ENDS_AFTER
from cohorts.people.model import Interest
from cohorts.ports import Transaction
from cohorts.usecases.ask_facilitator import tell_of_long_wait

from .found import settle_held_group
from .ladder_answers import waited
from .merge import settle_follow, settle_merge
from .offers import Settle, lapse, wait_for_rest
from .rolling import plan_round
from .season import settle_season
from .seats import seat_at_once, settle_seats

LOOK_AGAIN = timedelta(days=1)


def plan_wait(tx: Transaction, interest: Interest, now: datetime) -> None:
    """From now on the bell looks for a seat for whoever waits, once a day."""
    if interest.status == "waiting":
        tx.due.set("wait", interest.id, now)


def watch_due_wait(tx: Transaction, interest_id: str, now: datetime) -> None:
    """Is there a seat by now? After ten school days without one a person is told, once for each wait."""
    due = tx.due.at("wait", interest_id)
    if due is None or due > now:
        return
    tx.due.clear("wait", interest_id)
    interest = tx.interests.find(interest_id)
    if interest is None or interest.status not in ("waiting", "proposed", "paused"):
        return
    plan_round(tx, now)
    if interest.status == "waiting":
        if seat_at_once(tx, interest, now):
            return
        if waited(tx, interest, now) >= ENDS_AFTER:
            tell_of_long_wait(tx, interest, now)
    tx.due.set("wait", interest_id, now + LOOK_AGAIN)


def settle_due_offer(tx: Transaction, ref: str, now: datetime) -> None:
    """`<kind>:<about>`: somebody has answered, or the time for it is over."""
    due = tx.due.at("offer", ref)
    if due is None or due > now:
        return
    tx.due.clear("offer", ref)
    kind, _, about = ref.partition(":")
    lapse(tx, about, now)
    SETTLES[kind](tx, about, now)


def _settle_seat(tx: Transaction, about: str, now: datetime) -> None:
    if "/" in about:
        settle_held_group(tx, about, now)
    else:
        settle_seats(tx, about, now)
        wait_for_rest(tx, "seat", about)


SETTLES: Mapping[str, Settle] = {
    "seat": _settle_seat,
    "merge": settle_merge,
    "follow": settle_follow,
    "season": settle_season,
}
