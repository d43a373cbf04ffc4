"""Somebody of a cohort sets a live meeting: from the times when all can, or at one of their own."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from cohorts.calendar.hours import next_common
from cohorts.cards.basics import whisper
from cohorts.cards.meeting import OTHER, Wanted, meet_form
from cohorts.events import FieldErrors, OpenForm, Response
from cohorts.evidence.student_data import find_student_data
from cohorts.ids import make_id
from cohorts.meeting.model import FIRST_WORD, HORIZON, MINUTES, MOST_AHEAD, Meeting
from cohorts.meeting.offers import Guest, Offer, offers
from cohorts.meeting.place import check_place
from cohorts.meeting.reading import WhenError, read_when
from cohorts.people.model import Cohort
from cohorts.ports import Transaction
from cohorts.values import Frozen
from cohorts.words import say

from .ask import Ask, remember
from .follow_notice import is_of
from .meet_tell import ahead, announce, needs_place
from .steer_run import leads
from .tell import rhythm_of, rhythms_of


class Given(Frozen):
    """What a meeting's form says, of which nothing is wrong."""

    starts_at: datetime
    minutes: int
    where: str
    topic: str


class Slot(Frozen):
    """A time that somebody asks for in this field; `moved` is the meeting that is to be then, where there is one."""

    field: str
    at: datetime
    minutes: int
    moved: Meeting | None = None


def open_meet_form(tx: Transaction, ask: Ask) -> Response:
    cohort = tx.cohorts.get(ask.value)
    refused = _refusal(tx, ask, cohort)
    if refused:
        return refused
    wanted = Wanted(needs_place=needs_place(tx, cohort))
    return OpenForm(form=meet_form(cohort, offered(tx, cohort, ask.now), zone_of_asker(tx, ask), ask.language, wanted))


def set_meeting(tx: Transaction, ask: Ask) -> Response:
    """It is kept, and the cohort hears of it when it suits all."""
    cohort = tx.cohorts.get(ask.value)
    refused = _refusal(tx, ask, cohort)
    if refused:
        return refused
    given = read_form(tx, ask, cohort)
    if not isinstance(given, Given):
        return FieldErrors(problems=given)
    about = {"cohort_id": cohort.id, "set_by": ask.me, "coming": (ask.me,)}
    meeting = Meeting(id=make_id("meeting", cohort.id, ask.key), **about, **given.model_dump())
    tx.meetings.add(meeting)
    announce(tx, cohort, meeting, ask.now)
    remember(tx, ask, "meeting_set", cohort=cohort.id, meeting=meeting.id)
    return whisper(ask.language, "meeting.set.done", at=meeting.starts_at, told=told_later(tx, cohort, ask.now))


def read_form(tx: Transaction, ask: Ask, cohort: Cohort, moved: Meeting | None = None) -> Given | Mapping[str, str]:
    """What the form says, or field → what to mend. `moved` is the meeting that it is about, where there is one."""
    problems: dict[str, str] = {}
    minutes, topic, where = (ask.values.get(name, "").strip() for name in ("minutes", "topic", "where"))
    if minutes not in {str(each) for each in MINUTES}:
        problems["minutes"] = say(ask.language, "chat.form_choose_one")
    if not topic:
        problems["topic"] = say(ask.language, "basics.required")
    elif ask.values.get("no_students") != "yes" and (found := find_student_data(topic)):
        problems["topic"] = say(ask.language, "running.problem.students", found=found[0].text)
    if not where and needs_place(tx, cohort):
        problems["where"] = say(ask.language, "meeting.problem.place_needed")
    elif problem := check_place(where):
        problems["where"] = say(ask.language, f"meeting.problem.{problem}")
    field, at = _when(tx, ask)
    if isinstance(at, str):
        return problems | {field: at}
    if "minutes" not in problems:
        problems |= _check(tx, ask, cohort, Slot(field=field, at=at, minutes=int(minutes), moved=moved))
    return problems or Given(starts_at=at, minutes=int(minutes), where=where, topic=topic)


