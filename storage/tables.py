"""The tables. What is asked for has a column; the rest of a value is its JSON `body`."""

from datetime import datetime

from sqlalchemy import Index, Table, text
from sqlmodel import Field, SQLModel

from storage import living_tables as _living  # noqa: F401 - its tables are of the same metadata
from storage.instants import Instant
from storage.tables_proposal import ProposalRow, UndoneProposalRow  # noqa: F401 - part of the whole
from storage.tables_queues import DroppedRow  # noqa: F401 - the same

LEADS = "body like '%\"facilitator\"%' or body like '%\"operator\"%'"
"""Of few educators, whoever leads among them; written out, as a question must have it for the index to be used."""


def table_of(model: type[SQLModel]) -> Table:
    """The Core table of a model: queries here are Core, which costs a third of objects (measured)."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


class LeaRow(SQLModel, table=True):
    __tablename__ = "lea"
    id: str = Field(primary_key=True)
    state: str = Field(index=True)
    body: str


class CooperativeRow(SQLModel, table=True):
    __tablename__ = "cooperative"
    id: str = Field(primary_key=True)
    state: str = Field(index=True)
    body: str


class CooperativeLeaRow(SQLModel, table=True):
    __tablename__ = "cooperative_lea"
    cooperative: str = Field(primary_key=True)
    lea_id: str = Field(primary_key=True, index=True)


class SchoolRow(SQLModel, table=True):
    __tablename__ = "school"
    id: str = Field(primary_key=True)
    lea_id: str = Field(index=True)
    body: str


class EducatorRow(SQLModel, table=True):
    __tablename__ = "educator"
    __table_args__ = (Index("educator_leads", "id", sqlite_where=text(LEADS), postgresql_where=text(LEADS)),)
    id: str = Field(primary_key=True)
    email: str = Field(unique=True)
    lea_id: str = Field(index=True)
    body: str
    last_seen_at: datetime | None = Field(default=None, sa_type=Instant)


class AccountRow(SQLModel, table=True):
    __tablename__ = "account"
    platform: str = Field(primary_key=True)
    workspace: str = Field(primary_key=True)
    user: str = Field(primary_key=True)
    educator_id: str = Field(index=True)
    used_at: datetime | None = Field(default=None, sa_type=Instant)


class CalendarRow(SQLModel, table=True):
    __tablename__ = "calendar"
    id: str = Field(primary_key=True)
    body: str


class CalendarLeaRow(SQLModel, table=True):
    __tablename__ = "calendar_lea"
    lea_id: str = Field(primary_key=True)
    calendar_id: str = Field(index=True)


class MicrocredentialRow(SQLModel, table=True):
    __tablename__ = "microcredential"
    id: str = Field(primary_key=True)
    body: str


class CohortRow(SQLModel, table=True):
    __tablename__ = "cohort"
    id: str = Field(primary_key=True)
    status: str = Field(index=True)
    facilitator_id: str = Field(index=True)
    body: str


class CohortMemberRow(SQLModel, table=True):
    __tablename__ = "cohort_member"
    cohort_id: str = Field(primary_key=True)
    educator_id: str = Field(primary_key=True, index=True)


class RunRow(SQLModel, table=True):
    __tablename__ = "run"
    id: str = Field(primary_key=True)
    cohort_id: str = Field(index=True)
    parent_id: str = Field(index=True)
    version: int
    body: str


class MeetingRow(SQLModel, table=True):
    __tablename__ = "meeting"
    id: str = Field(primary_key=True)
    cohort_id: str = Field(index=True)
    version: int
    body: str


class AnswerRow(SQLModel, table=True):
    """`sealed` holds the words; nothing but the reveal and their author reads them."""

    __tablename__ = "answer"
    run_id: str = Field(primary_key=True)
    step_id: str = Field(primary_key=True)
    member: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    body: str
    sealed: str


class AssignmentRow(SQLModel, table=True):
    __tablename__ = "assignment"
    id: str = Field(primary_key=True)
    run_id: str = Field(index=True)
    cohort_id: str = Field(index=True)
    reviewer: str = Field(index=True)
    body: str


class ReviewRow(SQLModel, table=True):
    __tablename__ = "review"
    assignment_id: str = Field(primary_key=True)
    run_id: str = Field(index=True)
    body: str


class RatingRow(SQLModel, table=True):
    __tablename__ = "rating"
    assignment_id: str = Field(primary_key=True)
    run_id: str = Field(index=True)
    body: str


class ArtifactRow(SQLModel, table=True):
    __tablename__ = "artifact"
    id: str = Field(primary_key=True)
    educator_id: str = Field(index=True)
    microcredential_id: str
    body: str


class DraftRow(SQLModel, table=True):
    __tablename__ = "draft"
    id: str = Field(primary_key=True)
    educator_id: str = Field(index=True)
    microcredential_id: str
    body: str


class ResultRow(SQLModel, table=True):
    __tablename__ = "result"
    educator_id: str = Field(primary_key=True)
    microcredential_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    body: str


class ReadingRow(SQLModel, table=True):
    """Small answers a person gave about themselves: a ready-check tick, a rubric self-rating."""

    __tablename__ = "reading"
    educator_id: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    value: str


class NudgeRow(SQLModel, table=True):
    __tablename__ = "nudge"
    id: int | None = Field(default=None, primary_key=True)
    educator_id: str = Field(index=True)
    at: datetime = Field(sa_type=Instant)
    body: str


class SnoozeRow(SQLModel, table=True):
    __tablename__ = "snooze"
    educator_id: str = Field(primary_key=True)
    ref: str = Field(primary_key=True)
    until: datetime = Field(sa_type=Instant)


class InboxRow(SQLModel, table=True):
    __tablename__ = "inbox"
    source: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant)


class OutboxRow(SQLModel, table=True):
    """pending → attempting → sent | dead | dropped. `attempting` past its lease is looked up before a resend."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "outbox_open",
            "not_before",
            "id",
            sqlite_where=text("state in ('pending', 'attempting')"),
            postgresql_where=text("state in ('pending', 'attempting')"),
        ),
        Index(
            "outbox_conversation",
            "platform",
            "workspace",
            "conversation",
            "id",
            sqlite_where=text("state in ('pending', 'attempting')"),
            postgresql_where=text("state in ('pending', 'attempting')"),
        ),
        Index("outbox_platform_id", "platform", "workspace", "platform_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    platform: str
    workspace: str
    conversation: str
    verb: str = Field(default="send", sa_column_kwargs={"server_default": "send"})
    purpose: str = Field(default="room", sa_column_kwargs={"server_default": "room"})
    state: str
    not_before: datetime = Field(sa_type=Instant)
    created_at: datetime = Field(sa_type=Instant)
    attempts: int = 0
    owner: str = ""
    lease_until: datetime | None = Field(default=None, sa_type=Instant)
    settled_at: datetime | None = Field(default=None, sa_type=Instant)
    platform_id: str = ""
    error: str = ""
    body: str


class WorkspaceRow(SQLModel, table=True):
    """One worker sends to a workspace at a time. Nothing goes to one that has taken our access away.

    `installation` is by which we are there; "" where we are without one.
    """

    __tablename__ = "workspace"
    platform: str = Field(primary_key=True)
    workspace: str = Field(primary_key=True)
    owner: str = ""
    lease_until: datetime | None = Field(default=None, sa_type=Instant)
    lost_at: datetime | None = Field(default=None, sa_type=Instant)
    why: str = ""
    installation: str = Field(default="", sa_column_kwargs={"server_default": ""})


class InstallationRow(SQLModel, table=True):
    """Where somebody let us in: one workspace, or the whole of an organisation. `sealed` are its tokens, encrypted."""

    __tablename__ = "installation"
    platform: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    installed_at: datetime = Field(sa_type=Instant)
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)
    expires_at: datetime | None = Field(default=None, sa_type=Instant)
    renewing_until: datetime | None = Field(default=None, sa_type=Instant)
    domains: str = ""
    sealed: str = ""
    body: str


