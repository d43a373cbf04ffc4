"""Proposals, each in all its versions."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, delete, func, insert, select

from cohorts.forming.model import Proposal
from cohorts.ports import MissingError
from storage.rows import load
from storage.tables import table_of
from storage.tables_proposal import ProposalRow, UndoneProposalRow

PROPOSAL, UNDONE = table_of(ProposalRow), table_of(UndoneProposalRow)
KEPT = ("pinned", "locked")
"""Beside the body, so that a worker of the last version can still read it."""


class Proposals:
    """Each save adds a version; an undo takes the newest away, a redo brings it back."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._newest: dict[str, tuple[str, Proposal] | None] = {}
        self._approved: Sequence[tuple[str, int]] | None = None
        """Ids and numbers, newest first."""
        self._known: dict[tuple[str, int], Proposal] = {}
        """Of those. All of it is read once for everybody who is told why they wait, unless a proposal changes."""

    def save(self, proposal_id: str, proposal: Proposal, status: str, now: datetime) -> None:
        self._forget()
        kept = {name: getattr(proposal, name) for name in KEPT if getattr(proposal, name)}
        values = {
            "id": proposal_id,
            "number": self._last(proposal_id) + 1,
            "status": status,
            "at": now,
            "body": proposal.model_dump_json(exclude=set(KEPT)),
            "kept": json.dumps(kept) if kept else None,
        }
        self._connection.execute(delete(UNDONE).where(UNDONE.c.id == proposal_id))
        self._connection.execute(insert(PROPOSAL).values(**values))

    def find(self, proposal_id: str) -> tuple[Proposal, str] | None:
        query = select(PROPOSAL).where(PROPOSAL.c.id == proposal_id).order_by(PROPOSAL.c.number.desc())
        row = self._connection.execute(query).mappings().first()
        return None if row is None else (_proposal(row), str(row["status"]))

    def newest(self, status: str) -> tuple[str, Proposal] | None:
        """The proposal whose newest version has this status, the latest of them."""
        if status not in self._newest:
            self._newest[status] = self._read_newest(status)
        return self._newest[status]

    def _read_newest(self, status: str) -> tuple[str, Proposal] | None:
        last = select(PROPOSAL.c.id, func.max(PROPOSAL.c.number).label("number")).group_by(PROPOSAL.c.id).subquery()
        query = (
            select(PROPOSAL)
            .join(last, (PROPOSAL.c.id == last.c.id) & (PROPOSAL.c.number == last.c.number))
            .where(PROPOSAL.c.status == status)
            .order_by(PROPOSAL.c.at.desc(), PROPOSAL.c.id)
        )
        row = self._connection.execute(query).mappings().first()
        return None if row is None else (str(row["id"]), _proposal(row))

    def approved_with(self, educator_id: str) -> Proposal | None:
        """The newest proposal that gave this person a seat: approved, or kept for a cohort somebody came into."""
        given = PROPOSAL.c.status.in_(("approved", "seated"))
        query = select(PROPOSAL.c.body).where(given).order_by(PROPOSAL.c.at.desc())
        proposals = (load(Proposal, row.body) for row in self._connection.execute(query))
        return next((proposal for proposal in proposals if proposal.seat_of(educator_id)), None)

    def with_status(self, status: str) -> Sequence[Proposal]:
        """Newest first."""
        query = select(PROPOSAL).where(PROPOSAL.c.status == status).order_by(PROPOSAL.c.at.desc())
        return [_proposal(row) for row in self._connection.execute(query).mappings()]

    def waiting_in(self, educator_id: str) -> tuple[str, Proposal] | None:
        """The newest approved one that knew this person, if it gave them no seat."""
        for proposal_id, proposal in self._read_approved():
            if proposal.seat_of(educator_id) or educator_id in proposal.unplaced:
                return (proposal_id, proposal) if educator_id in proposal.unplaced else None
        return None

    def _read_approved(self) -> Iterator[tuple[str, Proposal]]:
        if self._approved is None:
            query = select(PROPOSAL.c.id, PROPOSAL.c.number).where(PROPOSAL.c.status == "approved")
            rows = self._connection.execute(query.order_by(PROPOSAL.c.at.desc()))
            self._approved = [(row.id, row.number) for row in rows]
        for key in self._approved:
            if key not in self._known:
                this = (PROPOSAL.c.id == key[0]) & (PROPOSAL.c.number == key[1])
                body = self._connection.execute(select(PROPOSAL.c.body).where(this)).scalar_one()
                self._known[key] = load(Proposal, body)
            yield key[0], self._known[key]

    def _forget(self) -> None:
        self._newest.clear()
        self._approved = None
        self._known.clear()

    def looked_at(self, proposal_id: str) -> datetime:
        """Of its newest version that was still open. Raises MissingError."""
        query = select(PROPOSAL.c.at).where(PROPOSAL.c.id == proposal_id)
        found = self._connection.execute(query.order_by(PROPOSAL.c.status != "open", PROPOSAL.c.number.desc())).first()
        if found is None:
            raise MissingError(f"No proposal {proposal_id}.")
        at: datetime = found.at
        return at

    def versions(self, proposal_id: str) -> Sequence[Proposal]:
        query = select(PROPOSAL).where(PROPOSAL.c.id == proposal_id).order_by(PROPOSAL.c.number)
        return [_proposal(row) for row in self._connection.execute(query).mappings()]

    def count_versions(self, proposal_id: str) -> int:
        query = select(func.count()).select_from(PROPOSAL).where(PROPOSAL.c.id == proposal_id)
        return int(self._connection.execute(query).scalar_one())

    def is_undone(self, proposal_id: str) -> bool:
        following = (UNDONE.c.id == proposal_id) & (UNDONE.c.number == self._last(proposal_id) + 1)
        return self._connection.execute(select(UNDONE.c.number).where(following)).first() is not None

    def undone(self, proposal_id: str) -> Proposal | None:
        """The version that a redo would bring back."""
        row = self._undone(proposal_id)
        return None if row is None else _proposal(row)

    def drop_version(self, proposal_id: str) -> Proposal | None:
        """Takes the newest version back; None, and nothing done, when only the first is left."""
        versions = self.versions(proposal_id)
        if len(versions) < 2:
            return None
        self._carry(PROPOSAL, UNDONE, proposal_id, self._last(proposal_id))
        return versions[-2]

    def restore_version(self, proposal_id: str) -> Proposal | None:
        """Brings back what was undone last; None, and nothing done, when nothing was or something came after."""
        row = self._undone(proposal_id)
        if row is None:
            return None
        self._carry(UNDONE, PROPOSAL, proposal_id, row["number"])
        return _proposal(row)

    def _undone(self, proposal_id: str) -> RowMapping | None:
        # By number: a worker of the last version adds a version without clearing what was undone.
        following = self._last(proposal_id) + 1
        query = select(UNDONE).where(UNDONE.c.id == proposal_id, UNDONE.c.number == following)
        return self._connection.execute(query).mappings().first()

    def _last(self, proposal_id: str) -> int:
        newest = select(func.max(PROPOSAL.c.number)).where(PROPOSAL.c.id == proposal_id)
        return self._connection.execute(newest).scalar() or 0

    def _carry(self, source: Table, target: Table, proposal_id: str, number: int) -> None:
        self._forget()
        one = (source.c.id == proposal_id) & (source.c.number == number)
        values: dict[str, Any] = dict(self._connection.execute(select(source).where(one)).mappings().one())
        self._connection.execute(delete(target).where(target.c.id == proposal_id, target.c.number == number))
        self._connection.execute(insert(target).values(**values))
        self._connection.execute(delete(source).where(one))


def _proposal(row: RowMapping) -> Proposal:
    proposal = load(Proposal, row["body"])
    if not row["kept"]:
        return proposal
    return proposal.model_copy(update={name: tuple(ids) for name, ids in json.loads(row["kept"]).items()})
