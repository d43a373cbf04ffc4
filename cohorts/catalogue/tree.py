"""A parsed file whose every value still knows where it stands, so a fault found later can be shown in the file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 40

Path = tuple[str | int, ...]

# Controls and lone surrogates: databases, exports or terminals would choke on them later.
_UNKEEPABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Place(NamedTuple):
    """A line and a column, both counted from 1; zeros when unknown."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Tree:
    """Plain values (dict, list, str, …), with the place of each value and of each key by its path from the top."""

    file: str
    value: object
    values: Mapping[Path, Place]
    keys: Mapping[Path, Place]

    def place(self, path: Path) -> Place:
        """Where the value at `path` begins; when it is not there, where the nearest value around it does."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, Place(0, 0))

    def place_of_key(self, path: Path) -> Place:
        """Where the key of the value at `path` begins; its value's place when it has no key, as in a list."""
        return self.keys.get(path) or self.place(path)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong at a path. `kind` names the message `bad_catalogue.<kind>`; `values` fill it in."""

    path: Path
    kind: str
    values: Mapping[str, object] = field(default_factory=dict)
    at_key: bool = False


def is_keepable(text: str) -> bool:
    """False when the text holds a control character (other than tab and line ends) or half a character."""
    return _UNKEEPABLE.search(text) is None
