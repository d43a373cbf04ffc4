"""Who could be in a cohort, by which policy, and what is proposed, with the reasons as data."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Literal, Self, get_args

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from cohorts.people.model import Window
from cohorts.values import Frozen

SingletonLevel = Literal["none", "school", "lea"]
Rung = Literal["microcredential", "stack", "family", "problem", "mixed"]
RUNGS: tuple[Rung, ...] = ("microcredential", "stack", "family", "problem", "mixed")
Traded = Literal["microcredential", "subject", "grade_band", "problem", "hours", "districts"]
Grades = Literal["any", "own"]
Hindrance = Literal["no_microcredential", "no_zone", "same_address"]
"""What of somebody's own must be mended before anybody can be with them: their microcredential is not in the catalogue,
the time zone of their hours is unknown, or somebody who waited before them has the same e-mail address."""
ReasonCode = Literal[
    "start_later",
    "no_district",
    "no_consent_alone",
    "own_grades",
    "no_microcredential",
    "no_zone",
    "same_address",
    "language",
    "all_conflict",
    "too_few",
    "uneven",
    "held",
]
RefusalCode = Literal[
    "unknown_person",
    "unknown_group",
    "same_place",
    "full",
    "language",
    "apart",
    "ladder",
    "small",
    "pinned",
    "locked",
    "hindered",
]


class Stored(Frozen):
    """A value that a newer version may have written, while workers of this one still read it: a field it does not know
    is passed over, and so is a word (`known_among`)."""

    model_config = ConfigDict(extra="ignore")


def known_among(kind: object, otherwise: str) -> BeforeValidator:
    """A word of this Literal; for one that only a newer version knows, `otherwise`."""
    words = get_args(kind)
    return BeforeValidator(lambda word: word if word in words else otherwise)


def only_known(kind: object) -> BeforeValidator:
    """Of several words those of this Literal."""
    known = get_args(kind)
    return BeforeValidator(lambda words: tuple(word for word in words if word in known))


class Candidate(Frozen):
    """One educator's interest, as forming sees it.

    `email`, `evaluators` and `avoid` are e-mail addresses. No availability means unknown, never "always".
    `share_across_leas` is consent to be with people of other LEAs. `grades` "own" asks for the same grade band alone;
    it means nothing while `grade_band` is unknown. `stage` counts how far the work is, 0 to 4.
    `problem_tags` are words of a list for the problem of practice; they count like its text. `widest` is the farthest
    step of the ladder she agreed to. `recent_peers` are educator ids she shared a cohort with in the last twelve weeks.
    `locale` and `state` are those of the LEA, `experience` is in years; they decide nothing and are reported on.
    Whoever has a `hindrance` is known and waits, and is with nobody.
    """

    interest_id: str
    educator_id: str
    email: str
    evaluators: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    lea_id: str
    school_id: str = ""
    zone: str
    language: str = "en"
    subject: str = ""
    grade_band: str = ""
    problem_of_practice: str = ""
    availability: tuple[Window, ...] = ()
    microcredential_id: str
    stack: str = ""
    family: str = ""
    share_across_leas: bool = True
    grades: Grades = "any"
    start_from: date
    weekly_minutes: int = 60
    platform: str = ""
    waiting_since: datetime
    stage: int = 0
    problem_tags: tuple[str, ...] = ()
    widest: Rung = "mixed"
    recent_peers: tuple[str, ...] = ()
    workspace: str = ""
    locale: str = ""
    state: str = ""
    experience: int | None = None
    hindrance: Hindrance | None = None


Part = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
"""Goods count at most 1 each, so that no sum of them outweighs a seat."""
MOST_MEMBERS = 30


class Weights(Frozen):
    """How much each good counts. Defaults were measured on a synthetic nation of teachers."""

    hours: Part = 0.30
    closeness: Part = 0.55
    size: Part = 0.15
    isolation: Part = 0.30
    subject: Part = 0.28
    grade_band: Part = 0.16
    problem: Part = 0.24
    stage: Part = 0.08
    platform: Part = 0.04
    other_lea: Part = 0.10
    shared_hours: Part = 0.10
    other_microcredential: Part = 0.25
    repeat: Part = 1.0


class Policy(Frozen):
    """Sizes and weights. `hours_value` is the worth of 0, 1, 2, … weekly hours when all can meet, the last for more;
    `size_value` that of a size by its distance from the target. `start_within_days`: who starts later waits.
    `move_price` is what a pair that stays together is worth more than a new one when cohorts are formed again.
    `seat_gain` is what all in a running cohort and the newcomer must gain together for a free seat to be given at once.
    `cohorts_each` is the most that one facilitator leads."""

    smallest: int = 4
    target: int = 6
    largest: int = 8
    weights: Weights = Weights()
    hours_value: tuple[Part, ...] = (0.0, 0.6, 0.85, 1.0)
    size_value: Mapping[int, Part] = Field(default={-2: 0.3, -1: 0.8, 0: 1.0, 1: 0.9, 2: 0.6})
    start_within_days: Annotated[int, Field(ge=0, le=3650)] = 28
    move_price: Part = 0.15
    seat_gain: Part = 0.25
    cohorts_each: Annotated[int, Field(ge=0, le=100)] = 4

    @model_validator(mode="after")
    def _sizes_in_order(self) -> Self:
        if self.smallest < 2:
            raise ValueError(f"A cohort needs at least 2 people; smallest is {self.smallest}.")
        if self.smallest > self.largest:
            raise ValueError(f"smallest ({self.smallest}) is more than largest ({self.largest}).")
        if self.largest > MOST_MEMBERS:
            raise ValueError(f"largest ({self.largest}) is more than {MOST_MEMBERS}, the most that we can form.")
        if not self.smallest <= self.target <= self.largest:
            raise ValueError(f"target ({self.target}) is not within {self.smallest} to {self.largest}.")
        if not self.hours_value:
            raise ValueError("hours_value needs at least the worth of 0 hours.")
        return self

    def worth_of_size(self, size: int) -> float:
        """Sizes the policy says nothing about are allowed, and worth little."""
        return self.size_value.get(size - self.target, 0.2)


class Terms(Stored):
    """Why this person is here. Counts are of the others in the group; `value` is this person's share of the score. A
    step of the ladder that is not known here counts as the widest: whoever it is about is asked."""

    same_microcredential: int
    same_subject: int
    same_family: int
    near_peers: int
    traded: Annotated[tuple[Traded, ...], only_known(Traded)] = ()
    rung: Annotated[Rung, known_among(Rung, "mixed")] = "microcredential"
    value: float = 0.0


class Seat(Stored):
    educator_id: str
    interest_id: str
    lea_id: str
    microcredential_id: str
    terms: Terms

    @property
    def asked(self) -> bool:
        """Whether this person must say yes to something wider than the microcredential."""
        return self.terms.rung != "microcredential"


class Group(Stored):
    """A proposed cohort. `meet_at` are the starts of separate hours when all can meet, in minutes of the UTC week
    from Monday 00:00; empty with `times_known` false when somebody's times are unknown."""

    id: str
    microcredential_id: str
    language: str
    members: tuple[Seat, ...]
    leas: int
    meet_at: tuple[int, ...] = ()
    times_known: bool = True
    score: float = 0.0

    @property
    def common_hours(self) -> int:
        return len(self.meet_at)

    @property
    def rung(self) -> Rung:
        """The widest step of the ladder anybody here had to take."""
        return max((seat.terms.rung for seat in self.members), key=RUNGS.index, default="microcredential")


