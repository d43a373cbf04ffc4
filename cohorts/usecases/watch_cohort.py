"""Once a day: has somebody in this cohort gone silent? Once a week: how many of it are active?"""

from datetime import datetime, timedelta

from cohorts.nudging.silence import silence
from cohorts.ports import Transaction

from .ask_facilitator import tell_of_silence
from .living.health import look_weekly
from .tell import rhythm_of

LOOK_AGAIN = timedelta(days=1)


def watch_due_cohort(tx: Transaction, cohort_id: str, now: datetime) -> None:
    """So many school days without a sign as is set → one card for the facilitator, once for each silence."""
    cohort = tx.cohorts.get(cohort_id)
    if cohort.status != "active":
        tx.due.clear("cohort", cohort_id)
        return
    tx.due.set("cohort", cohort_id, now + LOOK_AGAIN)
    look_weekly(tx, cohort, now)
    for person in cohort.active_members if cohort.facilitator_id else ():
        seen = max(tx.people.last_seen(person) or cohort.formed_at, cohort.formed_at)
        carded = [record.at for record in tx.history.about(person, "silence_card")]
        rhythm = rhythm_of(tx, tx.people.get_educator(person))
        if silence(seen, now, rhythm, max(carded, default=None), tx.nudging):
            tell_of_silence(tx, cohort, person, seen, now)
