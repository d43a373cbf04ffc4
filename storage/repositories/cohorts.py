"""Interests and cohorts."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import JSON, ColumnElement, Connection, cast, delete, false, func, insert, literal, or_, select

from cohorts.living_ports import Wish
from cohorts.people.model import Cohort, Interest
from cohorts.ports import MissingError, Saved
from storage.living_tables import InterestRow
from storage.prepared import Row
from storage.rows import dump, find_in, find_row, find_rows, load, save_row
from storage.tables import CohortMemberRow, CohortRow, EducatorRow, ReadingRow, table_of

MEMBER, INTEREST = table_of(CohortMemberRow), table_of(InterestRow)
COHORT, EDUCATOR, READING = table_of(CohortRow), table_of(EducatorRow), table_of(ReadingRow)


class Interests:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._of: dict[str, Sequence[Interest]] = {}
        """Of those whom somebody announced."""
        self._loaded: dict[str, tuple[str, Interest]] = {}
        """By id, with the body it was read from: of all who wait, each is read once."""
        self._waiting: dict[object, Mapping[Wish, int]] = {}
        """Counted once for all who are told in this transaction, unless somebody's interest changes in it."""

    def save(self, interest: Interest) -> Saved:
        self._of.pop(interest.educator_id, None)
        self._waiting.clear()
        columns = {"educator_id": interest.educator_id, "status": interest.status, "body": dump(interest)}
        wanted = {"microcredential_id": interest.microcredential_id, "language": interest.language}
        return save_row(self._connection, InterestRow, {"id": interest.id}, **columns, **wanted)

    def find(self, interest_id: str) -> Interest | None:
        row = find_row(self._connection, InterestRow, id=interest_id)
        return row and load(Interest, row.body)

    def warm(self, educator_ids: Collection[str]) -> None:
        """Read them now, in one statement."""
        by_person: dict[str, list[Row]] = {person: [] for person in educator_ids if person not in self._of}
        for row in find_in(self._connection, InterestRow, "educator_id", by_person):
            by_person[row.educator_id].append(row)
        self._of |= {person: self._sorted(rows) for person, rows in by_person.items()}

    def of(self, educator_id: str) -> Sequence[Interest]:
        if educator_id in self._of:
            return self._of[educator_id]
        return self._sorted(find_rows(self._connection, InterestRow, educator_id=educator_id))

    def count_waiting(self, topics: Collection[str] | None, language: str, key: str) -> Mapping[Wish, int]:
        """Who waits for one of these, or for anything where it is None, in this language, by what they keep to."""
        asked = None if topics is None else tuple(sorted(topics)), language, key
        if asked not in self._waiting:
            self._waiting[asked] = self._count(*asked)
        return self._waiting[asked]

    def _count(self, topics: Collection[str] | None, language: str, key: str) -> Mapping[Wish, int]:
        here = (INTEREST.c.status == "waiting") & (INTEREST.c.language == language)
        if topics is not None:
            here &= INTEREST.c.microcredential_id.in_(topics)
        own = (READING.c.educator_id == INTEREST.c.educator_id) & (READING.c.key == literal(f"{key}/") + INTEREST.c.id)
        each = (
            select(
                EDUCATOR.c.lea_id.label("lea_id"),
                self._said("share_across_leas").label("share"),
                self._said("grade_band").label("grade_band"),
                func.coalesce(READING.c.value, "").label("kept"),
            )
            .select_from(INTEREST.join(EDUCATOR, EDUCATOR.c.id == INTEREST.c.educator_id).outerjoin(READING, own))
            .where(here)
            .subquery()
        )
        found = self._connection.execute(select(*each.c, func.count().label("people")).group_by(*each.c))
        return {Wish(row.lea_id, row.share in (1, "true"), row.grade_band, row.kept): row.people for row in found}

    def _said(self, name: str) -> ColumnElement[Any]:
        """What stands in an interest's body: of truth SQLite says 1, PostgreSQL "true"."""
        in_body: ColumnElement[Any] = (
            func.json_extract(INTEREST.c.body, f"$.{name}")
            if self._connection.dialect.name == "sqlite"
            else cast(INTEREST.c.body, JSON)[name].as_string()
        )
        return in_body

    def with_status(self, *statuses: str) -> Sequence[Interest]:
        found = (find_rows(self._connection, InterestRow, status=status) for status in statuses)
        return self._sorted([row for rows in found for row in rows])

    def _sorted(self, rows: Sequence[Row]) -> Sequence[Interest]:
        return sorted(map(self._load, rows), key=lambda interest: interest.id)

    def _load(self, row: Row) -> Interest:
        body, interest = self._loaded.get(row.id, ("", None))
        if interest is None or body != row.body:
            interest = load(Interest, row.body)
            self._loaded[row.id] = row.body, interest
        return interest


