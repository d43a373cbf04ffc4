"""Any assignment of people to cohorts: what it is worth, part by part, and each rule it breaks."""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from cohorts.forming.engine.descent import NONE
from cohorts.forming.figures.division import Division, Isolation, divide, isolation_of, score_parts
from cohorts.forming.figures.leading import Leads, may_lead, team_of
from cohorts.forming.figures.names import Rule
from cohorts.forming.figures.violations import Violation, find_violations
from cohorts.forming.model import Candidate, Policy
from cohorts.forming.population import Population, populate

from .cohorts import CohortLine
from .people import PersonLine


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule that is broken: where in the cohorts file, and by whom; each with their line in the people file, 0 when
    they are not in it."""

    rule: Rule
    line: int
    cohort: str
    who: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Scored:
    """`parts` add up to the mean value of all `people`, of whom those who wait count 0."""

    people: int
    seated: int
    cohorts: int
    parts: Mapping[str, float]
    isolation: Isolation
    faults: Sequence[Fault]


@dataclass(slots=True)
class _Seen:
    """What is kept of each person while they go by."""

    people: int = 0
    lines: "array[int]" = field(default_factory=lambda: array("q"))
    lists: dict[str, tuple[Sequence[str], Sequence[str]]] = field(default_factory=dict)
    later: list[str] = field(default_factory=list)
    leads: Leads = field(default_factory=Leads)

    def sift(self, people: Iterable[PersonLine], seats: Mapping[str, int], latest: date) -> Iterator[Candidate]:
        """Those who could be placed, and those who are though it is too early for them."""
        for person in people:
            candidate = person.candidate
            self.leads.hear(candidate, candidate.start_from, leads=person.facilitator)
            if not person.seeks:
                continue
            self.people += 1
            early = candidate.start_from > latest
            if early and candidate.educator_id.lower() not in seats:
                continue
            if early:
                self.later.append(candidate.educator_id)
            if candidate.avoid or candidate.evaluators:
                self.lists[candidate.educator_id] = (candidate.avoid, candidate.evaluators)
            self.lines.append(person.line)
            yield candidate


def score_cohorts(
    people: Iterable[PersonLine], cohorts: Sequence[CohortLine], policy: Policy, starts: date, latest: date
) -> Scored:
    """Whoever is seated twice counts in the first cohort, who is not among the people in none. Raises BadInputError
    when `people` does."""
    seats, twice = _seats(cohorts)
    seen = _Seen()
    population = populate(seen.sift(people, seats, latest), starts)
    place = np.fromiter((seats.get(who.lower(), NONE) for who in population.ids), np.int64, len(population.ids))
    division = divide(population, place)
    numbers = place[division.members[division.starts[:-1]]].tolist()
    found = [each._replace(cohort=numbers[each.cohort]) for each in find_violations(division, seen.lists)]
    found += [*twice, *_sizes(cohorts, policy)]
    found += _misled(division, [(number, cohorts[number].facilitator) for number in numbers], seen.leads, policy)
    found += [Violation("start_later", seats[who.lower()], (who,)) for who in seen.later]
    lines = _lines_of(population, seen.lines, {who.lower() for each in found for who in each.who} | set(seats))
    strangers = {who: None for each in cohorts for who in each.members if who.lower() not in lines}
    found += [Violation("unknown_id", seats[who.lower()], (who,)) for who in strangers]
    ordered = sorted(found, key=lambda each: (each.cohort, each.rule, each.who))
    return Scored(
        people=seen.people,
        seated=len(division.members),
        cohorts=len(cohorts),
        parts=score_parts(division, policy, seen.people),
        isolation=isolation_of(division),
        faults=[_fault(each, cohorts[each.cohort], lines) for each in ordered],
    )


def _seats(cohorts: Sequence[CohortLine]) -> tuple[Mapping[str, int], Sequence[Violation]]:
    """The first cohort of everybody who stands in one, by id in small letters; each further time somebody does."""
    seats: dict[str, int] = {}
    twice: dict[Violation, None] = {}
    for number, cohort in enumerate(cohorts):
        for member in cohort.members:
            if member.lower() in seats:
                twice[Violation("twice_seated", number, (member,))] = None
            seats.setdefault(member.lower(), number)
    return seats, list(twice)


def _sizes(cohorts: Sequence[CohortLine], policy: Policy) -> Iterator[Violation]:
    for number, cohort in enumerate(cohorts):
        members = {member.lower(): member for member in cohort.members}
        if not policy.smallest <= len(members) <= policy.largest:
            yield Violation("size", number, tuple(sorted(members.values())))


def _misled(division: Division, led: Sequence[tuple[int, str]], leads: Leads, policy: Policy) -> Iterator[Violation]:
    """Cohorts led by who may not lead them, and those beyond what one facilitator leads. `led`: the division's cohorts
    by number in the file, and who leads them."""
    known = {lead.id.lower(): lead for lead in leads.people}
    counts = Counter[str]()
    for at, (number, who) in sorted(enumerate(led), key=lambda each: each[1][0]):
        if not who:
            continue
        lead = known.get(who.lower())
        counts[who.lower()] += 1
        if lead is None or not may_lead(team_of(division, at), lead, leads.listed):
            yield Violation("facilitator", number, (who,))
        if counts[who.lower()] > policy.cohorts_each:
            yield Violation("capacity", number, (who,))


def _lines_of(population: Population, lines: "array[int]", wanted: set[str]) -> Mapping[str, int]:
    """Where in the people file each of those wanted stands, as far as they are in it; ids in small letters."""
    came = population.came.tolist()
    ids = map(str.lower, population.ids)
    return {who: lines[came[row]] for row, who in enumerate(ids) if who in wanted}


def _fault(each: Violation, cohort: CohortLine, lines: Mapping[str, int]) -> Fault:
    return Fault(each.rule, cohort.line, cohort.id, tuple((who, lines.get(who.lower(), 0)) for who in each.who))
