"""Result descriptions and the assessment extension's sections, read as parts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from cohorts.catalogue.faults import nearest, quote
from cohorts.catalogue.model import ArtifactRequest, Criterion, Level, Part, Prompt
from cohorts.catalogue.tree import Fault, Path
from cohorts.ids import make_id
from cohorts.words import say

from .shape import Achievement, Question, Result, RubricLevel, Section

_R = TypeVar("_R")


@dataclass(slots=True)
class _Draft:
    """A part while its results and sections are being gathered."""

    id: str
    title: str
    results: list[Result] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)


def read_parts(achievement: Achievement, language: str) -> tuple[Part, ...]:
    """The parts in the file's order; one part with the whole narrative when there are no result descriptions."""
    if not achievement.results:
        return (whole_part(achievement.name, achievement.criteria.narrative, language),)
    drafts: dict[str, _Draft] = {}
    for number, result in enumerate(achievement.results, 1):
        key = result.part or f"part-{number}"
        drafts.setdefault(key, _Draft(key, result.name)).results.append(result)
    for result, own in zip(achievement.results, _owners(achievement.results, drafts), strict=True):
        for section in result.sections:
            (_at_home(section, drafts.values()) or own).sections.append(section)
    return tuple(_part(draft, language) for draft in drafts.values())


def whole_part(name: str, narrative: str, language: str) -> Part:
    """What can be known of a badge that says what to do in words alone: one part, met or not yet."""
    criterion = Criterion(id="criterion-1", name=name, levels=_met_or_not(language, ""), passing="met")
    return Part(id="part-1", title=name, intro=narrative, criteria=(criterion,))


def result_faults(achievement: Achievement, at: Path) -> Iterator[Fault]:
    """What no schema says: ids are used once, and what is required exists."""
    seen: set[str] = set()
    for number, result in enumerate(achievement.results):
        path = (*at, "resultDescription", number)
        if result.id in seen:
            yield Fault((*path, "id"), "doubled_badge_id", {"found": quote(result.id)})
        seen.add(result.id)
        yield from _level_faults(result, path)


def _level_faults(result: Result, path: Path) -> Iterator[Fault]:
    ids = [level.id for level in result.levels]
    for number, id_ in enumerate(ids):
        if id_ in ids[:number]:
            where = (*path, "rubricCriterionLevel", number, "id")
            yield Fault(where, "doubled_badge_id", {"found": quote(id_)})
    if result.required_level and result.required_level not in ids:
        where = (*path, "requiredLevel")
        yield Fault(where, "unknown_required_level", {"found": quote(result.required_level)})
    allowed = result.allowed_values
    if allowed and result.required_value and result.required_value not in allowed:
        values = {
            "found": quote(result.required_value),
            "near": nearest(result.required_value, allowed),
            "known": ", ".join(allowed),
        }
        yield Fault((*path, "requiredValue"), "unknown_required_value", values)


def _owners(results: Iterable[Result], drafts: dict[str, _Draft]) -> Iterator[_Draft]:
    for number, result in enumerate(results, 1):
        yield drafts[result.part or f"part-{number}"]


def _at_home(section: Section, drafts: Iterable[_Draft]) -> _Draft | None:
    """The part a section names: publishers hang “Part 1” under another result than “Part 1 Overview”."""
    if section.own_id or not section.title:
        return None
    return next((draft for draft in drafts if _begins(draft.title, section.title)), None)


def _begins(title: str, section_title: str) -> bool:
    """Whole words only: “Part 1” does not begin “Part 10”."""
    words, beginning = title.casefold().split(), section_title.casefold().split()
    return words[: len(beginning)] == beginning


def _part(draft: _Draft, language: str) -> Part:
    questions = [question for section in draft.sections for question in section.questions]
    own = next((section for section in draft.sections if section.own_id), None)
    asked = [question for question in questions if question.question_type != "FileQuestion"]
    files = [question for question in questions if question.question_type == "FileQuestion"]
    return Part(
        id=draft.id,
        title=own.title if own else draft.title,
        intro=own.description if own else "\n\n".join(filter(None, (each.description for each in draft.sections))),
        note=own.note if own else "",
        prompts=tuple(_prompt(question, number) for number, question in enumerate(asked, 1)),
        artifacts=tuple(_artifact(question, number) for number, question in enumerate(files, 1)),
        criteria=tuple(_criterion(result, language) for result in draft.results),
    )


def _prompt(question: Question, number: int) -> Prompt:
    return Prompt(
        id=question.own_id or f"question-{number}",
        text=question.text,
        min_words=question.min_words,
        max_words=int(question.word_limit),
    )


def _artifact(question: Question, number: int) -> ArtifactRequest:
    return ArtifactRequest(
        id=question.own_id or f"artifact-{number}",
        name=question.text,
        kind=question.kind,
        count=question.count,
        consent=question.consent,
        max_words=int(question.word_limit),
        note=question.note,
    )


def _criterion(result: Result, language: str) -> Criterion:
    levels, passing = _rubric(result) if result.levels else _values(result, language)
    return Criterion(
        id=result.own_id or make_id("criterion", result.id),
        name=result.name,
        description=result.description,
        levels=levels,
        passing=passing,
    )


def _rubric(result: Result) -> tuple[tuple[Level, ...], str]:
    """The rubric lowest first. A rubric that names no required level is passed at its highest."""
    points = [int(level.points) for level in result.levels if level.points.removeprefix("-").isdecimal()]
    if len(points) == len(result.levels):
        pairs = list(zip(points, result.levels, strict=True))
        if not result.own_id:
            pairs.sort(key=lambda pair: pair[0])
    else:
        pairs = list(enumerate(_lowest_first(result.levels, result.levels[0].id == result.required_level)))
    levels = tuple(
        Level(id=_level_id(level), name=level.name, description=level.description, points=rung) for rung, level in pairs
    )
    required = next((level for _, level in pairs if level.id == result.required_level), pairs[-1][1])
    return levels, _level_id(required)


def _lowest_first(rungs: list[_R], required_is_first: bool) -> list[_R]:
    """Open Badges wants low to high, but many list the best first: then the required rung stands at the bottom."""
    return rungs[::-1] if required_is_first else rungs


def _level_id(level: RubricLevel) -> str:
    return level.own_id or make_id("level", level.id)


def _values(result: Result, language: str) -> tuple[tuple[Level, ...], str]:
    """Allowed values are levels already; a score has two: below what is required, and met."""
    if not result.allowed_values:
        return _met_or_not(language, result.required_value), "met"
    names = _lowest_first(result.allowed_values, result.allowed_values[0] == result.required_value)
    levels = tuple(Level(id=f"level-{rung + 1}", name=name, points=rung) for rung, name in enumerate(names))
    passing = names.index(result.required_value) if result.required_value else len(names) - 1
    return levels, levels[passing].id


def _met_or_not(language: str, met: str) -> tuple[Level, ...]:
    return (
        Level(id="not-yet", name=say(language, "bad_catalogue.level_not_yet")),
        Level(id="met", name=say(language, "bad_catalogue.level_met"), description=met, points=1),
    )
