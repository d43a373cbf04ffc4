"""A proposal becomes cohorts: rooms open, everybody is introduced, and whoever would sit wider than agreed is asked."""

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from datetime import datetime
from itertools import combinations, count
from typing import NamedTuple

from cohorts.calendar.hours import next_common
from cohorts.cards.forming import cohort_card, cohort_topic
from cohorts.forming.ladder import is_beyond, step_of
from cohorts.forming.model import Group, Proposal, Seat
from cohorts.ids import make_id
from cohorts.people.model import Cohort, Interest, Member
from cohorts.people.names import tidy_lea
from cohorts.people.offers import Offer
from cohorts.ports import Transaction
from cohorts.usecases.sight import may_sit
from cohorts.usecases.spoken import read_microcredential
from cohorts.usecases.tell import Note, open_rooms, rhythms_of, tell_room
from cohorts.usecases.who_waits import withdraw_others

from .ladder_answers import agree, widening_of
from .leaders import choose_facilitators
from .offers import make_offers, tell_gone, wait_for_rest, went_to

CYCLE = "inquiry-cycle"


def cycle_id(cohort: Cohort) -> str:
    """The run of the cohort's eight weeks."""
    return make_id("run", cohort.id, CYCLE)


class Plan(NamedTuple):
    """A group as it can be founded: who has a seat, who is asked first."""

    group: Group
    number: int
    sure: Sequence[Seat]
    asked: Sequence[Seat]

    @property
    def about(self) -> str:
        return self.group.id


def found_all(tx: Transaction, proposal_id: str, proposal: Proposal, now: datetime) -> list[Cohort]:
    """Each group with enough people who need not be asked is founded now. The others wait for the answers, and so do
    the seats of those who are asked."""
    _end_older(tx, [seat for group in proposal.groups for seat in group.members])
    plans = [_plan(tx, group, number) for number, group in enumerate(proposal.groups, start=1)]
    ready = [plan for plan in plans if len(plan.sure) >= tx.forming.policy.smallest]
    people = {plan.group.id: [seat.educator_id for seat in plan.group.members] for plan in ready}
    leaders = choose_facilitators(tx, people, {p.group.id: p.group.language for p in ready}, proposal.starts)
    taken = {cohort.name for cohort in tx.cohorts.active()}
    founded = {}
    for plan in ready:
        leader = leaders[plan.group.id]
        name = _name(tx, plan.group, plan.number, taken, _known_to(tx, (*people[plan.group.id], leader)))
        taken.add(name)
        founded[plan.group.id] = _found(tx, plan, name, leader, now)
    for plan in plans:
        if plan.asked:
            cohort = founded.get(plan.group.id)
            _ask_first(tx, plan, cohort.id if cohort else f"{proposal_id}/{plan.group.id}", now)
            _hold(tx, plan.asked if cohort else plan.group.members)
    return list(founded.values())


def _end_older(tx: Transaction, seats: Sequence[Seat]) -> None:
    """Of whoever had told two wishes the one that has a seat now is left."""
    tx.interests.warm([seat.educator_id for seat in seats])
    for seat in seats:
        withdraw_others(tx, seat.educator_id, seat.interest_id, ("waiting",))


def count_asked(tx: Transaction, proposal_id: str, founded: Sequence[Cohort]) -> int:
    """How many people an approval asks first."""
    found = tx.proposals.find(proposal_id)
    held = [f"{proposal_id}/{group.id}" for group in found[0].groups] if found else []
    return sum(len(tx.living.offers_about(about)) for about in (*held, *(cohort.id for cohort in founded)))


def settle_held_group(tx: Transaction, about: str, now: datetime) -> None:
    """`<proposal>/<group>`: everybody has answered, or their time is over: it is founded with those who said yes, or
    all keep their place in the queue."""
    if wait_for_rest(tx, "seat", about):
        return
    proposal_id, _, group_id = about.partition("/")
    found = tx.proposals.find(proposal_id)
    group = next((one for one in found[0].groups if one.id == group_id), None) if found else None
    if found is None or group is None:
        return
    refused = {offer.educator_id for offer in went_to(tx, about, "no", "lapsed")}
    for offer in went_to(tx, about, "yes"):
        _agree(tx, offer, group)
    seats = [seat for seat in group.members if _is_held(tx, seat)]
    coming = _compatible(tx, [seat for seat in seats if seat.educator_id not in refused])
    placed: set[str] = set()
    if len(coming) >= tx.forming.policy.smallest:
        plan = Plan(group, found[0].groups.index(group) + 1, coming, ())
        placed = {seat.educator_id for seat in coming}
        leader = choose_facilitators(tx, {group.id: sorted(placed)}, {group.id: group.language}, now.date())[group.id]
        taken = {cohort.name for cohort in tx.cohorts.active()}
        name = _name(tx, group, plan.number, taken, _known_to(tx, (*sorted(placed), leader)))
        _found(tx, plan, name, leader, now)
    for offer in went_to(tx, about, "yes"):
        if offer.educator_id not in placed:
            tell_gone(tx, offer, now)
    release(tx, [seat for seat in seats if seat.educator_id not in placed])


def found_from(tx: Transaction, parent: Cohort, interests: Sequence[Interest], now: datetime) -> Cohort:
    """A cohort of these people alone, on what the cohort works on that they were in."""
    people = [interest.educator_id for interest in interests]
    leader = choose_facilitators(tx, {parent.id: people}, {parent.id: parent.language}, now.date())[parent.id]
    taken = {cohort.name for cohort in tx.cohorts.active()}
    name = _name(tx, parent, 1, taken, _known_to(tx, (*people, leader)))
    return _open_cohort(tx, name, parent, interests, leader, now)


