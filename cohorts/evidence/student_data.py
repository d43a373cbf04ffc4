"""Finds what may identify a student in a text, so that its author looks before others do. It never rewrites.

Rules, so it misses things and now and then stops at a harmless one; the author decides. First names alone,
initials, "Student A" and "Student 1" are fine. The word lists are in `prompts/messages/*/evidence.md`.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import chain, groupby
from typing import Literal

from cohorts.values import Frozen
from cohorts.words import LANGUAGES, say

FindingKind = Literal["email", "phone", "ssn", "student_id", "birthdate", "named_student", "name_list", "grade_list"]


MOST_FOUND = 50
"""Whoever has so many to look at needs no more to see what is meant."""


class Finding(Frozen):
    """`text` is the author's own words from `start` to `end`: show it to the author only, never log it."""

    kind: FindingKind
    text: str
    start: int
    end: int


_UPPER, _LOWER = "A-ZÁÉÍÓÚÑÜ", "a-záéíóúñü"
# Repeats are bounded or possessive (they give nothing back), so that a hostile text costs no more than its length.
_NAME = rf"[{_UPPER}][{_LOWER}]{{1,30}}(?:[-'’][{_UPPER}]?[{_LOWER}]{{1,30}}){{0,2}}"
_LOUD = rf"(?:{_NAME}|[{_UPPER}]{{2,30}})"
_PARTICLES = r"(?:[ \t]++(?:de|del|la|las|los|van|von)){0,3}"
_FIRST_LAST = rf"{_NAME}{_PARTICLES}[ \t]++{_NAME}"
_FULL = rf"{_NAME}(?:[ \t]++[{_UPPER}]\.)?(?:{_PARTICLES}[ \t]++{_NAME}){{1,3}}"
_LAST_FIRST = rf"{_LOUD}(?:[ \t]++{_LOUD})?,[ \t]*+{_LOUD}"
_MARK = r"(?:\d{1,3}(?:[.,]\d++)?[ \t]*+%?|[A-F][+-]?)"
_DATE = (
    r"(?:\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}-\d{2}-\d{2}"
    r"|[A-Za-z]{3,20}\.? \d{1,2},? \d{4}|\d{1,2} de [a-z]{3,20} (?:de |del )?\d{4})"
)
_BORN = r"(?:born|d\.?o\.?b\.?|date of birth|birth ?da(?:te|y)|nacid[oa]|naci[óo]|fecha de nacimiento|cumpleaños)"
_PUPIL = r"(?:student|pupil|learner|kid|grader|alumn[oa]|estudiante|niñ[oa])"
_DETERMINER = r"\b(?:my|our|one|a|the|this|mi|mis|un|una|el|la|este|esta|nuestr[oa])"
_CALLED = r"(?:named|called|is|llamad[oa]|se llama|es)"
_NUMBER_WORD = rf"(?:(?:{_PUPIL}|sis|state)[ -]*+(?:id|no\.|number|#)(?: number)?|\bid(?: number)?|\bmatr[ií]cula)"

