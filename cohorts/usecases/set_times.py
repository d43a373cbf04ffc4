"""Somebody says in which zone they live, when they want quiet, and when their digest may come."""

import json
from datetime import time

from cohorts.calendar.instants import find_zone, knows_zone
from cohorts.cards.basics import whisper
from cohorts.cards.times import LIKE_DISTRICT, times_card, times_form, times_undone_card
from cohorts.events import Done, FieldErrors, OpenForm, Response
from cohorts.messages import ChoiceField, Message
from cohorts.people.model import Educator
from cohorts.ports import Transaction
from cohorts.words import say

from .ask import Ask, remember
from .digest_slot import move_digest_slot
from .pause import plan_return
from .replan import ask_replan_for_person
from .tell import Note, rhythm_of, tell

BEFORE = "times-before"
"""Under this key stands the person as they were before they last changed their times."""
OWN = ("zone", "quiet_from", "quiet_until", "digest_at")
STILL_LIVE = ("waiting", "proposed", "paused")


def open_times_form(tx: Transaction, ask: Ask) -> Response:
    return OpenForm(form=times_form(ask.educator, _district_zone(tx, ask.educator)))


def set_times(tx: Transaction, ask: Ask) -> Response:
    """The form was sent: from now on these times count, and what is planned is counted again by them."""
    problems = _check(tx, ask)
    if problems:
        return FieldErrors(problems=problems)
    changed = ask.educator.model_copy(update=_read(ask))
    tx.evidence.save_reading(ask.me, BEFORE, ask.educator.model_dump_json(include=set(OWN)))
    return _take_over(tx, ask, changed, times_card(changed, _zone(tx, changed)), "times_set")


def follow_zone(tx: Transaction, ask: Ask) -> Response:
    """The zone alone, as a chat has told it; the rest of their times stays."""
    zone = find_zone(ask.value)
    if zone is None:
        return whisper(ask.language, "basics.gone")
    tx.evidence.save_reading(ask.me, BEFORE, ask.educator.model_dump_json(include=set(OWN)))
    changed = ask.educator.model_copy(update={"zone": zone})
    return _take_over(tx, ask, changed, times_card(changed, zone), "times_set")


def undo_times(tx: Transaction, ask: Ask) -> Response:
    """What counted before the last change counts again."""
    kept = tx.evidence.readings(ask.me).get(BEFORE)
    if not kept:
        return whisper(ask.language, "leading.undo.none")
    tx.evidence.save_reading(ask.me, BEFORE, "")
    changed = Educator.model_validate(ask.educator.model_dump() | json.loads(kept))
    return _take_over(tx, ask, changed, times_undone_card(changed, _zone(tx, changed)), "times_undone")


def _take_over(tx: Transaction, ask: Ask, changed: Educator, message: Message, kind: str) -> Response:
    tx.people.save_educator(changed)
    move_digest_slot(tx, changed, ask.now)
    if tx.due.at("return", ask.me):
        plan_return(tx, changed)
    _move_interests(tx, ask.educator, changed)
    ask_replan_for_person(tx, ask.educator, changed, ask.now)
    tell(tx, ask.me, Note(key=f"{ask.me}:times:{ask.key}", message=message), ask.now)
    remember(tx, ask, kind)
    return Done()


def _move_interests(tx: Transaction, before: Educator, after: Educator) -> None:
    """Whoever still waits is matched by the zone in which they now live, also where the one kept is none."""
    zone = _zone(tx, after)
    for interest in tx.interests.of(after.id):
        if interest.status in STILL_LIVE and (before.zone != after.zone or not knows_zone(interest.zone)):
            tx.interests.save(interest.model_copy(update={"zone": zone}))


def _read(ask: Ask) -> dict[str, object]:
    """What the form says, of which nothing is wrong."""
    values = ask.values
    chosen = find_zone(values.get("other", "")) or values["zone"]
    walls = {name: time.fromisoformat(values[name]) for name in OWN[1:]}
    return {"zone": "" if chosen == LIKE_DISTRICT else chosen, **walls}


def _check(tx: Transaction, ask: Ask) -> dict[str, str]:
    """Field → what to mend: a form can be sent by hand, and a digest cannot come in quiet hours."""
    problems = {}
    for field in times_form(ask.educator, _district_zone(tx, ask.educator)).fields:
        if isinstance(field, ChoiceField) and ask.values.get(field.id) not in {one.id for one in field.options}:
            problems[field.id] = say(ask.language, "chat.form_choose_one")
    other = ask.values.get("other", "").strip()
    if other and not find_zone(other):
        problems["other"] = say(ask.language, "times.problem.zone", entry=other)
    if not problems and not _is_awake(ask):
        problems["digest_at"] = say(ask.language, "times.problem.digest")
    return problems


def _is_awake(ask: Ask) -> bool:
    """Whether the digest's time is outside the quiet hours of the same form."""
    quiet_from, quiet_until, digest_at = (time.fromisoformat(ask.values[name]) for name in OWN[1:])
    if quiet_from <= quiet_until:
        return not quiet_from <= digest_at < quiet_until
    return quiet_until <= digest_at < quiet_from


def _district_zone(tx: Transaction, educator: Educator) -> str:
    return _zone(tx, educator.model_copy(update={"zone": ""}))


def _zone(tx: Transaction, educator: Educator) -> str:
    return rhythm_of(tx, educator).zone
