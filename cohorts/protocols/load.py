"""Protocols from YAML, with the line and column of whatever is wrong in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import yaml
from pydantic import BaseModel, ValidationError

from cohorts.problems import BadInputError, Problem
from cohorts.values import UnreadableError

from .run import Run
from .template import Closes, InputField, Opens, Protocol, Reveal, Starts, Step

Path = tuple[str | int, ...]

_MODELS: Mapping[tuple[str, ...], type[BaseModel]] = {
    (): Protocol,
    ("steps",): Step,
    ("steps", "form"): InputField,
    ("steps", "opens"): Opens,
    ("steps", "closes"): Closes,
    ("steps", "reveal"): Reveal,
    ("steps", "starts"): Starts,
}


class UnknownProtocolError(LookupError):
    """No protocol with this id is shipped."""


@dataclass(frozen=True, slots=True)
class Positions:
    """Where each value of a file stands: path (`("steps", 0, "id")`) → line and column, from 1."""

    file: str
    marks: Mapping[Path, tuple[int, int]]

    def has(self, *path: str | int) -> bool:
        """Whether the file says anything at this path."""
        return path in self.marks

    def problem(self, path: Path, what: str, mend: str) -> Problem:
        """A fault at the path, or at the nearest place above it that the file has."""
        while path and path not in self.marks:
            path = path[:-1]
        line, column = self.marks.get(path, (1, 1))
        return Problem(self.file, line, column, what, mend)


def read_protocol(file_name: str, text: str) -> Protocol:
    """The protocol in the text. Raises BadInputError with every fault of form; what it means is the linter's."""
    return read_with_positions(file_name, text)[0]


def read_with_positions(file_name: str, text: str) -> tuple[Protocol, Positions]:
    """The protocol and where its values stand, as the linter wants them. Raises BadInputError."""
    root = _compose(file_name, text)
    marks: dict[Path, tuple[int, int]] = {}
    twice: list[Problem] = []
    data = _value(root, (), marks, twice, file_name)
    if twice:
        raise BadInputError(*twice)
    positions = Positions(file_name, MappingProxyType(marks))
    try:
        return Protocol.model_validate(data), positions
    except ValidationError as error:
        found = (_problem(positions, entry["type"], entry["loc"], entry["msg"]) for entry in error.errors())
        raise BadInputError(*sorted(found, key=lambda problem: (problem.line, str(problem)))) from None


@cache
def shipped() -> Mapping[tuple[str, int], Protocol]:
    """Every protocol in `prompts/protocols`, by id and version. Raises BadInputError."""
    folder = files("prompts") / "protocols"
    entries = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".yaml")), key=lambda e: e.name)
    protocols = [read_protocol(entry.name, entry.read_text("utf-8")) for entry in entries]
    return MappingProxyType({(protocol.id, protocol.version): protocol for protocol in protocols})


def protocol_of(run: Run) -> Protocol:
    """The version that the run pinned when it began. Raises UnreadableError: what was shipped stays, so one that is
    not there is a newer one."""
    found = shipped().get((run.protocol_id, run.protocol_version))
    if found is None:
        raise UnreadableError(f"Protocol {run.protocol_id} v{run.protocol_version} is not shipped with this version.")
    return found


def latest(protocol_id: str) -> Protocol:
    """The highest shipped version. Raises UnknownProtocolError."""
    versions = [protocol for protocol in shipped().values() if protocol.id == protocol_id]
    if not versions:
        raise UnknownProtocolError(protocol_id)
    return max(versions, key=lambda protocol: protocol.version)


def _compose(file_name: str, text: str) -> yaml.Node:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        what = f"This is not YAML: {error.problem}."
        raise BadInputError(Problem(file_name, line, column, what, "Check indentation and quotes.")) from None
    except yaml.YAMLError as error:
        raise BadInputError(Problem(file_name, 0, 0, f"This is not YAML: {error}.", "Save it as UTF-8.")) from None
    if not isinstance(root, yaml.MappingNode):
        line, column = (root.start_mark.line + 1, root.start_mark.column + 1) if root else (1, 1)
        raise BadInputError(
            Problem(
                file_name, line, column, "A protocol is a list of keys and values.", "Begin with `id: my-protocol`."
            )
        )
    return root


def _value(
    node: yaml.Node, path: Path, marks: dict[Path, tuple[int, int]], twice: list[Problem], file_name: str
) -> object:
    """The node as plain data; notes where each value stands and which keys come twice."""
    marks[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, index), marks, twice, file_name) for index, item in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return _scalar(node)
    found: dict[str, object] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        line, column = key_node.start_mark.line + 1, key_node.start_mark.column + 1
        if key in found:
            twice.append(Problem(file_name, line, column, f'"{key}" stands here twice.', "Keep one of them."))
        found[key] = _value(value_node, (*path, key), marks, twice, file_name)
        marks[(*path, key)] = (line, column)
    return found


class _Scalars(yaml.SafeLoader):
    """Resolves plain values; made without a stream of its own."""

    def __init__(self) -> None:
        super().__init__("")


def _scalar(node: yaml.Node) -> object:
    value: object = _Scalars().construct_object(node)
    return value


def _problem(positions: Positions, kind: str, path: Path, said: str) -> Problem:
    name = str(path[-1]) if path else ""
    if kind == "extra_forbidden":
        model = _MODELS.get(tuple(part for part in path[:-1] if isinstance(part, str)), Protocol)
        return positions.problem(path, f'There is no "{name}" here.', _suggestion(name, model))
    if kind == "missing":
        return positions.problem(path, f'"{name}" is missing.', f"Add `{name}:`.")
    return positions.problem(path, f'"{name}" is not right.', f"{said}.")


def _suggestion(name: str, model: type[BaseModel]) -> str:
    near = get_close_matches(name, model.model_fields, n=1)
    if near:
        return f'Did you mean "{near[0]}"?'
    return f"Known here: {', '.join(model.model_fields)}."