def offered(tx: Transaction, cohort: Cohort, now: datetime) -> Sequence[Offer]:
    """The next times when everybody of the cohort who told theirs is free, once the room has heard of it."""
    rhythms = rhythms_of(tx, cohort)
    guests = []
    for person in cohort.active_members:
        placed = [one for one in tx.interests.of(person) if one.status == "placed"]
        newest = max(placed, key=lambda one: one.since, default=None)
        guests.append(Guest(rhythm=rhythms[person], windows=newest.availability if newest else ()))
    return offers(guests, first_time(tx, cohort, now))


def first_time(tx: Transaction, cohort: Cohort, now: datetime) -> datetime:
    """The room has to hear of a meeting before it, and nobody hears anything in their quiet hours."""
    return next_common(tuple(rhythms_of(tx, cohort).values()), now) + FIRST_WORD


def told_later(tx: Transaction, cohort: Cohort, now: datetime) -> datetime | None:
    """When the room hears; None when it does at once."""
    at = first_time(tx, cohort, now) - FIRST_WORD
    return at if at > now else None


def zone_of_asker(tx: Transaction, ask: Ask) -> str:
    return rhythm_of(tx, ask.educator).zone


def may_meet(cohort: Cohort, ask: Ask) -> bool:
    return is_of(cohort, ask.me) or leads(cohort, ask)


def is_paused(tx: Transaction, cohort: Cohort) -> bool:
    """Its cycle is."""
    return any(run.status == "paused" and not run.parent_id for run in tx.runs.of_cohort(cohort.id))


def _refusal(tx: Transaction, ask: Ask, cohort: Cohort) -> Response | None:
    if not may_meet(cohort, ask):
        return whisper(ask.language, "meeting.not.here")
    if cohort.status != "active":
        return whisper(ask.language, "meeting.none")
    if is_paused(tx, cohort):
        return whisper(ask.language, "meeting.paused")
    if len(ahead(tx, cohort, ask.now)) >= MOST_AHEAD:
        return whisper(ask.language, "meeting.problem.many", count=MOST_AHEAD)
    return None


def _when(tx: Transaction, ask: Ask) -> tuple[str, datetime | str]:
    """The field that says when, and the instant it says or what to mend in it. What is written counts before what is
    chosen."""
    written, chosen = (ask.values.get(name, "").strip() for name in ("other", "when"))
    if written:
        try:
            return "other", read_when(written, zone_of_asker(tx, ask), ask.now)
        except WhenError as error:
            return "other", say(ask.language, f"meeting.problem.{error.reason}", word=error.word)
    if not chosen or chosen == OTHER:
        return "other", say(ask.language, "basics.required")
    try:
        at = datetime.fromisoformat(chosen)
    except ValueError:
        return "when", say(ask.language, "chat.form_choose_one")
    return "when", at if at.tzinfo else say(ask.language, "chat.form_choose_one")


def _check(tx: Transaction, ask: Ask, cohort: Cohort, slot: Slot) -> Mapping[str, str]:
    """Why the cohort cannot meet then, by field."""
    others = [one for one in ahead(tx, cohort, ask.now) if slot.moved is None or one.id != slot.moved.id]
    taken = next((one for one in others if one.overlaps(slot.at, slot.minutes)), None)
    if taken:
        return {slot.field: say(ask.language, "meeting.problem.taken", at=taken.starts_at)}
    if slot.moved and slot.at == slot.moved.starts_at:
        return {}  # it stays when it is
    told = first_time(tx, cohort, ask.now)
    if slot.at <= ask.now:
        return {slot.field: say(ask.language, "meeting.problem.past")}
    if slot.at > ask.now + HORIZON:
        return {slot.field: say(ask.language, "meeting.problem.too_far")}
    if slot.at < told:
        lead = FIRST_WORD // timedelta(minutes=1)
        return {slot.field: say(ask.language, "meeting.problem.soon", told=told - FIRST_WORD, minutes=lead)}
    free = next((one.minutes for one in offered(tx, cohort, ask.now) if one.at == slot.at), slot.minutes)
    if slot.field == "when" and free < slot.minutes:
        return {"minutes": say(ask.language, "meeting.problem.longer", n=free)}
    return {}
