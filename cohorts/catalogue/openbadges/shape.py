"""What of Open Badges we read, held to the same constraints as the official schema for those fields.

This check always runs, so that an import without 1EdTech's schema file still names every fault it depends on; the
schema file, when there is one, is asked as well (schema.py). Fields we do not read pass through here unlooked at.
Names that begin with `cohortium:` are ours: they carry what Open Badges has no place for.
"""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from cohorts.catalogue.model import AiRule, ArtifactKind
from cohorts.catalogue.pack_shape import Day, Language

_EXTENSIBLE = re.compile(r"(ext:)[a-z|A-Z|0-9|.|-|_]+")
_RESULT_TYPES = frozenset(
    (
        *("GradePointAverage", "LetterGrade", "Percent", "PerformanceLevel", "PredictedScore", "RawScore"),
        *("Result", "RubricCriterion", "RubricCriterionLevel", "RubricScore", "ScaledScore", "Status"),
    )
)


def _check_result_type(value: str) -> str:
    if value not in _RESULT_TYPES and not _EXTENSIBLE.search(value):
        raise PydanticCustomError("bad_pattern", "not a result type")
    return value


def types_with(expected: str) -> AfterValidator:
    """A list of types that must hold this one."""

    def check(types: list[str]) -> list[str]:
        if expected not in types:
            raise PydanticCustomError("lacks_type", "lacks a type", {"expected": expected})
        return types

    return AfterValidator(check)


def _as_list(value: object) -> object:
    return value if isinstance(value, list) else [value]


def _addressed(value: object) -> object:
    return {"id": value} if isinstance(value, str) else value


class Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


class Profile(Shape):
    id: str
    type: Annotated[list[str], types_with("Profile")]
    name: str = ""
    url: str = ""
    own_id: str = Field("", alias="cohortium:id")
    ai_rule: AiRule = Field("unknown", alias="cohortium:aiRule")
    ai_note: str = Field("", alias="cohortium:aiNote")
    assessment_days: int | None = Field(None, alias="cohortium:assessmentDays")
    translations: dict[str, dict[str, str]] = Field({}, alias="cohortium:translations")


class Criteria(Shape):
    id: str = ""
    narrative: str = ""


class Question(Shape):
    """A question of the assessment extension; FileQuestion asks for something made or collected."""

    question_type: Literal["ExternalQuestion", "FileQuestion", "TextQuestion"] = Field(alias="questionType")
    text: str
    word_limit: Annotated[float, Field(ge=0, le=1_000_000)] = Field(0, alias="wordLimit")
    own_id: str = Field("", alias="cohortium:id")
    min_words: int = Field(0, alias="cohortium:minWords")
    kind: ArtifactKind = Field("other", alias="cohortium:kind")
    count: int = Field(1, alias="cohortium:count")
    consent: bool = Field(default=False, alias="cohortium:consent")
    note: str = Field("", alias="cohortium:note")


class Section(Shape):
    title: str = ""
    description: str = ""
    questions: Annotated[list[Question], BeforeValidator(_as_list)] = []
    own_id: str = Field("", alias="cohortium:id")
    note: str = Field("", alias="cohortium:note")


class RubricLevel(Shape):
    id: str
    type: Annotated[list[str], types_with("RubricCriterionLevel")]
    name: str
    description: str = ""
    points: str = ""
    own_id: str = Field("", alias="cohortium:id")


class Result(Shape):
    """A result description: for us, a criterion."""

    id: str
    type: Annotated[list[str], types_with("ResultDescription")]
    name: str
    result_type: Annotated[str, AfterValidator(_check_result_type)] = Field(alias="resultType")
    description: str = ""
    levels: list[RubricLevel] = Field([], alias="rubricCriterionLevel")
    required_level: str = Field("", alias="requiredLevel")
    allowed_values: list[str] = Field([], alias="allowedValue")
    required_value: str = Field("", alias="requiredValue")
    sections: Annotated[list[Section], BeforeValidator(_as_list)] = []
    own_id: str = Field("", alias="cohortium:id")
    part: str = Field("", alias="cohortium:part")


class Achievement(Shape):
    id: str
    type: Annotated[list[str], types_with("Achievement")]
    name: str
    description: str
    criteria: Criteria
    creator: Profile | None = None
    version: str = "1"
    tags: list[str] = Field([], alias="tag")
    results: list[Result] = Field([], alias="resultDescription")
    own_id: str = Field("", alias="cohortium:id")
    key_method: str = Field("", alias="cohortium:keyMethod")
    method_components: list[str] = Field([], alias="cohortium:methodComponents")
    stack: str = Field("", alias="cohortium:stack")
    family: str = Field("", alias="cohortium:family")
    effort_hours: int | None = Field(None, alias="cohortium:effortHours")
    pass_rule: str = Field("all", alias="cohortium:passRule")
    checked: Day | None = Field(None, alias="cohortium:checked")
    note: str = Field("", alias="cohortium:note")
    language: Language = Field("en", alias="inLanguage")
    translations: dict[str, dict[str, str]] = Field({}, alias="cohortium:translations")


class BadgeIssuer(Shape):
    """An Open Badges 2.0 issuer."""

    id: str = ""
    name: str = ""
    url: str = ""


class BadgeClass(Shape):
    """An Open Badges 2.0 badge: its criteria and issuer are an address or a block."""

    id: str
    name: str
    description: str
    criteria: Annotated[Criteria, BeforeValidator(_addressed)]
    issuer: Annotated[BadgeIssuer, BeforeValidator(_addressed)]
    tags: list[str] = []
