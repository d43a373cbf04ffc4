"""Who reviews whom in a run, kept fair while people come, go and stay silent."""

from datetime import datetime, timedelta

from cohorts.calendar.hours import keep_promise
from cohorts.evidence.model import Result
from cohorts.feedback.assign import Author, Policy, Reviewer, assign
from cohorts.feedback.check import read_review
from cohorts.feedback.ledger import Ledger
from cohorts.feedback.reassign import Move, open_queued, review_moves, still_coming
from cohorts.feedback.window import review_due
from cohorts.people.model import Cohort, Educator
from cohorts.ports import Transaction
from cohorts.protocols.load import protocol_of
from cohorts.protocols.queries import REVIEWER, reviewing_step, stages_of
from cohorts.protocols.run import Run
from cohorts.protocols.template import Protocol, Step

from .ask_facilitator import ask_for_review
from .living.withheld import withheld_from
from .tell import rhythm_of

LOOK_AGAIN = timedelta(hours=6)


def assign_reviewers(tx: Transaction, cohort: Cohort, run: Run, now: datetime) -> tuple[str, ...]:
    """Three colleagues for the author of this run, as fairly as the cohort's ledger allows."""
    members = [reviewer for reviewer in _reviewers(tx, cohort) if not reviewer.stands_by]
    made = assign([_author(tx, cohort, run)], members, _ledger(tx, cohort), now, seed=run.id)
    for assignment in made:
        tx.feedback.save_assignment(assignment, cohort.id)
    return tuple(assignment.reviewer for assignment in made)


def restart_windows(tx: Transaction, run: Run, now: datetime) -> None:
    """The draft can be reviewed from now on, so each reviewer's time counts from now."""
    for assignment in tx.feedback.of_run(run.id):
        if assignment.held:
            due = review_due_of(tx, assignment.reviewer, now)
            tx.feedback.save_assignment(assignment.model_copy(update={"opened_at": now, "due": due}), run.cohort_id)


def shift_windows(tx: Transaction, run: Run, length: timedelta) -> None:
    """Time stood still for the run: each reviewer's window begins later by that much."""
    for assignment in tx.feedback.of_run(run.id):
        if assignment.held and assignment.opened_at:
            since = assignment.opened_at + length
            due = review_due_of(tx, assignment.reviewer, since)
            tx.feedback.save_assignment(assignment.model_copy(update={"opened_at": since, "due": due}), run.cohort_id)


def replan_windows(tx: Transaction, cohort: Cohort, now: datetime) -> None:
    """Each reviewer's own deadline, counted again by their days of now from when they were asked."""
    for assignment in tx.feedback.of_cohort(cohort.id):
        if assignment.held and assignment.opened_at and assignment.due:
            counted = review_due_of(tx, assignment.reviewer, assignment.opened_at)
            rhythm = rhythm_of(tx, tx.people.get_educator(assignment.reviewer))
            due = keep_promise(rhythm, assignment.due, counted, now)
            if due != assignment.due:
                tx.feedback.save_assignment(assignment.model_copy(update={"due": due}), cohort.id)


def rebalance(tx: Transaction, cohort: Cohort, now: datetime) -> tuple[Move, ...]:
    """What half a window of silence, a departure or a late author calls for; saved, and the facilitator asked."""
    moves = review_moves(_ledger(tx, cohort), now, _open_authors(tx, cohort), _reviewers(tx, cohort), seed=cohort.id)
    for move in moves:
        for assignment in move.changed:
            tx.feedback.save_assignment(assignment, cohort.id)
            if move.kind == "rescue":
                ask_for_review(tx, cohort, assignment, now)
    return moves


def is_review_coming(tx: Transaction, cohort: Cohort, run: Run, now: datetime) -> bool:
    """Somebody who was asked for a review of this run still has time for it."""
    if not run.role("presenter"):
        return False
    return still_coming(_ledger(tx, cohort), now, _author(tx, cohort, run), _reviewers(tx, cohort)) > 0


def reviewers_of(tx: Transaction, run: Run) -> tuple[str, ...]:
    """Who holds the role of reviewer now: everybody from whom a review came or may still come."""
    live = (assignment.reviewer for assignment in tx.feedback.of_run(run.id) if assignment.live)
    return tuple(sorted(set(live)))


def wants_reviews(protocol: Protocol, run: Run) -> bool:
    """From the moment reviewers are first asked until the reviews are closed."""
    step = reviewing_step(protocol)
    if step is None or run.status == "ended" or run.step(step.id).status in ("closed", "done"):
        return False
    return any(run.step(s.id).status != "waiting" for s in protocol.steps if s.actors == REVIEWER)


