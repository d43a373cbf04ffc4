"""What came in, what goes out, what is due, what happened.

What a transaction enqueues, plans and remembers is kept back and written in few statements: when somebody asks, and
before the commit (`flush`).
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, literal, select, true
from sqlalchemy.dialects import postgresql, sqlite

from cohorts.due_ports import Failed
from cohorts.events import Recorded
from cohorts.messages import Message
from cohorts.ports import Delivery
from storage.bulk import TEXT, Bulk, arrays
from storage.instants import Instant
from storage.listening import stir
from storage.memory import memory_of
from storage.prepared import Prepared, Row
from storage.queues import conversations, due, outbox
from storage.rows import add_once, dump_kept, find_row, load
from storage.tables import ConversationRow, DueRow, HistoryRow, InboxRow, OutboxRow, table_of

DUE, HISTORY, OUTBOX = (table_of(model) for model in (DueRow, HistoryRow, OutboxRow))
NEW: dict[str, Any] = {"state": "pending", "attempts": 0, "owner": "", "platform_id": "", "error": ""}
"""What every delivery begins with."""
ANEW: dict[str, Any] = {"attempts": 0, "error": "", "owner": "", "lease_until": None, "dead_at": None}
"""Due work that is planned: no tries, no error, nobody's. The token stays."""

MANY = 2_000
"""So many subjects are asked about in one statement."""

_KNOWN = Prepared(select(OUTBOX.c.id).where(OUTBOX.c.key == bindparam("key")))


def _enqueue() -> Bulk:
    texts = ("key", "platform", "workspace", "conversation", "verb", "purpose", "body")
    instants = ("not_before", "created_at")
    bound: dict[str, Any] = {name: bindparam(name) for name in (*texts, *instants)}
    one = sqlite.insert(OUTBOX).values(bound | NEW).on_conflict_do_nothing()
    given = arrays(**dict.fromkeys(texts, TEXT), **dict.fromkeys(instants, Instant()))
    fixed = [literal(value, OUTBOX.c[name].type) for name, value in NEW.items()]
    many = postgresql.insert(OUTBOX).from_select([*given.c.keys(), *NEW], select(given, *fixed))
    return Bulk(Prepared(one), Prepared(many.on_conflict_do_nothing().inline()))


def _plan() -> Bulk:
    """Due at this instant, whatever was known of it."""
    key, fresh = ("kind", "ref"), {"token": 0} | ANEW
    one = sqlite.insert(DUE).values({name: bindparam(name) for name in (*key, "at")} | fresh)
    given = arrays(kind=TEXT, ref=TEXT, at=Instant())
    fixed = [literal(value, DUE.c[name].type) for name, value in fresh.items()]
    many = postgresql.insert(DUE).from_select([*given.c.keys(), *fresh], select(given, *fixed))
    made = [
        each.on_conflict_do_update(index_elements=key, set_={"at": each.excluded.at} | ANEW) for each in (one, many)
    ]
    return Bulk(*map(Prepared, made))


def _clear() -> Bulk:
    one = delete(DUE).where(DUE.c.kind == bindparam("of_kind"), DUE.c.ref == bindparam("of_ref"))
    given = arrays(of_kind=TEXT, of_ref=TEXT)
    many = delete(DUE).where(DUE.c.kind == given.c.of_kind, DUE.c.ref == given.c.of_ref)
    return Bulk(Prepared(one), Prepared(many))


def _append() -> Bulk:
    texts = ("kind", "subject", "actor", "facts")
    given = arrays(at=Instant(), **dict.fromkeys(texts, TEXT))
    one = insert(HISTORY).values({name: bindparam(name) for name in ("at", *texts)})
    many = insert(HISTORY).from_select(given.c.keys(), select(given)).inline()
    return Bulk(Prepared(one.inline(), "subject"), Prepared(many))


_ENQUEUE, _PLAN, _CLEAR, _APPEND = _enqueue(), _plan(), _clear(), _append()


