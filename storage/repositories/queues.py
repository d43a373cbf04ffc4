"""What came in, what goes out, what is due, what happened."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, bindparam, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from cohorts.events import Recorded
from cohorts.messages import Message
from cohorts.ports import Delivery
from storage.listening import stir
from storage.queues import due
from storage.rows import add_once, dump, find_row, load
from storage.tables import ConversationRow, DueRow, HistoryRow, InboxRow, OutboxRow, table_of

DUE, HISTORY, OUTBOX = (table_of(model) for model in (DueRow, HistoryRow, OutboxRow))

# Building a statement costs more than running it, so these are built once.
_CLEAR = delete(DUE).where(DUE.c.kind == bindparam("of_kind"), DUE.c.ref == bindparam("of_ref"))
_APPEND = insert(HISTORY)


@cache
def _plan(dialect: str) -> Executable:
    """Due at this instant, whatever was known of it: no tries, no error, nobody's; the token stays."""
    anew: dict[str, Any] = {"attempts": 0, "error": "", "owner": "", "lease_until": None, "dead_at": None}
    fresh = {"kind": bindparam("kind"), "ref": bindparam("ref"), "at": bindparam("at"), "token": 0, **anew}
    made = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(DUE).values(fresh)
    return made.on_conflict_do_update(index_elements=["kind", "ref"], set_={"at": made.excluded.at, **anew})


class Inbox:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def receive(self, source: str, key: str, now: datetime) -> bool:
        return add_once(self._connection, InboxRow, source=source, key=key, at=now)

    def received(self, source: str, key: str) -> bool:
        return find_row(self._connection, InboxRow, source=source, key=key) is not None


class Outbox:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def enqueue(self, delivery: Delivery, now: datetime) -> bool:
        stir(self._connection)
        return add_once(
            self._connection,
            OutboxRow,
            key=delivery.key,
            platform=delivery.platform,
            workspace=delivery.workspace,
            conversation=delivery.conversation,
            verb=delivery.verb,
            purpose=delivery.purpose,
            state="pending",
            not_before=delivery.not_before,
            created_at=now,
            attempts=0,
            owner="",
            platform_id="",
            error="",
            body=dump(delivery),
        )

    def enqueued(self, key: str) -> bool:
        return self._connection.execute(select(OUTBOX.c.id).where(OUTBOX.c.key == key)).first() is not None

    def message(self, key: str) -> Message | None:
        row = find_row(self._connection, OutboxRow, key=key)
        return row and load(Delivery, row.body).message

    def is_direct(self, platform: str, workspace: str, conversation: str, educator_id: str) -> bool:
        logical = f"dm:{educator_id}"
        row = find_row(self._connection, ConversationRow, platform=platform, workspace=workspace, logical=logical)
        return row is not None and row.conversation == conversation


class Due:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def set(self, kind: str, ref: str, at: datetime) -> None:
        stir(self._connection)
        self._connection.execute(_plan(self._connection.dialect.name), {"kind": kind, "ref": ref, "at": at})

    def clear(self, kind: str, ref: str) -> None:
        self._connection.execute(_CLEAR, {"of_kind": kind, "of_ref": ref})

    def at(self, kind: str, ref: str) -> datetime | None:
        row = find_row(self._connection, DueRow, kind=kind, ref=ref)
        return row and row.at

    def revive(self, kind: str, ref: str, now: datetime) -> bool:
        stir(self._connection)
        return due.revive(self._connection, kind, ref, now)


class History:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(self, *records: Recorded) -> None:
        for record in records:
            facts = json.dumps(dict(record.facts), sort_keys=True, ensure_ascii=False)
            columns = {"at": record.at, "kind": record.kind, "subject": record.subject, "actor": record.actor}
            self._connection.execute(_APPEND, columns | {"facts": facts})

    def about(self, subject: str) -> Sequence[Recorded]:
        rows = self._connection.execute(select(HISTORY).where(HISTORY.c.subject == subject).order_by(HISTORY.c.id))
        return [
            Recorded(at=row.at, kind=row.kind, subject=row.subject, actor=row.actor, facts=json.loads(row.facts))
            for row in rows
        ]
