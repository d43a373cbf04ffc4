"""The outbox read as a ledger: everything that ever was to go out and how it ended, for those who check the sums."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from pydantic_core import from_json
from sqlalchemy import Connection, select

from cohorts.messages import Message
from cohorts.ports import Delivery, Purpose, Verb
from storage.tables import OutboxRow, table_of

OUTBOX = table_of(OutboxRow)


class LedgerLine(NamedTuple):
    """A delivery without its words, which `said_in` reads by `number`; `about` is the delivery that it changes.

    `not_before` is what was meant when it was written down; retries do not move it.
    """

    number: int
    key: str
    verb: Verb
    purpose: Purpose
    about: str
    workspace: str
    conversation: str
    state: str
    not_before: datetime
    created_at: datetime
    attempts: int


def ledger(connection: Connection) -> Iterator[LedgerLine]:
    """In the order in which it was written down."""
    c = OUTBOX.c
    columns = (c.id, c.key, c.verb, c.purpose, c.workspace, c.conversation, c.state, c.created_at, c.attempts, c.body)
    for row in connection.execute(select(*columns).order_by(c.id)):
        meant = from_json(row.body)
        yield LedgerLine(
            number=row.id,
            key=row.key,
            verb=row.verb,
            purpose=row.purpose,
            about=meant.get("about", ""),
            workspace=row.workspace,
            conversation=row.conversation,
            state=row.state,
            not_before=datetime.fromisoformat(meant["not_before"]),
            created_at=row.created_at,
            attempts=row.attempts,
        )


def said_in(connection: Connection, number: int) -> Message | None:
    """What the delivery with this number says; None where it says nothing."""
    body = connection.execute(select(OUTBOX.c.body).where(OUTBOX.c.id == number)).scalar_one()
    return Delivery.model_validate_json(body).message
