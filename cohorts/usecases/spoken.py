"""The catalogue and cohorts' names in the language of whoever reads them."""

from cohorts.catalogue.model import Microcredential
from cohorts.catalogue.speak import in_language, name_of_cohort
from cohorts.people.model import Cohort
from cohorts.ports import Transaction
from cohorts.words import say


def read_microcredential(tx: Transaction, microcredential_id: str, language: str) -> Microcredential:
    """Raises MissingError."""
    return in_language(tx.catalogue.get(microcredential_id), language)


def call_step(tx: Transaction, microcredential_id: str, rung: str, language: str) -> str:
    """Whom a step of the ladder reaches from this microcredential; its stack by its name, where it has one."""
    stack = read_microcredential(tx, microcredential_id, language).stack
    return say(language, f"living.step_{rung}", stack=stack)


def call_cohort(tx: Transaction, cohort: Cohort, language: str) -> Cohort:
    """The cohort as a reader of this language calls it; to be shown, never saved."""
    microcredential = tx.catalogue.find(cohort.microcredential_id)
    if microcredential is None:
        return cohort
    return cohort.model_copy(update={"name": name_of_cohort(cohort.name, microcredential, language)})
