"""Which rules a division breaks, and by whom."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from cohorts.forming.engine.columns import UNKNOWN
from cohorts.forming.figures.names import Rule

from .division import Division, rung_each


class Violation(NamedTuple):
    """Cohort by number; `who` are ids, in order."""

    rule: Rule
    cohort: int
    who: tuple[str, ...]


Lists = Mapping[str, tuple[Sequence[str], Sequence[str]]]


def find_violations(division: Division, lists: Lists) -> list[Violation]:
    """What is wrong between the people of each cohort. `lists` has, for whoever names anybody, the ids they avoid and
    those of their evaluators."""
    return [
        *_mixed_languages(division),
        *_strangers(division),
        *_other_grades(division),
        *_too_wide(division),
        *_named(division, lists),
    ]


def _ids(division: Division, rows: Sequence[int]) -> tuple[str, ...]:
    return tuple(sorted(division.population.ids[row] for row in rows))


def _cohort(division: Division, number: int) -> list[int]:
    return list(map(int, division.members[division.starts[number] : division.starts[number + 1]]))


def _mixed_languages(division: Division) -> Iterator[Violation]:
    """Who speaks another language than most of the cohort."""
    language = division.population.columns.language
    for number in _differing(division, language[division.members]):
        members = _cohort(division, number)
        spoken = [int(language[row]) for row in members]
        most = max(sorted(set(spoken)), key=spoken.count)
        others = [row for row, one in zip(members, spoken, strict=True) if one != most]
        yield Violation("language", number, _ids(division, others))


def _strangers(division: Division) -> Iterator[Violation]:
    """Who did not agree to be with people of other LEAs, and is."""
    people = division.population.columns
    lea = people.lea[division.members]
    apart = np.where(lea == UNKNOWN, -2 - np.arange(len(lea)), lea)
    for number in _differing(division, apart):
        members = _cohort(division, number)
        unasked = [row for row in members if not people.share[row]]
        if unasked:
            yield Violation("consent", number, _ids(division, unasked))


def _other_grades(division: Division) -> Iterator[Violation]:
    """Who asked for people of their own grade band alone, and has others beside them."""
    people = division.population.columns
    for number in _differing(division, np.nan_to_num(people.band, nan=UNKNOWN)[division.members]):
        own = [row for row in _cohort(division, number) if people.own_band[row]]
        if own:
            yield Violation("grade_band", number, _ids(division, own))


def _too_wide(division: Division) -> Iterator[Violation]:
    """Whose cohort goes beyond the step of the ladder they agreed to."""
    wide = rung_each(division) > division.population.columns.widest[division.members]
    cohorts = division.cohort_of_each()
    for number in np.unique(cohorts[wide]).tolist():
        yield Violation("ladder", number, _ids(division, list(map(int, division.members[wide & (cohorts == number)]))))


def _differing(division: Division, codes: np.ndarray) -> list[int]:
    """Cohorts in which not all have the same code."""
    if not division.count:
        return []
    starts = division.starts[:-1]
    return np.flatnonzero(np.minimum.reduceat(codes, starts) != np.maximum.reduceat(codes, starts)).tolist()


def _named(division: Division, lists: Lists) -> Iterator[Violation]:
    if not lists:
        return
    ids = division.population.ids
    cohorts = division.cohort_of_each().tolist()
    place = {
        ids[row].lower(): (ids[row], number) for row, number in zip(division.members.tolist(), cohorts, strict=True)
    }
    for person, (avoided, evaluators) in lists.items():
        if person.lower() not in place:
            continue
        me, number = place[person.lower()]
        rules: tuple[tuple[Rule, Sequence[str]], ...] = (("avoid", avoided), ("evaluator", evaluators))
        for rule, others in rules:
            for other in others:
                found = place.get(other.lower())
                if found and found[1] == number and found[0] != me:
                    yield Violation(rule, number, (me, found[0]))
