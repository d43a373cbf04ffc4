"""What a microcredential asks for: parts → prompts or artifacts → criteria → levels → pass rule."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

from cohorts.values import Frozen

AiRule = Literal["forbid", "disclose", "unknown"]
ArtifactKind = Literal[
    "text",
    "plan",
    "student_work",
    "student_reflection",
    "video",
    "audio",
    "observation",
    "presentation",
    "data",
    "other",
]


class Level(Frozen):
    """One rung of a criterion, lowest first."""

    id: str
    name: str
    description: str = ""
    points: int = 0


class Criterion(Frozen):
    """What is judged. `passing` is the id of the lowest level that passes."""

    id: str
    name: str
    description: str = ""
    levels: tuple[Level, ...]
    passing: str


class Prompt(Frozen):
    """A question answered in words. 0 means no limit."""

    id: str
    text: str
    min_words: int = 0
    max_words: int = 0


class ArtifactRequest(Frozen):
    """Something made or collected. `consent` is true when students may be seen, heard or read in it.

    `max_words` limits each piece when it is written (0: no limit), such as a student's reflection.
    """

    id: str
    name: str
    kind: ArtifactKind
    count: int = 1
    consent: bool = False
    max_words: int = 0
    note: str = ""


class Part(Frozen):
    """A section of the submission, in the issuer's order. Every criterion of a part must reach its passing level.

    `note` says what about its structure could not be read at the source.
    """

    id: str
    title: str
    intro: str = ""
    prompts: tuple[Prompt, ...] = ()
    artifacts: tuple[ArtifactRequest, ...] = ()
    criteria: tuple[Criterion, ...]
    note: str = ""


class Issuer(Frozen):
    id: str
    name: str
    url: str = ""
    ai_rule: AiRule = "unknown"
    ai_note: str = ""
    assessment_days: int | None = None
    translations: Mapping[str, Mapping[str, str]] = {}


class Microcredential(Frozen):
    """`source` is where the structure was read and `checked` when; both go with it everywhere.

    The texts are in `language` (BCP 47); `translations` holds some or all of them in others: by language, then by where
    each stands, such as `parts/analyze/title` (speak.py).
    """

    id: str
    version: str = "1"
    name: str
    issuer: Issuer
    competency: str
    key_method: str = ""
    method_components: tuple[str, ...] = ()
    stack: str = ""
    family: str = ""
    tags: tuple[str, ...] = ()
    effort_hours: int | None = None
    parts: tuple[Part, ...]
    pass_rule: str = "all"  # noqa: S105 — a rule for passing, not a password
    source: str
    checked: date
    note: str = ""
    language: str = "en"
    translations: Mapping[str, Mapping[str, str]] = {}

    def criterion(self, part_id: str, criterion_id: str) -> Criterion:
        """Raises KeyError when there is none."""
        for part in self.parts:
            for criterion in part.criteria:
                if (part.id, criterion.id) == (part_id, criterion_id):
                    return criterion
        raise KeyError((part_id, criterion_id))
