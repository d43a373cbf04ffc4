"""A cohort at a glance: where it is, which decisions wait, who is stuck, what comes next."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Literal

from cohorts.calendar.days import add_school_days, week_start
from cohorts.calendar.instants import local, to_instant
from cohorts.calendar.model import Rhythm
from cohorts.cards.running import step_words
from cohorts.catalogue.speak import in_language, tongue_of
from cohorts.feedback.ledger import Ledger
from cohorts.people.model import Cohort, Educator
from cohorts.ports import Transaction
from cohorts.protocols.closing import decide_by
from cohorts.protocols.load import protocol_of
from cohorts.protocols.queries import current, missing, open_steps
from cohorts.protocols.run import Run, StepState
from cohorts.protocols.template import Protocol, Step
from cohorts.usecases.meet_tell import ahead
from cohorts.usecases.spoken import call_cohort
from cohorts.usecases.tell import rhythm_of
from cohorts.values import Frozen

AHEAD = timedelta(days=14)

ComingKind = Literal["opens", "closes", "reveals", "moves", "planned", "meeting"]


class Decision(Frozen):
    """A step that is at its end and waits for the facilitator; at `moves_at` the run goes on by itself."""

    run_id: str
    step_id: str
    title: str
    presenter: str
    moves_at: datetime
    answers: int
    paused: bool


class Stuck(Frozen):
    """Somebody awaited beyond their own deadline; `closed`: the step went on without them and still takes their answer.

    Of what they wrote so far nothing is known here.
    """

    educator_id: str
    name: str
    title: str
    presenter: str
    due: datetime
    closed: bool = False


class Coming(Frozen):
    """What happens when. planned: not fixed yet, the day is what the protocol intends; moves: without a decision."""

    at: datetime
    kind: ComingKind
    title: str
    presenter: str


class Glance(Frozen):
    """`run` is the eight-week cycle, None before it begins (at `begins_at`). `week` is 1-based, 0 before.

    `tongue` is the language of the microcredential's name, and so of the cohort's, where it is not the reader's.
    """

    cohort: Cohort
    microcredential: str
    tongue: str
    facilitator: str
    run: Run | None
    begins_at: datetime | None
    week: int
    weeks: int
    title: str
    active: int
    decisions: tuple[Decision, ...]
    stuck: tuple[Stuck, ...]
    missing_reviews: int
    coming: tuple[Coming, ...]


class Seen(Frozen):
    """A run as its facilitator reads it: titles in their language, dates in their rhythm."""

    run: Run
    protocol: Protocol
    presenter: str
    language: str

    def title(self, step: Step) -> str:
        return step_words(self.language, self.protocol, step.id, "title")


def cohorts_led(tx: Transaction, educator: Educator) -> Sequence[Cohort]:
    """Those this person may look into: their own; every running one for an operator. Running ones first."""
    found = {cohort.id: cohort for cohort in tx.cohorts.led_by(educator.id)}
    if "operator" in educator.roles:
        found |= {cohort.id: cohort for cohort in tx.cohorts.active()}
    return sorted(found.values(), key=lambda cohort: (cohort.status != "active", cohort.name, cohort.id))


def glance(tx: Transaction, cohort: Cohort, reader: Educator, now: datetime) -> Glance:
    """For the facilitator or an operator; whether `reader` is one is the caller's to ask."""
    people = people_of(tx, cohort)
    runs = runs_of(tx, cohort, people, reader.language)
    cycle = next((seen for seen in runs if not seen.run.parent_id), None)
    rhythm = rhythm_of(tx, reader)
    ledger = Ledger(assignments=tuple(tx.feedback.of_cohort(cohort.id)))
    topic = tx.catalogue.find(cohort.microcredential_id)
    topic = topic and in_language(topic, reader.language)
    return Glance(
        cohort=call_cohort(tx, cohort, reader.language),
        microcredential=topic.name if topic else cohort.microcredential_id,
        tongue=tongue_of(topic, topic.name, reader.language) if topic else "",
        facilitator=people[cohort.facilitator_id].name if cohort.facilitator_id in people else "",
        run=cycle.run if cycle else None,
        begins_at=None if cycle else tx.due.at("begin", cohort.id),
        week=week_of(cycle, now, rhythm) if cycle else 0,
        weeks=cycle.protocol.weeks if cycle else 0,
        title=_title(cycle),
        active=len(cohort.active_members),
        decisions=tuple(decision for seen in runs for decision in _decisions(seen)),
        stuck=tuple(sorted(_stuck(runs, people, now), key=lambda stuck: (stuck.due, stuck.name))),
        missing_reviews=sum(row.missing for row in ledger.rows()),
        coming=_coming(runs, _meetings(tx, cohort, now), rhythm, now),
    )


