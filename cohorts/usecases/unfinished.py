"""Everything of one person's that is not done: what a digest may name, and what Home lists."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import ceil

from cohorts.cards.running import step_words
from cohorts.catalogue.model import Microcredential
from cohorts.catalogue.questions import question_for
from cohorts.evidence.gaps import next_gap
from cohorts.evidence.map import EvidenceMap, evidence_map
from cohorts.evidence.model import Result
from cohorts.evidence.ready import TICKS, is_ready, ready_check
from cohorts.feedback.model import Assignment
from cohorts.nudging.model import Thing, ThingKind
from cohorts.people.model import Cohort, Educator
from cohorts.ports import Transaction
from cohorts.protocols.load import protocol_of
from cohorts.protocols.queries import REVIEWER, asks, missing, reviewing_step
from cohorts.protocols.run import Run
from cohorts.protocols.template import Protocol, Step
from cohorts.words import say

from .candidates import work_of
from .living.offers import offer_things
from .living.waiting import waiting_things, waiting_words, works_alone
from .meet_things import meeting_things
from .spoken import call_cohort, read_microcredential

ANSWER_TIME = timedelta(days=21)
"""How long after a submission we ask what the issuer said: providers take 5 to 14 business days."""
RATE_FOR = timedelta(days=14)
NEW_FOR = timedelta(days=7)
"""How long a cohort is news: told once in this time, at the person's own slot."""


def unfinished(tx: Transaction, educator: Educator, now: datetime) -> list[Thing]:
    """Steps that wait for this person, reviews they owe, reviews to rate, evidence to write, results to tell."""
    things = [*offer_things(tx, educator), *waiting_things(tx, educator, now), *waiting_words(tx, educator, now)]
    for cohort in _own_cohorts(tx, educator):
        things += _with_date(tx, cohort, educator, now)
        things += _without_date(tx, cohort, educator, now)
    for alone in works_alone(tx, educator):
        things += _evidence(tx, alone, educator, now)
    return things


def dated(tx: Transaction, educator: Educator, now: datetime) -> list[Thing]:
    """Of all that is unfinished what can have a date."""
    things = [*offer_things(tx, educator), *waiting_things(tx, educator, now)]
    for cohort in _own_cohorts(tx, educator):
        things += _with_date(tx, cohort, educator, now)
    return things


def undated(tx: Transaction, educator: Educator, now: datetime) -> Iterator[Thing]:
    """And the rest, which never has one."""
    yield from waiting_words(tx, educator, now)
    for cohort in _own_cohorts(tx, educator):
        yield from _without_date(tx, cohort, educator, now)
    for alone in works_alone(tx, educator):
        yield from _evidence(tx, alone, educator, now)


def _own_cohorts(tx: Transaction, educator: Educator) -> list[Cohort]:
    return [cohort for cohort in tx.cohorts.of(educator.id) if educator.id in cohort.active_members]


def _with_date(tx: Transaction, cohort: Cohort, educator: Educator, now: datetime) -> Iterator[Thing]:
    if cohort.status == "active":
        yield from _formed(tx, cohort, educator, now)
        yield from _steps(tx, cohort, educator, now)
        yield from _reviews(tx, cohort, educator)
        yield from meeting_things(tx, cohort, educator, now)


def _without_date(tx: Transaction, cohort: Cohort, educator: Educator, now: datetime) -> Iterator[Thing]:
    yield from _ratings(tx, cohort, educator, now)
    yield from _evidence(tx, work_of(tx, cohort, educator.id), educator, now)


