"""The bell rang for the reviews of a cohort."""

from datetime import datetime

from cohorts.ports import Transaction
from cohorts.protocols.load import protocol_of

from .carry_out import sync_reviewers
from .review import LOOK_AGAIN, rebalance, wants_reviews


def watch_due_reviews(tx: Transaction, cohort_id: str, now: datetime) -> None:
    """Swaps, replaces and asks for help where an author of this cohort would be left without reviews."""
    runs = tx.runs.of_cohort(cohort_id)
    if not any(wants_reviews(protocol_of(run), run) for run in runs):
        tx.due.clear("reviews", cohort_id)
        return
    moves = rebalance(tx, tx.cohorts.get(cohort_id), now)
    tx.due.set("reviews", cohort_id, now + LOOK_AGAIN)
    for touched in dict.fromkeys(move.run_id for move in moves if move.changed):
        sync_reviewers(tx, touched, now)
