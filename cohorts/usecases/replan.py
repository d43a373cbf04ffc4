"""Somebody's days or hours changed: each cohort that rests on them is planned again, and told once what moved."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Literal

from cohorts.calendar.hours import next_common
from cohorts.calendar.instants import local
from cohorts.calendar.model import Rhythm
from cohorts.cards.replanning import MovedStep, replanned_card
from cohorts.events import Recorded
from cohorts.people.model import Cohort, Educator
from cohorts.people.names import tidy_lea
from cohorts.ports import Transaction
from cohorts.protocols.replanning import Shift, what_moved
from cohorts.protocols.run import Replanned, Run
from cohorts.values import Frozen

from .carry_out import move_run, scene_of, view
from .digest_slot import move_digest_slot
from .pause import plan_return
from .review import replan_windows
from .tell import Note, rhythms_in, rhythms_of, tell_room

Why = Literal["calendar", "zone", "person"]
"""Whose days: an LEA's calendar or time zone, or some person's own, of whom nothing more is kept here."""

OWN_TIME = ("zone", "lea_id", "quiet_from", "quiet_until", "digest_at", "leaves")


class Cause(Frozen):
    why: Why
    lea: str = ""


def ask_replan_for_leas(tx: Transaction, lea_ids: Collection[str], why: Why, now: datetime) -> None:
    """Every running cohort with somebody of these LEAs: one due item each, so that asking is quick."""
    for cohort in tx.cohorts.active_in(lea_ids):
        people = (*(member.educator_id for member in cohort.members), *filter(None, (cohort.facilitator_id,)))
        tx.people.warm(people)
        here = {tx.people.get_educator(person).lea_id for person in people}
        for lea in sorted(here & set(lea_ids)):
            _ask(tx, cohort, Cause(why=why, lea=lea), now)


def ask_replan_for_person(tx: Transaction, before: Educator, after: Educator, now: datetime) -> None:
    """The cohorts this person is in or leads, when what changed is part of their time."""
    if all(getattr(before, name) == getattr(after, name) for name in OWN_TIME):
        return
    cohorts = {cohort.id: cohort for cohort in (*tx.cohorts.of(after.id), *tx.cohorts.led_by(after.id))}
    for cohort in cohorts.values():
        if cohort.status == "active":
            _ask(tx, cohort, Cause(why="person"), now)


def replan_due_cohort(tx: Transaction, cohort_id: str, now: datetime) -> None:
    """The bell rang for a cohort whose people's days changed: plan it again, and tell its room where that moved it."""
    due = tx.due.at("replan", cohort_id)
    if due is None or due > now:
        return
    tx.due.clear("replan", cohort_id)
    causes = _causes(tx, cohort_id)
    tx.history.append(Recorded(at=now, kind="replanned", subject=cohort_id, actor="timekeeper"))
    cohort = tx.cohorts.get(cohort_id)
    if cohort.status != "active":
        return
    _replan_people(tx, cohort, now)
    replan_windows(tx, cohort, now)
    moved = [(run, shifts) for run, shifts in _replan_runs(tx, cohort, now) if shifts and run.status == "running"]
    _tell(tx, cohort, causes, moved, now)


def _ask(tx: Transaction, cohort: Cohort, cause: Cause, now: datetime) -> None:
    facts = {"why": cause.why, "lea": cause.lea}
    tx.history.append(Recorded(at=now, kind="replan_asked", subject=cohort.id, actor="timekeeper", facts=facts))
    tx.due.set("replan", cohort.id, now)


def _causes(tx: Transaction, cohort_id: str) -> Sequence[Cause]:
    """What was asked for since the cohort was last planned again, each once."""
    causes: list[Cause] = []
    for line in tx.history.about(cohort_id):
        if line.kind == "replanned":
            causes = []
        elif line.kind == "replan_asked":
            causes.append(Cause.model_validate(line.facts))
    return list(dict.fromkeys(causes))


def _replan_people(tx: Transaction, cohort: Cohort, now: datetime) -> None:
    """Everybody's own slots, and the beginning of a cohort that has not begun."""
    for person in rhythms_of(tx, cohort):
        move_digest_slot(tx, tx.people.get_educator(person), now)
    for member in cohort.members:
        if member.status == "paused" and (tx.due.at("return", member.educator_id) or now) > now:
            plan_return(tx, tx.people.get_educator(member.educator_id))
    begins = tx.due.at("begin", cohort.id)
    if begins is not None and begins > now:
        tx.due.set("begin", cohort.id, next_common(tuple(rhythms_of(tx, cohort).values()), now))


def _replan_runs(tx: Transaction, cohort: Cohort, now: datetime) -> Iterator[tuple[Run, Sequence[Shift]]]:
    """The cohort's runs as they are now, the cycle first, each with what moved in it."""
    runs = [run for run in tx.runs.of_cohort(cohort.id) if run.status != "ended"]
    for run in sorted(runs, key=lambda run: (bool(run.parent_id), run.started_at, run.id)):
        before = tx.runs.get(run.id)  # what moved before may have moved this one
        after = move_run(tx, before, Replanned(), now) if before.status != "ended" else None
        yield after or before, what_moved(before, after, now) if after else ()


def _tell(
    tx: Transaction,
    cohort: Cohort,
    causes: Sequence[Cause],
    moved: Sequence[tuple[Run, Sequence[Shift]]],
    now: datetime,
) -> None:
    """One message in the thread of the cycle, when there is anything in it for the room."""
    leas = {cause.lea for cause in causes if cause.lea}
    told = [line for run, shifts in moved for line in _lines(tx, cohort, run, shifts, leas, now)]
    if not told:
        return
    names = {lea: _name(tx, lea) for lea in leas}
    reasons = [(cause.why, names.get(cause.lea, "")) for cause in causes]
    message = replanned_card(cohort.language, reasons, told)
    first = moved[0][0]
    key = f"{cohort.id}:replanned:{now.isoformat()}"
    tell_room(tx, cohort, Note(key=key, message=message, thread=f"{first.parent_id or first.id}:header"), now)


def _lines(
    tx: Transaction, cohort: Cohort, run: Run, shifts: Sequence[Shift], leas: Collection[str], now: datetime
) -> Iterator[MovedStep]:
    rhythms = rhythms_in(tx, cohort)
    seen = view(tx, scene_of(tx, run, now))
    for shift in shifts:
        districts = _districts(tx, shift, rhythms, leas)
        if shift.shared or districts:
            yield MovedStep(view=seen, shift=shift, districts=districts)


def _districts(
    tx: Transaction, shift: Shift, rhythms: Mapping[str, Rhythm], leas: Collection[str]
) -> tuple[tuple[str, datetime], ...]:
    """(district, own deadline) where a district's own date moved to another than the one told to all.

    Who is on leave is left out: their date would tell of it.
    """
    latest: dict[str, datetime] = {}
    for member, at in shift.own:
        lea, rhythm = tx.people.get_educator(member).lea_id, rhythms[member]
        differs = not shift.shared or _day(at, rhythm) != _day(shift.at, rhythm)
        if lea in leas and not rhythm.leaves and differs:
            latest[lea] = max(at, latest.get(lea, at))
    return tuple((_name(tx, lea), at) for lea, at in sorted(latest.items()))


def _day(at: datetime, rhythm: Rhythm) -> date:
    return local(at, rhythm.zone).date()


def _name(tx: Transaction, lea_id: str) -> str:
    lea = tx.people.find_lea(lea_id)
    return tidy_lea(lea.name) if lea else ""