def people_of(tx: Transaction, cohort: Cohort) -> Mapping[str, Educator]:
    """Members, those who left included, and the facilitator; one query."""
    ids = [member.educator_id for member in cohort.members]
    return tx.people.known_educators([*ids, cohort.facilitator_id] if cohort.facilitator_id else ids)


def runs_of(tx: Transaction, cohort: Cohort, people: Mapping[str, Educator], language: str) -> Sequence[Seen]:
    """Every run of the cohort, the cycle first, then in the order they began."""
    runs = sorted(tx.runs.of_cohort(cohort.id), key=lambda run: (bool(run.parent_id), run.started_at, run.id))
    return [
        Seen(
            run=run,
            protocol=protocol_of(run),
            presenter=", ".join(people[who].name for who in run.role("presenter") if who in people),
            language=language,
        )
        for run in runs
    ]


def week_of(seen: Seen, now: datetime, rhythm: Rhythm) -> int:
    """The week of the run, counted from the Monday of its start, at most the protocol's last."""
    week = (local(now, rhythm.zone).date() - monday_of(seen.run, rhythm)).days // 7 + 1
    return max(1, min(week, seen.protocol.weeks))


def monday_of(run: Run, rhythm: Rhythm) -> date:
    return week_start(local(run.started_at, rhythm.zone).date())


def planned_day(seen: Seen, step: Step, rhythm: Rhythm) -> date:
    """The day on which a step that has no date yet should open, by the protocol and the reader's school days."""
    weeks = timedelta(weeks=max(step.opens.week, 1) - 1)
    return add_school_days(rhythm, monday_of(seen.run, rhythm) + weeks, step.opens.school_days)


def _title(cycle: Seen | None) -> str:
    step = current(cycle.protocol, cycle.run) if cycle and cycle.run.status != "ended" else None
    return cycle.title(step) if cycle and step else ""


def _decisions(seen: Seen) -> Iterator[Decision]:
    for state in open_steps(seen.run):
        if (moves_at := decide_by(state)) and seen.run.status != "ended":
            yield Decision(
                run_id=seen.run.id,
                step_id=state.id,
                title=seen.title(seen.protocol.step(state.id)),
                presenter=seen.presenter,
                moves_at=moves_at,
                answers=len(state.answered),
                paused=seen.run.status == "paused",
            )


def _stuck(runs: Sequence[Seen], people: Mapping[str, Educator], now: datetime) -> Iterator[Stuck]:
    for seen in runs:
        for state in seen.run.steps if seen.run.status == "running" else ():
            for person in missing(seen.protocol, seen.run, state.id, now):
                due = state.due_of(person)
                if due and due < now and person in people:
                    yield Stuck(
                        educator_id=person,
                        name=people[person].name,
                        title=seen.title(seen.protocol.step(state.id)),
                        presenter=seen.presenter,
                        due=due,
                        closed=state.status != "open",
                    )


def _meetings(tx: Transaction, cohort: Cohort, now: datetime) -> Sequence[Coming]:
    """Who comes is told in the room."""
    found = (one for one in ahead(tx, cohort, now) if now <= one.starts_at < now + AHEAD)
    return [Coming(at=one.starts_at, kind="meeting", title=one.topic, presenter="") for one in found]


def _coming(runs: Sequence[Seen], meetings: Sequence[Coming], rhythm: Rhythm, now: datetime) -> tuple[Coming, ...]:
    found = [
        Coming(at=at, kind=kind, title=seen.title(seen.protocol.step(state.id)), presenter=seen.presenter)
        for seen in runs
        if seen.run.status == "running"
        for state in seen.run.steps
        for at, kind in _instants(seen, state, rhythm)
        if now <= at < now + AHEAD
    ]
    return tuple(
        sorted((*found, *meetings), key=lambda coming: (coming.at, coming.kind, coming.title, coming.presenter))
    )


def _instants(seen: Seen, state: StepState, rhythm: Rhythm) -> Iterator[tuple[datetime, ComingKind]]:
    step = seen.protocol.step(state.id)
    match state.status:
        case "waiting" if state.opens_at:
            yield state.opens_at, "opens"
        case "waiting" if seen.protocol.weeks and step.opens.week:
            # A step that waits for others has no instant, only the day the protocol intends.
            yield _noon(planned_day(seen, step, rhythm), rhythm), "planned"
        case "open" if moves_at := decide_by(state):
            yield moves_at, "moves"
        case "open" if state.closes_at:
            yield state.closes_at, "closes"
        case "closed" if state.reveal_at:
            yield state.reveal_at, "reveals"
        case _:
            return


def _noon(day: date, rhythm: Rhythm) -> datetime:
    return to_instant(day, time(12), rhythm.zone)
