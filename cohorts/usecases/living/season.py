"""A cycle has ended: whoever wants to goes on in another one, with the same people or with new ones."""

from datetime import datetime
from typing import Literal

from cohorts.calendar.instants import local
from cohorts.cards.basics import whisper
from cohorts.events import Recorded, Response
from cohorts.people.model import Cohort
from cohorts.ports import MissingError, Transaction
from cohorts.usecases.ask import Ask, remember
from cohorts.usecases.candidates import seat_interest
from cohorts.usecases.tell import rhythm_of

from .again import Again, keep_again
from .offers import make_offers, wait_for_rest, went_to

ASKED_FOR = 10
"""School days in which somebody says whether they go on. [D]"""


def end_season(tx: Transaction, cohort: Cohort, now: datetime) -> None:
    """Everybody who has a seat at the end is asked whether they go on; nobody waits for a cohort unasked."""
    tx.history.append(Recorded(at=now, kind="cohort_ended", subject=cohort.id, actor="timekeeper"))
    tx.living.close_seats(cohort.id)
    facts = {}
    for person in (member.educator_id for member in cohort.members if member.status != "left"):
        interest = seat_interest(tx, cohort, person)
        if interest and interest.status == "placed":
            tx.interests.save(interest.model_copy(update={"status": "finished"}))
            facts[person] = {"cohort": cohort.id, "interest": interest.id}
    if facts:
        make_offers(tx, "season", cohort.id, now, facts, school_days=ASKED_FOR)


def go_on_with_new_people(tx: Transaction, ask: Ask) -> Response:
    """The third answer to "another season?"."""
    offer = tx.living.find_offer(ask.value)
    if offer is None or offer.educator_id != ask.me or offer.kind != "season":
        raise MissingError(f"No offer {ask.value} to this person.")
    if offer.status != "open":
        return whisper(ask.language, "living.offer_over")
    facts = {**offer.facts, "people": "new"}
    tx.living.save_offer(offer.model_copy(update={"status": "yes", "facts": facts}))
    remember(tx, ask, "offer_answered", offer=offer.id, said="new")
    tx.due.set("offer", f"season:{offer.about}", ask.now)
    return whisper(ask.language, "living.offer_season_new")


def settle_season(tx: Transaction, cohort_id: str, now: datetime) -> None:
    """Who said yes is on the list again, from today on and in the next round."""
    for offer in went_to(tx, cohort_id, "yes"):
        interest = tx.interests.find(offer.facts["interest"])
        if interest is None or interest.status != "finished":
            continue
        person = tx.people.get_educator(interest.educator_id)
        today = local(now, rhythm_of(tx, person).zone).date()
        waiting = interest.model_copy(update={"status": "waiting", "since": now, "start_from": today})
        tx.interests.save(waiting)
        people: Literal["same", "new"] = "new" if offer.facts.get("people") == "new" else "same"
        keep_again(tx, waiting, Again(cohort=cohort_id, people=people))
        tx.due.set("wait", waiting.id, now)
    wait_for_rest(tx, "season", cohort_id)
