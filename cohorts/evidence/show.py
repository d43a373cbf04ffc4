"""What an educator reads of their own evidence: the map, what is missing, one question, the last check."""

from collections.abc import Sequence

from cohorts.catalogue.model import Microcredential
from cohorts.messages import Block, Context, Facts, Message, Progress, Section
from cohorts.words import say

from .gaps import Gap, find_gaps
from .map import CriterionRow, EvidenceMap, PromptRow
from .privacy import ShareProblem
from .ready import Check, is_ready
from .student_data import Finding

GAPS_SHOWN = 3


def map_message(evidence: EvidenceMap, microcredential: Microcredential, language: str) -> Message:
    """Part by part, criterion by criterion; then the next few gaps. For its owner alone: it counts private drafts."""
    blocks: list[Block] = [
        Progress(
            label=say(language, "evidence.map_progress", percent=evidence.percent, issuer=microcredential.issuer.name),
            done=evidence.percent,
            total=100,
        )
    ]
    for part in microcredential.parts:
        criteria = [(row.name, _state(row, language)) for row in evidence.criteria if row.part_id == part.id]
        pieces = [
            (name, words) for part_id, name, words in _pieces(evidence, microcredential, language) if part_id == part.id
        ]
        blocks += [Section(text=f"**{part.title}**"), Facts(rows=tuple(criteria + pieces))]
    gaps = find_gaps(evidence)
    lines = [f"- {gap_line(gap, evidence, microcredential, language)}" for gap in gaps[:GAPS_SHOWN]]
    missing = "\n".join([say(language, "evidence.gaps_title"), *lines]) if lines else say(language, "evidence.map_done")
    blocks += [Section(text=missing), Context(text=say(language, "evidence.map_private"))]
    title = say(language, "evidence.map_title", name=microcredential.name, percent=evidence.percent)
    return Message(text=title, blocks=(Section(text=title), *blocks))


def gap_line(gap: Gap, evidence: EvidenceMap, microcredential: Microcredential, language: str) -> str:
    """What to do, at what, and the minutes."""
    row = next((r for r in evidence.prompts if (r.part_id, r.prompt_id) == (gap.part_id, gap.prompt_id)), None)
    limit = (row.max_words if gap.kind == "shorten" else row.min_words) if row else 0
    text = say(
        language,
        f"evidence.gap_{gap.kind}",
        what=_name_of(gap, microcredential, language),
        criterion=microcredential.criterion(gap.part_id, gap.criterion_id).name,
        words=row.words if row else 0,
        limit=limit,
    )
    return f"{text} ({say(language, 'evidence.gap_minutes', minutes=gap.minutes)})"


def ready_message(checks: Sequence[Check], microcredential: Microcredential, language: str) -> Message:
    """The list with what is in order and what is not, and the verdict."""
    issuer = microcredential.issuer
    open_checks = [check for check in checks if not check.ok]
    key = "ready_yes" if is_ready(tuple(checks)) else "ready_no"
    verdict = say(language, f"evidence.{key}", open=len(open_checks), issuer=issuer.name)
    lines = [f"- {'✓' if check.ok else '○'} {check_line(check, microcredential, language)}" for check in checks]
    title = say(language, "evidence.ready_title")
    return Message(text=verdict, blocks=(Section(text="\n".join([title, *lines])), Section(text=verdict)))


def check_line(check: Check, microcredential: Microcredential, language: str) -> str:
    """The check in words, for the list and as the label of its tick."""
    issuer = microcredential.issuer
    return say(language, f"evidence.check_{check.id}", ai_rule=issuer.ai_rule, issuer=issuer.name)


def flagged_answers(evidence: EvidenceMap, microcredential: Microcredential, language: str) -> tuple[str, ...]:
    """The answers in which something seems to name a student: part and number of the question."""
    rows = (row for row in evidence.prompts if row.flags)
    return tuple(_prompt_name(row.part_id, row.prompt_id, microcredential, language) for row in rows)


def problem_line(problem: ShareProblem, language: str) -> str:
    return say(language, f"evidence.problem_{problem}")


def findings_line(findings: Sequence[Finding], language: str) -> str:
    """What was found, by kind; the words themselves are not repeated."""
    kinds = dict.fromkeys(finding.kind for finding in findings)
    what = ", ".join(say(language, f"evidence.finding_{kind}") for kind in kinds)
    return say(language, "evidence.found", what=what)


def _state(row: CriterionRow, language: str) -> str:
    parts = [say(language, f"evidence.state_{row.state}")]
    if row.reviews:
        parts.append(say(language, "evidence.map_reviews", reviews=row.reviews))
    if row.named:
        parts.append(say(language, "evidence.map_named"))
    return " · ".join(parts)


def _pieces(evidence: EvidenceMap, microcredential: Microcredential, language: str) -> list[tuple[str, str, str]]:
    """(part, name, amount) of every answer and artifact request."""
    answers = [
        (row.part_id, _prompt_name(row.part_id, row.prompt_id, microcredential, language), _words(row, language))
        for row in evidence.prompts
    ]
    links = [
        (
            row.part_id,
            row.name,
            say(
                language,
                "evidence.map_links",
                kept=row.kept,
                wanted=row.wanted,
                without_consent=row.without_consent,
            ),
        )
        for row in evidence.artifacts
    ]
    return answers + links


def _words(row: PromptRow, language: str) -> str:
    return say(language, "evidence.map_words", words=row.words, min_words=row.min_words, max_words=row.max_words)


def _name_of(gap: Gap, microcredential: Microcredential, language: str) -> str:
    part = next(part for part in microcredential.parts if part.id == gap.part_id)
    if gap.prompt_id:
        return _prompt_name(gap.part_id, gap.prompt_id, microcredential, language)
    return next((request.name for request in part.artifacts if request.id == gap.request_id), part.title)


def _prompt_name(part_id: str, prompt_id: str, microcredential: Microcredential, language: str) -> str:
    part = next(part for part in microcredential.parts if part.id == part_id)
    number = [prompt.id for prompt in part.prompts].index(prompt_id) + 1
    return say(language, "evidence.prompt_name", part=part.title, number=number)
