"""What will be asked of many, read in a few questions before the first of them is looked at."""

from collections.abc import Collection, Sequence
from datetime import datetime

from cohorts.nudging.model import MEMORY
from cohorts.people.model import Cohort, Educator
from cohorts.ports import Transaction

OF_COHORTS = frozenset({"cohort", "reviews", "replan"})
OF_PEOPLE = frozenset({"digest", "return"})


PAUSES = ("paused", "resumed")
"""What the history says of somebody's pauses."""


def read_candidates(tx: Transaction, educator_ids: Collection[str]) -> Sequence[Educator]:
    """What forming asks of each of these people to look at them and move them."""
    tx.evidence.warm(educator_ids)
    return tx.people.warm(educator_ids)


def read_waiting(tx: Transaction, educator_ids: Collection[str]) -> None:
    """And what it asks to seat them: with whom they were of late, and how long they have waited."""
    educators = read_candidates(tx, educator_ids)
    tx.calendars.warm({educator.lea_id for educator in educators})
    tx.cohorts.warm_of(educator_ids)
    tx.history.warm(educator_ids, *PAUSES)


def read_ahead(tx: Transaction, work: Collection[tuple[str, str]], now: datetime) -> None:
    """`work` is kind and reference of each. What is not there is left for whoever asks for it."""
    runs = tx.runs.warm([ref for kind, ref in work if kind == "run"])
    named = (*(ref for kind, ref in work if kind in OF_COHORTS), *(run.cohort_id for run in runs))
    cohorts = tx.cohorts.warm(list(dict.fromkeys(named)))
    waiting = (ref for kind, ref in work if kind in OF_PEOPLE)
    people = (*waiting, *(person for cohort in cohorts for person in _people(cohort)))
    educators = tx.people.warm(list(dict.fromkeys(people)))
    tx.calendars.warm({educator.lea_id for educator in educators})
    _read_unfinished(tx, [ref for kind, ref in work if kind == "digest"], now)


def _read_unfinished(tx: Transaction, educator_ids: Collection[str], now: datetime) -> None:
    """What a digest asks of each of these people: what is open for them, and what they heard of late."""
    tx.interests.warm(educator_ids)
    tx.evidence.warm(educator_ids)
    tx.living.warm(educator_ids)
    tx.cohorts.warm_of(educator_ids)
    tx.nudges.warm(educator_ids, now - MEMORY, now)


def _people(cohort: Cohort) -> Collection[str]:
    members = (member.educator_id for member in cohort.members)
    return (*members, *filter(None, (cohort.facilitator_id,)))