def finish_assignment(tx: Transaction, run: Run, reviewer: str, now: datetime) -> None:
    """A review came: mark it done and open what the reviewer had queued."""
    for assignment in tx.feedback.of_run(run.id):
        if assignment.reviewer == reviewer and assignment.status != "done":
            done = assignment.model_copy(update={"status": "done", "done_at": now})
            tx.feedback.save_assignment(done, run.cohort_id)
    cohort = tx.cohorts.get(run.cohort_id)
    mine = _reviewer(tx, cohort, tx.people.get_educator(reviewer))
    for opened in open_queued(_ledger(tx, cohort), mine, now):
        tx.feedback.save_assignment(opened, cohort.id)


def start_assignment(tx: Transaction, run: Run, reviewer: str) -> None:
    """The reviewer looked at the form: no soft swap takes it away now."""
    for assignment in tx.feedback.of_run(run.id):
        if assignment.reviewer == reviewer and assignment.status == "open":
            tx.feedback.save_assignment(assignment.model_copy(update={"status": "started"}), run.cohort_id)


def keep_reviews(tx: Transaction, run: Run, step: Step, now: datetime) -> None:
    """After the reveal a review is shared text: keep it beside its assignment, to be answered and rated."""
    withheld = withheld_from(tx, tx.cohorts.get(run.cohort_id))
    done = (a for a in tx.feedback.of_run(run.id) if a.status == "done")
    given = {a.reviewer: a for a in done if a.reviewer not in withheld}
    stage_of = {name: number for number, names in enumerate(stages_of(step)) for name in names}
    for answer, words in tx.runs.answers(run.id, step.id):
        if answer.member not in given:
            continue
        shown = {n: text.reveal(run, step.id, stage_of[n]).text for n, text in words.items() if n in stage_of}
        review = read_review(given[answer.member], shown, min(answer.at, now))
        tx.feedback.save_review(review, run.id)


def _open_authors(tx: Transaction, cohort: Cohort) -> list[Author]:
    """Everybody whose run wants reviews now."""
    return [
        _author(tx, cohort, run)
        for run in tx.runs.of_cohort(cohort.id)
        if run.role("presenter") and wants_reviews(protocol_of(run), run)
    ]


def _author(tx: Transaction, cohort: Cohort, run: Run) -> Author:
    person = tx.people.get_educator(run.role("presenter")[0])
    # Before the drafts can be reviewed nobody is late, so nothing is swapped.
    step = reviewing_step(protocol_of(run))
    paused = run.status == "paused" or step is None or run.step(step.id).status == "waiting"
    return Author(id=person.id, run_id=run.id, lea_id=person.lea_id, avoid=_avoided(tx, cohort, person), paused=paused)


def _reviewers(tx: Transaction, cohort: Cohort) -> list[Reviewer]:
    """The members who are here, and the facilitator, who stands by."""
    members = [_reviewer(tx, cohort, tx.people.get_educator(person)) for person in cohort.active_members]
    if not cohort.facilitator_id or cohort.facilitator_id in cohort.active_members:
        return members
    leader = _reviewer(tx, cohort, tx.people.get_educator(cohort.facilitator_id))
    return [*members, leader.model_copy(update={"stands_by": True})]


def _reviewer(tx: Transaction, cohort: Cohort, person: Educator) -> Reviewer:
    results = tx.evidence.results(person.id, cohort.microcredential_id)
    return Reviewer(
        id=person.id,
        lea_id=person.lea_id,
        rhythm=rhythm_of(tx, person),
        avoid=_avoided(tx, cohort, person),
        earned=_earned(results[-1] if results else None),
    )


def _earned(result: Result | None) -> bool:
    return result is not None and result.status == "earned"


def _avoided(tx: Transaction, cohort: Cohort, person: Educator) -> frozenset[str]:
    wishes = {email for interest in tx.interests.of(person.id) for email in interest.avoid}
    unwanted = wishes | set(person.evaluators)
    if not unwanted:
        return frozenset()
    others = (*(member.educator_id for member in cohort.members), *filter(None, (cohort.facilitator_id,)))
    return frozenset(other for other in others if tx.people.get_educator(other).email in unwanted)


def _ledger(tx: Transaction, cohort: Cohort) -> Ledger:
    return Ledger(assignments=tuple(tx.feedback.of_cohort(cohort.id)))


def review_due_of(tx: Transaction, reviewer: str, now: datetime) -> datetime:
    """The deadline of a review that this person is asked for now."""
    return review_due(rhythm_of(tx, tx.people.get_educator(reviewer)), now, Policy().school_days)


def may_review_for(tx: Transaction, cohort: Cohort, author: str, reviewer: str) -> bool:
    """Neither avoids the other, and neither evaluates the other."""
    one, other = tx.people.get_educator(author), tx.people.get_educator(reviewer)
    return reviewer not in _avoided(tx, cohort, one) and author not in _avoided(tx, cohort, other)
