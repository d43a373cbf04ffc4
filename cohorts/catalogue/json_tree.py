"""JSON with places: Python's own parser decides what is valid, a scan over the tokens finds where things stand."""

import json
import re
from bisect import bisect_right
from dataclasses import dataclass, field

from .faults import raise_problems, refuse
from .tree import MAX_CHARACTERS, MAX_DEPTH, Fault, Path, Place, Tree, is_keepable

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


class _NotJsonError(ValueError):
    """`NaN` and `Infinity` are Python's, not JSON's."""


@dataclass(slots=True)
class _Open:
    """An object or a list that has begun and not ended, and the path of its next value: None while a key is due."""

    path: Path
    next: Path | None


@dataclass(slots=True)
class _Scan:
    """Walks the tokens of a text already known to be JSON, so it needs to refuse nothing but doubled keys."""

    line_starts: list[int]
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)

    def take(self, sign: str, position: int) -> None:
        match sign:
            case ":":
                pass
            case ",":
                self._comma(self.open[-1])
            case "}" | "]":
                self.open.pop()
            case _:
                path = self.open[-1].next if self.open else ()
                if path is None:
                    self._key(self.open[-1], json.loads(sign), self._place(position))
                else:
                    self._value(path, sign, self._place(position))

    def _comma(self, around: _Open) -> None:
        number = around.next[-1] if around.next else None
        around.next = (*around.path, number + 1) if isinstance(number, int) else None

    def _key(self, around: _Open, key: str, place: Place) -> None:
        path = (*around.path, key)
        first = self.keys.get(path)
        if first:
            # The doubled key and all below it stand under a path of their own, so both places stay known.
            path = (*path, "")
            self.faults.append(Fault(path, "doubled_key", {"name": key, "line": first.line}, at_key=True))
        self.keys[path] = place
        around.next = path

    def _value(self, path: Path, sign: str, place: Place) -> None:
        self.values[path] = place
        if sign in "{[":
            if len(self.open) == MAX_DEPTH:
                self.faults.append(Fault(path, "too_deep"))
            self.open.append(_Open(path, (*path, 0) if sign == "[" else None))
        elif sign.startswith('"') and not is_keepable(json.loads(sign)):
            self.faults.append(Fault(path, "bad_character"))

    def _place(self, position: int) -> Place:
        line = bisect_right(self.line_starts, position)
        return Place(line, position - self.line_starts[line - 1] + 1)


def read_json(file_name: str, text: str, language: str) -> Tree:
    """The file's one value. Raises BadInputError."""
    if len(text) > MAX_CHARACTERS:
        raise refuse(file_name, Place(0, 0), "too_big", language, limit=f"{MAX_CHARACTERS:,}")
    text = text.removeprefix("\ufeff")
    value = _parse(file_name, text, language)
    scan = _Scan([0, *(newline.end() for newline in re.finditer("\n", text))])
    for found in _TOKEN.finditer(text):
        scan.take(found[0], found.start())
    tree = Tree(file_name, value, scan.values, scan.keys)
    raise_problems(tree, scan.faults, language)
    return tree


def _parse(file_name: str, text: str, language: str) -> object:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        place = Place(error.lineno, error.colno)
        raise refuse(file_name, place, "not_json", language, problem=error.msg) from None
    except RecursionError:
        raise refuse(file_name, Place(0, 0), "too_deep", language) from None
    except ValueError as error:
        # NaN, Infinity, or a number with thousands of digits.
        raise refuse(file_name, Place(0, 0), "not_json", language, problem=str(error)) from None


def _refuse_constant(name: str) -> object:
    raise _NotJsonError(f"{name} is not a JSON number")
