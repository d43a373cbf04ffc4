"""JSON lines somebody gave us: one object a line, or exactly where a line is broken."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cohorts.people.rows import Problems, quoted

Entry = Mapping[str, Any]

_ESCAPED_BYTE = re.compile("[\udc80-\udcff]")
_UNSAYABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_AS_LINES = 'Write one object in {…} on each line, such as {"id": "ana"}.'


class _TwiceError(ValueError):
    """One object names a field twice; which of the two was meant is unknown."""


def read_objects(lines: Iterable[str], problems: Problems) -> Iterator[tuple[int, Entry]]:
    """Each line's number and object, lazily; blank lines are passed over. Faults go to `problems`.

    Open the file with `errors="surrogateescape"` to have bytes that are not UTF-8 reported by line.
    """
    first = True
    for number, text in enumerate(lines, 1):
        line = text.removeprefix("\ufeff") if number == 1 else text
        if not line.strip():
            continue
        if "\0" in line:
            what = "The file is UTF-16, not UTF-8." if number == 1 else "There is a NUL byte: the file is damaged."
            problems.add(number, line.index("\0") + 1, what, "Save the file as UTF-8.")
            return
        strange = None if line.isascii() else _ESCAPED_BYTE.search(line)
        if strange:
            what = f"The byte {ord(strange.group()) - 0xDC00:02X} is not UTF-8."
            problems.add(number, strange.start() + 1, what, "Save the file as UTF-8.")
            continue
        if first and not line.lstrip().startswith("{"):
            # Every other line would be told to be the same.
            what = "The whole file is one JSON list." if line.lstrip().startswith("[") else "This is no line of JSON."
            problems.add(number, "", what, _AS_LINES)
            return
        first = False
        entry = _object(number, line, problems)
        if entry is not None:
            yield number, entry


def _object(number: int, line: str, problems: Problems) -> Entry | None:
    try:
        entry = _DECODER.decode(line)
    except _TwiceError as error:
        problems.add(number, str(error), "The field is there twice.", "Keep one of the two.")
    except json.JSONDecodeError as error:
        problems.add(number, error.colno, f"This is no JSON: {error.msg}.", _AS_LINES)
    except RecursionError:
        problems.add(number, "", "The line is nested too deeply.", _AS_LINES)
    except ValueError:
        problems.add(number, "", "There is a number of more digits than anything here can have.", "Correct it.")
    else:
        if isinstance(entry, dict):
            return entry
        problems.add(number, "", "The line is no object.", _AS_LINES)
    return None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _TwiceError(next(name for name in names if names.count(name) > 1))
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_once)


def broken(text: str) -> str:
    """What keeps a text from being a name or a label, or ""."""
    return "There is a control character, or half of one character, in it." if _UNSAYABLE.search(text) else ""


def shown(value: object) -> str:
    """A value for a problem's text: as JSON has it, on one line, at most 40 characters of it."""
    if isinstance(value, str):
        return quoted(_UNSAYABLE.sub("�", " ".join(value[:80].split())))
    text = json.dumps(value, ensure_ascii=True, default=str)
    return text if len(text) <= 40 else text[:39] + "…"
