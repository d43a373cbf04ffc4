"""One cohort as its facilitator sees it: weeks, people, reviews, what comes, what was said to whom and why not."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from cohorts.calendar.instants import local
from cohorts.calendar.leaves import ahead
from cohorts.cards.running import step_words
from cohorts.feedback.ledger import AuthorRow, Ledger
from cohorts.feedback.model import Assignment
from cohorts.nudging.model import MEMORY, Reason
from cohorts.nudging.silence import silent_days
from cohorts.nudging.why import shorten
from cohorts.people.model import Cohort, Educator, Leave, MemberStatus
from cohorts.people.names import tidy_lea
from cohorts.ports import Transaction
from cohorts.protocols.queries import awaited, open_steps
from cohorts.usecases.tell import rhythm_of
from cohorts.values import Frozen

from .glance import Glance, Seen, glance, people_of, runs_of
from .timeline import Timeline, timeline


class MemberRow(Frozen):
    """`silent_days` are the person's own school days since the last sign of life; `seen` whether there ever was one.

    quiet: long enough for a card. away: days that are not over yet, the first of them.
    """

    educator_id: str
    name: str
    lea: str
    status: MemberStatus
    paused_until: date | None
    away: Leave | None
    silent_days: int
    seen: bool
    quiet: bool


class Choice(Frozen):
    """Somebody a review could be given to."""

    educator_id: str
    name: str


class AssignmentRow(Frozen):
    """A review that is asked for and not done. `others` could take it over."""

    assignment: Assignment
    author: str
    reviewer: str
    late: bool
    others: tuple[Choice, ...]


class OpenStep(Frozen):
    """A step that is open now and what a facilitator may say in it. Steps of several drafts are one, without a date;
    a step of the cycle itself can be steered, by its `run_id`."""

    run_id: str
    step_id: str
    title: str
    script: str
    closes_at: datetime | None
    awaited: int


class Nudged(Frozen):
    """When somebody was written to or from when they were not, and why. Never the words, nor what they were about."""

    at: datetime
    reason: Reason


class NudgesRow(Frozen):
    """The last few of one person, newest first; none when nothing was decided in the last three weeks."""

    educator_id: str
    name: str
    nudges: tuple[Nudged, ...]


class CohortBoard(Frozen):
    glance: Glance
    timeline: Timeline | None
    members: tuple[MemberRow, ...]
    authors: tuple[tuple[str, AuthorRow], ...]
    assignments: tuple[AssignmentRow, ...]
    open_steps: tuple[OpenStep, ...]
    nudges: tuple[NudgesRow, ...]


def cohort_board(tx: Transaction, cohort: Cohort, reader: Educator, now: datetime) -> CohortBoard:
    """For the facilitator or an operator; whether `reader` is one is the caller's to ask."""
    people = people_of(tx, cohort)
    runs = runs_of(tx, cohort, people, reader.language)
    cycle = next((seen for seen in runs if not seen.run.parent_id), None)
    here = [people[member.educator_id] for member in cohort.members if member.educator_id in people]
    ledger = Ledger(assignments=tuple(tx.feedback.of_cohort(cohort.id)))
    names = {person.id: person.name for person in people.values()}
    return CohortBoard(
        glance=glance(tx, cohort, reader, now),
        timeline=timeline(tx, cycle, here, rhythm_of(tx, reader), now) if cycle else None,
        members=tuple(_members(tx, cohort, people, now)),
        authors=tuple((names.get(row.author, ""), row) for row in ledger.rows()),
        assignments=tuple(_assignments(tx, cohort, ledger, people, now)),
        open_steps=tuple(_open_steps(runs, reader.language)),
        nudges=tuple(_nudges(tx, person, now) for person in here),
    )


def _members(tx: Transaction, cohort: Cohort, people: Mapping[str, Educator], now: datetime) -> Iterator[MemberRow]:
    for member in cohort.members:
        person = people.get(member.educator_id)
        if person is None:
            continue
        lea, last_seen = tx.people.find_lea(person.lea_id), tx.people.last_seen(person.id)
        silent = silent_days(max(last_seen or cohort.formed_at, cohort.formed_at), now, rhythm_of(tx, person))
        yield MemberRow(
            educator_id=person.id,
            name=person.name,
            lea=tidy_lea(lea.name) if lea else person.lea_id,
            status=member.status,
            paused_until=member.paused_until,
            away=next(iter(ahead(person.leaves, local(now, rhythm_of(tx, person).zone).date())), None),
            silent_days=silent,
            seen=last_seen is not None,
            quiet=member.status == "active" and silent >= tx.nudging.silent_school_days,
        )


def _assignments(
    tx: Transaction, cohort: Cohort, ledger: Ledger, people: Mapping[str, Educator], now: datetime
) -> Iterator[AssignmentRow]:
    """Those due first come first; what waits in somebody's queue has no date and comes last."""
    unfinished = [entry for entry in ledger.assignments if entry.live and entry.status != "done"]
    apart = _apart(tx, cohort, people) if unfinished else frozenset()
    far = datetime.max.replace(tzinfo=now.tzinfo)
    for entry in sorted(unfinished, key=lambda entry: (entry.due or far, entry.id)):
        asked = {other.reviewer for other in ledger.assignments if other.run_id == entry.run_id and other.live}
        free = [p for p in cohort.active_members if p not in asked and frozenset((p, entry.author)) not in apart]
        yield AssignmentRow(
            assignment=entry,
            author=people[entry.author].name if entry.author in people else "",
            reviewer=people[entry.reviewer].name if entry.reviewer in people else "",
            late=entry.due is not None and entry.due < now,
            others=tuple(Choice(educator_id=p, name=people[p].name) for p in free if p != entry.author),
        )


def _apart(tx: Transaction, cohort: Cohort, people: Mapping[str, Educator]) -> frozenset[frozenset[str]]:
    """Pairs of active members who should not read each other: an evaluator, or a wish of either."""
    by_email = {people[person].email: person for person in cohort.active_members if person in people}
    pairs: set[frozenset[str]] = set()
    for person in by_email.values():
        wishes = {email for interest in tx.interests.of(person) for email in interest.avoid}
        unwanted = wishes | set(people[person].evaluators)
        pairs |= {frozenset((person, by_email[email])) for email in unwanted if email in by_email}
    return frozenset(pairs)


def _open_steps(runs: Sequence[Seen], language: str) -> Iterator[OpenStep]:
    """Those of the cycle first; then each that a draft is at, once, however many drafts are."""
    found: dict[tuple[str, str], OpenStep] = {}
    for seen in runs:
        for state in open_steps(seen.run) if seen.run.status != "ended" else ():
            key, missing = (seen.protocol.id, state.id), len(awaited(seen.protocol, seen.run, state.id))
            before = found.get(key)
            found[key] = OpenStep(
                run_id="" if seen.run.parent_id else seen.run.id,
                step_id=state.id,
                title=seen.title(seen.protocol.step(state.id)),
                script=step_words(language, seen.protocol, state.id, "script"),
                closes_at=None if seen.run.parent_id else state.closes_at,
                awaited=missing + (before.awaited if before else 0),
            )
    yield from found.values()


def _nudges(tx: Transaction, person: Educator, now: datetime) -> NudgesRow:
    """As the person themselves would be told, but for what it was about."""
    told = shorten(tx.nudges.records(person.id, now - MEMORY))
    nudges = tuple(Nudged(at=record.at, reason=record.reason) for record in told)
    return NudgesRow(educator_id=person.id, name=person.name, nudges=nudges)
