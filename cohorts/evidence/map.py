"""The evidence map: for each criterion what there is, and for the whole what is missing."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from cohorts.catalogue.model import ArtifactRequest, Criterion, Microcredential, Part, Prompt

from .drafts import newest
from .model import Artifact, Draft, Result, criterion_key
from .student_data import find_student_data

State = Literal["nothing", "link", "draft", "reviewed", "ready"]
Fit = Literal["empty", "short", "long", "fits"]


class PromptRow(NamedTuple):
    """One question and its newest answer. Limits count words, 0 means none; `flags` count student data found."""

    part_id: str
    prompt_id: str
    words: int
    min_words: int
    max_words: int
    version: int = 0
    shared: bool = False
    flags: int = 0

    @property
    def fit(self) -> Fit:
        if not self.words:
            return "empty"
        if self.words < self.min_words:
            return "short"
        return "long" if self.max_words and self.words > self.max_words else "fits"

    @property
    def complete(self) -> bool:
        return self.fit == "fits" and not self.flags


class ArtifactRow(NamedTuple):
    """One artifact request: how many links are kept of how many wanted, and how many lack consent."""

    part_id: str
    request_id: str
    name: str
    wanted: int
    kept: int
    without_consent: int

    @property
    def complete(self) -> bool:
        return self.kept >= self.wanted and not self.without_consent


class CriterionRow(NamedTuple):
    """nothing → link → draft → reviewed (a peer review names it) → ready (all that its part asks for is there, and no
    answer of it seems to name a student).

    Issuers do not ask for peer review, so a criterion can be ready without; `reviews` says how many there are.
    `named`: a "not yet" named it and nothing of its part is newer; it is not ready before that.
    """

    part_id: str
    criterion_id: str
    name: str
    state: State
    reviews: int
    named: bool = False


class EvidenceMap(NamedTuple):
    """Rows in the issuer's order. `percent` counts answers, links and named criteria that are done."""

    microcredential_id: str
    criteria: tuple[CriterionRow, ...]
    prompts: tuple[PromptRow, ...]
    artifacts: tuple[ArtifactRow, ...]
    percent: int

    @property
    def complete(self) -> bool:
        return all(row.state == "ready" for row in self.criteria)


def evidence_map(
    microcredential: Microcredential,
    drafts: Sequence[Draft],
    artifacts: Sequence[Artifact],
    reviewed: Sequence[str] = (),
    result: Result | None = None,
) -> EvidenceMap:
    """One educator's map. `reviewed` holds the criterion key of each review they
    received; `result` is the issuer's latest word."""
    answers = newest(drafts)
    kept = [artifact for artifact in artifacts if not artifact.withdrawn]
    criteria: list[CriterionRow] = []
    prompts: list[PromptRow] = []
    requests: list[ArtifactRow] = []
    for part in microcredential.parts:
        in_part = [answer for answer in answers.values() if answer.part_id == part.id]
        links = [artifact for artifact in kept if artifact.part_id == part.id]
        asked = [_prompt_row(part, prompt, answers) for prompt in part.prompts]
        wanted = [_artifact_row(part, request, links) for request in part.artifacts]
        complete = all(row.complete for row in asked) and all(row.complete for row in wanted)
        named = _still_named(part, in_part, links, result)
        has: State = "draft" if any(answer.word_count for answer in in_part) else "link" if links else "nothing"
        criteria += (
            _criterion_row(part, criterion, "ready" if complete else has, reviewed, criterion.id in named)
            for criterion in part.criteria
        )
        prompts += asked
        requests += wanted
    return EvidenceMap(
        microcredential_id=microcredential.id,
        criteria=tuple(criteria),
        prompts=tuple(prompts),
        artifacts=tuple(requests),
        percent=_percent(criteria, prompts, requests),
    )


def _prompt_row(part: Part, prompt: Prompt, answers: Mapping[tuple[str, str], Draft]) -> PromptRow:
    draft = answers.get((part.id, prompt.id))
    return PromptRow(
        part_id=part.id,
        prompt_id=prompt.id,
        words=draft.word_count if draft else 0,
        min_words=prompt.min_words,
        max_words=prompt.max_words,
        version=draft.version if draft else 0,
        shared=draft.shared if draft else False,
        flags=len(find_student_data(draft.text)) if draft else 0,
    )


def _artifact_row(part: Part, request: ArtifactRequest, links: Sequence[Artifact]) -> ArtifactRow:
    mine = [artifact for artifact in links if artifact.request_id == request.id]
    return ArtifactRow(
        part_id=part.id,
        request_id=request.id,
        name=request.name,
        wanted=request.count,
        kept=len(mine),
        without_consent=sum(artifact.consent == "missing" for artifact in mine),
    )


def _criterion_row(
    part: Part, criterion: Criterion, state: State, reviewed: Sequence[str], named: bool
) -> CriterionRow:
    count = sum(key == criterion_key(part.id, criterion.id) for key in reviewed)
    if state == "ready" and named:
        state = "draft" if part.prompts else "link"
    if state != "ready" and count:
        state = "reviewed"
    return CriterionRow(
        part_id=part.id, criterion_id=criterion.id, name=criterion.name, state=state, reviews=count, named=named
    )


def _still_named(
    part: Part, drafts: Sequence[Draft], links: Sequence[Artifact], result: Result | None
) -> frozenset[str]:
    """Ids of the part's criteria that a "not yet" named and nothing newer answers."""
    if result is None or result.status != "not_yet":
        return frozenset()
    newer = [draft.at for draft in drafts if draft.at > result.at]
    newer += [link.created_at for link in links if link.created_at > result.at]
    if newer:
        return frozenset()
    return frozenset(c.id for c in part.criteria if criterion_key(part.id, c.id) in result.criteria)


def _percent(criteria: Sequence[CriterionRow], prompts: Sequence[PromptRow], artifacts: Sequence[ArtifactRow]) -> int:
    """Whole and rounded down, so 100 means everything."""
    named = sum(row.named for row in criteria)
    total = len(prompts) + sum(row.wanted for row in artifacts) + named
    done = sum(row.complete for row in prompts)
    done += sum(max(0, min(row.wanted, row.kept - row.without_consent)) for row in artifacts)
    return 100 * done // total if total else 0
