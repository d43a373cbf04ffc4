"""What is held for somebody until they have answered, and the repository that keeps it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol

from cohorts.values import Frozen

OfferKind = Literal["seat", "merge", "follow", "season"]
OfferStatus = Literal["open", "yes", "no", "lapsed"]


class Offer(Frozen):
    """Something one person is asked. Whatever is open at `until` lapses, which counts as no.

    `about` is what everybody who is asked the same has in common. seat: a cohort, or `<proposal>/<group>` that is held
    until enough have said yes; merge: `<cohort>/<cohort it would join>`, and follow the same for who was silent
    then; season: the cohort that has ended.
    `facts` hold ids and names of our own, never words of people.
    """

    id: str
    kind: OfferKind
    about: str
    educator_id: str
    status: OfferStatus = "open"
    made_at: datetime
    until: datetime
    facts: Mapping[str, str] = {}


class Living(Protocol):
    """What changes while people wait and cohorts live: offers, cohorts with a free seat, LEAs on their own."""

    def save_offer(self, offer: Offer) -> None: ...
    def find_offer(self, offer_id: str) -> Offer | None: ...
    def offers_to(self, educator_id: str) -> Sequence[Offer]: ...
    def offers_about(self, about: str) -> Sequence[Offer]: ...
    def free_seats(self, cohort_id: str, microcredential_id: str, language: str) -> None:
        """Whoever joins may be seated in this cohort."""
        ...

    def close_seats(self, cohort_id: str) -> None: ...
    def with_seats(self, microcredential_ids: Collection[str], language: str) -> Sequence[str]:
        """Cohorts with a free seat on any of these, at most MOST_COHORTS of them."""
        ...

    def close_lea(self, lea_id: str, at: datetime) -> bool:
        """Its people keep to their own LEA from now on; False when they did already."""
        ...

    def open_lea(self, lea_id: str) -> bool: ...
    def closed_leas(self) -> frozenset[str]: ...


MOST_COHORTS = 64
"""So many are compared for one newcomer: more would not be looked at while they wait."""
