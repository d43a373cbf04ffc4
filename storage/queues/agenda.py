"""What comes next, of due work and of deliveries."""

from datetime import datetime

from sqlalchemy import Connection

from . import due, outbox


def next_due(connection: Connection, owner: str = "") -> datetime | None:
    """The instant of the next due work or waiting delivery, as this worker sees it."""
    found = (due.next_at(connection), outbox.next_at(connection, owner))
    return min((at for at in found if at is not None), default=None)


def next_item(connection: Connection, owner: str = "") -> tuple[datetime, str] | None:
    """The next due work or waiting delivery: when, and its kind ("delivery" for the latter)."""
    at = next_due(connection, owner)
    return None if at is None else (at, due.kind_at(connection, at) or "delivery")