class ConversationRow(SQLModel, table=True):
    """Where a logical conversation lives on a platform."""

    __tablename__ = "conversation"
    platform: str = Field(primary_key=True)
    workspace: str = Field(primary_key=True)
    logical: str = Field(primary_key=True)
    conversation: str = Field(index=True)


class HandleRow(SQLModel, table=True):
    """What a button is about, where its chat carries too few letters. It is never removed: old messages are pressed
    months later."""

    __tablename__ = "handle"
    id: str = Field(primary_key=True)
    action: str
    value: str


class DueRow(SQLModel, table=True):
    """`token` grows with every taking. A dead item failed on its last try and is not taken any more."""

    __tablename__ = "due"
    __table_args__ = (
        Index(
            "due_ready",
            "at",
            "kind",
            "ref",
            sqlite_where=text("dead_at is null"),
            postgresql_where=text("dead_at is null"),
        ),
        Index(
            "due_taken",
            "lease_until",
            sqlite_where=text("lease_until is not null"),
            postgresql_where=text("lease_until is not null"),
        ),
    )
    kind: str = Field(primary_key=True)
    ref: str = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant)
    attempts: int = 0
    error: str = ""
    owner: str = Field(default="", sa_column_kwargs={"server_default": ""})
    lease_until: datetime | None = Field(default=None, sa_type=Instant)
    token: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    dead_at: datetime | None = Field(default=None, sa_type=Instant)


class HistoryRow(SQLModel, table=True):
    __tablename__ = "history"
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Instant)
    kind: str
    subject: str = Field(index=True)
    actor: str
    facts: str


class NoteRow(SQLModel, table=True):
    """What the installation remembers about itself: the demo's clock, the last tick."""

    __tablename__ = "note"
    key: str = Field(primary_key=True)
    value: str


class ChatRoomRow(SQLModel, table=True):
    """The local chat keeps its own record, as Slack or Discord would."""

    __tablename__ = "chat_room"
    id: str = Field(primary_key=True)
    kind: str
    name: str
    topic: str
    opened_at: datetime = Field(sa_type=Instant)


class ChatMemberRow(SQLModel, table=True):
    __tablename__ = "chat_member"
    room_id: str = Field(primary_key=True)
    user: str = Field(primary_key=True, index=True)
    joined_at: datetime = Field(sa_type=Instant)
    left_at: datetime | None = Field(default=None, sa_type=Instant)
    read_to: int = 0


class ChatMessageRow(SQLModel, table=True):
    """`only_for` names the one person who sees it. `changed` grows with every change in the chat."""

    __tablename__ = "chat_message"
    __table_args__ = (Index("chat_message_room", "room_id", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    room_id: str
    thread_id: int | None = Field(default=None, index=True)
    author: str
    only_for: str = ""
    at: datetime = Field(sa_type=Instant)
    edited_at: datetime | None = Field(default=None, sa_type=Instant)
    deleted_at: datetime | None = Field(default=None, sa_type=Instant)
    changed: int = Field(default=0, index=True)
    body: str
