"""Interests, proposals and cohorts."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, false, func, insert, or_, select

from cohorts.forming.model import Proposal, Reason
from cohorts.people.model import Cohort, Interest
from cohorts.ports import MissingError, Saved
from storage.living_tables import InterestRow
from storage.prepared import Row
from storage.rows import dump, find_in, find_row, find_rows, load, save_row
from storage.tables import CohortMemberRow, CohortRow, EducatorRow, ProposalRow, table_of

PROPOSAL, MEMBER = table_of(ProposalRow), table_of(CohortMemberRow)
INTEREST = table_of(InterestRow)
COHORT, EDUCATOR = table_of(CohortRow), table_of(EducatorRow)


class Interests:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, interest: Interest) -> Saved:
        columns = {"educator_id": interest.educator_id, "status": interest.status, "body": dump(interest)}
        wanted = {"microcredential_id": interest.microcredential_id, "language": interest.language}
        return save_row(self._connection, InterestRow, {"id": interest.id}, **columns, **wanted)

    def find(self, interest_id: str) -> Interest | None:
        row = find_row(self._connection, InterestRow, id=interest_id)
        return row and load(Interest, row.body)

    def of(self, educator_id: str) -> Sequence[Interest]:
        return _sorted(find_rows(self._connection, InterestRow, educator_id=educator_id))

    def count_waiting(self, microcredential_ids: Collection[str] | None, language: str) -> int:
        """Who waits for one of these, or for anything where it is None, in this language."""
        here = (INTEREST.c.status == "waiting") & (INTEREST.c.language == language)
        if microcredential_ids is not None:
            here &= INTEREST.c.microcredential_id.in_(sorted(microcredential_ids))
        return int(self._connection.execute(select(func.count()).select_from(INTEREST).where(here)).scalar_one())

    def with_status(self, *statuses: str) -> Sequence[Interest]:
        found = (find_rows(self._connection, InterestRow, status=status) for status in statuses)
        return _sorted([row for rows in found for row in rows])


class Proposals:
    """Each save adds a version; dropping the newest is the undo."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, proposal_id: str, proposal: Proposal, status: str, now: datetime) -> None:
        newest = select(func.max(PROPOSAL.c.number)).where(PROPOSAL.c.id == proposal_id)
        number = (self._connection.execute(newest).scalar() or 0) + 1
        values = {"id": proposal_id, "number": number, "status": status, "at": now, "body": dump(proposal)}
        self._connection.execute(insert(PROPOSAL).values(**values))

    def find(self, proposal_id: str) -> tuple[Proposal, str] | None:
        query = select(PROPOSAL).where(PROPOSAL.c.id == proposal_id).order_by(PROPOSAL.c.number.desc())
        row = self._connection.execute(query).first()
        return row and (load(Proposal, row.body), str(row.status))

    def newest(self, status: str) -> tuple[str, Proposal] | None:
        """The proposal whose newest version has this status, the latest of them."""
        last = select(PROPOSAL.c.id, func.max(PROPOSAL.c.number).label("number")).group_by(PROPOSAL.c.id).subquery()
        query = (
            select(PROPOSAL)
            .join(last, (PROPOSAL.c.id == last.c.id) & (PROPOSAL.c.number == last.c.number))
            .where(PROPOSAL.c.status == status)
            .order_by(PROPOSAL.c.at.desc(), PROPOSAL.c.id)
        )
        row = self._connection.execute(query).first()
        return row and (str(row.id), load(Proposal, row.body))

    def approved_with(self, educator_id: str) -> Proposal | None:
        """The newest proposal that gave this person a seat: approved, or kept for a cohort somebody came into."""
        given = PROPOSAL.c.status.in_(("approved", "seated"))
        query = select(PROPOSAL.c.body).where(given).order_by(PROPOSAL.c.at.desc())
        proposals = (load(Proposal, row.body) for row in self._connection.execute(query))
        return next((proposal for proposal in proposals if proposal.seat_of(educator_id)), None)

    def with_status(self, status: str) -> Sequence[Proposal]:
        """Newest first."""
        query = select(PROPOSAL.c.body).where(PROPOSAL.c.status == status).order_by(PROPOSAL.c.at.desc())
        return [load(Proposal, row.body) for row in self._connection.execute(query)]

    def waiting_reason(self, educator_id: str) -> Reason | None:
        """Why this person was not seated in the newest round that knew them; None when they were, or were in none."""
        query = select(PROPOSAL.c.body).where(PROPOSAL.c.status == "approved").order_by(PROPOSAL.c.at.desc())
        for row in self._connection.execute(query):
            proposal = load(Proposal, row.body)
            if proposal.seat_of(educator_id) or educator_id in proposal.unplaced:
                return proposal.unplaced.get(educator_id)
        return None

    def versions(self, proposal_id: str) -> Sequence[Proposal]:
        query = select(PROPOSAL.c.body).where(PROPOSAL.c.id == proposal_id).order_by(PROPOSAL.c.number)
        return [load(Proposal, row.body) for row in self._connection.execute(query)]

    def drop_version(self, proposal_id: str) -> Proposal | None:
        """Takes the newest version back; None, and nothing done, when only the first is left."""
        versions = self.versions(proposal_id)
        if len(versions) < 2:
            return None
        newest = select(func.max(PROPOSAL.c.number)).where(PROPOSAL.c.id == proposal_id).scalar_subquery()
        self._connection.execute(delete(PROPOSAL).where(PROPOSAL.c.id == proposal_id, PROPOSAL.c.number == newest))
        return versions[-2]


class Cohorts:
    """Each cohort is read once in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[str, Cohort] = {}

    def save(self, cohort: Cohort) -> Saved:
        self._known.pop(cohort.id, None)
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

    def get(self, cohort_id: str) -> Cohort:
        if cohort_id not in self._known:
            row = find_row(self._connection, CohortRow, id=cohort_id)
            if row is None:
                raise MissingError(f"No cohort {cohort_id}.")
            self._known[cohort_id] = load(Cohort, row.body)
        return self._known[cohort_id]

    def of(self, educator_id: str) -> Sequence[Cohort]:
        mine = find_rows(self._connection, CohortMemberRow, educator_id=educator_id)
        return sorted((self.get(row.cohort_id) for row in mine), key=lambda cohort: cohort.id)

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


def _sorted(rows: Sequence[Row]) -> Sequence[Interest]:
    return sorted((load(Interest, row.body) for row in rows), key=lambda interest: interest.id)
