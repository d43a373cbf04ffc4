"""Queues with one of everything that can be wrong with them."""

from datetime import datetime, timedelta

from cohorts.messages import Message
from cohorts.ports import Delivery
from storage.queues import due, outbox, workspaces
from storage.transaction import SqlTransaction

SECRET_WORDS = "Saffron kettle: what only its reader sees."
HOUR = timedelta(hours=1)


def sicken(tx: SqlTransaction, now: datetime) -> None:
    """Dead, held for every reason, waiting and due; a workspace that refuses us."""
    connection = tx.connection
    _enqueue(tx, "dead-letter", now)
    outbox.bury(connection, _claim(tx, "dead-letter", now), "test", "ChannelGoneError", now)
    _enqueue(tx, "failed-letter", now)
    outbox.retry(connection, _claim(tx, "failed-letter", now), "test", "NotSentError", now + HOUR)
    _enqueue(tx, "going-letter", now)
    _claim(tx, "going-letter", now)
    _enqueue(tx, "ann:digest:2026-01-13@local/local", now, now + 15 * HOUR)
    _enqueue(tx, "lost-letter", now, place=("slack", "T1"))
    workspaces.lose(connection, ("slack", "T1"), "token revoked", now - 3 * HOUR)
    for ref in ("run-lost", "run-late"):
        tx.due.set("run", ref, now - 100 * HOUR)
        (item,) = due.take(tx.connection, "test", now, HOUR, 1)
        if ref == "run-lost":
            due.bury(connection, item, "StaleError", now)
        else:
            due.put_off(connection, item, now + HOUR, "TimeoutError")
    tx.due.set("digest", "educator-ann", now - 2 * HOUR)
    tx.due.set("something-new", "x", now - HOUR)


def _enqueue(
    tx: SqlTransaction, key: str, now: datetime, at: datetime | None = None, place: tuple[str, str] = ("local", "local")
) -> None:
    tx.outbox.enqueue(
        Delivery(
            key=key,
            platform=place[0],
            workspace=place[1],
            conversation=f"dm:educator-ann:{key}",
            message=Message(text=SECRET_WORDS),
            not_before=at or now,
        ),
        now,
    )


def _claim(tx: SqlTransaction, key: str, now: datetime) -> outbox.Claimed:
    ids = [head.id for head in outbox.heads(tx.connection, "test", now, 500) if head.conversation.endswith(key)]
    (claimed,) = outbox.claim(tx.connection, "test", ids, now, HOUR)
    return claimed
