"""The evidence board, part by part, as the page draws it."""

from collections.abc import Sequence
from dataclasses import dataclass

from cohorts.catalogue.model import ArtifactRequest, Part, Prompt
from cohorts.evidence.drafts import versions
from cohorts.evidence.map import ArtifactRow, CriterionRow, PromptRow
from cohorts.evidence.model import Artifact, Draft
from cohorts.usecases.board.evidence import EvidenceBoard


@dataclass(frozen=True, slots=True)
class PromptShown:
    """A question, how its answer fits, and all versions of the answer, newest first. `full` words fill its bar."""

    prompt: Prompt
    row: PromptRow
    versions: tuple[Draft, ...]
    full: int


@dataclass(frozen=True, slots=True)
class RequestShown:
    request: ArtifactRequest
    row: ArtifactRow
    links: tuple[Artifact, ...]


@dataclass(frozen=True, slots=True)
class PartShown:
    part: Part
    criteria: tuple[CriterionRow, ...]
    prompts: tuple[PromptShown, ...]
    requests: tuple[RequestShown, ...]


def parts_shown(board: EvidenceBoard) -> Sequence[PartShown]:
    """In the issuer's order."""
    return [_part(board, part) for part in board.microcredential.parts]


def _part(board: EvidenceBoard, part: Part) -> PartShown:
    answers = {row.prompt_id: row for row in board.evidence.prompts if row.part_id == part.id}
    requests = {row.request_id: row for row in board.evidence.artifacts if row.part_id == part.id}
    return PartShown(
        part=part,
        criteria=tuple(row for row in board.evidence.criteria if row.part_id == part.id),
        prompts=tuple(_prompt(board, part, prompt, answers[prompt.id]) for prompt in part.prompts),
        requests=tuple(
            RequestShown(request=request, row=requests[request.id], links=_links(board, part, request))
            for request in part.artifacts
        ),
    )


def _prompt(board: EvidenceBoard, part: Part, prompt: Prompt, row: PromptRow) -> PromptShown:
    # Without a limit any words at all fill the bar: there is no more that anybody asks for.
    full = row.max_words or row.min_words or max(row.words, 1)
    return PromptShown(prompt=prompt, row=row, versions=versions(board.drafts, part.id, prompt.id), full=full)


def _links(board: EvidenceBoard, part: Part, request: ArtifactRequest) -> tuple[Artifact, ...]:
    place = (part.id, request.id)
    return tuple(link for link in board.artifacts if (link.part_id, link.request_id) == place)
