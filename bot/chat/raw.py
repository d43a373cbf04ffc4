"""Looking into what came from outside: whatever is missing, null, of another type or far too long reads as nothing."""

from collections.abc import Mapping

MOST_WORDS = 40_000
MOST_ID = 255


def part(raw: object, *path: str | int) -> object:
    """What stands at the path; None when there is nothing."""
    for step in path:
        if isinstance(raw, dict) or (isinstance(step, str) and isinstance(raw, Mapping)):
            raw = raw.get(step)
        elif isinstance(step, int) and isinstance(raw, list) and -len(raw) <= step < len(raw):
            raw = raw[step]
        else:
            return None
    return raw


def text(raw: object, *path: str | int, most: int = MOST_WORDS) -> str:
    """A string at the path as it can be kept and sent on, no more than `most` of it."""
    found = part(raw, *path)
    return clean(found, most) if isinstance(found, str) else ""


def clean(found: str, most: int = MOST_WORDS) -> str:
    """The string without what no database takes: half characters and NUL."""
    if found.isascii() and "\x00" not in found:
        return found[:most]
    return found[:most].replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def name(raw: object, *path: str | int) -> str:
    """An id at the path. One that is too long to be an id is none: cut, it could name something else."""
    found = text(raw, *path, most=MOST_ID + 1)
    return found if len(found) <= MOST_ID else ""


def flag(raw: object, *path: str | int) -> bool:
    return part(raw, *path) is True
