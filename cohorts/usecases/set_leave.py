"""Somebody is away for days, is back early, or takes either back."""

from collections.abc import Sequence
from datetime import date

from pydantic import TypeAdapter

from cohorts.calendar.days import ONE_DAY
from cohorts.calendar.instants import local
from cohorts.calendar.leaves import ahead, ended, with_leave
from cohorts.cards.away import away_card, away_form, back_early_card, offered_days
from cohorts.cards.basics import card, whisper, words
from cohorts.events import Done, FieldErrors, OpenForm, Response
from cohorts.messages import Message
from cohorts.people.model import Leave
from cohorts.ports import Transaction
from cohorts.words import say

from .ask import Ask, remember
from .digest_slot import move_digest_slot
from .pause import plan_return
from .replan import ask_replan_for_person
from .tell import Note, rhythm_of, tell

BEFORE = "away-before"
"""Under this key stand the person's leaves as they were before the last change."""
LEAVES = TypeAdapter(tuple[Leave, ...])


def open_away_form(tx: Transaction, ask: Ask) -> Response:
    return OpenForm(form=away_form(ask.educator, _today(tx, ask)))


def set_leave(tx: Transaction, ask: Ask) -> Response:
    """The form was sent: what is planned for this person keeps out of these days."""
    today = _today(tx, ask)
    problems = _check(ask, offered_days(today))
    if problems:
        return FieldErrors(problems=problems)
    first, back = (date.fromisoformat(ask.values[name]) for name in ("first", "back"))
    told = Leave(first=first, last=back - ONE_DAY)
    leaves = with_leave(ask.educator.leaves, told, today)
    _keep_before(tx, ask)
    return _take_over(tx, ask, leaves, away_card(ask.language, told, today), "away_set")


def end_leave(tx: Transaction, ask: Ask) -> Response:
    """Back today, whatever was told before."""
    today = _today(tx, ask)
    if not ahead(ask.educator.leaves, today):
        return whisper(ask.language, "away.not")
    _keep_before(tx, ask)
    return _take_over(tx, ask, ended(ask.educator.leaves, today), back_early_card(ask.language), "away_ended")


def undo_leave_days(tx: Transaction, ask: Ask) -> Response:
    """What counted before the last change counts again."""
    kept = tx.evidence.readings(ask.me).get(BEFORE)
    if not kept:
        return whisper(ask.language, "leading.undo.none")
    tx.evidence.save_reading(ask.me, BEFORE, "")
    message = card(words(ask.language, "away.undone"))
    return _take_over(tx, ask, LEAVES.validate_json(kept), message, "away_undone")


def _keep_before(tx: Transaction, ask: Ask) -> None:
    tx.evidence.save_reading(ask.me, BEFORE, LEAVES.dump_json(ask.educator.leaves).decode())


def _take_over(tx: Transaction, ask: Ask, leaves: tuple[Leave, ...], message: Message, kind: str) -> Response:
    changed = ask.educator.model_copy(update={"leaves": leaves})
    tx.people.save_educator(changed)
    move_digest_slot(tx, changed, ask.now)
    if tx.due.at("return", ask.me):
        plan_return(tx, changed)
    ask_replan_for_person(tx, ask.educator, changed, ask.now)
    tell(tx, ask.me, Note(key=f"{ask.me}:away:{ask.key}", message=message), ask.now)
    remember(tx, ask, kind)
    return Done()


def _check(ask: Ask, offered: Sequence[date]) -> dict[str, str]:
    """Field → what to mend: a form can be sent by hand, or long after it was opened."""
    days = {day.isoformat() for day in offered}
    problems = {
        name: say(ask.language, "chat.form_choose_one")
        for name in ("first", "back")
        if ask.values.get(name, "") not in days
    }
    if not problems and ask.values["back"] <= ask.values["first"]:
        problems["back"] = say(ask.language, "away.problem.back")
    return problems


def _today(tx: Transaction, ask: Ask) -> date:
    return local(ask.now, rhythm_of(tx, ask.educator).zone).date()
