"""Who of a cohort has done a step of late."""

from collections.abc import Iterator
from datetime import date, datetime

from cohorts.calendar.days import add_school_days
from cohorts.calendar.instants import local
from cohorts.people.model import Cohort
from cohorts.ports import Transaction
from cohorts.usecases.tell import rhythm_of

LATELY = 10
"""School days within which whoever did a step is active. domain.md 6."""


def active_people(tx: Transaction, cohort: Cohort, now: datetime) -> tuple[str, ...]:
    """Members who are not away and did any step within ten of their own school days, or came within them."""
    did = dict(_last_steps(tx, cohort))
    return tuple(
        person
        for person in cohort.active_members
        if is_lately(tx, person, max(did.get(person, cohort.formed_at), _came(tx, cohort, person)), now)
    )


def _came(tx: Transaction, cohort: Cohort, person: str) -> datetime:
    """When this person came into the cohort, if they were not there from the first."""
    came = [line.at for line in tx.history.about(person, "seated") if line.facts["cohort"] == cohort.id]
    return max(came, default=cohort.formed_at)


def is_lately(tx: Transaction, person: str, at: datetime, now: datetime) -> bool:
    """Their last ten school days began before that instant."""
    rhythm = rhythm_of(tx, tx.people.get_educator(person))
    today: date = local(now, rhythm.zone).date()
    return add_school_days(rhythm, local(at, rhythm.zone).date(), LATELY) >= today


def _last_steps(tx: Transaction, cohort: Cohort) -> Iterator[tuple[str, datetime]]:
    """Member → the last time they answered a step, oldest first, so that the newest counts."""
    answers = [
        (answer.at, answer.member)
        for run in tx.runs.of_cohort(cohort.id)
        for state in run.steps
        if state.answered
        for answer, _ in tx.runs.answers(run.id, state.id)
    ]
    for at, member in sorted(answers):
        yield member, at