def release(tx: Transaction, seats: Sequence[Seat]) -> None:
    """Their place in the queue is theirs again."""
    for seat in seats:
        interest = tx.interests.find(seat.interest_id)
        if interest and interest.status == "proposed":
            tx.interests.save(interest.model_copy(update={"status": "waiting"}))


def _plan(tx: Transaction, group: Group, number: int) -> Plan:
    asked = [seat for seat in group.members if _is_asked(tx, seat, group)]
    return Plan(group, number, [seat for seat in group.members if seat not in asked], asked)


def _is_asked(tx: Transaction, seat: Seat, group: Group) -> bool:
    interest = tx.interests.find(seat.interest_id)
    return interest is not None and is_beyond(step_of(seat, group), widening_of(tx, interest).widest)


def _is_held(tx: Transaction, seat: Seat) -> bool:
    interest = tx.interests.find(seat.interest_id)
    return interest is not None and interest.status == "proposed"


def _compatible(tx: Transaction, seats: Sequence[Seat]) -> Sequence[Seat]:
    """What they say, and what their LEAs consent to, may have changed while they were asked: whoever could be with the
    fewest others is left out, until all may be together."""
    left = list(seats)
    people = {seat.educator_id: tx.people.get_educator(seat.educator_id) for seat in seats}
    apart = {frozenset(pair) for pair in combinations(people, 2) if not may_sit(tx, people[pair[0]], people[pair[1]])}
    while clashes := Counter(one for pair in apart for one in pair if pair <= {seat.educator_id for seat in left}):
        most = max(clashes, key=lambda one: (clashes[one], one))
        left = [seat for seat in left if seat.educator_id != most]
    return left


def _agree(tx: Transaction, offer: Offer, group: Group) -> None:
    seat = next((seat for seat in group.members if seat.educator_id == offer.educator_id), None)
    interest = tx.interests.find(seat.interest_id) if seat else None
    if seat and interest:
        agree(tx, interest, step_of(seat, group))


def _ask_first(tx: Transaction, plan: Plan, about: str, now: datetime) -> None:
    topic = plan.group.microcredential_id
    facts = {
        seat.educator_id: {"step": step_of(seat, plan.group), "topic": topic, "interest": seat.interest_id}
        for seat in plan.asked
    }
    make_offers(tx, "seat", about, now, facts)


def _hold(tx: Transaction, seats: Sequence[Seat]) -> None:
    for seat in seats:
        interest = tx.interests.find(seat.interest_id)
        if interest and interest.status == "waiting":
            tx.interests.save(interest.model_copy(update={"status": "proposed"}))


def _found(tx: Transaction, plan: Plan, name: str, leader: str, now: datetime) -> Cohort:
    interests = [interest for seat in plan.sure if (interest := tx.interests.find(seat.interest_id))]
    return _open_cohort(tx, name, plan.group, interests, leader, now)


def _name(tx: Transaction, like: Group | Cohort, number: int, *taken: Container[str]) -> str:
    """The microcredential and its number in this round, or the next that is not taken."""
    topic = read_microcredential(tx, like.microcredential_id, like.language).name
    names = (f"{topic} · {at}" for at in count(number))
    return next(name for name in names if not any(name in some for some in taken))


def _known_to(tx: Transaction, people: Iterable[str]) -> Container[str]:
    """The cohorts they were in or led: an old room stays readable beside the new one, under another name."""
    mine = (cohort for person in people if person for cohort in (*tx.cohorts.of(person), *tx.cohorts.led_by(person)))
    return {cohort.name for cohort in mine}


def _open_cohort(
    tx: Transaction, name: str, like: Group | Cohort, interests: Sequence[Interest], leader: str, now: datetime
) -> Cohort:
    """Seats are taken, rooms open, everybody is introduced; the cycle begins when all may be written to."""
    people = [interest.educator_id for interest in interests]
    microcredential = read_microcredential(tx, like.microcredential_id, like.language)
    cohort = Cohort(
        id=make_id("cohort", *people, now.isoformat()),
        name=name,
        microcredential_id=like.microcredential_id,
        language=like.language,
        facilitator_id=leader,
        members=tuple(Member(educator_id=person) for person in people),
        formed_at=now,
    )
    tx.cohorts.save(cohort)
    for interest in interests:
        tx.interests.save(interest.model_copy(update={"status": "placed"}))
    begins = next_common(tuple(rhythms_of(tx, cohort).values()), now)
    open_rooms(tx, cohort, cohort_topic(microcredential, cohort.language), now)
    _introduce(tx, cohort, now)
    tx.due.set("begin", cohort.id, begins)
    tx.living.free_seats(cohort.id, cohort.microcredential_id, cohort.language)
    return cohort


def _introduce(tx: Transaction, cohort: Cohort, now: datetime) -> None:
    """The first words in the room: who is here and what each would like students to do better."""
    people = (*cohort.active_members, *filter(None, (cohort.facilitator_id,)))
    message = cohort_card(
        cohort,
        read_microcredential(tx, cohort.microcredential_id, cohort.language),
        {person: tx.people.get_educator(person) for person in people},
        placed_interests(tx, cohort),
        lea_names(tx, cohort),
    )
    tell_room(tx, cohort, Note(key=f"{cohort.id}:welcome", message=message), now)


def placed_interests(tx: Transaction, cohort: Cohort) -> dict[str, Interest]:
    """Member → the interest that says what they teach and would like students to do better."""
    return {
        i.educator_id: i for person in cohort.active_members for i in tx.interests.of(person) if i.status == "placed"
    }


def lea_names(tx: Transaction, cohort: Cohort) -> dict[str, str]:
    return {
        lea.id: tidy_lea(lea.name)
        for person in cohort.active_members
        if (lea := tx.people.find_lea(tx.people.get_educator(person).lea_id))
    }
