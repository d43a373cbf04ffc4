"""Asking the official Open Badges 3.0 schema, which is not ours to ship: whoever runs this gives its file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from jsonschema import Draft201909Validator
from jsonschema.exceptions import SchemaError, ValidationError, best_match

from cohorts.catalogue.faults import quote, refuse
from cohorts.catalogue.json_tree import read_json
from cohorts.catalogue.tree import Fault, Path, Place

# A longer list of choices helps nobody; the specification has it.
_MOST_CHOICES = 6

_KINDS = {
    "required": "missing",
    "enum": "not_a_choice",
    "pattern": "bad_pattern",
    "contains": "lacks_type",
    "minItems": "none_listed",
}


@dataclass(frozen=True, slots=True)
class OfficialSchema:
    """ob_v3p0_achievementcredential_schema.json, parsed: one for a credential, one for an Achievement alone."""

    credential: Mapping[str, Any]
    achievement: Mapping[str, Any]

    def faults(self, value: object, *, credential: bool) -> list[Fault]:
        """Everything the schema refuses about a credential, or about an Achievement that stands alone."""
        validator = Draft201909Validator(self.credential if credential else self.achievement)
        return [fault for error in validator.iter_errors(value) for fault in _faults(error)]


def read_schema(file_name: str, text: str, language: str = "en") -> OfficialSchema:
    """The schema as 1EdTech publishes it. Raises BadInputError when the file is something else."""
    schema = read_json(file_name, text, language).value
    definitions = schema.get("$defs") if isinstance(schema, dict) else None
    if not isinstance(schema, dict) or not isinstance(definitions, dict) or "Achievement" not in definitions:
        raise refuse(file_name, Place(1, 1), "not_schema", language)
    try:
        Draft201909Validator.check_schema(schema)
    except SchemaError:
        raise refuse(file_name, Place(1, 1), "not_schema", language) from None
    alone = {"$schema": schema.get("$schema"), "$defs": definitions, "$ref": "#/$defs/Achievement"}
    return OfficialSchema(schema, alone)


def _faults(error: ValidationError) -> Iterator[Fault]:
    """A failed choice (oneOf, anyOf) is told by the alternative that came nearest."""
    nearest = best_match(error.context or ())
    if nearest is None:
        yield _fault(error)
    else:
        yield from _faults(nearest)


def _fault(error: ValidationError) -> Fault:
    path: Path = tuple(error.absolute_path)
    name = str(path[-1]) if path else ""
    values: dict[str, object] = {"name": name, "found": quote(error.instance), "problem": quote(error.message)}
    demanded: Any = error.validator_value
    match error.validator:
        case "required":
            values["name"] = next(key for key in demanded if f"'{key}'" in error.message)
        case "enum":
            values["expected"] = " or ".join(f"“{choice}”" for choice in demanded)
        case "contains":
            values["expected"] = " or ".join(demanded.get("enum", ["?"]))
        case "minItems":
            values |= {"min_length": demanded, "actual_length": len(cast("list[object]", error.instance))}
    return Fault(path, _kind(error), values)


def _kind(error: ValidationError) -> str:
    demanded: Any = error.validator_value
    if error.validator == "type":
        return {"string": "not_text", "array": "not_a_list", "object": "not_a_block"}.get(str(demanded), "official")
    if error.validator == "enum" and len(demanded) > _MOST_CHOICES:
        return "bad_pattern"
    return _KINDS.get(str(error.validator), "official")
