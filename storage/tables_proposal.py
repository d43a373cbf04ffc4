"""Proposals: tables.py has all the others."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from storage.instants import Instant


class ProposalRow(SQLModel, table=True):
    """Every version of a proposal is kept: an undo takes the newest away. `kept` is what was pinned and locked."""

    __tablename__ = "proposal"
    id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    status: str = Field(index=True)
    at: datetime = Field(sa_type=Instant)
    body: str
    kept: str | None = None


class UndoneProposalRow(SQLModel, table=True):
    """Versions that an undo took away, until something else is done instead."""

    __tablename__ = "proposal_undone"
    id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    status: str
    at: datetime = Field(sa_type=Instant)
    body: str
    kept: str | None = None
