"""A microcredential as an Open Badges 3.0 Achievement, with the assessment extension's sections and questions."""

from typing import Any
from urllib.parse import quote

from cohorts.catalogue.model import ArtifactRequest, Criterion, Issuer, Microcredential, Part, Prompt

CONTEXT = [
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    {"cohortium": "urn:cohortium:terms:"},
]

Json = dict[str, Any]


def write_achievement(microcredential: Microcredential) -> Json:
    """The Achievement, ready for JSON; `read_achievement` gives an equal microcredential back.

    What Open Badges has a field for stands there, so any other reader understands it: criteria as result
    descriptions with rubric levels, parts as sections, prompts and artifacts as questions. The rest (key method,
    stack, AI rule, least words, consent, day checked, our ids) goes in properties that begin with `cohortium:`.
    """
    urn = _urn("microcredential", microcredential.id)
    achievement = {
        "@context": CONTEXT,
        "id": urn,
        "type": ["Achievement"],
        "achievementType": "MicroCredential",
        "inLanguage": microcredential.language,
        "name": microcredential.name,
        "description": microcredential.competency,
        "version": microcredential.version,
        "tag": list(microcredential.tags),
        "creator": _creator(microcredential.issuer),
        "criteria": {"id": microcredential.source, "narrative": _narrative(microcredential)},
        "resultDescription": [
            result for part in microcredential.parts for result in _results(microcredential.id, part)
        ],
    }
    return achievement | _ours(
        id=microcredential.id,
        keyMethod=microcredential.key_method,
        methodComponents=list(microcredential.method_components),
        stack=microcredential.stack,
        family=microcredential.family,
        effortHours=microcredential.effort_hours,
        passRule=microcredential.pass_rule,
        checked=microcredential.checked.isoformat(),
        note=microcredential.note,
        translations={language: dict(said) for language, said in microcredential.translations.items()},
    )


def _urn(*names: str) -> str:
    return ":".join(("urn:cohortium", *(quote(name, safe="") for name in names)))


def _ours(**values: object) -> Json:
    """Our own properties; what says nothing is left out."""
    return {f"cohortium:{name}": value for name, value in values.items() if value not in ("", None, [], {})}


def _creator(issuer: Issuer) -> Json:
    profile: Json = {"id": issuer.url or _urn("issuer", issuer.id), "type": ["Profile"], "name": issuer.name}
    if issuer.url:
        profile["url"] = issuer.url
    return profile | _ours(
        id=issuer.id,
        aiRule=issuer.ai_rule,
        aiNote=issuer.ai_note,
        assessmentDays=issuer.assessment_days,
        translations={language: dict(said) for language, said in issuer.translations.items()},
    )


def _narrative(microcredential: Microcredential) -> str:
    """The whole in Markdown, for readers that show nothing else."""
    return "\n\n".join(_part_narrative(part) for part in microcredential.parts)


def _part_narrative(part: Part) -> str:
    asked = [prompt.text for prompt in part.prompts] + [artifact.name for artifact in part.artifacts]
    judged = [f"**{criterion.name}**: {_passing_name(criterion)}" for criterion in part.criteria]
    lines = "\n".join(f"- {line}" for line in asked + judged)
    return "\n\n".join(filter(None, (f"## {part.title}", part.intro, lines)))


def _passing_name(criterion: Criterion) -> str:
    return next((level.name for level in criterion.levels if level.id == criterion.passing), criterion.passing)


def _results(owner: str, part: Part) -> list[Json]:
    """One result description for each criterion; the part's section stands under the first."""
    results = [_result(owner, part, criterion) for criterion in part.criteria]
    results[0]["sections"] = [_section(part)]
    return results


def _result(owner: str, part: Part, criterion: Criterion) -> Json:
    kinds = [str(artifact.kind) for artifact in part.artifacts] or ["text"]
    levels = [level.name for level in criterion.levels]
    return {
        "id": _urn("criterion", owner, part.id, criterion.id),
        "type": ["ResultDescription", "AssessmentResultDescription"],
        "name": criterion.name,
        "description": criterion.description,
        "resultType": "RubricCriterionLevel",
        "rubricCriterionLevel": [
            {
                "id": _urn("level", owner, part.id, criterion.id, level.id),
                "type": ["RubricCriterionLevel"],
                "name": level.name,
                "level": level.name,
                "description": level.description,
                "points": str(level.points),
                "cohortium:id": level.id,
            }
            for level in criterion.levels
        ],
        "requiredLevel": _urn("level", owner, part.id, criterion.id, criterion.passing),
        "assessmentType": "Artifact",
        "assessmentOutput": ", ".join(dict.fromkeys(kinds)),
        "hasGroupParticipation": False,
        "hasGroupEvaluation": False,
        "evaluationMethod": " → ".join(levels),
        "cohortium:id": criterion.id,
        "cohortium:part": part.id,
    }


def _section(part: Part) -> Json:
    questions = [_prompt(prompt) for prompt in part.prompts] + [_artifact(each) for each in part.artifacts]
    return {
        "type": ["extensions:assessmentSections"],
        "title": part.title,
        "description": part.intro,
        "required": True,
        "questions": questions,
    } | _ours(id=part.id, note=part.note)


def _question(kind: str, text: str, max_words: int) -> Json:
    question: Json = {"type": ["extensions:assessmentQuestions"], "questionType": kind, "text": text}
    limit = {"wordLimit": max_words} if max_words else {}
    return question | limit | {"required": True}


def _prompt(prompt: Prompt) -> Json:
    return _question("TextQuestion", prompt.text, prompt.max_words) | _ours(
        id=prompt.id, minWords=prompt.min_words or None
    )


def _artifact(artifact: ArtifactRequest) -> Json:
    return _question("FileQuestion", artifact.name, artifact.max_words) | _ours(
        id=artifact.id,
        kind=artifact.kind,
        count=artifact.count,
        consent=artifact.consent,
        note=artifact.note,
    )
