"""What was sent or held back, and what was put off."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from cohorts.nudging.model import NudgeRecord, Outcome
from storage.instants import Instant
from storage.prepared import Prepared, Row
from storage.rows import add_row, dump, find_columns, load, save_row
from storage.tables import NudgeRow, OutboxRow, SnoozeRow, table_of

from .queues import Outbox

NUDGE, SNOOZE = table_of(NudgeRow), table_of(SnoozeRow)

ENDED: Mapping[str, Outcome] = {"pending": "going", "dropped": "dropped", "dead": "undelivered"}
"""By the state of the delivery. One under way may have arrived, so it counts as sent."""

LATELY = 8
"""Among so many records of one person the last digest mostly is; only where it is not, all are read."""

_NEWEST_FIRST = (
    select(NUDGE.c.id, NUDGE.c.body)
    .where(NUDGE.c.educator_id == bindparam("educator_id"), NUDGE.c.at <= bindparam("at", type_=Instant))
    .order_by(NUDGE.c.id.desc())
)
_NEWEST, _OLDER = Prepared(_NEWEST_FIRST.limit(LATELY)), Prepared(_NEWEST_FIRST.offset(LATELY))
_SINCE = Prepared(
    select(NUDGE.c.body)
    .where(NUDGE.c.educator_id == bindparam("educator_id"), NUDGE.c.at >= bindparam("since", type_=Instant))
    .order_by(NUDGE.c.id)
)
_OPENED = Prepared(update(NUDGE).where(NUDGE.c.id == bindparam("nudge")).values(body=bindparam("body")))
_SNOOZED = Prepared(
    select(SNOOZE.c.ref).where(
        SNOOZE.c.educator_id == bindparam("educator_id"), SNOOZE.c.until > bindparam("now", type_=Instant)
    )
)


class Nudges:
    def __init__(self, connection: Connection, outbox: Outbox) -> None:
        self._connection, self._outbox = connection, outbox

    def record(self, record: NudgeRecord) -> None:
        add_row(self._connection, NudgeRow, educator_id=record.educator_id, at=record.at, body=dump(record))

    def records(self, educator_id: str, since: datetime) -> Sequence[NudgeRecord]:
        """Oldest first, withheld ones included; what was written with what has become of it since."""
        rows = _SINCE.all(self._connection, {"educator_id": educator_id, "since": since})
        found = [load(NudgeRecord, row.body) for row in rows]
        ended = self._ended([record.delivery for record in found if record.delivery])
        return [
            record.model_copy(update={"reason": ended[record.delivery]}) if record.delivery in ended else record
            for record in found
        ]

    def _ended(self, keys: Collection[str]) -> Mapping[str, Outcome]:
        """What became of those that are not surely with the person."""
        self._outbox.flush()
        rows = find_columns(self._connection, OutboxRow, "key", keys, "key", "state")
        return {row.key: ENDED[row.state] for row in rows if row.state in ENDED}

    def mark_opened(self, educator_id: str, at: datetime) -> None:
        """The newest digest that came before `at` was read or used."""
        for row in self._newest_first(educator_id, at):
            record = load(NudgeRecord, row.body)
            if record.written and not self._ended((record.delivery,)):
                if not record.opened:
                    opened = dump(record.model_copy(update={"opened": True}))
                    _OPENED.change(self._connection, {"nudge": row.id, "body": opened})
                return

    def _newest_first(self, educator_id: str, at: datetime) -> Iterator[Row]:
        for query in (_NEWEST, _OLDER):
            rows = query.all(self._connection, {"educator_id": educator_id, "at": at})
            yield from rows
            if len(rows) < LATELY:
                return

    def snooze(self, educator_id: str, ref: str, until: datetime) -> None:
        save_row(self._connection, SnoozeRow, {"educator_id": educator_id, "ref": ref}, until=until)

    def snoozed(self, educator_id: str, now: datetime) -> frozenset[str]:
        rows = _SNOOZED.all(self._connection, {"educator_id": educator_id, "now": now})
        return frozenset(row.ref for row in rows)
