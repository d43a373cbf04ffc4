"""What comes next, of due work and of deliveries."""

from datetime import datetime

from sqlalchemy import Connection

from storage.transaction import SqlTransaction

from . import due, outbox, workspaces


def end_leases(tx: SqlTransaction, look_up_at: datetime) -> None:
    """For whoever works alone and begins again: nobody has to wait for the leases of the one that stopped.

    What was being sent is looked up at `look_up_at`: not before the platform shows what it has accepted.
    """
    due.end_leases(tx.connection)
    workspaces.end_leases(tx.connection)
    outbox.end_leases(tx.connection, look_up_at)


def next_due(connection: Connection, owner: str = "") -> datetime | None:
    """The instant of the next due work or waiting delivery, as this worker sees it."""
    found = (due.next_at(connection), outbox.next_at(connection, owner))
    return min((at for at in found if at is not None), default=None)


def next_item(connection: Connection, owner: str = "") -> tuple[datetime, str] | None:
    """The next due work or waiting delivery: when, and its kind ("delivery" for the latter)."""
    at = next_due(connection, owner)
    return None if at is None else (at, due.kind_at(connection, at) or "delivery")
