"""From faults to problems: what is wrong, where in the file, and the mend, in the reader's language."""

from collections.abc import Iterable
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from cohorts.problems import BadInputError, Problem
from cohorts.words import say

from .tree import Fault, Path, Place, Tree

_LONGEST_QUOTE = 40

_KINDS = {
    "missing": "missing",
    "extra_forbidden": "unknown_key",
    "string_type": "not_text",
    "string_too_short": "empty",
    "int_parsing": "not_number",
    "int_type": "not_number",
    "int_from_float": "not_number",
    "float_type": "not_number",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "bool_parsing": "not_true_or_false",
    "bool_type": "not_true_or_false",
    "literal_error": "not_a_choice",
    "too_short": "none_listed",
    "list_type": "not_a_list",
    "dict_type": "not_a_block",
    "model_type": "not_a_block",
}


def raise_problems(tree: Tree, faults: Iterable[Fault], language: str) -> None:
    """Raises BadInputError when there are any faults."""
    found = list(faults)
    if found:
        raise bad_input(tree, found, language)


def bad_input(tree: Tree, faults: Iterable[Fault], language: str) -> BadInputError:
    """One problem for each fault, in the order of the file."""
    found = sorted(((_place(tree, fault), fault) for fault in faults), key=lambda pair: pair[0])
    return BadInputError(*(describe(tree.file, place, fault, language) for place, fault in found))


def refuse(file: str, place: Place, kind: str, language: str, **values: object) -> BadInputError:
    """The error for a file that cannot be read on from `place`."""
    return BadInputError(describe(file, place, Fault((), kind, values), language))


def describe(file: str, place: Place, fault: Fault, language: str) -> Problem:
    """A message's first paragraph says what is wrong, its second how to mend it."""
    what, _, mend = say(language, f"bad_catalogue.{fault.kind}", **fault.values).partition("\n\n")
    return Problem(file, place.line, place.column or "", what, mend)


def quote(value: object) -> str:
    """A value as it may stand in a message: short, on one line."""
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + "…"


def nearest(wrong: str, known: Iterable[str]) -> str:
    """What was probably meant, or "" when nothing known looks alike."""
    return next(iter(get_close_matches(wrong, list(known), n=1)), "")


def shape_faults(error: ValidationError, shape: type[BaseModel], at: Path = ()) -> list[Fault]:
    """Pydantic's findings about a value that stands at `at` and should have had this shape."""
    return [_shape_fault(found, shape, at) for found in error.errors(include_url=False)]


def _place(tree: Tree, fault: Fault) -> Place:
    return tree.place_of_key(fault.path) if fault.at_key else tree.place(fault.path)


def _shape_fault(found: ErrorDetails, shape: type[BaseModel], at: Path) -> Fault:
    loc: Path = tuple(found["loc"])
    kind = "empty" if found["input"] is None else _KINDS.get(found["type"], found["type"])
    name = str((*at, *loc)[-1]) if (*at, *loc) else ""
    values: dict[str, object] = {"name": name, "found": quote(found["input"]), **found.get("ctx", {})}
    if kind == "unknown_key":
        known = _known_keys(shape, loc[:-1])
        values |= {"known": ", ".join(known), "near": nearest(name, known)}
    return Fault((*at, *loc), kind, values, at_key=kind == "unknown_key")


def _known_keys(shape: object, loc: Path) -> list[str]:
    """The keys that the shape at `loc` knows, found by walking down the annotations."""
    for step in loc:
        shape = _inside(_bare(shape), step)
    bare = _bare(shape)
    return list(bare.model_fields) if isinstance(bare, type) and issubclass(bare, BaseModel) else []


def _inside(shape: object, step: str | int) -> object:
    """The annotation of a model's field, of a list's items or of a mapping's values."""
    if get_origin(shape) in (list, dict):
        return get_args(shape)[-1]
    if isinstance(shape, type) and issubclass(shape, BaseModel):
        return shape.model_fields[str(step)].annotation
    raise TypeError(f"nothing is known inside {shape!r}")


def _bare(annotation: object) -> object:
    """Without what Annotated and `| None` add."""
    while get_origin(annotation) in (Annotated, Union, UnionType):
        annotation = get_args(annotation)[0]
    return annotation
