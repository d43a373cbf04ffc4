"""What an importer read, into the database. Each says what was new, changed and the same, by kind."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import TypeVar

from cohorts.calendar.model import SchoolCalendar
from cohorts.catalogue.model import Microcredential
from cohorts.forming.interests import InterestRow, interest_of
from cohorts.forming.ladder import choose_grades
from cohorts.people.leas import cooperative_of
from cohorts.people.model import Educator, Interest, Lea, School
from cohorts.people.oneroster import RosterRecord, update_from_roster
from cohorts.ports import Saved, Transaction

from .digest_slot import plan_digest_slot
from .living.consent import look_at_seats
from .living.ladder_answers import keep_widening, widening_of
from .living.work import plan_wait
from .replan import ask_replan_for_leas, ask_replan_for_person
from .tell import rhythm_of
from .who_waits import withdraw_others

BATCH = 2_000
GRADES = "grades-listed"
"""Under this key, with the interest's id, stands what a list last told of the grades somebody wants."""

Summary = Mapping[str, Mapping[Saved, int]]

T = TypeVar("T")


def take_in_leas(transaction: Transaction, leas: Iterable[Lea], now: datetime) -> Summary:
    """Each LEA, and the cooperative its region names. Where a zone changed, running cohorts are planned again."""
    people, saved = transaction.people, Counter[Saved]()
    cooperatives = {}
    for lea in leas:
        cooperative = cooperative_of(lea)
        if cooperative:
            cooperatives[cooperative.id] = cooperative
        known = people.find_lea(lea.id)
        saved[people.save_lea(lea, cooperative.id if cooperative else "")] += 1
        if known and known.zone != lea.zone:
            ask_replan_for_leas(transaction, (lea.id,), "zone", now)
    networks = Counter(people.save_cooperative(cooperative) for cooperative in cooperatives.values())
    return {"LEAs": saved, "cooperatives": networks}


def take_in_roster(transaction: Transaction, records: Iterable[RosterRecord], now: datetime) -> Summary:
    """Schools and staff as they come, never more than a batch of them in hand.

    Whoever is known already keeps what a roster does not decide: language, hours, roles, pauses. Who has moved to
    another LEA has its calendar from now on, so their cohorts are planned again.
    """
    schools, educators = Counter[Saved](), Counter[Saved]()
    for batch in _batches(records):
        schools.update(transaction.people.save_many([each for each in batch if isinstance(each, School)]))
        staff = [each for each in batch if isinstance(each, Educator)]
        known = transaction.people.known_educators([each.id for each in staff])
        told = [update_from_roster(known[each.id], each) if each.id in known else each for each in staff]
        educators.update(transaction.people.save_many(told))
        for each in told:
            if each.id in known:
                ask_replan_for_person(transaction, known[each.id], each, now)
                if (known[each.id].lea_id, known[each.id].evaluators) != (each.lea_id, each.evaluators):
                    look_at_seats(transaction, each.id, now)
    return {"schools": schools, "educators": educators}


def take_in_catalogue(transaction: Transaction, microcredentials: Iterable[Microcredential]) -> Summary:
    return {"microcredentials": Counter(transaction.catalogue.save(each) for each in microcredentials)}


def take_in_calendar(transaction: Transaction, calendar: SchoolCalendar, now: datetime) -> Summary:
    """The calendar; where it changed anything, the bell plans each running cohort of its LEAs again."""
    saved = transaction.calendars.save(calendar)
    if saved != "same":
        ask_replan_for_leas(transaction, calendar.lea_ids, "calendar", now)
    return {"calendars": Counter([saved])}


def take_in_interests(
    transaction: Transaction, rows: Iterable[InterestRow], now: datetime, moved: dict[int, str] | None = None
) -> Summary:
    """A row about a known interest changes what it says; waiting since when, and how far it is, stay.

    Whoever waits already and is told of anew with another microcredential waits for that one from now on, as by the
    form; into `moved` go the lines by which that came, each with the address.

    Whoever is on the list hears from us at their own slot, in the language and zone it gives them, as if they had
    filled in the form.
    """
    saved = Counter[Saved]()
    for batch in _batches(rows):
        people = dict(transaction.people.known_educators([interest_of(row, now).educator_id for row in batch]))
        for row in batch:
            person = people[interest_of(row, now).educator_id]
            told = interest_of(row, now, person.language)
            known = transaction.interests.find(told.id)
            interest = _retold(known, told, row) if known else told
            if known is None and withdraw_others(transaction, person.id, told.id) and moved is not None:
                moved[row.line] = row.email
            kept, grades = transaction.interests.save(interest), _take_in_grades(transaction, interest, row)
            saved["changed" if kept == "same" and grades else kept] += 1
            people[person.id] = _listed(transaction, person, known, interest)
            if interest != known or grades:
                plan_wait(transaction, interest, now)
            if interest.status != "withdrawn":
                plan_digest_slot(transaction, people[person.id], now)
    return {"interests": saved}


def _retold(known: Interest, told: Interest, row: InterestRow) -> Interest:
    kept = {"since": known.since, "status": known.status, "start_from": row.start_from or known.start_from}
    return told.model_copy(update=kept | {"language": row.language or known.language})


def _take_in_grades(transaction: Transaction, interest: Interest, row: InterestRow) -> bool:
    """Whether only people of their own grades, where the row tells it anew: what they have answered since then stays.
    True where that changed."""
    key = f"{GRADES}/{interest.id}"
    if not row.grades or transaction.evidence.readings(interest.educator_id).get(key) == row.grades:
        return False
    transaction.evidence.save_reading(interest.educator_id, key, row.grades)
    before = widening_of(transaction, interest)
    after = choose_grades(before, own=row.grades == "own")
    if after != before:
        keep_widening(transaction, interest, after)
    return after != before


def _listed(transaction: Transaction, person: Educator, known: Interest | None, told: Interest) -> Educator:
    """The person with the language and zone that a row tells anew; what they have set themselves since then stays."""
    changes = {}
    if known is None or known.language != told.language:
        changes["language"] = told.language
    if (known is None or known.zone != told.zone) and told.zone != rhythm_of(transaction, person).zone:
        changes["zone"] = told.zone
    changed = person.model_copy(update=changes)
    if changed != person:
        transaction.people.save_educator(changed)
    return changed


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, BATCH)):
        yield batch
