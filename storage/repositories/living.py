"""Offers, cohorts with a free seat, and LEAs whose people keep to themselves."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, select

from cohorts.living_ports import MOST_COHORTS
from cohorts.people.offers import Offer
from storage.living_tables import ClosedLeaRow, FreeSeatRow, OfferRow
from storage.rows import add_once, dump, find_row, find_rows, load, save_row
from storage.tables import table_of

SEAT, CLOSED = table_of(FreeSeatRow), table_of(ClosedLeaRow)


class Living:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._closed: frozenset[str] | None = None

    def save_offer(self, offer: Offer) -> None:
        columns = {"about": offer.about, "educator_id": offer.educator_id, "body": dump(offer)}
        save_row(self._connection, OfferRow, {"id": offer.id}, **columns)

    def find_offer(self, offer_id: str) -> Offer | None:
        row = find_row(self._connection, OfferRow, id=offer_id)
        return row and load(Offer, row.body)

    def offers_to(self, educator_id: str) -> Sequence[Offer]:
        return self._offers(educator_id=educator_id)

    def offers_about(self, about: str) -> Sequence[Offer]:
        return self._offers(about=about)

    def free_seats(self, cohort_id: str, microcredential_id: str, language: str) -> None:
        columns = {"microcredential_id": microcredential_id, "language": language}
        save_row(self._connection, FreeSeatRow, {"cohort_id": cohort_id}, **columns)

    def close_seats(self, cohort_id: str) -> None:
        self._connection.execute(delete(SEAT).where(SEAT.c.cohort_id == cohort_id))

    def with_seats(self, microcredential_ids: Collection[str], language: str) -> Sequence[str]:
        here = SEAT.c.microcredential_id.in_(sorted(microcredential_ids)) & (SEAT.c.language == language)
        query = select(SEAT.c.cohort_id).where(here).order_by(SEAT.c.cohort_id).limit(MOST_COHORTS)
        return [str(row.cohort_id) for row in self._connection.execute(query)]

    def close_lea(self, lea_id: str, at: datetime) -> bool:
        self._closed = None
        return add_once(self._connection, ClosedLeaRow, lea_id=lea_id, at=at)

    def open_lea(self, lea_id: str) -> bool:
        self._closed = None
        return self._connection.execute(delete(CLOSED).where(CLOSED.c.lea_id == lea_id)).rowcount > 0

    def closed_leas(self) -> frozenset[str]:
        """Read once in a transaction."""
        if self._closed is None:
            self._closed = frozenset(str(row.lea_id) for row in self._connection.execute(select(CLOSED.c.lea_id)))
        return self._closed

    def _offers(self, **key: str) -> Sequence[Offer]:
        found = (load(Offer, row.body) for row in find_rows(self._connection, OfferRow, **key))
        return sorted(found, key=lambda offer: (offer.made_at, offer.id))
