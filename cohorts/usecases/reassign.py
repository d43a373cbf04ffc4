"""The facilitator gives a review to somebody else."""

from datetime import datetime

from cohorts.cards.basics import whisper
from cohorts.events import Recorded, Response
from cohorts.feedback.model import Assignment
from cohorts.ids import make_id
from cohorts.ports import Transaction

from .ask import Ask
from .carry_out import sync_reviewers
from .review import may_review_for, review_due_of
from .steer_run import leads


def reassign_review(tx: Transaction, ask: Ask) -> Response:
    """`<assignment>/<new reviewer>`: the old one is no longer asked, the new one is, with a window of their own."""
    assignment_id, _, person = ask.value.partition("/")
    old = tx.feedback.get_assignment(assignment_id)
    cohort = tx.cohorts.get(tx.runs.get(old.run_id).cohort_id)
    if not leads(cohort, ask):
        return whisper(ask.language, "leading.not.you")
    asked = {assignment.reviewer for assignment in tx.feedback.of_run(old.run_id) if assignment.live}
    if old.status == "done" or person in asked or person == old.author or person not in cohort.active_members:
        return whisper(ask.language, "leading.nothing")
    if not may_review_for(tx, cohort, old.author, person):
        return whisper(ask.language, "leading.refused.apart")
    tx.feedback.save_assignment(old.model_copy(update={"status": "withdrawn"}), cohort.id)
    tx.feedback.save_assignment(_ask(tx, old, person, ask.now), cohort.id)
    sync_reviewers(tx, old.run_id, ask.now)
    facts = {"assignment": old.id, "to": person}
    tx.history.append(Recorded(at=ask.now, kind="lead_reassign", subject=cohort.id, actor=ask.me, facts=facts))
    return whisper(ask.language, "leading.done.reassign", name=tx.people.get_educator(person).name)


def _ask(tx: Transaction, old: Assignment, person: str, now: datetime) -> Assignment:
    return Assignment(
        id=make_id("assignment", old.run_id, old.author, person, now.isoformat()),
        run_id=old.run_id,
        author=old.author,
        reviewer=person,
        assigned_at=now,
        opened_at=now,
        due=review_due_of(tx, person, now),
    )
