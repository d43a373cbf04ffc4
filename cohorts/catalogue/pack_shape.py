"""The shape of a YAML pack: which fields there are, which are needed, what each may hold."""

import re
from datetime import date
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from .model import AiRule, ArtifactKind

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def _check_id(value: str) -> str:
    if not _ID.fullmatch(value):
        raise PydanticCustomError("bad_id", "not an id")
    return value


def _check_url(value: str) -> str:
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.netloc or re.search(r"\s", value):
        raise PydanticCustomError("bad_url", "not a web address")
    return value


def _check_date(value: object) -> date:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise PydanticCustomError("bad_date", "not a date")


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Id = Annotated[str, AfterValidator(_check_id)]
Url = Annotated[str, AfterValidator(_check_url)]
Day = Annotated[date, BeforeValidator(_check_date)]
Words = Annotated[int, Field(ge=0, le=20_000)]
Count = Annotated[int, Field(ge=1, le=100)]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class IssuerShape(Shape):
    id: Id
    name: Text
    url: Url = ""
    ai_rule: AiRule
    ai_note: Text = ""
    assessment_days: Annotated[int, Field(ge=1, le=365)] | None = None


class PromptShape(Shape):
    id: Id
    text: Text
    min_words: Words = 0
    max_words: Words = 0


class ArtifactShape(Shape):
    id: Id
    name: Text
    kind: ArtifactKind
    count: Count = 1
    consent: bool = False
    max_words: Words = 0
    note: Text = ""


class CriterionShape(Shape):
    """`levels` maps each level's name to what it looks like, lowest first; `passing` is one of the names."""

    id: Id
    name: Text
    description: Text = ""
    levels: Annotated[dict[str, Text], Field(min_length=2)]
    passing: Text


class PartShape(Shape):
    id: Id
    title: Text
    intro: Text = ""
    note: Text = ""
    prompts: list[PromptShape] = []
    artifacts: list[ArtifactShape] = []
    criteria: Annotated[list[CriterionShape], Field(min_length=1)]


class MicrocredentialShape(Shape):
    id: Id
    version: Text = "1"
    name: Text
    issuer: Id
    competency: Text
    key_method: Text = ""
    method_components: list[Text] = []
    stack: Text = ""
    family: Text = ""
    tags: list[Text] = []
    effort_hours: Annotated[int, Field(ge=1, le=1_000)] | None = None
    parts: Annotated[list[PartShape], Field(min_length=1)]
    pass_rule: Literal["all"] = "all"  # noqa: S105 — a rule for passing, not a password
    source: Url
    checked: Day
    note: Text = ""


class PackShape(Shape):
    pack: Literal["1"]
    issuers: Annotated[list[IssuerShape], Field(min_length=1)]
    microcredentials: Annotated[list[MicrocredentialShape], Field(min_length=1)]
