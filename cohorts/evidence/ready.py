"""Ready to submit? What we can see we check; what only the educator can know they tick."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from .map import EvidenceMap

SeenCheck = Literal["answers", "artifacts", "consent", "names"]
TickedCheck = Literal["no_names", "own_words", "own_lesson", "links_open"]
TICKS: tuple[TickedCheck, ...] = ("no_names", "own_words", "own_lesson", "links_open")
"""Ids of the form's ticks. `own_words` stands for the issuer's AI rule; without links `links_open` is not asked."""


class Check(NamedTuple):
    """One line of the list. `where` holds `<part>/<prompt or request>` of what is not in order yet."""

    id: SeenCheck | TickedCheck
    ok: bool
    by_person: bool = False
    where: tuple[str, ...] = ()


def ready_check(evidence: EvidenceMap, ticks: Mapping[str, str]) -> tuple[Check, ...]:
    """All checks, ours first. `ticks` is what the form sent: "yes" counts, anything else does not."""
    asked = [tick for tick in TICKS if tick != "links_open" or any(row.kept for row in evidence.artifacts)]
    return (
        _seen("answers", [f"{row.part_id}/{row.prompt_id}" for row in evidence.prompts if row.fit != "fits"]),
        _seen("artifacts", [f"{row.part_id}/{row.request_id}" for row in evidence.artifacts if row.kept < row.wanted]),
        _seen("consent", [f"{row.part_id}/{row.request_id}" for row in evidence.artifacts if row.without_consent]),
        _seen("names", [f"{row.part_id}/{row.prompt_id}" for row in evidence.prompts if row.flags]),
        *(Check(id=tick, ok=ticks.get(tick) == "yes", by_person=True) for tick in asked),
    )


def is_ready(checks: tuple[Check, ...]) -> bool:
    return all(check.ok for check in checks)


def _seen(check: SeenCheck, where: list[str]) -> Check:
    return Check(id=check, ok=not where, where=tuple(where))
