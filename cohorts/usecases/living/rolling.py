"""Every second week cohorts are proposed for whoever waits, and facilitators hear of it."""

from datetime import datetime, time, timedelta

from cohorts.calendar.days import is_school_day
from cohorts.calendar.hours import to_instant
from cohorts.calendar.instants import knows_zone, local
from cohorts.forming.rounds import next_round
from cohorts.ports import Transaction
from cohorts.usecases.look_for_cohorts import ROUND, begin_search, changed_by_hand, tell_round

REF = "forming"
MORNING = time(5)
"""Before anybody's digest of the day."""


def plan_round(tx: Transaction, now: datetime) -> None:
    """Somebody waits: the next round comes on its day. With rounds switched off, none does."""
    if not tx.forming.every_weeks:
        tx.due.clear("round", REF)
    elif tx.due.at("round", REF) is None:
        tx.due.set("round", REF, _next(tx, now))


def propose_due_round(tx: Transaction, ref: str, now: datetime) -> None:
    """A search for everybody who waits, once the schools of most of them are open; nobody waiting, none."""
    due = tx.due.at("round", ref)
    if due is None or due > now:
        return
    tx.due.clear("round", ref)
    waiting = tx.interests.with_status("waiting")
    if not waiting or not tx.forming.every_weeks:
        return
    if not _most_work(tx, [one.educator_id for one in waiting], now):
        tx.due.set("round", ref, now + timedelta(days=1))
        return
    tx.due.set("round", ref, _next(tx, now))
    if changed_by_hand(tx):
        tell_round(tx, None, now)
    else:
        begin_search(tx, ROUND, now)


def _next(tx: Transaction, now: datetime) -> datetime:
    zone = _zone(tx)
    today = local(now, zone).date()
    day = next_round(tx.forming.first_day, tx.forming.every_weeks, today)
    return to_instant(day, MORNING, zone)


def _zone(tx: Transaction) -> str:
    """Where the first LEA is of which that is known: rounds are of one network, its zones a few hours apart."""
    return next((lea.zone for lea in tx.people.leas() if knows_zone(lea.zone)), "UTC")


def _most_work(tx: Transaction, people: list[str], now: datetime) -> bool:
    leas = [one.lea_id for one in tx.people.warm(people)]
    tx.calendars.warm({*leas})
    today = local(now, _zone(tx)).date()
    open_in = {lea: is_school_day(tx.calendars.find_for_lea(lea), today) for lea in set(leas)}
    return 2 * sum(open_in[lea] for lea in leas) >= len(leas)
