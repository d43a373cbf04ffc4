"""What somebody wrote under a consent that has ended and that had not opened yet: it stays closed to the cohort."""

from datetime import datetime

from cohorts.events import Recorded
from cohorts.people.model import Cohort
from cohorts.ports import Transaction

WITHHELD = "consent_ended"


def withhold(tx: Transaction, cohort: Cohort, educator_id: str, now: datetime) -> None:
    facts = {"member": educator_id}
    tx.history.append(Recorded(at=now, kind=WITHHELD, subject=cohort.id, actor="timekeeper", facts=facts))


def withheld_from(tx: Transaction, cohort: Cohort) -> frozenset[str]:
    """Members whose closed answers do not open any more; who came back is no longer among them."""
    ended = {line.facts["member"] for line in tx.history.about(cohort.id, WITHHELD)}
    return frozenset(ended - set(cohort.active_members)) if ended else frozenset()
