"""Does a review say what it sees, where, and what could be tried? Rules alone; the reasons help to say more.

Praise alone does not pass and neither does fault alone: both leave the author nothing to do. A verdict may stand beside
what is seen, or beside a way on, but not in their place. A word such as "vague" is a verdict where the reviewer says
that something is vague; vague words that students replace are none. Word lists of every language are tried, since
people mix languages.
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

REACH = 4
"""A verdict stands at most so many words after the "is" or "looks" that says it: "is really quite vague"."""

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_STOP = re.compile(r"(?<=[?!.;:,])\s+|[\n—–]+")


def check_review(values: Mapping[str, str], language: str, criteria: Sequence[str] = ()) -> Mapping[str, str]:
    """Field (`see`, `place`, `criterion`, `try`) → what to add, in the language; empty when the review can go.

    With `criteria` the criterion must be one of them.
    """
    problems = {
        "see": _problem_of_see(values.get("see", "")),
        "place": _problem_of_place(values.get("place", "")),
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
        if _has(words, "fault", "scorn"):
            return "see_only_fault"
        if _has(words, "praise"):
            return "see_only_praise"
    if _has(words, "fault", "verdict", "scorn") and not any(_describes(clause) for clause in _own_clauses(text)):
        return "see_only_fault"
    return "see_short" if len(words) < MIN_WORDS["see"] else ""


def _problem_of_place(text: str) -> str:
    """All of it is no place."""
    words = _words(text)
    nowhere = _has(words, "all") and not _without(words, "all", "small")
    return "place_missing" if nowhere or len(words) < MIN_WORDS["place"] else ""


def _problem_of_try(text: str) -> str:
    """Praise, or fault without a way on, is not something to try; a question or an idea is. To throw it all away is
    none."""
    words = _words(text)
    if not words:
        return "try_missing"
    if _has(words, "praise") and _substance(words) < SUBSTANCE:
        return "try_only_praise"
    rest = _without_discarding(text)
    if not any(_leads_on(clause) for clause in _clauses(rest)):
        if rest != text:
            return "try_discards"
        if _has(words, "fault", "scorn"):
            return "try_only_fault"
    return "try_short" if len(words) < MIN_WORDS["try"] else ""


def _describes(clause: str) -> bool:
    """It says something, and no verdict of the reviewer's own."""
    words = _words(clause)
    judges = _judges(words) and not _has(words, "told")
    return not judges and len(set(_without(words, "praise", "fault", "verdict", "small"))) >= SUBSTANCE


def _judges(words: Sequence[str]) -> bool:
    """It says *that* something is vague or boring, or begins with that, or speaks of the author's worth."""
    verdicts = [at for at, word in enumerate(words) if word in _list("verdict")]
    return _has(words, "scorn") or any(_is_said(words, at) for at in verdicts)


def _sweeps(words: Sequence[str]) -> bool:
    """It judges all of it at once: "everything is wrong", "nothing in this plan is clear"."""
    link = next((at for at, word in enumerate(words) if word in _list("be")), 0)
    if not link or words[0] not in _list("sweep") or _substance(words[1:link]) >= SUBSTANCE:
        return False
    said = _without(words[link + 1 :], "small")
    return bool(said) and _has(said[:1], "praise", "fault", "verdict")


def _is_said(words: Sequence[str], at: int) -> bool:
    links = [link for link in range(max(at - REACH, 0), at) if words[link] in _list("be")]
    own = [link for link in links if link == 0 or words[link - 1] not in _list("which")]
    return bool(own) or not _without(words[:at], "praise", "fault", "verdict", "small")


def _leads_on(clause: str) -> bool:
    """It asks or proposes, and names what about."""
    words = _words(clause)
    asks = "?" in clause or _has(words, "idea")
    return asks and not _has(words, "scorn") and _substance(_without(words, "idea")) > 0


def _without_discarding(text: str) -> str:
    """The text without phrases like "start again from nothing"; unchanged when there is none."""
    for phrase in sorted(_list("discard"), key=len, reverse=True):
        text = re.sub(rf"(?i)\b{re.escape(phrase.replace('-', ' '))}\b", " ", text)
    return text


def _clauses(text: str) -> list[str]:
    """Pieces between stops and between words like "but" and "and"."""
    joints = "|".join(sorted(_list("joint")))
    return [piece for part in _STOP.split(text) for piece in re.split(rf"(?i)\b(?:{joints})\b", part)]


def _own_clauses(text: str) -> list[str]:
    """Those that say something of their own; "from the goal to the ticket" only says how far a sweeping one goes."""
    own, swept = [], False
    for clause in _clauses(text):
        words = _words(clause)
        swept = _sweeps(words) or (swept and bool(words) and words[0] in _list("span"))
        if not swept:
            own.append(clause)
    return own


def _substance(words: Sequence[str]) -> int:
    return len(set(_without(words, "praise", "fault", "small")))


def _has(words: Sequence[str], *lists: str) -> bool:
    return len(_without(words, *lists)) < len(words)


def _without(words: Sequence[str], *lists: str) -> list[str]:
    """The words without those of the lists; an entry like `hard-to-follow` also takes away three words in a row."""
    line = f" {' '.join(words)} "
    for phrase in _phrases(*lists):
        line = line.replace(phrase, " ")
    listed = [_list(name) for name in lists]
    return [word for word in line.split() if not any(word in each for each in listed)]


def _words(text: str) -> list[str]:
    return [word.lower().replace("’", "'") for word in _WORD.findall(text)]


@cache
def _phrases(*lists: str) -> tuple[str, ...]:
    """The entries of several words, longest first, each between spaces."""
    entries = {entry for name in lists for entry in _list(name) if "-" in entry}
    return tuple(f" {entry.replace('-', ' ')} " for entry in sorted(entries, key=lambda entry: (-len(entry), entry)))


@cache
def _list(name: str) -> frozenset[str]:
    """The words of a list (`feedback.words_<name>`) in every language."""
    return frozenset(word for language in LANGUAGES for word in say(language, f"feedback.words_{name}").split())
