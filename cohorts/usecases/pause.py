"""Pause and come back. Nothing is lost, and each undoes the other."""

from datetime import date, datetime, time, timedelta

from cohorts.calendar.days import add_school_days
from cohorts.calendar.hours import next_slot, to_instant
from cohorts.calendar.instants import local
from cohorts.cards.basics import whisper
from cohorts.cards.joining import back_card, left_card, undo_card
from cohorts.events import Done, Response, Whisper
from cohorts.people.model import Educator
from cohorts.ports import Transaction
from cohorts.words import say

from .ask import Ask, remember
from .living.offers import drop_offers
from .membership import come_back, go_away, set_status, standing
from .tell import rhythm_of
from .tell_standing import retire_standing, tell_standing

PAUSE_SCHOOL_DAYS = 10
PAUSED = {"member": "joining.paused", "waiting": "joining.paused.waiting", "none": "joining.paused.nudges"}


def pause(tx: Transaction, ask: Ask) -> Response:
    """Whoever has left is told so: an old button puts nobody back."""
    where = standing(tx, ask.me)
    if where == "left":
        return Whisper(message=left_card(ask.language))
    rhythm = rhythm_of(tx, ask.educator)
    today = local(ask.now, rhythm.zone).date()
    until = add_school_days(rhythm, today, PAUSE_SCHOOL_DAYS)
    tx.people.save_educator(ask.educator.model_copy(update={"paused_until": until}))
    set_status(tx, ask.me, "waiting", "paused")
    set_status(tx, ask.me, "proposed", "paused")
    drop_offers(tx, ask.me, ask.now)
    go_away(tx, ask.me, until, ask.now)
    plan_return(tx, ask.educator.model_copy(update={"paused_until": until}))
    message = undo_card(ask.language, PAUSED[where], "join.resume", "", until=say_day(ask.language, until))
    tell_standing(tx, ask.me, f"{ask.me}:paused:{ask.key}", message, ask.now)
    remember(tx, ask, "paused", until=until.isoformat())
    return Done()


def resume(tx: Transaction, ask: Ask) -> Response:
    """Back from a pause, or the undo of one; whoever has left or is not paused is told so."""
    where = standing(tx, ask.me)
    if where == "left":
        return Whisper(message=left_card(ask.language))
    if ask.educator.paused_until is None:
        return whisper(ask.language, "joining.resumed.already")
    _resume(tx, ask.educator, ask.now)
    message = back_card(ask.educator, where, _wanted(tx, ask.me))
    tell_standing(tx, ask.me, f"{ask.me}:resumed:{ask.key}", message, ask.now)
    remember(tx, ask, "resumed")
    return Done()


def return_from_pause(tx: Transaction, educator_id: str, now: datetime) -> None:
    """The pause is over: open things are picked up by the next digest; nothing is sent for its own sake."""
    if (due := tx.due.at("return", educator_id)) is None or due > now:
        return
    _resume(tx, tx.people.get_educator(educator_id), now)
    retire_standing(tx, educator_id, now)


def plan_return(tx: Transaction, educator: Educator) -> None:
    """They are back at their slot of the first day on which they want to hear from us again."""
    if educator.paused_until:
        rhythm = rhythm_of(tx, educator)
        eve = to_instant(educator.paused_until, time(0), rhythm.zone) - timedelta(seconds=1)
        tx.due.set("return", educator.id, next_slot(rhythm, eve, educator.digest_at))


def _wanted(tx: Transaction, educator_id: str) -> str:
    """The microcredential that their buttons are about; "" when they want none."""
    live = (interest.microcredential_id for interest in tx.interests.of(educator_id) if interest.status != "withdrawn")
    return next(live, "")


def _resume(tx: Transaction, educator: Educator, now: datetime) -> None:
    tx.people.save_educator(educator.model_copy(update={"paused_until": None}))
    set_status(tx, educator.id, "paused", "waiting")
    come_back(tx, educator.id, now)
    tx.due.clear("return", educator.id)


def say_day(language: str, day: date) -> str:
    return say(language, "basics.date", day=day.day, month=say(language, f"basics.month.{day.month}"))