_PATTERNS: tuple[tuple[FindingKind, re.Pattern[str]], ...] = (
    ("email", re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")),
    ("ssn", re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")),
    ("phone", re.compile(r"(?<![\d.-])(?:\+?1[ .-]?)?(?:\(\d{3}\)[ ]?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\d-])")),
    ("student_id", re.compile(rf"(?i:{_NUMBER_WORD})[ ]*+[:#=]?[ ]*+(?:is |es )?[A-Z]{{0,2}}\d{{4,12}}\b")),
    ("student_id", re.compile(r"(?<![\w/.=,-])[A-Z]{0,2}\d{7,10}(?![\w/-])")),
    ("birthdate", re.compile(rf"(?i:\b{_BORN})(?:[ :]++(?:on|is|el|es))*+[ :]*+{_DATE}")),
    (
        "named_student",
        re.compile(
            rf"(?i:{_DETERMINER}[ \t]++(?:[a-zñ]{{1,30}}[ \t]++)?{_PUPIL}s?),?[ \t]++"
            rf"(?:{_CALLED}[ \t]++)?(?P<name>{_FIRST_LAST})"
        ),
    ),
    (
        "named_student",
        re.compile(rf"(?i:\b(?:student(?:'s)? name|name|nombre(?: del alumn[oa])?))[ \t]*+:[ \t]*+(?P<name>{_FULL})"),
    ),
)
_INLINE_LIST = re.compile(rf"{_FULL}(?:,?[ \t]*+(?:[,;]|\band\b|\by\b|\be\b)[ \t]*+(?:and |y |e )?{_FULL}){{2,}}")
_ROSTER_LINE = re.compile(
    rf"^[ \t]*+(?:[-*•]|\d{{1,2}}[.)])?[ \t]*+(?P<name>{_LAST_FIRST}|{_FULL}|{_NAME})"
    rf"(?P<marks>(?:[ \t]*+[:,;|–-]?[ \t]*+{_MARK})++)?+[ \t|,;]*+$"
)


@lru_cache(maxsize=4096)
def find_student_data(text: str) -> tuple[Finding, ...]:
    """What is found, in the order of the text, `MOST_FOUND` at most; a stretch is reported once, by the first rule that
    sees it."""
    found: list[Finding] = []
    for finding in chain(_by_pattern(text), _by_roster(text), _by_inline_list(text)):
        if len(found) == MOST_FOUND:
            break
        if all(finding.end <= other.start or finding.start >= other.end for other in found):
            found.append(finding)
    return tuple(sorted(found, key=lambda finding: finding.start))


def known_first_name(word: str) -> bool:
    """A common given name in the United States, English or Spanish."""
    return word.lower() in _list("first_names")


def school_word(word: str) -> bool:
    """A word that starts with a capital in schools without being anybody's name: Lesson, Monday, Unit."""
    return word.lower() in _list("school")


def _by_pattern(text: str) -> Iterator[Finding]:
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            name = match.groupdict().get("name")
            if name is None or _is_name(name):
                yield _finding(kind, text, match.start(), match.end())


def _by_inline_list(text: str) -> Iterator[Finding]:
    for match in _INLINE_LIST.finditer(text):
        names = re.findall(_FULL, match[0])
        if sum(_is_name(name) for name in names) >= 3:
            yield _finding("name_list", text, match.start(), match.end())


def _by_roster(text: str) -> Iterator[Finding]:
    """Runs of lines that are each a name: with a mark from two lines on, a full name alone from three."""
    for kind, lines in groupby(_lines(text), key=lambda line: line[0]):
        run = list(lines)
        if kind and len(run) >= (2 if kind == "grade_list" else 3):
            yield _finding(kind, text, run[0][1], run[-1][2])


def _lines(text: str) -> Iterator[tuple[Literal["grade_list", "name_list", ""], int, int]]:
    """Each line that is not blank: what it could be part of, and where it starts and ends."""
    start = 0
    for line in text.splitlines(keepends=True):
        end = start + len(line.rstrip())
        if line.strip():
            yield _kind_of_line(line.rstrip()), start, end
        start += len(line)


def _kind_of_line(line: str) -> Literal["grade_list", "name_list", ""]:
    match = _ROSTER_LINE.match(line)
    if match is None or not _is_name(match["name"]):
        return ""
    if match["marks"]:
        return "grade_list"
    return "name_list" if re.search(r"[ ,]", match["name"]) else ""


def _is_name(name: str) -> bool:
    return not any(school_word(word) for word in re.findall(rf"[{_UPPER}][{_UPPER}{_LOWER}]*", name))


def _finding(kind: FindingKind, text: str, start: int, end: int) -> Finding:
    return Finding(kind=kind, text=text[start:end], start=start, end=end)


@cache
def _list(name: str) -> frozenset[str]:
    """The words of a list (`evidence.words_<name>`) in every language."""
    lists: Iterable[str] = (say(language, f"evidence.words_{name}") for language in LANGUAGES)
    return frozenset(word for words in lists for word in words.split())
