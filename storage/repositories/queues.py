"""What came in, what goes out, what is due, what happened."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from cohorts.events import Recorded
from cohorts.messages import Message
from cohorts.ports import Delivery
from storage.listening import stir
from storage.prepared import Prepared
from storage.queues import conversations, due, outbox
from storage.rows import add_once, add_row, dump, find_row, load
from storage.tables import ConversationRow, DueRow, HistoryRow, InboxRow, OutboxRow, table_of

DUE, HISTORY, OUTBOX = (table_of(model) for model in (DueRow, HistoryRow, OutboxRow))

_CLEAR = Prepared(delete(DUE).where(DUE.c.kind == bindparam("of_kind"), DUE.c.ref == bindparam("of_ref")))
_KNOWN = Prepared(select(OUTBOX.c.id).where(OUTBOX.c.key == bindparam("key")))


@cache
def _plan(dialect: str) -> Prepared:
    """Due at this instant, whatever was known of it: no tries, no error, nobody's; the token stays."""
    anew: dict[str, Any] = {"attempts": 0, "error": "", "owner": "", "lease_until": None, "dead_at": None}
    fresh = {"kind": bindparam("kind"), "ref": bindparam("ref"), "at": bindparam("at"), "token": 0, **anew}
    made = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(DUE).values(fresh)
    return Prepared(made.on_conflict_do_update(index_elements=["kind", "ref"], set_={"at": made.excluded.at, **anew}))


@cache
def _about(kinds: int) -> Prepared:
    query = select(HISTORY).where(HISTORY.c.subject == bindparam("subject")).order_by(HISTORY.c.id)
    named = HISTORY.c.kind.in_([bindparam(f"v{number}") for number in range(kinds)])
    return Prepared(query.where(named) if kinds else query)


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
        return _KNOWN.first(self._connection, {"key": key}) is not None

    def message(self, key: str) -> Message | None:
        row = find_row(self._connection, OutboxRow, key=key)
        return row and load(Delivery, row.body).message

    def is_direct(self, platform: str, workspace: str, conversation: str, educator_id: str) -> bool:
        logical = f"dm:{educator_id}"
        row = find_row(self._connection, ConversationRow, platform=platform, workspace=workspace, logical=logical)
        return row is not None and row.conversation == conversation

    def place(self, platform: str, workspace: str, logical: str) -> str:
        return conversations.conversation(self._connection, platform, workspace, logical) or ""

    def logical(self, platform: str, workspace: str, conversation: str) -> str:
        return conversations.logical_conversation(self._connection, platform, workspace, conversation) or ""

    def move(self, platform: str, workspace: str, logical: str, conversation: str) -> None:
        conversations.keep_conversation(self._connection, platform, workspace, logical, conversation)

    def retire(self, platform: str, workspace: str, logical: str, now: datetime) -> Sequence[Delivery]:
        return outbox.retire(self._connection, (platform, workspace), logical, now)

    def wake(self, platform: str, workspace: str, logical: str, now: datetime) -> None:
        stir(self._connection)
        outbox.wake(self._connection, (platform, workspace), logical, now)


class Due:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def set(self, kind: str, ref: str, at: datetime) -> None:
        stir(self._connection)
        _plan(self._connection.dialect.name).change(self._connection, {"kind": kind, "ref": ref, "at": at})

    def clear(self, kind: str, ref: str) -> None:
        _CLEAR.change(self._connection, {"of_kind": kind, "of_ref": ref})

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
            add_row(self._connection, HistoryRow, **columns, facts=facts)

    def about(self, subject: str, *kinds: str) -> Sequence[Recorded]:
        named = {f"v{number}": kind for number, kind in enumerate(kinds)}
        rows = _about(len(kinds)).all(self._connection, {"subject": subject} | named)
        return [
            Recorded(at=row.at, kind=row.kind, subject=row.subject, actor=row.actor, facts=json.loads(row.facts))
            for row in rows
        ]
