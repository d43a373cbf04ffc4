"""Deliveries that were to change something and have been overtaken: done now, old words would come back, or people."""

import json
from collections.abc import Collection, Iterator

from sqlalchemy import ColumnElement, Connection, String, cast, literal, select, tuple_

from storage.prepared import Row
from storage.tables import OutboxRow, table_of

OUTBOX = table_of(OutboxRow)
HERE = (OUTBOX.c.platform, OUTBOX.c.workspace, OUTBOX.c.conversation)
CHANGES = OUTBOX.c.verb != "send"
GOES = OUTBOX.c.state.in_(("pending", "attempting", "sent"))
RETIRED = OUTBOX.c.key.like(literal("%#").concat(cast(OUTBOX.c.id, String)))
"""It was for a room that another one has taken the place of (`outbox.retire`)."""

Mark = tuple[str, str, str, str]
"""Platform, workspace, conversation, and what of it a change is about."""


def outdated(connection: Connection, which: ColumnElement[bool]) -> Collection[int]:
    """The numbers of those among these deliveries after which a newer one has changed the same message, people or room,
    or whose room is another one by now. Two statements, however many they are."""
    columns = (OUTBOX.c.id, OUTBOX.c.verb, OUTBOX.c.body, *HERE)
    asked = connection.execute(select(*columns, RETIRED.label("retired")).where(which, CHANGES | RETIRED)).all()
    if not asked:
        return frozenset()
    conversations = select(*HERE).where(which, CHANGES).correlate(None).distinct()
    after = OUTBOX.c.id > min(row.id for row in asked)
    newest: dict[Mark, int] = {}
    for row in connection.execute(select(*columns).where(CHANGES, GOES, after, tuple_(*HERE).in_(conversations))):
        for mark in _marks(row):
            newest[mark] = max(row.id, newest.get(mark, 0))
    overtaken = (row.id for row in asked if any(newest.get(mark, 0) > row.id for mark in _marks(row)))
    return frozenset(overtaken) | {row.id for row in asked if row.retired}


def _marks(row: Row) -> Iterator[Mark]:
    """By the body's own words: what a newer version wrote counts too."""
    where = (row.platform, row.workspace, row.conversation)
    body = json.loads(row.body)
    if row.verb == "open_room":
        yield *where, "room"
    elif about := body.get("about"):
        yield *where, f"message/{about}"
    else:
        for person in body.get("people", ()):
            yield *where, f"person/{person}"
