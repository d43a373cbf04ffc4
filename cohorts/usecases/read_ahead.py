"""What many pieces of due work will ask for, read in a few questions before the first of them is done."""

from collections.abc import Collection

from cohorts.people.model import Cohort
from cohorts.ports import Transaction

OF_COHORTS = frozenset({"cohort", "reviews", "replan"})
OF_PEOPLE = frozenset({"digest", "return"})


def read_ahead(tx: Transaction, work: Collection[tuple[str, str]]) -> None:
    """`work` is kind and reference of each. What is not there is left for whoever asks for it."""
    runs = tx.runs.warm([ref for kind, ref in work if kind == "run"])
    named = (*(ref for kind, ref in work if kind in OF_COHORTS), *(run.cohort_id for run in runs))
    cohorts = tx.cohorts.warm(list(dict.fromkeys(named)))
    waiting = (ref for kind, ref in work if kind in OF_PEOPLE)
    people = (*waiting, *(person for cohort in cohorts for person in _people(cohort)))
    educators = tx.people.warm(list(dict.fromkeys(people)))
    tx.calendars.warm({educator.lea_id for educator in educators})


def _people(cohort: Cohort) -> Collection[str]:
    members = (member.educator_id for member in cohort.members)
    return (*members, *filter(None, (cohort.facilitator_id,)))
