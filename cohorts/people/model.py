"""Who is here: educators, where they work, how a chat knows them."""

from datetime import date, datetime, time
from typing import Literal

from cohorts.values import Frozen

Role = Literal["teacher", "facilitator", "operator"]


class Lea(Frozen):
    """A district. `id` is the 7-character NCES LEAID; `region` its service center; `zone` an IANA name."""

    id: str
    name: str
    state: str
    zone: str
    state_id: str = ""
    city: str = ""
    county: str = ""
    region: str = ""
    latitude: float | None = None
    longitude: float | None = None
    grade_low: str = ""
    grade_high: str = ""
    locale: int | None = None
    schools: int | None = None
    enrollment: int | None = None


class School(Frozen):
    id: str
    lea_id: str
    name: str


class Leave(Frozen):
    """Days away, both included."""

    first: date
    last: date


class Educator(Frozen):
    """A person who works in a school. `evaluators` and `avoid` are e-mail addresses, lower case."""

    id: str
    email: str
    given_name: str
    family_name: str
    lea_id: str
    school_id: str = ""
    zone: str = ""
    language: str = "en"
    roles: tuple[Role, ...] = ("teacher",)
    evaluators: tuple[str, ...] = ()
    quiet_from: time = time(18)
    quiet_until: time = time(7)
    digest_at: time = time(12, 15)
    leaves: tuple[Leave, ...] = ()
    paused_until: date | None = None
    muted: tuple[str, ...] = ()
    active: bool = True

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def leads(self) -> bool:
        """Cohorts of others, or the house."""
        return "facilitator" in self.roles or "operator" in self.roles


class Account(Frozen):
    """One person on one platform and workspace. `user` is opaque outside that platform's folder."""

    platform: str
    workspace: str
    user: str
    educator_id: str


class Window(Frozen):
    """A weekly span a person could meet in; Monday is 0; local wall clock of the person's zone."""

    weekday: int
    start: time
    end: time


InterestStatus = Literal["waiting", "proposed", "placed", "paused", "withdrawn", "finished"]


class Interest(Frozen):
    """An educator wants a microcredential, from when, with which availability. No windows means unknown."""

    id: str
    educator_id: str
    microcredential_id: str
    subject: str
    grade_band: str
    problem_of_practice: str
    zone: str
    availability: tuple[Window, ...] = ()
    weekly_minutes: int = 60
    start_from: date
    language: str = "en"
    share_across_leas: bool = True
    avoid: tuple[str, ...] = ()
    status: InterestStatus = "waiting"
    since: datetime


MemberStatus = Literal["active", "paused", "left"]


class Member(Frozen):
    educator_id: str
    status: MemberStatus = "active"
    paused_until: date | None = None


class Cohort(Frozen):
    """Educators on one microcredential who go through a cycle together."""

    id: str
    name: str
    microcredential_id: str
    language: str
    facilitator_id: str
    members: tuple[Member, ...]
    formed_at: datetime
    status: Literal["active", "finished"] = "active"

    @property
    def active_members(self) -> tuple[str, ...]:
        return tuple(member.educator_id for member in self.members if member.status == "active")
