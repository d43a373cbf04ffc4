"""Does a review say what it sees, where, and what could be tried? Rules alone; the reasons help to say more.

Praise alone does not pass and neither does fault alone: both leave the author nothing to do. A verdict may stand beside
what is seen, or beside a way on, but not in their place. Word lists of every language are tried, since people mix
languages.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache

from cohorts.words import LANGUAGES, say

from .model import Assignment, Review, ReviewKind

MIN_WORDS: Mapping[str, int] = {"see": 5, "place": 2, "try": 5}
SUBSTANCE = 2
"""So many words beyond praise, fault and small words make a sentence about something."""

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_STOP = re.compile(r"(?<=[?!.;:,])\s+|[\n—–]+")


def check_review(values: Mapping[str, str], language: str, criteria: Sequence[str] = ()) -> Mapping[str, str]:
    """Field (`see`, `place`, `criterion`, `try`) → what to add, in the language; empty when the review can go.

    With `criteria` the criterion must be one of them.
    """
    problems = {
        "see": _problem_of_see(values.get("see", "")),
        "place": "" if len(_words(values.get("place", ""))) >= MIN_WORDS["place"] else "place_missing",
        "criterion": "criterion_missing" if criteria and values.get("criterion", "") not in criteria else "",
        "try": _problem_of_try(values.get("try", "")),
    }
    return {field: say(language, f"feedback.{problem}") for field, problem in problems.items() if problem}


def read_review(assignment: Assignment, values: Mapping[str, str], at: datetime) -> Review:
    """The review a checked form makes; an unknown kind counts as "move"."""
    kinds: Mapping[str, ReviewKind] = {"affirm": "affirm", "point": "point"}
    return Review(
        assignment_id=assignment.id,
        author=assignment.author,
        reviewer=assignment.reviewer,
        see=values["see"].strip(),
        place=values["place"].strip(),
        criterion=values.get("criterion", ""),
        try_=values["try"].strip(),
        kind=kinds.get(values.get("kind", ""), "move"),
        at=at,
    )


def _problem_of_see(text: str) -> str:
    words = _words(text)
    if not words:
        return "see_missing"
    if _substance(words) < SUBSTANCE:
        if _share(words, "fault"):
            return "see_only_fault"
        if _share(words, "praise"):
            return "see_only_praise"
    if _share(words, "verdict") and not any(_describes(clause) for clause in _clauses(text)):
        return "see_only_fault"
    return "see_short" if len(words) < MIN_WORDS["see"] else ""


def _problem_of_try(text: str) -> str:
    """Praise, or fault without a way on, is not something to try; a question or an idea is. To throw it all away is
    none."""
    words = _words(text)
    if not words:
        return "try_missing"
    if _share(words, "praise") and _substance(words) < SUBSTANCE:
        return "try_only_praise"
    rest = _without_discarding(text)
    if (rest != text or _share(words, "fault")) and not any(_leads_on(clause) for clause in _clauses(rest)):
        return "try_only_fault"
    return "try_short" if len(words) < MIN_WORDS["try"] else ""


def _describes(clause: str) -> bool:
    """It says something, and no verdict."""
    words = _words(clause)
    return not _share(words, "verdict") and _substance(words) >= SUBSTANCE


def _leads_on(clause: str) -> bool:
    """It asks or proposes, and names what about."""
    words = _words(clause)
    about = [word for word in words if word not in _list("idea")]
    return ("?" in clause or _share(words, "idea") > 0) and _substance(about) > 0


def _without_discarding(text: str) -> str:
    """The text without phrases like "start again from nothing"; unchanged when there is none."""
    for phrase in sorted(_list("discard"), key=len, reverse=True):
        text = re.sub(rf"(?i)\b{re.escape(phrase.replace('-', ' '))}\b", " ", text)
    return text


def _clauses(text: str) -> list[str]:
    """Pieces between stops and between words like "but" and "and"."""
    joints = "|".join(sorted(_list("joint")))
    return [piece for part in _STOP.split(text) for piece in re.split(rf"(?i)\b(?:{joints})\b", part)]


def _substance(words: Sequence[str]) -> int:
    empty = _list("praise") | _list("fault") | _list("small")
    return len({word for word in words if word not in empty})


def _share(words: Sequence[str], list_name: str) -> int:
    return sum(word in _list(list_name) for word in words)


def _words(text: str) -> list[str]:
    return [word.lower().replace("’", "'") for word in _WORD.findall(text)]


@cache
def _list(name: str) -> frozenset[str]:
    """The words of a list (`feedback.words_<name>`) in every language."""
    return frozenset(word for language in LANGUAGES for word in say(language, f"feedback.words_{name}").split())
