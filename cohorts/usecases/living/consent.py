"""A district withdraws its consent to cohorts with others, or somebody moves to another district.

Who may not be together any more is not, and nothing that was still closed opens between them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from cohorts.cards.living import kept_together_card, parted_card, taken_out_card
from cohorts.events import Recorded
from cohorts.people.model import Cohort, Educator
from cohorts.ports import Transaction
from cohorts.usecases.ask_facilitator import tell_of_parting
from cohorts.usecases.candidates import seat_interest
from cohorts.usecases.digest_slot import plan_digest_slot
from cohorts.usecases.membership import give_up_seat, seated
from cohorts.usecases.sight import may_sit
from cohorts.usecases.spoken import call_cohort
from cohorts.usecases.tell import Note, tell, tell_room

from .found import found_from
from .lead import replace_facilitator
from .withheld import withhold
from .work import plan_wait

Why = Literal["lea", "moved"]


def withdraw_consent(tx: Transaction, lea_id: str, now: datetime) -> int | None:
    """From now on the LEA's people are with their own alone; None when it was so already.

    Each running cohort with somebody of it is looked at by a due item of its own; returns how many.
    """
    if not tx.living.close_lea(lea_id, now):
        return None
    facts = {"consent": "withdrawn"}
    tx.history.append(Recorded(at=now, kind="lea_consent", subject=lea_id, actor="operator", facts=facts))
    cohorts = tx.cohorts.active_in((lea_id,))
    for cohort in cohorts:
        tx.due.set("part", cohort.id, now)
    return len(cohorts)


def part_due_cohort(tx: Transaction, cohort_id: str, now: datetime) -> None:
    """Whoever of a closed LEA is in a cohort with others is out of it; one that is all of one LEA is left alone."""
    due = tx.due.at("part", cohort_id)
    if due is None or due > now:
        return
    tx.due.clear("part", cohort_id)
    for lea_id in sorted(tx.living.closed_leas()):
        cohort = tx.cohorts.get(cohort_id)
        if cohort.status == "active":
            _part(tx, cohort, lea_id, now)


def give_consent(tx: Transaction, lea_id: str, now: datetime) -> bool:
    """Its people may be with others again, each by their own word; nobody is moved. False when they might already."""
    if not tx.living.open_lea(lea_id):
        return False
    facts = {"consent": "given"}
    tx.history.append(Recorded(at=now, kind="lea_consent", subject=lea_id, actor="operator", facts=facts))
    return True


def look_at_seats(tx: Transaction, educator_id: str, now: datetime) -> None:
    """Somebody is in another district, or is evaluated by somebody else: where that parts them from their cohort, they
    are out of it and wait for one that fits."""
    me = tx.people.get_educator(educator_id)
    for cohort in tx.cohorts.of(educator_id):
        if cohort.status != "active" or educator_id not in seated(cohort):
            continue
        others = [tx.people.get_educator(person) for person in seated(cohort) if person != educator_id]
        leader = tx.people.get_educator(cohort.facilitator_id) if cohort.facilitator_id else None
        fits = all(may_sit(tx, me, other) for other in others) and (leader is None or may_sit(tx, leader, me))
        if not fits:
            _take_out(tx, cohort, [me], "moved", now)
            tell_of_parting(tx, tx.cohorts.get(cohort.id), 1, now)


def _part(tx: Transaction, cohort: Cohort, lea_id: str, now: datetime) -> None:
    people = [tx.people.get_educator(person) for person in seated(cohort)]
    inside = [person for person in people if person.lea_id == lea_id]
    parted = 0 < len(inside) < len(people)
    if parted:
        _take_out(tx, cohort, inside, "lea", now)
        _keep_together(tx, cohort, inside, now)
        _tell_room(tx, cohort, len(inside), now)
    rest = tx.cohorts.get(cohort.id)
    if rest.facilitator_id and not _may_lead_on(tx, rest):
        rest = replace_facilitator(tx, rest, now)
    if parted:
        tell_of_parting(tx, rest, len(inside), now)


def _may_lead_on(tx: Transaction, cohort: Cohort) -> bool:
    """Not where its facilitator is of a LEA that keeps to itself and somebody in it is not, or the other way round."""
    leader = tx.people.get_educator(cohort.facilitator_id)
    people = [tx.people.get_educator(person) for person in seated(cohort)]
    return all(may_sit(tx, leader, person) for person in people)


def _take_out(tx: Transaction, cohort: Cohort, people: Sequence[Educator], why: Why, now: datetime) -> None:
    """Out of the cohort, its runs and rooms, and back on the list; each is told what happened and what comes."""
    for person in people:
        interest = seat_interest(tx, cohort, person.id)
        withhold(tx, cohort, person.id, now)
        give_up_seat(tx, tx.cohorts.get(cohort.id), person.id, now)
        if interest and interest.status == "placed":
            status = "paused" if person.paused_until else "waiting"
            waiting = interest.model_copy(update={"status": status, "since": now})
            tx.interests.save(waiting)
            plan_wait(tx, waiting, now)
        plan_digest_slot(tx, person, now)
        message = taken_out_card(call_cohort(tx, cohort, person.language), why, person.language)
        note = Note(key=f"{cohort.id}:out:{person.id}:{now.isoformat()}", message=message)
        tell(tx, person.id, note, now, "facilitator")


def _keep_together(tx: Transaction, cohort: Cohort, people: Sequence[Educator], now: datetime) -> None:
    """Enough of one LEA are a cohort of their own at once."""
    interests = [tx.interests.find(one.id) for person in people for one in tx.interests.of(person.id)]
    waiting = [one for one in interests if one and one.status == "waiting"]
    here = {one.educator_id: one for one in waiting}
    if len(here) < tx.forming.policy.smallest:
        return
    new = found_from(tx, cohort, list(here.values()), now)
    message = kept_together_card(new.language)
    tell_room(tx, new, Note(key=f"{new.id}:together", message=message), now)


def _tell_room(tx: Transaction, cohort: Cohort, count: int, now: datetime) -> None:
    """The room hears how many and what it means, never which district."""
    rest = tx.cohorts.get(cohort.id)
    key = f"{cohort.id}:parted:{now.isoformat()}"
    tell_room(tx, rest, Note(key=key, message=parted_card(count, rest.language)), now)
