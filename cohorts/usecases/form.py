"""Propose cohorts, look, move people, approve; only then rooms open and people are told."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import count

from cohorts.calendar.hours import next_common
from cohorts.cards.basics import button, card, row, whisper, words
from cohorts.cards.forming import cohort_card, cohort_topic
from cohorts.events import Recorded, Response, Whisper
from cohorts.forming.around import form_around
from cohorts.forming.edit import keep_waiting, unready
from cohorts.forming.form import form_cohorts
from cohorts.forming.model import Candidate, Group, Policy, Proposal, Refusal
from cohorts.ids import make_id
from cohorts.people.model import Cohort, Interest, Member
from cohorts.people.names import tidy_lea
from cohorts.ports import MissingError, Transaction
from cohorts.protocols.engine import RunIdentity
from cohorts.protocols.load import latest

from .ask import Ask
from .carry_out import begin_run
from .sight import LIVE, may_approve, may_lead, people_in, unseen
from .spoken import read_microcredential
from .tell import Note, open_rooms, rhythms_of, tell_room

CYCLE = "inquiry-cycle"


def propose(tx: Transaction, seed: int, now: datetime) -> tuple[str, Proposal] | None:
    """A proposal for everybody who waits, kept for a facilitator to look at; None when nobody waits.

    An older proposal that nobody approved is replaced; where somebody is pinned in it or a cohort locked, it goes on
    as one more version, which can be undone, and they stay as they are.
    """
    candidates = waiting_candidates(tx)
    if not candidates:
        return None
    older = tx.proposals.newest("open")
    if older and (older[1].pinned or older[1].locked):
        around = form_around(older[1], candidates, Policy(), seed, now)
        tx.proposals.save(older[0], around, "open", now)
        return older[0], around
    proposal = form_cohorts(candidates, Policy(), seed, now)
    proposal_id = make_id("proposal", now.isoformat(), str(seed))
    while tx.proposals.find(proposal_id):  # made again at the same instant: undoing a move must never reach that one
        proposal_id = make_id("proposal", proposal_id)
    if older:
        tx.proposals.save(older[0], older[1], "replaced", now)
    tx.proposals.save(proposal_id, proposal, "open", now)
    return proposal_id, proposal


def propose_cohorts(tx: Transaction, ask: Ask) -> Response:
    """The facilitator's button."""
    if not may_form(ask):
        return whisper(ask.language, "leading.not.you")
    made = propose(tx, 7, ask.now)
    if made is None:
        return whisper(ask.language, "leading.propose.none")
    seated = sum(len(group.members) for group in made[1].groups)
    if not made[1].groups:
        return whisper(ask.language, "leading.propose.nobody", waiting=len(made[1].unplaced))
    counts = {"groups": len(made[1].groups), "people": seated, "waiting": len(made[1].unplaced)}
    look = row(button(ask.language, "leading.button.proposal", "form.look.open"))
    return Whisper(message=card(words(ask.language, "leading.propose.done", **counts), look))


def approve_proposal(tx: Transaction, ask: Ask) -> Response:
    if not may_form(ask):
        return whisper(ask.language, "leading.not.you")
    proposal = open_proposal(tx, ask.value)
    if not may_approve(ask.educator, proposal, unseen(tx, ask.educator, people_in(proposal))):
        return whisper(ask.language, "leading.approve.unseen")
    made = approve(tx, ask.value, ask.now)
    if isinstance(made, Refusal):
        return whisper(ask.language, f"leading.refused.{made.reason}")
    facts = {"cohorts": str(len(made))}
    tx.history.append(Recorded(at=ask.now, kind="approved", subject=ask.value, actor=ask.me, facts=facts))
    alone = sum(not cohort.facilitator_id for cohort in made)
    return whisper(ask.language, "leading.approve.done", groups=len(made), alone=alone)


def approve(tx: Transaction, proposal_id: str, now: datetime) -> Sequence[Cohort] | Refusal:
    """Make the proposed cohorts real: rooms open, the cycle begins. Raises MissingError when it is not open.

    Everybody's consent, language and wishes are looked at again: they may have changed since it was made. The first
    thing in the way is returned, and nothing is changed.
    """
    candidates = waiting_candidates(tx)
    proposal = keep_waiting(open_proposal(tx, proposal_id), Policy(), candidates)
    refusals = unready(proposal, Policy(), candidates)
    if refusals:
        return refusals[0]
    tx.proposals.save(proposal_id, proposal, "approved", now)
    taken = {cohort.name for cohort in tx.cohorts.active()}
    return [_found(tx, group, _name(tx, group, number, taken), now) for number, group in enumerate(proposal.groups, 1)]


def _name(tx: Transaction, group: Group, number: int, taken: set[str]) -> str:
    """The microcredential and its number in this round, or the next that no running cohort has."""
    topic = read_microcredential(tx, group.microcredential_id, group.language).name
    found = next(name for at in count(number) if (name := f"{topic} · {at}") not in taken)
    taken.add(found)
    return found


