"""A division of people into cohorts, and its measure part by part."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import fsum

import numpy as np
import numpy.typing as npt

from cohorts.forming.engine.columns import UNKNOWN, Bytes, Floats, Goods, Ints
from cohorts.forming.engine.measure import find_alone, rungs_of, values_of
from cohorts.forming.figures.names import PAIRS
from cohorts.forming.hours import separate_hours
from cohorts.forming.model import Policy
from cohorts.forming.population import Population, goods_of
from cohorts.forming.seating import members_of

PARTS = ("hours", *PAIRS, "size", "isolation")


@dataclass(frozen=True, slots=True)
class Division:
    """Cohort g is members[starts[g] : starts[g + 1]], rows of the population in rising order."""

    population: Population
    starts: Ints
    members: Ints

    @property
    def count(self) -> int:
        return len(self.starts) - 1

    def cohort_of_each(self) -> Ints:
        """The number of the cohort, alongside `members`."""
        return np.repeat(np.arange(self.count), np.diff(self.starts)).astype(np.int64)

    def waiting(self) -> Ints:
        """Rows without a cohort, in rising order."""
        seated = np.zeros(len(self.population.ids), bool)
        seated[self.members] = True
        return np.flatnonzero(~seated).astype(np.int64)


def divide(population: Population, place: Ints) -> Division:
    """`place` is each row's cohort by any number, NONE for who waits. Cohorts are in the order of their first rows."""
    cohorts = members_of(place)
    starts = np.cumsum([0, *map(len, cohorts)]).astype(np.int64)
    return Division(population, starts, np.concatenate(cohorts) if cohorts else np.zeros(0, np.int64))


def value_each(division: Division, policy: Policy) -> Floats:
    """Each one's value, alongside `members`."""
    return _values(division, _goods_of(division, policy))


def _goods_of(division: Division, policy: Policy) -> Goods:
    """The policy as numbers, also for cohorts larger than it allows: they can be scored, if not proposed."""
    largest = int(np.diff(division.starts).max(initial=policy.largest))
    sizes = [policy.weights.size * policy.worth_of_size(size) for size in range(largest + 1)]
    return goods_of(policy)._replace(size_worth=np.array(sizes))


def _values(division: Division, goods: Goods) -> Floats:
    values: Floats = np.zeros(len(division.members))
    values_of(division.population.columns, goods, division.starts, division.members, values)
    return values


def score_parts(division: Division, policy: Policy, people: int) -> Mapping[str, float]:
    """What each part adds to the mean value of so many people, in the order of PARTS; who waits adds 0.

    The measure is a sum of terms with a weight each, so a part is the measure itself with all other weights 0: what is
    told cannot be other than what is searched for.
    """
    goods = _goods_of(division, policy)
    bare = goods._replace(
        isolation=0.0,
        subject=0.0,
        grade_band=0.0,
        problem=0.0,
        stage=0.0,
        platform=0.0,
        other_lea=0.0,
        shared_hours=0.0,
        other_microcredential=0.0,
        repeat=0.0,
        mixing=0.0,
        kept=0.0,
        hours_worth=np.zeros(len(goods.hours_worth)),
        size_worth=np.zeros(len(goods.size_worth)),
    )
    alone = {
        "hours": bare._replace(hours_worth=goods.hours_worth),
        **{name: bare._replace(**{name: getattr(goods, name)}) for name in PAIRS},
        "size": bare._replace(size_worth=goods.size_worth),
        "isolation": bare._replace(isolation=goods.isolation),
    }
    return {name: fsum(_values(division, alone[name])) / people if people else 0.0 for name in PARTS}


def rung_each(division: Division) -> Bytes:
    """How wide the cohort is for each one, by number of the ladder's step, alongside `members`."""
    rungs = np.zeros(len(division.members), np.uint8)
    rungs_of(division.population.columns, division.starts, division.members, rungs)
    return rungs


def common_hours(division: Division) -> list[tuple[int, ...]]:
    """Of each cohort the starts of separate hours when all can meet, in minutes of the UTC week."""
    if not division.count:
        return []
    week = division.population.columns.week[division.members]
    together = np.bitwise_and.reduceat(week, division.starts[:-1], axis=0).astype("<u8")
    return [separate_hours(int.from_bytes(words.tobytes(), "little")) for words in together]


def count_leas(division: Division) -> Ints:
    """Of each cohort from how many LEAs it comes; an unknown LEA is one of its own."""
    lea = division.population.columns.lea[division.members]
    lea = np.where(lea == UNKNOWN, -2 - np.arange(len(lea)), lea)
    pairs = np.unique(np.stack([division.cohort_of_each(), lea]), axis=1)
    return np.bincount(pairs[0], minlength=division.count).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Isolation:
    """Of so many singletons, how many have fewer than two near peers: before, among those on the same microcredential
    in their own LEA; after, in their cohort. Who waits has nobody."""

    singletons: int
    before: int
    after: int


def isolation_of(division: Division) -> Isolation:
    people = division.population.columns
    singletons = int(np.count_nonzero(people.level))
    key = np.where(people.lea == UNKNOWN, -1 - np.arange(len(people.lea)), people.lea)
    home = np.lexsort((people.topic, key)).astype(np.int64)
    edges = (np.diff(key[home]) != 0) | (np.diff(people.topic[home]) != 0)
    starts = np.concatenate([[0], np.flatnonzero(edges) + 1, [len(home)]]).astype(np.int64)
    seated_alone = _count_alone(division, division.starts, division.members)
    waiting_alone = int(np.count_nonzero(people.level[division.waiting()]))
    return Isolation(singletons, _count_alone(division, starts, home), seated_alone + waiting_alone)


def _count_alone(division: Division, starts: Ints, members: Ints) -> int:
    alone: npt.NDArray[np.uint8] = np.zeros(len(members), np.uint8)
    find_alone(division.population.columns, starts, members, alone)
    return int(alone.sum())
