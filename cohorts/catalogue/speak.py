"""A microcredential in its reader's language, as far as the pack has texts in it; the rest stays as it was written."""

from collections.abc import Iterator, Mapping

from .model import Criterion, Issuer, Microcredential, Part

_NONE: Mapping[str, str] = {}
MOST_SPOKEN = 1_000
"""So many microcredentials are kept in a reader's language before all are made anew."""
_SPOKEN: dict[tuple[str, str], tuple[Microcredential, Microcredential]] = {}
"""Id and language → as it was given, and in that language: it is asked for with every form and every digest."""


def in_language(microcredential: Microcredential, language: str) -> Microcredential:
    """The same ids and rules; every text that there is in the language in place of the issuer's own."""
    known = _SPOKEN.get((microcredential.id, language))
    if known is None or known[0] is not microcredential:
        if len(_SPOKEN) >= MOST_SPOKEN:
            _SPOKEN.clear()
        known = _SPOKEN[microcredential.id, language] = microcredential, _translate(microcredential, language)
    return known[1]


def _translate(microcredential: Microcredential, language: str) -> Microcredential:
    said = _said(microcredential.translations, microcredential.language, language)
    issuer = _issuer(microcredential.issuer, microcredential.language, language)
    if not said and issuer is microcredential.issuer:
        return microcredential
    changes = {name: said.get(name, getattr(microcredential, name)) for name in ("name", "competency", "note")}
    parts = tuple(_part(part, said) for part in microcredential.parts)
    return microcredential.model_copy(update={**changes, "issuer": issuer, "parts": parts})


def foreign_texts(microcredential: Microcredential, language: str) -> frozenset[str]:
    """The texts that stay in the pack's language for a reader of this one."""
    if _is_in(microcredential.language, language):
        return frozenset()
    said = _said(microcredential.translations, microcredential.language, language)
    issuer = _said(microcredential.issuer.translations, microcredential.language, language)
    note = {microcredential.issuer.ai_note} if "ai_note" not in issuer else set()
    return frozenset({text for at, text in texts(microcredential) if at not in said} | note) - {""}


def tongue_of(microcredential: Microcredential, text: str, language: str) -> str:
    """The language of one of its texts where that is not the reader's; "" where it is."""
    return microcredential.language if text in foreign_texts(microcredential, language) else ""


def name_of_cohort(name: str, microcredential: Microcredential, language: str) -> str:
    """A cohort's name begins with that of its microcredential; that part follows the reader."""
    spoken = [microcredential.name, *(said.get("name", "") for said in microcredential.translations.values())]
    for known in filter(None, spoken):
        if name.startswith(f"{known} · "):
            return in_language(microcredential, language).name + name.removeprefix(known)
    return name


def texts(microcredential: Microcredential) -> Iterator[tuple[str, str]]:
    """Where each text stands, and the text; of a level its name and what it looks like."""
    yield from (("name", microcredential.name), ("competency", microcredential.competency))
    yield "note", microcredential.note
    for part in microcredential.parts:
        yield from _texts_of(part)


def _texts_of(part: Part) -> Iterator[tuple[str, str]]:
    at = f"parts/{part.id}"
    yield from ((f"{at}/{name}", getattr(part, name)) for name in ("title", "intro", "note"))
    yield from ((f"{at}/prompts/{prompt.id}", prompt.text) for prompt in part.prompts)
    for request in part.artifacts:
        yield f"{at}/artifacts/{request.id}/name", request.name
        yield f"{at}/artifacts/{request.id}/note", request.note
    for criterion in part.criteria:
        judged = f"{at}/criteria/{criterion.id}"
        yield f"{judged}/name", criterion.name
        yield f"{judged}/description", criterion.description
        for level in criterion.levels:
            yield f"{judged}/levels/{level.id}/name", level.name
            yield f"{judged}/levels/{level.id}/description", level.description


def _said(translations: Mapping[str, Mapping[str, str]], own: str, language: str) -> Mapping[str, str]:
    return _NONE if _is_in(own, language) else translations.get(language, _NONE)


def _is_in(own: str, language: str) -> bool:
    """American English is English."""
    return own.partition("-")[0] == language


def _issuer(issuer: Issuer, own: str, language: str) -> Issuer:
    note = _said(issuer.translations, own, language).get("ai_note")
    return issuer.model_copy(update={"ai_note": note}) if note else issuer


def _part(part: Part, said: Mapping[str, str]) -> Part:
    at = f"parts/{part.id}"
    changes: dict[str, object] = {
        name: said.get(f"{at}/{name}", getattr(part, name)) for name in ("title", "intro", "note")
    }
    changes["prompts"] = tuple(
        prompt.model_copy(update={"text": said.get(f"{at}/prompts/{prompt.id}", prompt.text)})
        for prompt in part.prompts
    )
    changes["artifacts"] = tuple(
        request.model_copy(
            update={
                name: said.get(f"{at}/artifacts/{request.id}/{name}", getattr(request, name))
                for name in ("name", "note")
            }
        )
        for request in part.artifacts
    )
    changes["criteria"] = tuple(_criterion(one, f"{at}/criteria/{one.id}", said) for one in part.criteria)
    return part.model_copy(update=changes)


def _criterion(criterion: Criterion, at: str, said: Mapping[str, str]) -> Criterion:
    fields = ("name", "description")
    changes: dict[str, object] = {name: said.get(f"{at}/{name}", getattr(criterion, name)) for name in fields}
    changes["levels"] = tuple(
        level.model_copy(
            update={name: said.get(f"{at}/levels/{level.id}/{name}", getattr(level, name)) for name in fields}
        )
        for level in criterion.levels
    )
    return criterion.model_copy(update=changes)
