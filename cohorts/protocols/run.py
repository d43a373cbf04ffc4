"""A protocol under way, what happens to it, and what follows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cohorts.values import Frozen

StepStatus = Literal["waiting", "open", "closed", "done"]


class StepState(Frozen):
    """waiting → open → closed (no longer awaited, reveal still to come) → done (all that it reveals is shown).

    `due` is each actor's own deadline; `closes_at` the latest of them, within five school days of the first.
    `opens_at` and `reveal_at` are instants at which every member may be written to. `revealed` counts the reveal
    stages already shown. From `quorum_at` on a share of the actors is enough to close. `children` are the ids of
    child runs still under way. `asked_facilitator_at` is when a decision was wanted and could be asked for.

    What an instant was counted from is kept beside it, so that it can be counted again when somebody's days change:
    `opens_from` (in school days and weeks where `opens_counted`, else the first moment from there that suits),
    `reveal_from`, and `counted`: member, from when, over how many of their school days.
    """

    id: str
    status: StepStatus = "waiting"
    opens_at: datetime | None = None
    opens_from: datetime | None = None
    opens_counted: bool = True
    opened_at: datetime | None = None
    due: tuple[tuple[str, datetime], ...] = ()
    counted: tuple[tuple[str, datetime, int], ...] = ()
    quorum_at: datetime | None = None
    closes_at: datetime | None = None
    closed_at: datetime | None = None
    reveal_at: datetime | None = None
    reveal_from: datetime | None = None
    revealed: int = 0
    answered: tuple[str, ...] = ()
    late: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    children: tuple[str, ...] = ()
    asked_facilitator_at: datetime | None = None

    def due_of(self, member: str) -> datetime | None:
        return dict(self.due).get(member)


class RunIdentity(Frozen):
    """What a run is called and whose child it is; a run of its own has no parent."""

    id: str
    cohort_id: str
    parent_id: str = ""
    parent_step: str = ""


class Run(Frozen):
    """A run pins its protocol's version. `roles` says who is presenter, facilitator, reviewer, participant …

    `version` counts saves; storage refuses a save over a newer one.
    """

    id: str
    cohort_id: str
    protocol_id: str
    protocol_version: int
    parent_id: str = ""
    parent_step: str = ""
    roles: tuple[tuple[str, tuple[str, ...]], ...]
    started_at: datetime
    status: Literal["running", "paused", "ended"] = "running"
    paused_at: datetime | None = None
    steps: tuple[StepState, ...]
    version: int = 0

    def role(self, name: str) -> tuple[str, ...]:
        for role, holders in self.roles:
            if role == name:
                return holders
        return ()

    def step(self, step_id: str) -> StepState:
        """Raises KeyError when there is none."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)


@dataclass(frozen=True, slots=True)
class Ticked:
    """Time has passed."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A member gave a step's input. Storage keeps the words; the run knows only that they came."""

    step: str
    member: str


@dataclass(frozen=True, slots=True)
class Advanced:
    """The facilitator closes the step now."""

    step: str


@dataclass(frozen=True, slots=True)
class Extended:
    """The facilitator gives every actor so many more school days."""

    step: str
    school_days: int


@dataclass(frozen=True, slots=True)
class Paused:
    pass


@dataclass(frozen=True, slots=True)
class Resumed:
    """Everything not yet past moves by the time the pause took."""


@dataclass(frozen=True, slots=True)
class RoleChanged:
    """Who holds a role now: somebody left, came back, was assigned or replaced."""

    role: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChildEnded:
    run_id: str


@dataclass(frozen=True, slots=True)
class Replanned:
    """Somebody's calendar, zone, hours or leave changed: what is planned is counted again by the rhythms of now."""


RunEvent = Ticked | Answered | Advanced | Extended | Paused | Resumed | RoleChanged | ChildEnded | Replanned


@dataclass(frozen=True, slots=True)
class StepOpened:
    step: str


@dataclass(frozen=True, slots=True)
class StepClosed:
    step: str
    by: Literal["all", "quorum", "deadline", "facilitator", "itself"]


@dataclass(frozen=True, slots=True)
class Revealed:
    """Show these fields of all kept answers of the step now. `stage` counts from 0; `last` when none follows."""

    step: str
    stage: int
    fields: tuple[str, ...]
    last: bool


@dataclass(frozen=True, slots=True)
class LateShown:
    """A late answer to a sealed step of which stages are revealed: show what those stages show, marked."""

    step: str
    member: str


@dataclass(frozen=True, slots=True)
class ChildWanted:
    """Start a child run of the protocol, under this id, with this member in the role."""

    step: str
    protocol: str
    member: str
    role: str
    run_id: str


@dataclass(frozen=True, slots=True)
class FacilitatorAsked:
    """A decision is needed; without one in 48 h the run moves on by itself."""

    step: str


@dataclass(frozen=True, slots=True)
class HeaderChanged:
    """The living header message must be drawn again."""


@dataclass(frozen=True, slots=True)
class Ended:
    pass


Effect = StepOpened | StepClosed | Revealed | LateShown | ChildWanted | FacilitatorAsked | HeaderChanged | Ended
