"""Once a week: how many of a cohort have done a step of late, and what is done where they have become few."""

from datetime import datetime, timedelta

from cohorts.events import Recorded
from cohorts.forming.merging import is_too_few
from cohorts.people.model import Cohort
from cohorts.ports import Transaction
from cohorts.usecases.ask_facilitator import tell_of_health

from .activity import active_people, is_lately
from .found import cycle_id
from .merge import look_for_merge

WEEKLY = timedelta(days=7)
ENOUGH = 0.6
"""The share of active people below which the facilitator gets a card."""


def look_weekly(tx: Transaction, cohort: Cohort, now: datetime) -> None:
    """Begins when everybody has had ten school days to do a step in."""
    looks = tx.history.about(cohort.id, "health")
    if looks and now - looks[-1].at < WEEKLY:
        return
    begun = next((run.started_at for run in tx.runs.of_cohort(cohort.id) if run.id == cycle_id(cohort)), None)
    if begun is None:
        return
    here = cohort.active_members
    if any(is_lately(tx, person, begun, now) for person in here):
        return
    active = active_people(tx, cohort, now)
    facts = {"active": str(len(active)), "all": str(len(here))}
    tx.history.append(Recorded(at=now, kind="health", subject=cohort.id, actor="timekeeper", facts=facts))
    if is_too_few(len(active), tx.forming.policy):
        look_for_merge(tx, cohort, active, now)
    elif len(active) < ENOUGH * len(here):
        tell_of_health(tx, cohort, len(active), len(here), now)
