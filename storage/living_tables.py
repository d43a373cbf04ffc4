"""The tables of who wants what, and of what changes while people wait and cohorts live."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from storage.instants import Instant


class InterestRow(SQLModel, table=True):
    """Two columns stand there to be counted by; a worker of the last version leaves them empty."""

    __tablename__ = "interest"
    __table_args__ = (Index("interest_wanted", "status", "microcredential_id", "language"),)
    id: str = Field(primary_key=True)
    educator_id: str = Field(index=True)
    status: str = Field(index=True)
    microcredential_id: str | None = None
    language: str | None = None
    body: str


class OfferRow(SQLModel, table=True):
    """What is held for one person until they have answered."""

    __tablename__ = "offer"
    id: str = Field(primary_key=True)
    about: str = Field(index=True)
    educator_id: str = Field(index=True)
    body: str


class FreeSeatRow(SQLModel, table=True):
    """A cohort young enough for somebody to come into."""

    __tablename__ = "free_seat"
    cohort_id: str = Field(primary_key=True)
    microcredential_id: str = Field(index=True)
    language: str


class ClosedLeaRow(SQLModel, table=True):
    """An LEA that has withdrawn its consent to cohorts with others."""

    __tablename__ = "closed_lea"
    lea_id: str = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant)