class Cohorts:
    """Each cohort is read once in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[str, Cohort] = {}
        self._ids_of: dict[str, list[str]] = {}
        """The cohorts of those whom somebody announced."""

    def save(self, cohort: Cohort) -> Saved:
        self._known.pop(cohort.id, None)
        self._ids_of.clear()
        self._connection.execute(delete(MEMBER).where(MEMBER.c.cohort_id == cohort.id))
        rows = [{"cohort_id": cohort.id, "educator_id": member.educator_id} for member in cohort.members]
        if rows:
            self._connection.execute(insert(MEMBER), rows)
        columns = {"status": cohort.status, "facilitator_id": cohort.facilitator_id, "body": dump(cohort)}
        return save_row(self._connection, CohortRow, {"id": cohort.id}, **columns)

    def warm(self, cohort_ids: Collection[str]) -> Sequence[Cohort]:
        """Read these cohorts now, in one statement."""
        missing = [cohort_id for cohort_id in cohort_ids if cohort_id not in self._known]
        rows = find_in(self._connection, CohortRow, "id", missing)
        self._known |= {row.id: load(Cohort, row.body) for row in rows}
        return [self._known[cohort_id] for cohort_id in cohort_ids if cohort_id in self._known]

    def warm_of(self, educator_ids: Collection[str]) -> None:
        """Read whose they are and the cohorts themselves, in two statements."""
        ids: dict[str, list[str]] = {person: [] for person in educator_ids if person not in self._ids_of}
        for row in find_in(self._connection, CohortMemberRow, "educator_id", ids):
            ids[row.educator_id].append(row.cohort_id)
        self._ids_of |= ids
        self.warm(sorted({cohort_id for mine in ids.values() for cohort_id in mine}))

    def get(self, cohort_id: str) -> Cohort:
        if cohort_id not in self._known:
            row = find_row(self._connection, CohortRow, id=cohort_id)
            if row is None:
                raise MissingError(f"No cohort {cohort_id}.")
            self._known[cohort_id] = load(Cohort, row.body)
        return self._known[cohort_id]

    def of(self, educator_id: str) -> Sequence[Cohort]:
        mine = self._ids_of.get(educator_id)
        if mine is None:
            rows = find_rows(self._connection, CohortMemberRow, educator_id=educator_id)
            mine = [row.cohort_id for row in rows]
        return [self.get(cohort_id) for cohort_id in sorted(mine)]

    def led_by(self, educator_id: str) -> Sequence[Cohort]:
        return self._select(facilitator_id=educator_id)

    def active(self) -> Sequence[Cohort]:
        return self._select(status="active")

    def active_on(self, microcredential_ids: Collection[str]) -> Sequence[Cohort]:
        """Running cohorts on these microcredentials, found by what stands in the body: asked for rarely."""
        named = [f'"microcredential_id":{json.dumps(each, ensure_ascii=False)}' for each in microcredential_ids]
        here = or_(false(), *(COHORT.c.body.contains(each, autoescape=True) for each in named))
        query = select(COHORT.c.body).where(COHORT.c.status == "active", here).order_by(COHORT.c.id)
        return [load(Cohort, row.body) for row in self._connection.execute(query)]

    def active_in(self, lea_ids: Collection[str]) -> Sequence[Cohort]:
        """Running cohorts in which somebody of these LEAs is a member or the facilitator, in one query."""
        people = select(EDUCATOR.c.id).where(EDUCATOR.c.lea_id.in_(list(lea_ids)))
        seats = select(MEMBER.c.cohort_id).where(MEMBER.c.educator_id.in_(people))
        here = COHORT.c.id.in_(seats) | COHORT.c.facilitator_id.in_(people)
        query = select(COHORT.c.body).where(COHORT.c.status == "active", here).order_by(COHORT.c.id)
        return [load(Cohort, row.body) for row in self._connection.execute(query)]

    def every(self) -> Sequence[Cohort]:
        """Finished ones included."""
        return self._select()

    def _select(self, **key: str) -> Sequence[Cohort]:
        found = [load(Cohort, row.body) for row in find_rows(self._connection, CohortRow, **key)]
        return sorted(found, key=lambda cohort: cohort.id)
