"""Offers, cohorts with a free seat, and LEAs whose people keep to themselves."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import Connection, bindparam, delete, select

from cohorts.living_ports import MOST_COHORTS
from cohorts.people.offers import Offer
from storage.living_tables import ClosedLeaRow, FreeSeatRow, OfferRow
from storage.prepared import Prepared, Row
from storage.rows import add_once, among, dump, find_in, find_row, find_rows, listed, load, save_row
from storage.tables import table_of

SEAT, CLOSED = table_of(FreeSeatRow), table_of(ClosedLeaRow)


@cache
def _with_seats(dialect: str) -> Prepared:
    here = among(dialect, SEAT.c.microcredential_id) & (SEAT.c.language == bindparam("language"))
    return Prepared(select(SEAT.c.cohort_id).where(here).order_by(SEAT.c.cohort_id).limit(MOST_COHORTS))


class Living:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._closed: frozenset[str] | None = None
        self._to: dict[str, Sequence[Offer]] = {}
        """The offers to those whom somebody announced."""

    def save_offer(self, offer: Offer) -> None:
        self._to.pop(offer.educator_id, None)
        columns = {"about": offer.about, "educator_id": offer.educator_id, "body": dump(offer)}
        save_row(self._connection, OfferRow, {"id": offer.id}, **columns)

    def find_offer(self, offer_id: str) -> Offer | None:
        row = find_row(self._connection, OfferRow, id=offer_id)
        return row and load(Offer, row.body)

    def warm(self, educator_ids: Collection[str]) -> None:
        """Read them now, in one statement."""
        by_person: dict[str, list[Row]] = {person: [] for person in educator_ids}
        for row in find_in(self._connection, OfferRow, "educator_id", by_person):
            by_person[row.educator_id].append(row)
        self._to |= {person: _to_offers(rows) for person, rows in by_person.items()}

    def offers_to(self, educator_id: str) -> Sequence[Offer]:
        known = self._to.get(educator_id)
        return _to_offers(find_rows(self._connection, OfferRow, educator_id=educator_id)) if known is None else known

    def offers_about(self, about: str) -> Sequence[Offer]:
        return _to_offers(find_rows(self._connection, OfferRow, about=about))

    def free_seats(self, cohort_id: str, microcredential_id: str, language: str) -> None:
        columns = {"microcredential_id": microcredential_id, "language": language}
        save_row(self._connection, FreeSeatRow, {"cohort_id": cohort_id}, **columns)

    def close_seats(self, cohort_id: str) -> None:
        self._connection.execute(delete(SEAT).where(SEAT.c.cohort_id == cohort_id))

    def with_seats(self, microcredential_ids: Collection[str], language: str) -> Sequence[str]:
        dialect = self._connection.dialect.name
        given = {"values": listed(dialect, microcredential_ids), "language": language}
        return [str(row.cohort_id) for row in _with_seats(dialect).all(self._connection, given)]

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


def _to_offers(rows: Sequence[Row]) -> Sequence[Offer]:
    return sorted((load(Offer, row.body) for row in rows), key=lambda offer: (offer.made_at, offer.id))