class Reason(Stored):
    """Why somebody waits. `needed` is how many more people would do; `start` a date; both only where they matter."""

    code: Annotated[ReasonCode, known_among(ReasonCode, "too_few")]
    needed: int = 0
    start: date | None = None


class Proposal(Stored):
    """`starts` is the day whose UTC offsets turn wall clocks into the UTC week. `score` is the mean value of all
    people, those who wait counting 0. Mappings are by educator id, in its order. `problem_singletons` are those who
    are alone with their problem of practice, as `singletons` are with their microcredential. `pinned` are educators who
    keep their cohort and `locked` cohorts that stay as they are, whatever is proposed anew; each sorted."""

    groups: tuple[Group, ...]
    unplaced: Mapping[str, Reason]
    singletons: Mapping[str, SingletonLevel]
    starts: date
    score: float = 0.0
    pinned: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()
    problem_singletons: Mapping[str, SingletonLevel] = Field(default_factory=dict)

    def group_of(self, educator_id: str) -> Group | None:
        found = self._seats.get(educator_id)
        return found and found[0]

    def seat_of(self, educator_id: str) -> Seat | None:
        found = self._seats.get(educator_id)
        return found and found[1]

    @cached_property
    def _seats(self) -> Mapping[str, tuple[Group, Seat]]:
        """By educator id: a page asks for everybody's."""
        return {seat.educator_id: (group, seat) for group in self.groups for seat in group.members}

    def __copy__(self) -> Self:
        """A copy may be given other groups, so it finds its seats anew."""
        copied = super().__copy__()
        copied.__dict__.pop("_seats", None)
        return copied


class Refusal(Frozen):
    """A change that cannot be made. Never says whose wish forbids it."""

    reason: RefusalCode
    group_id: str = ""


class DuplicateCandidateError(ValueError):
    """Two candidates have the same interest, educator or e-mail; somebody would get two seats."""
