"""Our YAML pack of microcredentials, read into the catalogue.

pack: 1
language: en                         # what the texts are written in; en when left out
issuers:
  - id: river-coop
    name: River Valley Cooperative
    ai_rule: forbid                  # forbid, disclose or unknown
microcredentials:
  - id: wait-time
    name: Wait Time
    issuer: river-coop
    competency: Gives students time to think before and after they answer.
    source: https://river.example.org/wait-time
    checked: 2026-11-23              # the day somebody compared this with the source
    parts:
      - id: overview
        title: Overview
        prompts:
          - {id: context, text: Which discussion did you choose, max_words: 200}
        criteria:
          - id: context
            name: The context is clear
            levels:                  # lowest first: name, and what it looks like
              Not yet: The lesson cannot be pictured.
              Passing: The lesson can be pictured.
            passing: Passing
    translations:                    # what is left out stays in the pack's language
      es:
        name: Tiempo de espera
        parts:
          overview:                  # by the same ids; levels by their names
            title: Panorama
            prompts:
              context: ¿Qué conversación elegiste?
            criteria:
              context: {name: El contexto es claro, levels: {Passing: {name: Logrado}}}
"""

from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from .faults import bad_input, nearest, quote, raise_problems, shape_faults
from .model import ArtifactRequest, Criterion, Issuer, Level, Microcredential, Part, Prompt
from .pack_shape import (
    ArtifactShape,
    CriterionShape,
    IssuerShape,
    MicrocredentialShape,
    PackShape,
    PartShape,
    PromptShape,
    level_id,
)
from .pack_texts import issuer_texts, microcredential_texts, translation_faults
from .tree import Fault, Path
from .yaml_tree import read_yaml

_Named = IssuerShape | MicrocredentialShape | PartShape | PromptShape | ArtifactShape | CriterionShape


def read_pack(file_name: str, text: str, language: str = "en") -> tuple[Microcredential, ...]:
    """Every microcredential of a pack, in its order.

    Raises BadInputError with all the problems that can be seen at once: first those of YAML itself, then those of
    fields, then those between fields.
    """
    tree = read_yaml(file_name, text, language)
    try:
        pack = PackShape.model_validate(tree.value)
    except ValidationError as error:
        raise bad_input(tree, shape_faults(error, PackShape), language) from None
    raise_problems(tree, _pack_faults(pack), language)
    issuers = {issuer.id: _issuer(issuer) for issuer in pack.issuers}
    return tuple(_microcredential(shape, issuers[shape.issuer], pack.language) for shape in pack.microcredentials)


def _pack_faults(pack: PackShape) -> Iterator[Fault]:
    yield from _doubled_ids(pack.issuers, ("issuers",))
    yield from _doubled_ids(pack.microcredentials, ("microcredentials",))
    issuers = [issuer.id for issuer in pack.issuers]
    for number, shape in enumerate(pack.microcredentials):
        path: Path = ("microcredentials", number)
        if shape.issuer not in issuers:
            values = {"found": shape.issuer, "near": nearest(shape.issuer, issuers), "known": ", ".join(issuers)}
            yield Fault((*path, "issuer"), "unknown_issuer", values)
        yield from _doubled_ids(shape.parts, (*path, "parts"))
        for part_number, part in enumerate(shape.parts):
            yield from _part_faults(part, (*path, "parts", part_number))
    yield from translation_faults(pack)


def _part_faults(part: PartShape, path: Path) -> Iterator[Fault]:
    if not part.prompts and not part.artifacts:
        yield Fault(path, "nothing_asked", {"name": part.id})
    for field, items in (("prompts", part.prompts), ("artifacts", part.artifacts), ("criteria", part.criteria)):
        yield from _doubled_ids(items, (*path, field))
    for number, prompt in enumerate(part.prompts):
        if 0 < prompt.max_words < prompt.min_words:
            values = {"least": prompt.min_words, "most": prompt.max_words}
            yield Fault((*path, "prompts", number, "min_words"), "limits_crossed", values)
    for number, criterion in enumerate(part.criteria):
        yield from _criterion_faults(criterion, (*path, "criteria", number))


def _criterion_faults(criterion: CriterionShape, path: Path) -> Iterator[Fault]:
    names = list(criterion.levels)
    if criterion.passing not in names:
        values = {
            "found": quote(criterion.passing),
            "near": nearest(criterion.passing, names),
            "known": ", ".join(names),
        }
        yield Fault((*path, "passing"), "unknown_level", values)
    elif criterion.passing == names[0]:
        yield Fault((*path, "passing"), "always_passing", {"found": quote(criterion.passing)})
    ids = [level_id(name) for name in names]
    for number, (name, id_) in enumerate(zip(names, ids, strict=True)):
        if not id_ or id_ in ids[:number]:
            yield Fault((*path, "levels", name), "bad_level", {"found": quote(name)}, at_key=True)


def _doubled_ids(items: Sequence[_Named], path: Path) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for number, item in enumerate(items):
        if item.id in first:
            values = {"found": item.id, "number": first[item.id] + 1, "field": path[-1]}
            yield Fault((*path, number, "id"), "doubled_id", values)
        first.setdefault(item.id, number)


def _issuer(shape: IssuerShape) -> Issuer:
    return Issuer(**shape.model_dump(exclude={"translations"}), translations=issuer_texts(shape))


def _microcredential(shape: MicrocredentialShape, issuer: Issuer, language: str) -> Microcredential:
    plain = shape.model_dump(exclude={"issuer", "parts", "translations"})
    parts = tuple(_part(part) for part in shape.parts)
    said = microcredential_texts(shape)
    return Microcredential(**plain, issuer=issuer, parts=parts, language=language, translations=said)


def _part(shape: PartShape) -> Part:
    return Part(
        id=shape.id,
        title=shape.title,
        intro=shape.intro,
        note=shape.note,
        prompts=tuple(Prompt(**prompt.model_dump()) for prompt in shape.prompts),
        artifacts=tuple(ArtifactRequest(**artifact.model_dump()) for artifact in shape.artifacts),
        criteria=tuple(_criterion(criterion) for criterion in shape.criteria),
    )


def _criterion(shape: CriterionShape) -> Criterion:
    levels = (
        Level(id=level_id(name), name=name, description=description, points=rung)
        for rung, (name, description) in enumerate(shape.levels.items())
    )
    return Criterion(
        id=shape.id,
        name=shape.name,
        description=shape.description,
        levels=tuple(levels),
        passing=level_id(shape.passing),
    )
