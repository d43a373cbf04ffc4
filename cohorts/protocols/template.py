"""A protocol as data. Words are not here: step `s` of protocol `p` says `protocol-<p>.<s>.title`, `.purpose`, …"""

from typing import Literal

from cohorts.values import Frozen

Visibility = Literal["none", "private", "thread", "sealed"]
PdKind = Literal["content", "active", "collaborative", "sustained", "model", "feedback", "reflection"]


class InputField(Frozen):
    """One question of a step's form; label and hint are `<step>.<field>.label` and `.hint` in the words.

    `fact_only` fields refuse judging words (because, should) listed in the words as `<field>.refuse`.
    `criterion` offers the microcredential's criteria; `draft` the author's own drafts.
    """

    id: str
    kind: Literal["text", "choice", "check", "criterion", "draft", "rating"] = "text"
    multiline: bool = True
    required: bool = True
    min_words: int = 0
    max_words: int = 0
    options: tuple[str, ...] = ()
    many: bool = False
    fact_only: bool = False
    private: bool = False
    """Counted, never shown: a pulse, a self-rating."""


class Opens(Frozen):
    """A step opens `school_days` after all steps in `after` are done (none: the run's start) and its week began."""

    after: tuple[str, ...] = ()
    school_days: int = 0
    week: int = 0
    """1-based week of the run, counted from the Monday of its start: not before that week's first school day, from
    which `school_days` then count too. 0: no such bound."""


class Closes(Frozen):
    """deadline: at the last actor's own deadline. quorum: also as soon as all actors answered, or `share` of them
    after `share` of the window. facilitator: when they say so; 48 h after the deadline it closes by itself."""

    by: Literal["deadline", "quorum", "facilitator"] = "quorum"
    school_days: int = 2
    share: float = 0.75


class Reveal(Frozen):
    """When sealed input becomes shared: never, rolling (as it comes), close (all at once).

    `stages` names the fields shown in turn, `gap_hours` apart; empty shows all fields together.
    """

    when: Literal["never", "rolling", "close"] = "never"
    stages: tuple[tuple[str, ...], ...] = ()
    gap_hours: int = 0


class Starts(Frozen):
    """Runs another protocol: one run for each member of `each`, who takes the role `as_role` in it."""

    protocol: str
    each: str = "participant"
    as_role: str = "presenter"


class Step(Frozen):
    """One step. `minutes` is a person's effort; `kinds` are the features of good PD it carries (linter: all seven)."""

    id: str
    actors: str = "participant"
    silent: tuple[str, ...] = ()
    minutes: int = 10
    kinds: tuple[PdKind, ...] = ()
    form: tuple[InputField, ...] = ()
    answers: int = 1
    """How many a person may give; one is enough to be no longer awaited."""
    visibility: Visibility = "thread"
    opens: Opens = Opens()
    closes: Closes = Closes()
    reveal: Reveal = Reveal()
    starts: Starts | None = None
    on_late: Literal["accept", "refuse"] = "accept"
    on_empty: Literal["close", "ask_facilitator", "end"] = "close"
    """When nobody answered in time: close; ask the facilitator first; or ask, and if nothing comes end the run."""
    reminders: tuple[int, ...] = (72, 24, -24)
    """Hours before (negative: after) a person's own deadline."""


class Protocol(Frozen):
    """A versioned template. `trust`: 1 any group … 3 established groups. `lineage` credits where it comes from."""

    id: str
    version: int
    trust: Literal[1, 2, 3] = 1
    lineage: str = ""
    weeks: int = 0
    roles: tuple[str, ...] = ("participant", "facilitator")
    min_reviewers: int = 0
    reviewers: int = 0
    steps: tuple[Step, ...]

    def step(self, step_id: str) -> Step:
        """Raises KeyError when there is none."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)
