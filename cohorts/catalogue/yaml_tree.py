"""YAML as people write it by hand, read without surprises.

Every plain value stays the text that was typed: `Yes` is a word, `2026-11-23` is written so, `007` keeps its zeros.
Whoever knows the field's type turns it into a number or a date. Anchors and aliases, custom tags, doubled keys,
deep nesting and big files are refused, each at its line and column.
"""

from dataclasses import dataclass, field
from typing import Protocol

import yaml

from .faults import raise_problems, refuse
from .tree import MAX_CHARACTERS, MAX_DEPTH, Fault, Path, Place, Tree, is_keepable

_YAML = "tag:yaml.org,2002:"
# What PyYAML calls plain values; the text is kept whatever it takes them for.
_TAGS = {"!!map", "!!seq", "!!str", "!!int", "!!float", "!!bool", "!!null", "!!timestamp", "!!merge", "!!value"}
_NOTHING = {"", "~", "null"}


class _Mark(Protocol):
    """PyYAML's place in a text, counted from 0."""

    line: int
    column: int


class _RefusedError(Exception):
    """The file uses something of YAML that has no place in a catalogue."""

    def __init__(self, kind: str, mark: _Mark | None) -> None:
        super().__init__(kind)
        self.kind, self.place = kind, _place(mark)


class _Loader(yaml.SafeLoader):
    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            raise _RefusedError("alias", event.start_mark)
        if self._depth > MAX_DEPTH:
            raise _RefusedError("too_deep", event.start_mark)
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


@dataclass(slots=True)
class _Walk:
    """Turns nodes into plain values and notes where each stood."""

    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def value(self, node: yaml.Node, path: Path) -> object:
        self.values.setdefault(path, _place(node.start_mark))
        tag = node.tag.replace(_YAML, "!!")
        if tag not in _TAGS:
            self.faults.append(Fault(path, "custom_tag", {"tag": tag}))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, number)) for number, item in enumerate(node.value)]
        if not is_keepable(node.value):
            self.faults.append(Fault(path, "bad_character"))
        quoted = isinstance(node, yaml.ScalarNode) and node.style is not None
        return None if not quoted and node.value in _NOTHING else node.value

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, object]:
        mapping: dict[str, object] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
            place = self.keys.get((*path, key))
            if place:
                # The doubled key stands under a path of its own, so both places stay known.
                again = (*path, key, "")
                self.keys[again] = _place(key_node.start_mark)
                self.faults.append(Fault(again, "doubled_key", {"name": key, "line": place.line}, at_key=True))
                continue
            self.keys[(*path, key)] = _place(key_node.start_mark)
            mapping[key] = self.value(value_node, (*path, key))
        return mapping


def read_yaml(file_name: str, text: str, language: str) -> Tree:
    """The file's one document. Raises BadInputError."""
    if len(text) > MAX_CHARACTERS:
        raise refuse(file_name, Place(0, 0), "too_big", language, limit=f"{MAX_CHARACTERS:,}")
    node = _compose(file_name, text, language)
    if node is None:
        raise refuse(file_name, Place(1, 1), "empty_file", language)
    walk = _Walk()
    tree = Tree(file_name, walk.value(node, ()), walk.values, walk.keys)
    raise_problems(tree, walk.faults, language)
    return tree


def _compose(file_name: str, text: str, language: str) -> yaml.Node | None:
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    except _RefusedError as refused:
        raise refuse(file_name, refused.place, refused.kind, language) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = _place(mark)
        kind = "tab" if "'\\t'" in str(error.problem) else "not_yaml"
        raise refuse(file_name, place, kind, language, problem=error.problem or error.context) from None
    except yaml.reader.ReaderError as error:
        place = place_at(text, error.position)
        raise refuse(file_name, place, "bad_character", language) from None
    except (ValueError, OverflowError):
        # PyYAML lets Python's own errors through for impossible escapes such as "\UFFFFFFFF".
        raise refuse(file_name, Place(0, 0), "bad_escape", language) from None
    return node


def place_at(text: str, position: int) -> Place:
    """The line and column of the character at `position`."""
    before = text[:position]
    return Place(before.count("\n") + 1, position - before.rfind("\n"))


def _place(mark: _Mark | None) -> Place:
    return Place(mark.line + 1, mark.column + 1) if mark else Place(0, 0)
