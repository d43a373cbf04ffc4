"""Who waits for a cohort: each person once, and what of somebody's own keeps them from being formed."""

from collections.abc import Collection, Sequence

from cohorts.calendar.instants import knows_zone
from cohorts.forming.model import Hindrance
from cohorts.people.model import Educator, Interest
from cohorts.ports import Transaction

NOT_SEATED = ("waiting", "proposed", "paused")


def who_waits(tx: Transaction) -> Sequence[Interest]:
    """Everybody's waiting interest, in the order of their ids: of several of one person the one told last. One that is
    nobody's here is left out."""
    newest: dict[str, Interest] = {}
    for one in tx.interests.with_status("waiting"):
        known = newest.get(one.educator_id)
        if known is None or (known.since, known.id) < (one.since, one.id):
            newest[one.educator_id] = one
    here = {person.id for person in tx.people.warm(sorted(newest))}
    return sorted((one for one in newest.values() if one.educator_id in here), key=lambda one: one.id)


def withdraw_others(
    tx: Transaction, educator_id: str, keep: str, statuses: Collection[str] = NOT_SEATED
) -> Sequence[Interest]:
    """Whoever waits, waits for one microcredential: their other interests of these statuses end. Returns those."""
    others = [one for one in tx.interests.of(educator_id) if one.id != keep and one.status in statuses]
    for one in others:
        tx.interests.save(one.model_copy(update={"status": "withdrawn"}))
    return others


def hindrance_of(tx: Transaction, interest: Interest, person: Educator) -> Hindrance | None:
    """Of what they told themselves; whether another one has their address shows beside the others alone."""
    if tx.catalogue.find(interest.microcredential_id) is None:
        return "no_microcredential"
    told = interest.zone if interest.availability else ""
    return None if all(map(knows_zone, filter(None, (home_zone(tx, person), told)))) else "no_zone"


def home_zone(tx: Transaction, person: Educator) -> str:
    """By which their days and hours go, whether or not anybody knows it."""
    lea = tx.people.find_lea(person.lea_id)
    return person.zone or (lea.zone if lea else "UTC")
