"""What is needed from the world for what happens over time: a place to keep it, and what the operator has set."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from cohorts.forming.settings import FormingSettings
from cohorts.people.offers import Offer

MOST_COHORTS = 64
"""So many are compared for one newcomer: more would not be looked at while they wait."""


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


class Changing(Protocol):
    """The part of an open transaction that all of this is in: see `cohorts.ports`."""

    @property
    def forming(self) -> FormingSettings: ...
    @property
    def living(self) -> Living: ...
