"""What is held for somebody until they have answered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

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
