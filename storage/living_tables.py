"""The tables of what changes while people wait and cohorts live."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from storage.instants import Instant


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
