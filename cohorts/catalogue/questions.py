"""One question about a teacher's own material, for the drafting nudge. It asks; it never writes."""

import hashlib
from types import MappingProxyType

from .model import ArtifactKind, Microcredential, Part

QUESTIONS = MappingProxyType(
    {
        "overview": 5,
        "reflection": 5,
        "plan": 4,
        "student_work": 4,
        "student_voice": 3,
        "recording": 4,
        "observation": 3,
        "presentation": 3,
        "data": 4,
        "artifact": 3,
    }
)
"""How many questions there are of each kind: `questions.<kind>_1` and so on."""

_KIND_OF_ARTIFACT: dict[ArtifactKind, str] = {
    "plan": "plan",
    "student_work": "student_work",
    "student_reflection": "student_voice",
    "video": "recording",
    "audio": "recording",
    "observation": "observation",
    "presentation": "presentation",
    "data": "data",
    "text": "artifact",
    "other": "artifact",
}


def question_for(microcredential: Microcredential, part_id: str, criterion_id: str, salt: str) -> str:
    """The key of a message that asks about what this part wants: its artifacts, or else the words it is made of.

    The same arguments give the same key; another salt (a date, a count) moves on to another question.
    Raises KeyError when there is no such part or criterion.
    """
    microcredential.criterion(part_id, criterion_id)
    part = next(part for part in microcredential.parts if part.id == part_id)
    chance = hashlib.sha256("\x1f".join((microcredential.id, part_id, criterion_id, salt)).encode()).digest()
    kinds = _kinds(part, is_last=part is microcredential.parts[-1])
    kind = kinds[chance[0] % len(kinds)]
    return f"questions.{kind}_{chance[1] % QUESTIONS[kind] + 1}"


def _kinds(part: Part, *, is_last: bool) -> list[str]:
    """Issuers put the reflection last, so prompts without artifacts look back there and set the scene elsewhere."""
    if part.artifacts:
        return [_KIND_OF_ARTIFACT[artifact.kind] for artifact in part.artifacts]
    return ["reflection" if is_last else "overview"]
