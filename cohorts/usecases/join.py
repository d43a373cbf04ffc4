"""The welcome, the one form, and changing what one said in it."""

import re
from collections.abc import Mapping
from datetime import datetime

from cohorts.calendar.instants import local
from cohorts.cards.basics import card, whisper, words
from cohorts.cards.joining import (
    Alone,
    changed_card,
    confirmed_card,
    how_card,
    join_form,
    listed_card,
    member_buttons,
    placed_card,
    slot_windows,
    start_date,
    with_undo,
)
from cohorts.catalogue.speak import in_language
from cohorts.events import Done, FieldErrors, OpenForm, Response, Whisper
from cohorts.evidence.student_data import find_student_data
from cohorts.forming.ladder import Widening, choose_grades
from cohorts.ids import make_id
from cohorts.messages import ChoiceField, Message, shorten
from cohorts.people.model import Educator, Interest
from cohorts.ports import Transaction
from cohorts.words import say

from .ask import Ask, remember
from .digest_slot import plan_digest_slot
from .home import first_card
from .living.ladder_answers import keep_widening, widening_of
from .living.work import plan_wait
from .membership import in_cohort
from .spoken import call_cohort, read_microcredential
from .tell import rhythm_of, said_to
from .tell_standing import tell_standing
from .who_waits import withdraw_others

BEFORE = "interest-before"
"""Under this key, with the interest's id, stands what somebody had told before they changed it."""
LADDER_BEFORE = "ladder-told-before"
"""The same of how far they had agreed to widen."""
EMAIL = re.compile(r"[^@\s]++@[^@\s.]++(?:\.[^@\s.]++)++")


def welcome(tx: Transaction, educator: Educator, now: datetime) -> Response:
    """The first message, once. It answers somebody who opened the conversation, so it goes at once."""
    key = f"{educator.id}:welcome"
    if said_to(tx, educator.id, key) is None:
        tell_standing(tx, educator.id, key, _greeting(tx, educator, now), now)
    plan_digest_slot(tx, educator, now)
    return Done()


def _greeting(tx: Transaction, educator: Educator, now: datetime) -> Message:
    """Whoever was put on the list by somebody else is not asked to join once more, nor whoever leads."""
    seats = (cohort for cohort in tx.cohorts.of(educator.id) if educator.id in cohort.active_members)
    if cohort := next((cohort for cohort in seats if cohort.status == "active"), None):
        return placed_card(educator, call_cohort(tx, cohort, educator.language))
    waiting = next((i for i in tx.interests.of(educator.id) if i.status in ("waiting", "proposed")), None)
    if waiting:
        return listed_card(educator, read_microcredential(tx, waiting.microcredential_id, educator.language))
    return first_card(tx, educator, now)


def explain_joining(tx: Transaction, ask: Ask) -> Response:  # noqa: ARG001 - every action has this shape
    return Whisper(message=how_card(ask.language))


def open_join_form(tx: Transaction, ask: Ask) -> Response:
    known = _interest(tx, ask)
    offered = [in_language(one, ask.language) for one in tx.catalogue.all()]
    own = known is not None and widening_of(tx, known).own_grades
    return OpenForm(form=join_form(ask.educator, offered, known, own_grades=own))


def join(tx: Transaction, ask: Ask) -> Response:
    """The form was sent: check it, keep the interest, confirm what happens next."""
    problems = _check(tx, ask)
    if problems:
        return FieldErrors(problems=problems)
    interest = _read(tx, ask)
    before = tx.interests.find(interest.id)
    placed = bool(before and before.status == "placed") and in_cohort(tx, ask.me)
    if before and (placed or before.status == "waiting") and _is_told(tx, ask, interest, before):
        withdraw_others(tx, ask.me, interest.id)
        return Done()
    tx.interests.save(interest.model_copy(update={"status": "placed"}) if placed else interest)
    if before and before.status in ("waiting", "placed"):
        tx.evidence.save_reading(ask.me, f"{BEFORE}/{interest.id}", before.model_dump_json())
    _keep_grades(tx, ask, interest)
    withdraw_others(tx, ask.me, interest.id)
    if not placed:
        plan_wait(tx, interest, ask.now)
    fresh = ask.educator.model_copy(update={"language": interest.language, "active": True})
    tx.people.save_educator(fresh)
    plan_digest_slot(tx, fresh, ask.now)
    microcredential = read_microcredential(tx, interest.microcredential_id, fresh.language)
    if before and before.status == "waiting":
        message = changed_card(fresh, microcredential)
    else:
        message = confirmed_card(fresh, microcredential, alone=_alone(tx, interest), placed=placed)
    if before and before.status in ("waiting", "placed"):
        message = with_undo(message, fresh.language, "join.undo", interest.id)
    tell_standing(tx, ask.me, f"{ask.me}:joined:{ask.key}", message, ask.now)
    remember(tx, ask, "joined", microcredential=interest.microcredential_id)
    return Done()


def undo_change(tx: Transaction, ask: Ask) -> Response:
    """What was told before the last change counts again; where the person stands stays as it is."""
    now_told, kept = tx.interests.find(ask.value), tx.evidence.readings(ask.me).get(f"{BEFORE}/{ask.value}")
    if now_told is None or now_told.educator_id != ask.me or not kept:
        return whisper(ask.language, "leading.undo.none")
    before = Interest.model_validate_json(kept)
    tx.interests.save(before.model_copy(update={"status": now_told.status}))
    tx.evidence.save_reading(ask.me, f"{BEFORE}/{ask.value}", "")
    if widening := tx.evidence.readings(ask.me).get(f"{LADDER_BEFORE}/{ask.value}"):
        keep_widening(tx, before, Widening.model_validate_json(widening))
    tx.people.save_educator(ask.educator.model_copy(update={"language": before.language}))
    remember(tx, ask, "change_undone")
    message = card(words(before.language, "joining.undone"), member_buttons(before.language, before.microcredential_id))
    tell_standing(tx, ask.me, f"{ask.me}:undone:{ask.key}", message, ask.now)
    return Done()


