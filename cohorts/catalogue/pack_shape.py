"""The shape of a YAML pack: which fields there are, which are needed, what each may hold."""

import re
from datetime import date
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from .model import AiRule, ArtifactKind

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,4}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def level_id(name: str) -> str:
    """`Not Met` → `not-met`; "" for a name without a letter or digit."""
    return re.sub(r"[\W_]+", "-", name.casefold()).strip("-")


def _check_id(value: str) -> str:
    if not _ID.fullmatch(value):
        raise PydanticCustomError("bad_id", "not an id")
    return value


def _check_language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise PydanticCustomError("bad_language", "not a language")
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
Language = Annotated[str, AfterValidator(_check_language)]
Url = Annotated[str, AfterValidator(_check_url)]
Day = Annotated[date, BeforeValidator(_check_date)]
Words = Annotated[int, Field(ge=0, le=20_000)]
Count = Annotated[int, Field(ge=1, le=100)]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class IssuerTexts(Shape):
    """An issuer's own name stays as it is in every language."""

    ai_note: Text


class IssuerShape(Shape):
    id: Id
    name: Text
    url: Url = ""
    ai_rule: AiRule
    ai_note: Text = ""
    assessment_days: Annotated[int, Field(ge=1, le=365)] | None = None
    translations: dict[str, IssuerTexts] = {}


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


class LevelTexts(Shape):
    name: Text = ""
    description: Text = ""


class CriterionTexts(Shape):
    """`levels` by the name that the pack gives each."""

    name: Text = ""
    description: Text = ""
    levels: dict[str, LevelTexts] = {}


class ArtifactTexts(Shape):
    name: Text = ""
    note: Text = ""


class PartTexts(Shape):
    """Everything by the ids that the pack gives it."""

    title: Text = ""
    intro: Text = ""
    note: Text = ""
    prompts: dict[str, Text] = {}
    artifacts: dict[str, ArtifactTexts] = {}
    criteria: dict[str, CriterionTexts] = {}


class Texts(Shape):
    """One microcredential in another language; what is left out stays in the pack's."""

    name: Text = ""
    competency: Text = ""
    note: Text = ""
    parts: dict[str, PartTexts] = {}


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
    translations: dict[str, Texts] = {}


class PackShape(Shape):
    pack: Literal["1"]
    language: Language = "en"
    issuers: Annotated[list[IssuerShape], Field(min_length=1)]
    microcredentials: Annotated[list[MicrocredentialShape], Field(min_length=1)]
