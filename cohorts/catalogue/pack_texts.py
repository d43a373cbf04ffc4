"""A pack's texts in other languages: that each belongs to something in the pack, and where it stands."""

from collections.abc import Iterator, Mapping, Sequence

from cohorts.words import LANGUAGES

from .faults import nearest
from .pack_shape import (
    CriterionTexts,
    IssuerShape,
    MicrocredentialShape,
    PackShape,
    PartShape,
    PartTexts,
    Texts,
    level_id,
)
from .tree import Fault, Path


def translation_faults(pack: PackShape) -> Iterator[Fault]:
    """Languages nobody here reads, the pack's own, and texts for what the pack does not have."""
    for number, issuer in enumerate(pack.issuers):
        yield from _language_faults(issuer.translations, pack.language, ("issuers", number, "translations"))
    for number, shape in enumerate(pack.microcredentials):
        path: Path = ("microcredentials", number, "translations")
        yield from _language_faults(shape.translations, pack.language, path)
        for language, said in shape.translations.items():
            yield from _part_faults(shape, said, (*path, language, "parts"))


def issuer_texts(shape: IssuerShape) -> Mapping[str, Mapping[str, str]]:
    return {language: {"ai_note": said.ai_note} for language, said in shape.translations.items()}


def microcredential_texts(shape: MicrocredentialShape) -> Mapping[str, Mapping[str, str]]:
    """As the catalogue keeps them: by where each text stands."""
    return {language: dict(_texts(said)) for language, said in shape.translations.items()}


def _language_faults(said: Mapping[str, object], own: str, path: Path) -> Iterator[Fault]:
    others = [language for language in LANGUAGES if language != own]
    for language in said:
        if language == own:
            yield Fault((*path, language), "own_language", {"name": own}, at_key=True)
        else:
            yield from _unknown([language], others, path)


def _part_faults(shape: MicrocredentialShape, said: Texts, path: Path) -> Iterator[Fault]:
    parts = {part.id: part for part in shape.parts}
    yield from _unknown(said.parts, list(parts), path)
    for name, texts in said.parts.items():
        if name in parts:
            yield from _item_faults(parts[name], texts, (*path, name))


def _item_faults(part: PartShape, said: PartTexts, path: Path) -> Iterator[Fault]:
    yield from _unknown(said.prompts, [prompt.id for prompt in part.prompts], (*path, "prompts"))
    yield from _unknown(said.artifacts, [artifact.id for artifact in part.artifacts], (*path, "artifacts"))
    yield from _unknown(said.criteria, [criterion.id for criterion in part.criteria], (*path, "criteria"))
    levels = {criterion.id: list(criterion.levels) for criterion in part.criteria}
    for name, texts in said.criteria.items():
        if name in levels:
            yield from _unknown(texts.levels, levels[name], (*path, "criteria", name, "levels"))


def _unknown(found: Mapping[str, object] | Sequence[str], known: Sequence[str], path: Path) -> Iterator[Fault]:
    for name in found:
        if name not in known:
            values = {"name": name, "known": ", ".join(known), "near": nearest(name, known)}
            yield Fault((*path, name), "unknown_key", values, at_key=True)


def _texts(said: Texts) -> Iterator[tuple[str, str]]:
    yield from ((name, text) for name in ("name", "competency", "note") if (text := getattr(said, name)))
    for part_id, part in said.parts.items():
        at = f"parts/{part_id}"
        yield from ((f"{at}/{name}", text) for name in ("title", "intro", "note") if (text := getattr(part, name)))
        yield from ((f"{at}/prompts/{prompt}", text) for prompt, text in part.prompts.items())
        for artifact_id, artifact in part.artifacts.items():
            place = f"{at}/artifacts/{artifact_id}"
            yield from ((f"{place}/{name}", text) for name in ("name", "note") if (text := getattr(artifact, name)))
        for criterion_id, criterion in part.criteria.items():
            yield from _criterion_texts(criterion, f"{at}/criteria/{criterion_id}")


def _criterion_texts(said: CriterionTexts, at: str) -> Iterator[tuple[str, str]]:
    fields = ("name", "description")
    yield from ((f"{at}/{name}", text) for name in fields if (text := getattr(said, name)))
    for level, texts in said.levels.items():
        place = f"{at}/levels/{level_id(level)}"
        yield from ((f"{place}/{name}", text) for name in fields if (text := getattr(texts, name)))
