"""From candidates to who sits with whom: the door to the compiled search."""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from .engine.arrange import Effort, Progress, arrange, usual_effort
from .engine.columns import Ints
from .engine.descent import NONE
from .model import Candidate, Policy, SingletonLevel
from .population import Population, goods_of, populate

Cohorts = Sequence[Sequence[str]]


def find_cohorts(  # noqa: PLR0913 - the last three say how to search, not what
    ready: Sequence[Candidate],
    policy: Policy,
    seed: int,
    starts: date,
    *,
    fixed: Cohorts = (),
    seconds: float | None = None,
    workers: int = 2,
    progress: Progress | None = None,
) -> tuple[Cohorts, Mapping[str, SingletonLevel]]:
    """The cohorts by educator id, and who is alone with a problem of practice. As `form_cohorts` has it."""
    population = populate(ready, starts)
    effort = usual_effort(len(ready), seconds)
    place = seat_all(population, policy, seed, effort, fixed=fixed, workers=workers, progress=progress)
    found = [[population.ids[row] for row in rows] for rows in members_of(place)]
    return found, _alone_with_problem(population)


def _alone_with_problem(population: Population) -> Mapping[str, SingletonLevel]:
    levels: tuple[SingletonLevel, ...] = ("none", "school", "lea")
    found = zip(population.ids, population.columns.problem_level.tolist(), strict=True)
    return {person: levels[level] for person, level in sorted(found) if level}


def seat_all(  # noqa: PLR0913 - the engine's own settings, by name
    population: Population,
    policy: Policy,
    seed: int,
    effort: Effort,
    *,
    fixed: Cohorts = (),
    workers: int = 2,
    progress: Progress | None = None,
) -> Ints:
    """Each row's cohort, NONE for who waits."""
    return arrange(
        population.columns,
        population.names,
        goods_of(policy),
        seed=seed,
        effort=effort,
        bound=_bound(population, fixed),
        workers=workers,
        progress=progress,
    )


def members_of(place: Ints) -> list[Ints]:
    """The rows of each cohort, in rising order; cohorts by their first row."""
    rows = np.flatnonzero(place != NONE).astype(np.int64)
    if not len(rows):
        return []
    rows = rows[np.argsort(place[rows], kind="stable")]
    _, starts = np.unique(place[rows], return_index=True)
    return sorted(np.split(rows, starts[1:]), key=lambda members: int(members[0]))


def _bound(population: Population, fixed: Cohorts) -> Ints:
    bound = np.full(len(population.ids), NONE, np.int64)
    if fixed:
        rows = {person.lower(): row for row, person in enumerate(population.ids)}
        named = [{person.lower() for person in cohort} for cohort in fixed]
        cohorts = [sorted(rows[person] for person in cohort if person in rows) for cohort in named]
        for number, members in enumerate(sorted(filter(None, cohorts))):
            bound[members] = number
    return bound
