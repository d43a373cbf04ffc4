"""What was sent or held back, and what was put off."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import Connection, bindparam, literal, select, update

from cohorts.nudging.model import NudgeRecord, Outcome
from storage.instants import Instant
from storage.prepared import Prepared, Row
from storage.rows import add_row, among, dump, listed, load, save_row
from storage.tables import NudgeRow, OutboxRow, SnoozeRow, table_of

from .queues import Outbox

NUDGE, SNOOZE, OUTBOX = table_of(NudgeRow), table_of(SnoozeRow), table_of(OutboxRow)

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
_OPENED = Prepared(update(NUDGE).where(NUDGE.c.id == bindparam("nudge")).values(body=bindparam("body")))


@cache
def _since(dialect: str) -> Prepared:
    recent = NUDGE.c.at >= bindparam("since", type_=Instant)
    query = select(NUDGE.c.educator_id, NUDGE.c.body).where(among(dialect, NUDGE.c.educator_id), recent)
    return Prepared(query.order_by(NUDGE.c.id))


@cache
def _put_off(dialect: str) -> Prepared:
    still = SNOOZE.c.until > bindparam("now", type_=Instant)
    return Prepared(select(SNOOZE.c.educator_id, SNOOZE.c.ref).where(among(dialect, SNOOZE.c.educator_id), still))


@cache
def _unsure(dialect: str) -> Prepared:
    query = select(OUTBOX.c.key, OUTBOX.c.state).where(
        among(dialect, OUTBOX.c.key), OUTBOX.c.state.in_(map(literal, ENDED))
    )
    return Prepared(query)


class Nudges:
    def __init__(self, connection: Connection, outbox: Outbox) -> None:
        self._connection, self._outbox = connection, outbox
        self._records: dict[str, tuple[datetime, Sequence[NudgeRecord]]] = {}
        self._snoozed: dict[str, tuple[datetime, frozenset[str]]] = {}
        """Both of those whom somebody announced, with the instant that was asked for."""

    def warm(self, educator_ids: Collection[str], since: datetime, now: datetime) -> None:
        """Read their records since then and what they have put off by now, in three statements."""
        if educator_ids:
            records, snoozed = self._read_records(educator_ids, since), self._read_snoozed(educator_ids, now)
            self._records |= {person: (since, found) for person, found in records.items()}
            self._snoozed |= {person: (now, found) for person, found in snoozed.items()}

    def record(self, record: NudgeRecord) -> None:
        self._records.pop(record.educator_id, None)
        add_row(self._connection, NudgeRow, educator_id=record.educator_id, at=record.at, body=dump(record))

    def records(self, educator_id: str, since: datetime) -> Sequence[NudgeRecord]:
        """Oldest first, withheld ones included; what was written with what has become of it since."""
        asked, known = self._records.get(educator_id, (None, ()))
        return known if asked == since else self._read_records((educator_id,), since)[educator_id]

    def _read_records(self, educator_ids: Collection[str], since: datetime) -> Mapping[str, Sequence[NudgeRecord]]:
        found: dict[str, list[NudgeRecord]] = {person: [] for person in educator_ids}
        for row in self._among(_since, educator_ids, since=since):
            found[row.educator_id].append(load(NudgeRecord, row.body))
        ended = self._ended([record.delivery for mine in found.values() for record in mine if record.delivery])
        return {person: [_with_outcome(record, ended) for record in mine] for person, mine in found.items()}

    def _among(self, query: Callable[[str], Prepared], educator_ids: Collection[str], **at: datetime) -> Sequence[Row]:
        dialect = self._connection.dialect.name
        return query(dialect).all(self._connection, {"values": listed(dialect, educator_ids)} | at)

    def _ended(self, keys: Collection[str]) -> Mapping[str, Outcome]:
        """What became of those that are not surely with the person."""
        self._outbox.flush()
        dialect = self._connection.dialect.name
        rows = _unsure(dialect).all(self._connection, {"values": listed(dialect, keys)}) if keys else ()
        return {row.key: ENDED[row.state] for row in rows}

    def mark_opened(self, educator_id: str, at: datetime) -> None:
        """The newest digest that came before `at` was read or used."""
        for row in self._newest_first(educator_id, at):
            record = load(NudgeRecord, row.body)
            if record.written and not self._ended((record.delivery,)):
                if not record.opened:
                    self._records.pop(educator_id, None)
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
        self._snoozed.pop(educator_id, None)
        save_row(self._connection, SnoozeRow, {"educator_id": educator_id, "ref": ref}, until=until)

    def snoozed(self, educator_id: str, now: datetime) -> frozenset[str]:
        asked, known = self._snoozed.get(educator_id, (None, frozenset[str]()))
        return known if asked == now else self._read_snoozed((educator_id,), now)[educator_id]

    def _read_snoozed(self, educator_ids: Collection[str], now: datetime) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = {person: set() for person in educator_ids}
        for row in self._among(_put_off, educator_ids, now=now):
            found[row.educator_id].add(row.ref)
        return {person: frozenset(refs) for person, refs in found.items()}


def _with_outcome(record: NudgeRecord, ended: Mapping[str, Outcome]) -> NudgeRecord:
    outcome = ended.get(record.delivery)
    return record.model_copy(update={"reason": outcome}) if outcome else record
