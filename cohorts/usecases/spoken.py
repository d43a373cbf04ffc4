"""The catalogue and cohorts' names in the language of whoever reads them."""

from cohorts.catalogue.model import Microcredential
from cohorts.catalogue.speak import in_language, name_of_cohort
from cohorts.people.model import Cohort
from cohorts.ports import Transaction
from cohorts.words import say


def read_microcredential(tx: Transaction, microcredential_id: str, language: str) -> Microcredential:
    """Raises MissingError."""
    return in_language(tx.catalogue.get(microcredential_id), language)


def name_microcredential(tx: Transaction, microcredential_id: str, language: str) -> str:
    """What it is called; in words of ours where it is not in the catalogue any more."""
    known = tx.catalogue.find(microcredential_id)
    return in_language(known, language).name if known else say(language, "forming.gone_microcredential")


def call_step(tx: Transaction, microcredential_id: str, rung: str, language: str) -> str:
    """Whom a step of the ladder reaches from this microcredential; its stack by its name, where it has one."""
    known = tx.catalogue.find(microcredential_id)
    stack = in_language(known, language).stack if known else ""
    return say(language, f"living.step_{rung}", stack=stack)


def call_cohort(tx: Transaction, cohort: Cohort, language: str) -> Cohort:
    """The cohort as a reader of this language calls it; to be shown, never saved."""
    microcredential = tx.catalogue.find(cohort.microcredential_id)
    if microcredential is None:
        return cohort
    return cohort.model_copy(update={"name": name_of_cohort(cohort.name, microcredential, language)})
