"""A person's name and address as files write them → as we keep them."""

import re
from functools import lru_cache

_WORD = re.compile(r"[^\W\d_]+")
_ADDRESS = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\".]+(\.[^@\s,;<>\".]+)+")
_DISTRICTS = frozenset({"ISD", "CISD", "CSD", "MSD", "CCSD", "ESD", "USD", "JISD", "ESC"})
_AS_WRITTEN = frozenset({"ii", "iii", "iv"})


@lru_cache(maxsize=4096)
def tidy_name(text: str) -> str:
    """SMITH and smith → Smith, O'BRIEN → O'Brien, MCDONALD → McDonald; mixed case is left as its owner has it.

    MACDONALD becomes Macdonald: whether the D is large cannot be known.
    """
    name = " ".join(text.split())
    if name not in (name.upper(), name.lower()):
        return name
    return _WORD.sub(lambda word: _capitalize(word.group(), name[: word.start()]), name)


def tidy_lea(text: str) -> str:
    """ALPINE ISD → Alpine ISD: the state's list shouts, its short forms of "district" stay as they are."""
    name = tidy_name(text)
    if name == " ".join(text.split()):
        return name
    return " ".join(word.upper() if word.upper() in _DISTRICTS else word for word in name.split())


def _capitalize(word: str, before: str) -> str:
    small = word.lower()
    if small in _AS_WRITTEN:
        return small.upper()
    # A letter after an apostrophe stands for itself only at the end of a word: D'Andre's, not D'Andre'S.
    if len(small) == 1 and before.endswith(("'", "’")):
        return small
    if small.startswith("mc") and len(small) > 3:
        return f"Mc{small[2:].capitalize()}"
    return small.capitalize()


def tidy_email(text: str) -> str:
    """The address in lower case, or "" when it is none."""
    address = text.strip().lower()
    return address if len(address) <= 254 and _ADDRESS.fullmatch(address) else ""