_LIKE = Prepared(
    select(HISTORY.c.facts).where(
        HISTORY.c.subject == bindparam("subject"),
        HISTORY.c.kind == bindparam("kind"),
        HISTORY.c.facts.contains(bindparam("key")),
    )
)
"""Those, and perhaps some more, whose facts hold the key: in SQL a letter's case and some signs say less than here."""


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
        self._added: dict[str, tuple[Delivery, datetime]] = {}
        self._replaced: set[str] = set()
        self._edits: dict[tuple[str, ...], str] = {}
        """Of what was added: which message an edit is about → the edit's key."""

    def enqueue(self, delivery: Delivery, now: datetime) -> bool:
        if delivery.key in self._added or delivery.key in self._replaced:
            return False
        self.flush()
        stir(self._connection)
        return add_once(self._connection, OutboxRow, **_columns(delivery, now), **NEW)

    def add(self, delivery: Delivery, now: datetime) -> None:
        """An edit takes the place of one of the same message that was added just before: nobody could read that."""
        stir(self._connection)
        if delivery.key in self._added or delivery.key in self._replaced:
            return
        self._added[delivery.key] = delivery, now
        if delivery.verb == "update":
            self._replace(delivery)

    def _replace(self, newer: Delivery) -> None:
        place = (newer.platform, newer.workspace, newer.conversation, newer.about)
        key = self._edits.get(place, "")
        if key and self._added[key][0].not_before >= newer.not_before:
            del self._added[key]
            self._replaced.add(key)
        self._edits[place] = newer.key

    def flush(self) -> None:
        added, self._added = self._added, {}
        self._edits.clear()
        _ENQUEUE.change(self._connection, [_columns(*each) for each in added.values()])

    def enqueued(self, key: str) -> bool:
        return key in self._added or key in self._replaced or _KNOWN.first(self._connection, {"key": key}) is not None

    def message(self, key: str) -> Message | None:
        self.flush()
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
        self._planned: dict[tuple[str, str], datetime | None] = {}
        self._touched: set[tuple[str, str]] = set()

    def set(self, kind: str, ref: str, at: datetime) -> None:
        stir(self._connection)
        self._plan(kind, ref, at)

    def clear(self, kind: str, ref: str) -> None:
        self._plan(kind, ref, None)

    def _plan(self, kind: str, ref: str, at: datetime | None) -> None:
        self._planned[kind, ref] = at
        self._touched.add((kind, ref))

    def touched(self, kind: str, ref: str) -> bool:
        """Planned or cleared in this transaction."""
        return (kind, ref) in self._touched

    def flush(self) -> None:
        """In the order of their names: two transactions that plan the same work wait for each other, never both."""
        if not self._planned:
            return
        planned, self._planned = sorted(self._planned.items()), {}
        cleared = [{"of_kind": kind, "of_ref": ref} for (kind, ref), at in planned if at is None]
        _CLEAR.change(self._connection, cleared)
        _PLAN.change(self._connection, [{"kind": kind, "ref": ref, "at": at} for (kind, ref), at in planned if at])

    def at(self, kind: str, ref: str) -> datetime | None:
        if (kind, ref) in self._planned:
            return self._planned[kind, ref]
        row = find_row(self._connection, DueRow, kind=kind, ref=ref)
        return row and row.at

    def failed(self, kind: str) -> Mapping[str, Failed]:
        self.flush()
        return due.failed(self._connection, kind)

    def revive(self, kind: str, ref: str, now: datetime) -> bool:
        self.flush()
        stir(self._connection)
        return due.revive(self._connection, kind, ref, now)


class History:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._said: list[Recorded] = []
        self._ahead: dict[tuple[str, tuple[str, ...]], Sequence[Recorded]] = {}
        """Subject and kinds → what was said, of what somebody announced and nothing was added to since."""

    def append(self, *records: Recorded) -> None:
        self._said += records
        if self._ahead:
            said = {record.subject for record in records}
            self._ahead = {key: known for key, known in self._ahead.items() if key[0] not in said}

    def warm(self, subjects: Collection[str], *kinds: str) -> None:
        """Read it now, in one statement for so many of them at once."""
        self.flush()
        found: dict[str, list[Recorded]] = {subject: [] for subject in subjects}
        names = [*found]
        for at in range(0, len(names), MANY):
            batch = names[at : at + MANY]
            here = HISTORY.c.subject.in_(batch) & (HISTORY.c.kind.in_(kinds) if kinds else true())
            for row in self._connection.execute(select(HISTORY).where(here).order_by(HISTORY.c.id)):
                found[row.subject].append(_record(row))
        self._ahead |= {(subject, kinds): said for subject, said in found.items()}

    def flush(self) -> None:
        if not self._said:
            return
        said, self._said = self._said, []
        _APPEND.change(self._connection, [_line(record) for record in said])

    def about(self, subject: str, *kinds: str) -> Sequence[Recorded]:
        if (subject, kinds) in self._ahead:
            return self._ahead[subject, kinds]
        self.flush()
        memory, part = memory_of(self._connection), {"subject": subject}
        found = memory.find("history", part, kinds) if memory else None
        if found is None:
            found = self._read(subject, kinds)
            if memory:
                memory.keep("history", part, kinds, found)
        return found

    def holds(self, subject: str, kind: str, key: str) -> bool:
        self.flush()
        like = re.sub(r'[\\"\x00-\x1f]', "%", key)  # what JSON writes in another way
        rows = _LIKE.all(self._connection, {"subject": subject, "kind": kind, "key": like})
        return any(json.loads(row.facts)["key"] == key for row in rows)

    def _read(self, subject: str, kinds: Sequence[str]) -> Sequence[Recorded]:
        named = {f"v{number}": kind for number, kind in enumerate(kinds)}
        rows = _about(len(kinds)).all(self._connection, {"subject": subject} | named)
        return [_record(row) for row in rows]


def _record(row: Row) -> Recorded:
    return Recorded(at=row.at, kind=row.kind, subject=row.subject, actor=row.actor, facts=json.loads(row.facts))


def _columns(delivery: Delivery, now: datetime) -> dict[str, Any]:
    return {
        "key": delivery.key,
        "platform": delivery.platform,
        "workspace": delivery.workspace,
        "conversation": delivery.conversation,
        "verb": delivery.verb,
        "purpose": delivery.purpose,
        "body": dump_kept(delivery),
        "not_before": delivery.not_before,
        "created_at": now,
    }


def _line(record: Recorded) -> dict[str, Any]:
    facts = json.dumps(dict(record.facts), sort_keys=True, ensure_ascii=False)
    told = {"at": record.at, "kind": record.kind, "subject": record.subject, "actor": record.actor}
    return told | {"facts": facts}