def _is_told(tx: Transaction, ask: Ask, interest: Interest, before: Interest) -> bool:
    """All of it is known. Whoever was not told that their form arrived sends it once more; what was said the first time
    stands."""
    same = interest.model_copy(update={"status": before.status, "since": before.since})
    widening = widening_of(tx, interest)
    said = ask.values.get("grades")
    return (
        before == same
        and ask.educator.active
        and ask.educator.language == interest.language
        and (not said or choose_grades(widening, own=said == "own") == widening)
    )


def _keep_grades(tx: Transaction, ask: Ask, interest: Interest) -> None:
    """Whether people of other grades are welcome. A form that did not ask changes nothing."""
    before = widening_of(tx, interest)
    tx.evidence.save_reading(ask.me, f"{LADDER_BEFORE}/{interest.id}", before.model_dump_json())
    if said := ask.values.get("grades"):
        keep_widening(tx, interest, choose_grades(before, own=said == "own"))


def _interest(tx: Transaction, ask: Ask) -> Interest | None:
    live = [interest for interest in tx.interests.of(ask.me) if interest.status != "withdrawn"]
    return next((i for i in live if ask.value in ("", i.microcredential_id)), None)


def _read(tx: Transaction, ask: Ask) -> Interest:
    values = ask.values
    rhythm = rhythm_of(tx, ask.educator)
    known = tx.interests.find(make_id("interest", ask.me, values["microcredential"]))
    return Interest(
        id=make_id("interest", ask.me, values["microcredential"]),
        educator_id=ask.me,
        microcredential_id=values["microcredential"],
        subject=values.get("subject", "").strip(),
        grade_band=values.get("grade_band", ""),
        problem_of_practice=values.get("problem", "").strip(),
        zone=rhythm.zone,
        availability=slot_windows([slot for slot in values.get("times", "").split(",") if slot]),
        weekly_minutes=int(values.get("minutes") or 60),
        start_from=start_date(values.get("start", "now"), local(ask.now, rhythm.zone).date()),
        language=values.get("language") or ask.language,
        share_across_leas=values.get("share") == "yes",
        avoid=_addresses(values.get("avoid", "")),
        since=known.since if known and known.status == "waiting" else ask.now,
    )


def _check(tx: Transaction, ask: Ask) -> Mapping[str, str]:
    """Field → what to mend, in the person's language."""
    values, language = ask.values, ask.language
    problems = _not_offered(tx, ask)
    if tx.catalogue.find(values.get("microcredential", "")) is None:
        problems["microcredential"] = say(language, "joining.problem.microcredential")
    problems |= _about_teaching(values, language)
    wrong = next(
        (line for line in _lines(values.get("avoid", "")) if not all(map(EMAIL.fullmatch, line.split()))), None
    )
    if wrong:
        problems["avoid"] = say(language, "joining.problem.avoid", entry=shorten(wrong))
    elif ask.educator.email in _addresses(values.get("avoid", "")):
        problems["avoid"] = say(language, "joining.problem.self")
    return problems


def _about_teaching(values: Mapping[str, str], language: str) -> dict[str, str]:
    """What the cohort reads of one's work: that it is there, and names no student."""
    problems = {
        field: say(language, "basics.required") for field in ("subject", "grade_band") if not _said(values, field)
    }
    if len(values.get("problem", "").split()) < 5:
        problems["problem"] = say(language, "joining.problem.problem")
    for field in ("subject", "problem"):
        if field not in problems and find_student_data(values[field]):
            problems[field] = say(language, "joining.problem.students")
    return problems


def _said(values: Mapping[str, str], field: str) -> bool:
    return bool(values.get(field, "").strip())


def _not_offered(tx: Transaction, ask: Ask) -> dict[str, str]:
    """A form can be sent by hand: of choices, only those that the form offers are taken."""
    problems = {}
    for field in join_form(ask.educator, tx.catalogue.all(), None).fields:
        if isinstance(field, ChoiceField):
            offered = {option.id for option in field.options}
            if not offered.issuperset(value for value in ask.values.get(field.id, "").split(",") if value):
                problems[field.id] = say(ask.language, "chat.form_choose_one")
    return problems


def _lines(text: str) -> list[str]:
    """As they were written, so that a name of two words is named whole when it is no address."""
    return [line.strip() for line in re.split(r"[\n,;]+", text) if line.strip()]


def _addresses(text: str) -> tuple[str, ...]:
    return tuple(sorted({entry.lower() for line in _lines(text) for entry in line.split()}))


def _alone(tx: Transaction, interest: Interest) -> Alone:
    """Whether nobody else in the LEA wants this microcredential now, and whether they look beyond it."""
    lea = tx.people.get_educator(interest.educator_id).lea_id
    others = (
        other.educator_id
        for other in tx.interests.with_status("waiting", "proposed", "placed")
        if other.microcredential_id == interest.microcredential_id and other.educator_id != interest.educator_id
    )
    if any(tx.people.get_educator(other).lea_id == lea for other in others):
        return ""
    return "singleton" if interest.share_across_leas else "own_district"
