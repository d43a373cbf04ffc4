"""What was taken out of the queues: tables.py has the queues themselves."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from storage.instants import Instant


class DroppedRow(SQLModel, table=True):
    """What an operator dropped, by the name that commands call it by, and how it stood before.

    `state` is "work", or that of the delivery; `since` is when it died. Only deliveries keep words, and theirs stay in
    the outbox, where those of all other deliveries stay.
    """

    __tablename__ = "dropped"
    name: str = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant)
    actor: str
    state: str
    error: str
    attempts: int
    due_at: datetime | None = Field(default=None, sa_type=Instant)
    since: datetime | None = Field(default=None, sa_type=Instant)
