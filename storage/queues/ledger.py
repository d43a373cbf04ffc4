"""The outbox read as a ledger: everything that ever was to go out and how it ended, for those who check the sums."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, select

from cohorts.ports import Delivery
from cohorts.values import Frozen
from storage.tables import OutboxRow, table_of

OUTBOX = table_of(OutboxRow)


class LedgerLine(Frozen):
    """`not_before` of the delivery is what was meant when it was written down; retries do not move it."""

    delivery: Delivery
    state: str
    created_at: datetime
    attempts: int


def ledger(connection: Connection) -> Iterator[LedgerLine]:
    """In the order in which it was written down."""
    columns = (OUTBOX.c.state, OUTBOX.c.created_at, OUTBOX.c.attempts, OUTBOX.c.body)
    for row in connection.execute(select(*columns).order_by(OUTBOX.c.id)):
        delivery = Delivery.model_validate_json(row.body)
        yield LedgerLine(delivery=delivery, state=row.state, created_at=row.created_at, attempts=row.attempts)
