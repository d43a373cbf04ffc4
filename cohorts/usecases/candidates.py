"""Who could be in a cohort, as forming sees them: everybody who waits, and whoever has a seat already."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from cohorts.forming.ladder import Widening, reach
from cohorts.forming.model import Candidate, Grades, Group
from cohorts.people.model import Cohort, Educator, Interest
from cohorts.ports import Transaction

from .living.ladder_answers import waited, widening_of
from .read_ahead import read_candidates
from .sight import LIVE
from .who_waits import hindrance_of, home_zone, who_waits

REPEAT_AFTER = timedelta(weeks=12)
"""So long after they parted two people are not put together again where it can be helped."""


def waiting_candidates(tx: Transaction) -> list[Candidate]:
    """Everybody who waits, to be looked at and moved by hand: what is wider than they agreed to is offered to them."""
    return look_at(tx, who_waits(tx))


def look_at(tx: Transaction, waiting: Sequence[Interest]) -> list[Candidate]:
    """The same of these alone."""
    closed = tx.living.closed_leas()
    read_candidates(tx, [one.educator_id for one in waiting])
    return told_apart([candidate_of(tx, one, closed) for one in waiting])


def told_apart(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The same people; of those with one e-mail address all but the one who has waited longest wait until it is
    mended. Whom others would rather not be with goes by the address."""
    first: dict[str, Candidate] = {}
    for one in sorted(candidates, key=lambda one: (one.waiting_since, one.interest_id)):
        first.setdefault(one.email.lower() or one.interest_id, one)
    unclear = {"email": "", "hindrance": "same_address"}
    known = {one.interest_id for one in first.values()}
    return [one if one.interest_id in known else one.model_copy(update=unclear) for one in candidates]


def candidates_to_form(
    tx: Transaction, waiting: Sequence[Interest], together: Sequence[Sequence[str]], now: datetime
) -> list[Candidate]:
    """Those who wait, for forming: each with the farthest step of the ladder a seat may be proposed at, and with whom
    they were together of late; but for those of whom both want to go on `together`."""
    closed = tx.living.closed_leas()
    mates = {person: group for group in together for person in group}
    found = told_apart([ready(tx, one, now, closed) for one in waiting])
    return [one.model_copy(update={"recent_peers": _others(one, mates.get(one.educator_id, ()))}) for one in found]


def _others(candidate: Candidate, mates: Collection[str]) -> tuple[str, ...]:
    """Those not to be met again so soon: not whom both want to go on with."""
    return tuple(peer for peer in candidate.recent_peers if peer not in mates)


def candidates_of(tx: Transaction, groups: Iterable[Group]) -> list[Candidate]:
    """Those with a seat in these, as far as they still want what they were seated for."""
    closed = tx.living.closed_leas()
    seats = [seat for group in groups for seat in group.members]
    read_candidates(tx, [seat.educator_id for seat in seats])
    interests = (tx.interests.find(seat.interest_id) for seat in seats)
    return told_apart([candidate_of(tx, one, closed) for one in interests if one and one.status in LIVE])


def ready(tx: Transaction, interest: Interest, now: datetime, closed: Collection[str]) -> Candidate:
    """Somebody who waits, as forming may place them now."""
    widening = widening_of(tx, interest)
    candidate = _candidate(tx, interest, closed, widening)
    if candidate.hindrance:
        return candidate
    peers = recent_peers(tx, tx.people.get_educator(interest.educator_id), now)
    told = {"widest": reach(widening, waited(tx, interest, now)), "recent_peers": peers}
    return candidate.model_copy(update=told)


def member_candidates(tx: Transaction, cohort: Cohort) -> list[Candidate]:
    """Whoever has a seat in the cohort now; those of whom no interest is known are left out."""
    closed = tx.living.closed_leas()
    found = (seat_interest(tx, cohort, person) for person in cohort.active_members)
    return told_apart([candidate_of(tx, interest, closed) for interest in found if interest])


def candidate_of(tx: Transaction, interest: Interest, closed: Collection[str]) -> Candidate:
    return _candidate(tx, interest, closed, widening_of(tx, interest))


def _candidate(tx: Transaction, interest: Interest, closed: Collection[str], widening: Widening) -> Candidate:
    person = tx.people.get_educator(interest.educator_id)
    microcredential = tx.catalogue.find(interest.microcredential_id)
    hindrance = hindrance_of(tx, interest, person)
    account = next(iter(tx.people.accounts(person.id)), None)
    lea = tx.people.find_lea(person.lea_id)
    grades: Grades = "own" if widening.own_grades else "any"
    return Candidate(
        interest_id=interest.id,
        educator_id=person.id,
        email=person.email,
        evaluators=person.evaluators,
        avoid=interest.avoid,
        lea_id=person.lea_id,
        school_id=person.school_id,
        zone=interest.zone or home_zone(tx, person),
        language=interest.language,
        subject=interest.subject,
        grade_band=interest.grade_band,
        problem_of_practice=interest.problem_of_practice,
        availability=() if hindrance == "no_zone" else interest.availability,
        microcredential_id=interest.microcredential_id,
        stack=microcredential.stack if microcredential else "",
        family=microcredential.family if microcredential else "",
        share_across_leas=interest.share_across_leas and person.lea_id not in closed,
        grades=grades,
        start_from=interest.start_from,
        weekly_minutes=interest.weekly_minutes,
        platform=account.platform if account else "",
        workspace=account.workspace if account else "",
        waiting_since=interest.since,
        state=lea.state if lea else "",
        locale=str(lea.locale or "") if lea else "",
        hindrance=hindrance,
    )


def recent_peers(tx: Transaction, person: Educator, now: datetime) -> tuple[str, ...]:
    """With whom this person shared a cohort in the last twelve weeks, and not by their own wish again."""
    peers: set[str] = set()
    for cohort in tx.cohorts.of(person.id):
        if _ended_at(tx, cohort, now) > now - REPEAT_AFTER:
            peers |= {member.educator_id for member in cohort.members}
    return tuple(sorted(peers - {person.id}))


def _ended_at(tx: Transaction, cohort: Cohort, now: datetime) -> datetime:
    if cohort.status == "active":
        return now
    ended = tx.history.about(cohort.id, "cohort_ended")
    return ended[-1].at if ended else cohort.formed_at


def work_of(tx: Transaction, cohort: Cohort, person: str) -> str:
    """The microcredential this member works on: in a cohort that is wider than one, their own."""
    interest = seat_interest(tx, cohort, person)
    return interest.microcredential_id if interest else cohort.microcredential_id


def seat_interest(tx: Transaction, cohort: Cohort, person: str) -> Interest | None:
    """The interest this seat is for: on the cohort's microcredential, else what they were placed for last."""
    placed: Sequence[Interest] = [
        one for one in tx.interests.of(person) if one.status in ("placed", "paused", "finished")
    ]
    own = [one for one in placed if one.microcredential_id == cohort.microcredential_id]
    return max(own or placed, key=lambda one: (one.status == "placed", one.since, one.id), default=None)
