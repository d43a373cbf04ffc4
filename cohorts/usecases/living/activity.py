"""Who of a cohort has done a step of late."""

from collections.abc import Iterator
from datetime import date, datetime

from cohorts.calendar.days import add_school_days
from cohorts.calendar.instants import local
from cohorts.people.model import Cohort
from cohorts.ports import Answer, Transaction
from cohorts.usecases.tell import rhythm_of

LATELY = 10
"""School days within which whoever did a step is active. domain.md 6."""


def active_people(tx: Transaction, cohort: Cohort, now: datetime) -> tuple[str, ...]:
    """Members who are not away and did any step within ten of their own school days, or came within them."""
    quiet = {person for person in cohort.active_members if not is_lately(tx, person, _came(tx, cohort, person), now)}
    answers = _newest_first(tx, cohort)
    while quiet and (answer := next(answers, None)):
        if answer.member in quiet and is_lately(tx, answer.member, answer.at, now):
            quiet.remove(answer.member)
    return tuple(person for person in cohort.active_members if person not in quiet)


def _came(tx: Transaction, cohort: Cohort, person: str) -> datetime:
    """When this person came into the cohort, if they were not there from the first."""
    came = [line.at for line in tx.history.about(person, "seated") if line.facts["cohort"] == cohort.id]
    return max(came, default=cohort.formed_at)


def is_lately(tx: Transaction, person: str, at: datetime, now: datetime) -> bool:
    """Their last ten school days began before that instant."""
    rhythm = rhythm_of(tx, tx.people.get_educator(person))
    today: date = local(now, rhythm.zone).date()
    return add_school_days(rhythm, local(at, rhythm.zone).date(), LATELY) >= today


def _newest_first(tx: Transaction, cohort: Cohort) -> Iterator[Answer]:
    """Their answers to steps, those to the steps that opened last before the others: whoever is active is mostly found
    there, and the rest need not be read."""
    steps = [(state, run) for run in tx.runs.of_cohort(cohort.id) for state in run.steps if state.answered]
    for state, run in sorted(steps, key=lambda step: step[0].opened_at or step[1].started_at, reverse=True):
        for answer, _ in tx.runs.answers(run.id, state.id):
            yield answer