def _formed(tx: Transaction, cohort: Cohort, educator: Educator, now: datetime) -> Iterator[Thing]:
    """The message that joining promised: your cohort is here. Its date makes it told once, and in time."""
    if now - cohort.formed_at < NEW_FOR:
        params = {"name": call_cohort(tx, cohort, educator.language).name}
        thing = _thing(educator, "cohort", cohort.id, "nudging.title_cohort", "cohort.why.open", params)
        hours = int(NEW_FOR.total_seconds() // 3600)
        yield thing.model_copy(update={"due": cohort.formed_at + NEW_FOR, "reminders": (hours,), "priority": 0})


def map_of(tx: Transaction, educator_id: str, microcredential_id: str) -> EvidenceMap:
    """One educator's evidence map in their language, with the reviews they received and the issuer's latest word."""
    language = tx.people.get_educator(educator_id).language
    results = tx.evidence.results(educator_id, microcredential_id)
    return _map(tx, educator_id, read_microcredential(tx, microcredential_id, language), results)


def _map(tx: Transaction, educator_id: str, microcredential: Microcredential, results: Sequence[Result]) -> EvidenceMap:
    return evidence_map(
        microcredential,
        tx.evidence.drafts(educator_id, microcredential.id),
        tx.evidence.artifacts(educator_id, microcredential.id),
        reviewed=_criteria_reviewed(tx, educator_id, microcredential.id),
        result=results[-1] if results else None,
    )


def _steps(tx: Transaction, cohort: Cohort, educator: Educator, now: datetime) -> Iterator[Thing]:
    for run in tx.runs.of_cohort(cohort.id):
        if run.status != "running":
            continue
        protocol = protocol_of(run)
        for state in run.steps:
            if state.status == "waiting" or educator.id in state.answered:
                continue  # most of a run: nobody, or not this person, can be missing there
            step = protocol.step(state.id)
            if asks(step) and step.actors != REVIEWER and educator.id in missing(protocol, run, step.id, now):
                yield _step(protocol, run, step, educator)


def _step(protocol: Protocol, run: Run, step: Step, educator: Educator) -> Thing:
    kind: ThingKind = "respond" if step.id == "respond" else "plan" if step.id == "replan" else "step"
    title = "nudging.title_respond" if kind == "respond" else "nudging.title_step"
    state = run.step(step.id)
    due, ends = state.due_of(educator.id), state.closes_at
    return Thing(
        kind=kind,
        educator_id=educator.id,
        ref=f"{run.id}/{step.id}",
        title=title,
        params={"step": step_words(educator.language, protocol, step.id, "title")},
        minutes=step.minutes,
        due=due,
        open_until=ends if due and ends and due < ends and state.status == "open" else None,
        reminders=step.reminders or (0,),
        label="nudging.open_step",
        action="step.answer.open",
        value=f"{run.id}/{step.id}",
        mechanism="monitor",
        priority=2,
    )


def _reviews(tx: Transaction, cohort: Cohort, educator: Educator) -> Iterator[Thing]:
    for assignment in tx.feedback.of_reviewer(educator.id):
        if not assignment.held or assignment.due is None:
            continue
        run = tx.runs.get(assignment.run_id)
        step = reviewing_step(protocol_of(run))
        if (
            run.cohort_id != cohort.id
            or run.status != "running"
            or step is None
            or run.step(step.id).status == "waiting"
        ):
            continue
        yield Thing(
            kind="review",
            educator_id=educator.id,
            ref=assignment.id,
            title="nudging.title_review",
            params={"name": tx.people.get_educator(assignment.author).given_name},
            minutes=step.minutes,
            due=assignment.due,
            reminders=(*_at_once(assignment), 24, -24),
            label="nudging.open_review",
            action="step.answer.open",
            value=f"{run.id}/{step.id}",
            mechanism="support",
            priority=1,
        )


def _at_once(assignment: Assignment) -> tuple[int, ...]:
    """Whose draft one reads is news from the moment one is asked, however many weekend days the window spans."""
    asked_at = assignment.opened_at or assignment.assigned_at
    window = assignment.due - asked_at if assignment.due else timedelta()
    return (ceil(window / timedelta(hours=1)),)


def _ratings(tx: Transaction, cohort: Cohort, educator: Educator, now: datetime) -> Iterator[Thing]:
    for run in tx.runs.of_cohort(cohort.id):
        if educator.id not in run.role("presenter"):
            continue
        fresh = [review for review in tx.feedback.reviews(run.id) if now - review.at < RATE_FOR]
        rated = {rating.assignment_id for rating in tx.feedback.ratings(run.id)} if fresh else ()
        for review in fresh:
            if review.assignment_id not in rated:
                yield Thing(
                    kind="rate",
                    educator_id=educator.id,
                    ref=f"rate/{review.assignment_id}",
                    title="nudging.title_rate",
                    params={"name": tx.people.get_educator(review.reviewer).given_name},
                    minutes=1,
                    label="nudging.open_rate",
                    action="review.rate.open",
                    value=review.assignment_id,
                    mechanism="feedback",
                    priority=7,
                )


def _evidence(tx: Transaction, it: str, educator: Educator, now: datetime) -> Iterator[Thing]:
    """Of one microcredential: one unfinished criterion and one question; or, when nothing is missing, the last check or
    the result."""
    results = tx.evidence.results(educator.id, it)
    if results and results[-1].status == "earned":
        return
    if results and results[-1].status == "submitted":
        if now - results[-1].at >= ANSWER_TIME:
            yield _thing(educator, "result", it, "nudging.title_result", "evidence.result.open", {})
        return
    microcredential = read_microcredential(tx, it, educator.language)
    evidence = _map(tx, educator.id, microcredential, results)
    gap = next_gap(evidence)
    if gap is None and _is_checked(tx, educator.id, evidence):
        return  # they know; the packet is theirs to send, and we do not urge
    if gap is None:
        yield _thing(educator, "packet", it, "nudging.title_packet", "evidence.ready.open", {})
        return
    salt = f"{educator.id}/{now.isocalendar().week}"
    key = question_for(microcredential, gap.part_id, gap.criterion_id, salt)
    criterion = microcredential.criterion(gap.part_id, gap.criterion_id).name
    params = {"criterion": criterion, "question": say(educator.language, key)}
    place = "/".join(filter(None, (it, gap.part_id, gap.prompt_id or gap.request_id)))
    thing = _thing(educator, "evidence", place, "nudging.title_evidence", "evidence.open", params)
    asked = f"{place}/{key.removeprefix('questions.')}" if place.count("/") > 1 else place
    yield thing.model_copy(update={"minutes": gap.minutes, "value": asked})


def _is_checked(tx: Transaction, educator_id: str, evidence: EvidenceMap) -> bool:
    """The last check before submitting was made, and passed."""
    readings = tx.evidence.readings(educator_id)
    ticks: dict[str, str] = {tick: readings.get(f"ready/{evidence.microcredential_id}/{tick}", "") for tick in TICKS}
    return is_ready(ready_check(evidence, ticks))


def _thing(educator: Educator, kind: ThingKind, value: str, title: str, action: str, params: dict[str, str]) -> Thing:
    return Thing(
        kind=kind,
        educator_id=educator.id,
        ref=f"{kind}/{value}",
        title=title,
        params=params,
        minutes=5,
        label=f"nudging.open_{kind}",
        action=action,
        value=value,
        mechanism="goal",
        priority=6,
    )


def _criteria_reviewed(tx: Transaction, educator_id: str, microcredential_id: str) -> list[str]:
    return [
        review.criterion
        for cohort in tx.cohorts.of(educator_id)
        if work_of(tx, cohort, educator_id) == microcredential_id
        for run in tx.runs.of_cohort(cohort.id)
        if educator_id in run.role("presenter")
        for review in tx.feedback.reviews(run.id)
    ]