def waiting_candidates(tx: Transaction) -> list[Candidate]:
    return [_candidate(tx, interest) for interest in tx.interests.with_status("waiting")]


def candidates_of(tx: Transaction, groups: Iterable[Group]) -> list[Candidate]:
    """Those with a seat in these, as far as they still want what they were seated for."""
    interests = (tx.interests.find(seat.interest_id) for group in groups for seat in group.members)
    return [_candidate(tx, interest) for interest in interests if interest and interest.status in LIVE]


def _candidate(tx: Transaction, interest: Interest) -> Candidate:
    person = tx.people.get_educator(interest.educator_id)
    microcredential = tx.catalogue.get(interest.microcredential_id)
    account = next(iter(tx.people.accounts(person.id)), None)
    return Candidate(
        interest_id=interest.id,
        educator_id=person.id,
        email=person.email,
        evaluators=person.evaluators,
        avoid=interest.avoid,
        lea_id=person.lea_id,
        school_id=person.school_id,
        zone=interest.zone,
        language=interest.language,
        subject=interest.subject,
        grade_band=interest.grade_band,
        problem_of_practice=interest.problem_of_practice,
        availability=interest.availability,
        microcredential_id=interest.microcredential_id,
        stack=microcredential.stack,
        family=microcredential.family,
        share_across_leas=interest.share_across_leas,
        start_from=interest.start_from,
        weekly_minutes=interest.weekly_minutes,
        platform=account.platform if account else "",
        waiting_since=interest.since,
    )


def _found(tx: Transaction, group: Group, name: str, now: datetime) -> Cohort:
    people = [seat.educator_id for seat in group.members]
    microcredential = read_microcredential(tx, group.microcredential_id, group.language)
    cohort = Cohort(
        id=make_id("cohort", *people, now.isoformat()),
        name=name,
        microcredential_id=group.microcredential_id,
        language=group.language,
        facilitator_id=choose_facilitator(tx, people, group.language),
        members=tuple(Member(educator_id=person) for person in people),
        formed_at=now,
    )
    tx.cohorts.save(cohort)
    for seat in group.members:
        interest = tx.interests.find(seat.interest_id)
        if interest:
            tx.interests.save(interest.model_copy(update={"status": "placed"}))
    begins = next_common(tuple(rhythms_of(tx, cohort).values()), now)
    open_rooms(tx, cohort, cohort_topic(microcredential, cohort.language), now)
    _introduce(tx, cohort, now)
    tx.due.set("begin", cohort.id, begins)
    return cohort


def begin_cycle(tx: Transaction, cohort_id: str, now: datetime) -> None:
    """The first instant at which everybody may be written to: the eight weeks begin. Once."""
    due = tx.due.at("begin", cohort_id)
    if due is None or due > now:
        return
    tx.due.clear("begin", cohort_id)
    cohort = tx.cohorts.get(cohort_id)
    ident = RunIdentity(id=make_id("run", cohort.id, CYCLE), cohort_id=cohort.id, parent_id="", parent_step="")
    begin_run(tx, cohort, latest(CYCLE), ident, now)
    tx.due.set("cohort", cohort.id, now)


def choose_facilitator(tx: Transaction, people: Sequence[str], language: str) -> str:
    """The facilitator with the fewest cohorts who may lead all of these: of the same language first, never a member.

    "" when there is none: the cycle then moves on by its own rules.
    """
    members = [tx.people.get_educator(person) for person in people]
    able = [
        person
        for person in tx.people.educators()
        if "facilitator" in person.roles and person.active and person.id not in people
        if all(may_lead(tx, person, member) for member in members)
    ]
    load = {person.id: sum(c.status == "active" for c in tx.cohorts.led_by(person.id)) for person in able}
    able.sort(key=lambda person: (person.language != language, load[person.id], person.id))
    return able[0].id if able else ""


def _introduce(tx: Transaction, cohort: Cohort, now: datetime) -> None:
    """The first words in the room: who is here and what each would like students to do better."""
    message = cohort_card(
        cohort,
        read_microcredential(tx, cohort.microcredential_id, cohort.language),
        {
            person: tx.people.get_educator(person)
            for person in (*cohort.active_members, cohort.facilitator_id)
            if person
        },
        {i.educator_id: i for person in cohort.active_members for i in tx.interests.of(person) if i.status == "placed"},
        {
            lea.id: tidy_lea(lea.name)
            for person in cohort.active_members
            if (lea := tx.people.find_lea(tx.people.get_educator(person).lea_id))
        },
    )
    tell_room(tx, cohort, Note(key=f"{cohort.id}:welcome", message=message), now)


def open_proposal(tx: Transaction, proposal_id: str) -> Proposal:
    """Raises MissingError when it is not open any more."""
    found = tx.proposals.find(proposal_id)
    if found is None or found[1] != "open":
        raise MissingError(f"No open proposal {proposal_id}.")
    return found[0]


def may_form(ask: Ask) -> bool:
    return bool({"facilitator", "operator"} & set(ask.educator.roles))
