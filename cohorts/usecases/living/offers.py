"""What is held for somebody until they have answered: asked at their own slot, answered by one tap, lapsed in time."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime, timedelta
from math import ceil

from cohorts.calendar.hours import deadline
from cohorts.cards.basics import whisper
from cohorts.cards.living import seat_gone_card
from cohorts.events import Response
from cohorts.ids import make_id
from cohorts.messages import moment
from cohorts.nudging.model import Choice, Thing
from cohorts.people.model import Educator
from cohorts.people.offers import Offer, OfferKind, OfferStatus
from cohorts.ports import MissingError, Transaction
from cohorts.usecases.ask import Ask, remember
from cohorts.usecases.digest_slot import plan_digest_slot
from cohorts.usecases.spoken import call_cohort, call_step, read_microcredential
from cohorts.usecases.tell import Note, rhythm_of, tell

HELD_FOR = 3
"""School days in which somebody answers; after them an offer lapses. [D]"""
SEATS: tuple[OfferKind, ...] = ("seat", "merge", "follow")
EVERY: tuple[OfferKind, ...] = (*SEATS, "season")
HOUR = timedelta(hours=1)

Settle = Callable[[Transaction, str, datetime], None]
"""What follows when an offer about this was answered or has lapsed."""


def make_offers(
    tx: Transaction,
    kind: OfferKind,
    about: str,
    now: datetime,
    facts: Mapping[str, Mapping[str, str]],
    *,
    school_days: int = HELD_FOR,
) -> None:
    """Asks each of those of whom there are facts. All have until the latest of their own deadlines."""
    rhythms = [rhythm_of(tx, tx.people.get_educator(person)) for person in facts]
    until = max(deadline(rhythm, now, school_days) for rhythm in rhythms)
    for person in facts:
        told = {"made_at": now, "until": until, "facts": facts[person]}
        offer_id = make_id("offer", kind, about, person, now.isoformat())
        tx.living.save_offer(Offer(id=offer_id, kind=kind, about=about, educator_id=person, **told))
        plan_digest_slot(tx, tx.people.get_educator(person), now)
    tx.due.set("offer", f"{kind}:{about}", until)


def open_offers(tx: Transaction, educator_id: str) -> list[Offer]:
    return [offer for offer in tx.living.offers_to(educator_id) if offer.status == "open"]


def offer_things(tx: Transaction, educator: Educator) -> Iterator[Thing]:
    """What waits for this person's word, asked at once and once more on the last day."""
    for offer in open_offers(tx, educator.id):
        yield Thing(
            kind="offer",
            educator_id=educator.id,
            ref=f"offer/{offer.id}",
            title=f"living.offer_{offer.kind}",
            params={**_said(tx, offer, educator.language), "until": moment(offer.until, "day_time")},
            minutes=1,
            due=offer.until,
            reminders=(ceil((offer.until - offer.made_at) / HOUR), 24),
            label=f"living.button.yes_{offer.kind}",
            action="offer.yes",
            value=offer.id,
            choices=(*_more(offer), Choice(label=f"living.button.no_{offer.kind}", action="offer.no", value=offer.id)),
            mechanism="support",
            priority=0,
        )


def _more(offer: Offer) -> tuple[Choice, ...]:
    """A season has a third answer."""
    new = Choice(label="living.button.new_season", action="season.new", value=offer.id)
    return (new,) if offer.kind == "season" else ()


def _said(tx: Transaction, offer: Offer, language: str) -> dict[str, str]:
    """Facts of an offer in the words of its reader."""
    said = dict(offer.facts)
    if step := said.get("step"):
        interest = tx.interests.find(said["interest"])
        said["step"] = call_step(tx, interest.microcredential_id if interest else said["topic"], step, language)
    for name in {"cohort", "other"} & said.keys():
        said[name] = call_cohort(tx, tx.cohorts.get(said[name]), language).name
    if topic := said.get("topic"):
        said["topic"] = read_microcredential(tx, topic, language).name
    return said


def accept_offer(tx: Transaction, ask: Ask) -> Response:
    return _answer(tx, ask, "yes")


def refuse_offer(tx: Transaction, ask: Ask) -> Response:
    return _answer(tx, ask, "no")


def _answer(tx: Transaction, ask: Ask, said: OfferStatus) -> Response:
    offer = tx.living.find_offer(ask.value)
    if offer is None or offer.educator_id != ask.me:
        raise MissingError(f"No offer {ask.value} to this person.")
    if offer.status != "open":
        return whisper(ask.language, "living.offer_over")
    tx.living.save_offer(offer.model_copy(update={"status": said}))
    remember(tx, ask, "offer_answered", offer=offer.id, said=said)
    tx.due.set("offer", f"{offer.kind}:{offer.about}", ask.now)
    return whisper(ask.language, f"living.offer_{offer.kind}_{said}")


def lapse(tx: Transaction, about: str, now: datetime, *, everything: bool = False) -> None:
    """Whatever was not answered in time counts as no; `everything`: also what still could be."""
    for offer in tx.living.offers_about(about):
        if offer.status == "open" and (everything or offer.until <= now):
            tx.living.save_offer(offer.model_copy(update={"status": "lapsed"}))


def wait_for_rest(tx: Transaction, kind: OfferKind, about: str) -> bool:
    """Whether somebody still may answer; the bell then comes back when their time is over."""
    still = [offer.until for offer in tx.living.offers_about(about) if offer.status == "open"]
    if still:
        tx.due.set("offer", f"{kind}:{about}", max(still))
    return bool(still)


def settle_one(tx: Transaction, offer: Offer) -> bool:
    """What follows from this answer is done now; False when it was done before."""
    if "settled" in offer.facts:
        return False
    tx.living.save_offer(offer.model_copy(update={"facts": {**offer.facts, "settled": "yes"}}))
    return True


def tell_gone(tx: Transaction, offer: Offer, now: datetime) -> None:
    """They said yes, and there is no seat for them any more."""
    message = seat_gone_card(tx.people.get_educator(offer.educator_id).language)
    tell(tx, offer.educator_id, Note(key=f"{offer.id}:gone", message=message), now, "facilitator")


def drop_offers(tx: Transaction, educator_id: str, now: datetime, *, kinds: Collection[OfferKind] = SEATS) -> None:
    """Somebody leaves, goes away or may not be with others any more: what was held for them is answered no."""
    for offer in (one for one in open_offers(tx, educator_id) if one.kind in kinds):
        tx.living.save_offer(offer.model_copy(update={"status": "no"}))
        tx.due.set("offer", f"{offer.kind}:{offer.about}", now)


def went_to(tx: Transaction, about: str, *statuses: OfferStatus) -> list[Offer]:
    return [offer for offer in tx.living.offers_about(about) if offer.status in statuses]
