"""Open Badges into the catalogue."""

from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from pydantic import ValidationError

from cohorts.catalogue.faults import bad_input, raise_problems, refuse, shape_faults
from cohorts.catalogue.json_tree import read_json
from cohorts.catalogue.model import Issuer, Microcredential
from cohorts.catalogue.tree import Fault, Path, Place, Tree
from cohorts.ids import make_id
from cohorts.problems import BadInputError
from cohorts.words import say

from .parts import read_parts, result_faults, whole_part
from .schema import OfficialSchema
from .shape import Achievement, BadgeClass, Profile, Shape

_IN_CREDENTIAL: Path = ("credentialSubject", "achievement")

_S = TypeVar("_S", bound=Shape)


@dataclass(frozen=True, slots=True)
class _Source:
    """A file on its way in, with what its reader said about it."""

    tree: Tree
    checked: date
    language: str

    def refusal(self, kind: str, name: str) -> BadInputError:
        """The error for a credential whose subject is not as it should be."""
        return bad_input(self.tree, [Fault(("credentialSubject",), kind, {"name": name})], self.language)


def read_achievement(
    file_name: str, text: str, schema: OfficialSchema | None, checked: date, language: str = "en"
) -> Microcredential:
    """The microcredential of an Open Badges 3.0 Achievement, alone or inside a credential, or of a 2.0 BadgeClass.

    `checked` is kept as the day the structure was read, unless the file carries that day itself. Whoever a
    credential was awarded to is left behind. Our own check of the fields we use always runs; with a `schema` the
    whole file must also satisfy 1EdTech's. Each result description becomes a criterion in a part of its own, unless
    the file is one of ours and names the part. Raises BadInputError.
    """
    tree = read_json(file_name, text, language)
    source = _Source(tree, checked, language)
    value = tree.value if isinstance(tree.value, dict) else {}
    kinds = _type_names(value.get("type"))
    if "BadgeClass" in kinds:
        return _from_badge_class(source)
    if "credentialSubject" in value:
        return _from_credential(source, value, schema)
    if kinds & {"Achievement", "MicroCredential"} or {"criteria", "achievementType"} & value.keys():
        return _from_achievement(source, schema)
    raise refuse(file_name, Place(1, 1), "not_open_badges", language)


def _type_names(types: object) -> set[str]:
    """Open Badges 2.0 may write one type as a text, 3.0 always lists them."""
    listed = types if isinstance(types, list) else [types]
    return {name for name in listed if isinstance(name, str)}


def _from_credential(source: _Source, value: dict[str, object], schema: OfficialSchema | None) -> Microcredential:
    subject, issuer = value["credentialSubject"], value.get("issuer")
    if not isinstance(subject, dict):
        raise source.refusal("not_a_block", "credentialSubject")
    if "achievement" not in subject:
        raise source.refusal("missing", "achievement")
    profile = {"id": issuer, "type": ["Profile"]} if isinstance(issuer, str) else issuer
    creator = None if profile is None else _shaped(source, profile, Profile, ("issuer",))
    achievement = _shaped(source, subject["achievement"], Achievement, _IN_CREDENTIAL)
    _check(source, achievement, _IN_CREDENTIAL, schema)
    return _microcredential(source, achievement, creator)


def _from_achievement(source: _Source, schema: OfficialSchema | None) -> Microcredential:
    achievement = _shaped(source, source.tree.value, Achievement, ())
    _check(source, achievement, (), schema)
    return _microcredential(source, achievement, None)


def _check(source: _Source, achievement: Achievement, at: Path, schema: OfficialSchema | None) -> None:
    if schema:
        raise_problems(source.tree, schema.faults(source.tree.value, credential=bool(at)), source.language)
    raise_problems(source.tree, result_faults(achievement, at), source.language)


def _shaped(source: _Source, value: object, shape: type[_S], at: Path) -> _S:
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        raise bad_input(source.tree, shape_faults(error, shape, at), source.language) from None


def _microcredential(source: _Source, achievement: Achievement, issuer: Profile | None) -> Microcredential:
    return Microcredential(
        id=achievement.own_id or make_id("microcredential", achievement.id),
        version=achievement.version,
        name=achievement.name,
        issuer=_issuer(achievement.creator or issuer, source.language),
        competency=achievement.description,
        key_method=achievement.key_method,
        method_components=tuple(achievement.method_components),
        stack=achievement.stack,
        family=achievement.family,
        tags=tuple(achievement.tags),
        effort_hours=achievement.effort_hours,
        parts=read_parts(achievement, source.language),
        pass_rule=achievement.pass_rule,
        source=achievement.criteria.id or achievement.id,
        checked=achievement.checked or source.checked,
        note=achievement.note,
        language=achievement.language,
        translations=achievement.translations,
    )


def _issuer(profile: Profile | None, language: str) -> Issuer:
    if profile is None:
        return Issuer(id=make_id("issuer", ""), name=say(language, "bad_catalogue.issuer_unnamed"))
    return Issuer(
        id=profile.own_id or make_id("issuer", profile.id),
        name=profile.name or profile.id,
        url=profile.url,
        ai_rule=profile.ai_rule,
        ai_note=profile.ai_note,
        assessment_days=profile.assessment_days,
        translations=profile.translations,
    )


def _from_badge_class(source: _Source) -> Microcredential:
    badge = _shaped(source, source.tree.value, BadgeClass, ())
    url = badge.issuer.url or badge.issuer.id
    return Microcredential(
        id=make_id("microcredential", badge.id),
        name=badge.name,
        issuer=Issuer(id=make_id("issuer", url), name=badge.issuer.name or url, url=url),
        competency=badge.description,
        tags=tuple(badge.tags),
        parts=(whole_part(badge.name, badge.criteria.narrative, source.language),),
        source=badge.criteria.id or badge.id,
        checked=source.checked,
    )
