"""What is missing, in the order to do it, each with the minutes it may take."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from .map import ArtifactRow, CriterionRow, EvidenceMap, PromptRow

GapKind = Literal["revise", "consent", "names", "collect", "write", "lengthen", "shorten"]

WORDS_A_MINUTE = 10
"""Slow writing about one's own teaching; a guess that rather asks for too much time than for too little."""
MINUTES = {"revise": 20, "consent": 10, "names": 5, "collect": 15, "shorten": 10}
UNLIMITED_WORDS = 150
LONGEST = 45
"""Nobody is asked to sit down for longer; a long answer is then begun, not finished."""


class Gap(NamedTuple):
    """One thing to do. `prompt_id` or `request_id` says at what; `criterion_id` is what it serves.

    revise: the issuer named the criterion. consent: a link lacks it. names: student data stands in an answer.
    """

    kind: GapKind
    part_id: str
    criterion_id: str
    minutes: int
    prompt_id: str = ""
    request_id: str = ""


def find_gaps(evidence: EvidenceMap) -> tuple[Gap, ...]:
    """Criteria a "not yet" named first; then part by part: what others must give, what must go, what to write."""
    return tuple(_gaps(evidence))


def next_gap(evidence: EvidenceMap) -> Gap | None:
    """The one thing to do next; None when nothing is missing."""
    return next(_gaps(evidence), None)


def _gaps(evidence: EvidenceMap) -> Iterator[Gap]:
    yield from (_gap("revise", row, row.criterion_id) for row in evidence.criteria if row.named)
    for part_id in dict.fromkeys(row.part_id for row in evidence.criteria):
        yield from _gaps_of(evidence, part_id)


def _gaps_of(evidence: EvidenceMap, part_id: str) -> Iterator[Gap]:
    criteria = [row.criterion_id for row in evidence.criteria if row.part_id == part_id]
    artifacts = [row for row in evidence.artifacts if row.part_id == part_id]
    prompts = [row for row in evidence.prompts if row.part_id == part_id]
    yield from (_gap("consent", row, criteria[0]) for row in artifacts if row.without_consent)
    yield from (_gap("names", row, criteria[0]) for row in prompts if row.flags)
    yield from (_gap("collect", row, criteria[0]) for row in artifacts if row.kept < row.wanted)
    for number, row in enumerate(prompts):
        kind = _writing(row)
        if kind:
            # A part's questions serve all its criteria; taking them in turn lets each be asked about.
            yield _gap(kind, row, criteria[number % len(criteria)])


def _writing(row: PromptRow) -> GapKind | None:
    kinds: dict[str, GapKind] = {"empty": "write", "short": "lengthen", "long": "shorten"}
    return kinds.get(row.fit)


def _gap(kind: GapKind, row: PromptRow | ArtifactRow | CriterionRow, criterion_id: str) -> Gap:
    return Gap(
        kind=kind,
        part_id=row.part_id,
        criterion_id=criterion_id,
        prompt_id=row.prompt_id if isinstance(row, PromptRow) else "",
        request_id=row.request_id if isinstance(row, ArtifactRow) else "",
        minutes=MINUTES[kind] if kind in MINUTES or not isinstance(row, PromptRow) else _writing_minutes(row),
    )


def _writing_minutes(row: PromptRow) -> int:
    """Minutes in steps of five for the words still wanted."""
    wanted = row.min_words or row.max_words * 2 // 3 or UNLIMITED_WORDS
    minutes = -(-max(0, wanted - row.words) // WORDS_A_MINUTE)
    return min(LONGEST, max(5, -(-minutes // 5) * 5))
