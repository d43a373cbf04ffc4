"""Somebody comes into a cohort that is there: at once where one is young enough and it gains them all."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cohorts.calendar.hours import next_common
from cohorts.cards.forming import cohort_topic
from cohorts.cards.living import arrival_card
from cohorts.events import Recorded
from cohorts.forming.model import Candidate, Group, Proposal, Rung
from cohorts.forming.objective import singleton_levels
from cohorts.forming.seat import Found, find_seat, try_seat
from cohorts.ids import make_id
from cohorts.people.model import Cohort, Interest
from cohorts.people.names import tidy_lea
from cohorts.people.offers import Offer
from cohorts.ports import Transaction
from cohorts.usecases.ask_facilitator import tell_of_arrival
from cohorts.usecases.candidates import member_candidates, ready
from cohorts.usecases.membership import take_seat
from cohorts.usecases.sight import may_sit
from cohorts.usecases.spoken import read_microcredential
from cohorts.usecases.tell import Note, change_account, open_one_room, rhythms_of, tell_room
from cohorts.usecases.who_waits import withdraw_others

from .again import is_kept_for_season
from .found import cycle_id, lea_names
from .ladder_answers import agree, topics_within, widening_of
from .offers import settle_one, tell_gone, went_to

SOON = timedelta(days=7)
"""Whoever would like to begin later than this waits for another cohort."""


def seat_at_once(tx: Transaction, interest: Interest, now: datetime) -> Cohort | None:
    """A seat in a cohort that has not begun or is in its first step, never wider than agreed; None when none fits."""
    if interest.start_from > (now + SOON).date() or is_kept_for_season(tx, interest, now):
        return None
    widest = widening_of(tx, interest).widest
    young = _young(tx, interest, widest)
    if not young:
        return None
    newcomer = ready(tx, interest, now, tx.living.closed_leas()).model_copy(update={"widest": widest})
    cohorts = {cohort.id: cohort for cohort in young if _may_come(tx, newcomer, cohort)}
    seated = {cohort_id: member_candidates(tx, cohort) for cohort_id, cohort in cohorts.items()}
    found = find_seat(newcomer, seated, tx.forming.policy, now.date())
    return come_in(tx, cohorts[found.cohort_id], interest, found.group, now) if found else None


def settle_seats(tx: Transaction, cohort_id: str, now: datetime) -> None:
    """Seats that were held in a cohort: who said yes comes in, everybody else keeps their place in the queue."""
    for offer in went_to(tx, cohort_id, "yes", "no", "lapsed"):
        interest = tx.interests.find(offer.facts["interest"])
        if not settle_one(tx, offer) or interest is None or interest.status not in ("waiting", "proposed"):
            continue
        if offer.status == "yes" and _take_offered(tx, cohort_id, offer, interest, now):
            continue
        tx.interests.save(interest.model_copy(update={"status": "waiting"}))
        if offer.status == "yes":
            tell_gone(tx, offer, now)


def come_in(tx: Transaction, cohort: Cohort, interest: Interest, group: Group, now: datetime) -> Cohort:
    """Into the cohort, its runs and its rooms; the room and its facilitator hear of it."""
    person = tx.people.get_educator(interest.educator_id)
    tx.interests.save(interest.model_copy(update={"status": "placed"}))
    withdraw_others(tx, person.id, interest.id, ("waiting",))
    cohort = take_seat(tx, cohort, person.id, now)
    begins = tx.due.at("begin", cohort.id)
    if begins is not None:
        tx.due.set("begin", cohort.id, next_common(tuple(rhythms_of(tx, cohort).values()), now))
    open_door(tx, cohort, person.id, now)
    lea = tx.people.find_lea(person.lea_id)
    names = {**lea_names(tx, cohort), person.lea_id: tidy_lea(lea.name) if lea else ""}
    message = arrival_card(cohort.language, person, interest, names)
    tell_room(tx, cohort, Note(key=f"{cohort.id}:came:{person.id}:{now.isoformat()}", message=message), now)
    tell_of_arrival(tx, cohort, person.id, now)
    keep_reason(tx, cohort, group, now)
    facts = {"cohort": cohort.id}
    tx.history.append(Recorded(at=now, kind="seated", subject=person.id, actor="timekeeper", facts=facts))
    return cohort


def is_young(tx: Transaction, cohort: Cohort) -> bool:
    """Not begun, or in its first step."""
    if cohort.status != "active":
        return False
    if tx.due.at("begin", cohort.id) is not None:
        return True
    run = next((run for run in tx.runs.of_cohort(cohort.id) if run.id == cycle_id(cohort)), None)
    return run is not None and run.status == "running" and run.steps[0].status in ("waiting", "open")


def _young(tx: Transaction, interest: Interest, widest: Rung) -> Sequence[Cohort]:
    """Those with a free seat on what they agreed to. What has grown old is not asked again."""
    topics = topics_within(tx, interest.microcredential_id, widest)
    every = [one.id for one in tx.catalogue.all()] if topics is None else topics
    found = []
    for cohort_id in tx.living.with_seats(every, interest.language):
        cohort = tx.cohorts.get(cohort_id)
        if not is_young(tx, cohort):
            tx.living.close_seats(cohort_id)
        elif has_room(tx, cohort):
            found.append(cohort)
    return found


def has_room(tx: Transaction, cohort: Cohort) -> bool:
    """Seats that are held for somebody are not free."""
    taken = [member for member in cohort.members if member.status != "left"]
    return len(taken) + len(went_to(tx, cohort.id, "open")) < tx.forming.policy.largest


def _may_come(tx: Transaction, newcomer: Candidate, cohort: Cohort) -> bool:
    """Its facilitator neither evaluates the newcomer nor is somebody either of them would not be with."""
    if not cohort.facilitator_id:
        return True
    leader = tx.people.get_educator(cohort.facilitator_id)
    return leader.id != newcomer.educator_id and may_sit(tx, leader, tx.people.get_educator(newcomer.educator_id))


def _take_offered(tx: Transaction, cohort_id: str, offer: Offer, interest: Interest, now: datetime) -> Cohort | None:
    """The seat that was held, if the cohort may still be come into."""
    cohort = tx.cohorts.get(cohort_id)
    newcomer = ready(tx, interest, now, tx.living.closed_leas()).model_copy(update={"widest": "mixed"})
    if not is_young(tx, cohort) or not _may_come(tx, newcomer, cohort):
        return None
    found: Found | None = try_seat(newcomer, cohort_id, member_candidates(tx, cohort), tx.forming.policy, now.date())
    if found is None:
        return None
    agree(tx, interest, offer.facts["step"])  # type: ignore[arg-type]
    return come_in(tx, cohort, interest, found.group, now)


def open_door(tx: Transaction, cohort: Cohort, educator_id: str, now: datetime) -> None:
    """Into each room where they have an account; one that is not there yet is opened."""
    topic = cohort_topic(read_microcredential(tx, cohort.microcredential_id, cohort.language), cohort.language)
    for account in tx.people.accounts(educator_id):
        if not open_one_room(tx, cohort, (account.platform, account.workspace), topic, now):
            change_account(tx, cohort, "add_people", account, now)


def keep_reason(tx: Transaction, cohort: Cohort, group: Group, now: datetime) -> None:
    """Why this cohort, for everybody in it as it is now."""
    levels = singleton_levels(member_candidates(tx, cohort))
    proposal = Proposal(groups=(group,), unplaced={}, singletons=levels, starts=now.date(), score=group.score)
    tx.proposals.save(make_id("proposal", cohort.id, now.isoformat()), proposal, "seated", now)
