"""Cohorts for the people of a file, told as lines: the search that the facilitators' page asks, without a database."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from math import fsum

import numpy as np

from cohorts.forming.availability import DAYS
from cohorts.forming.engine.arrange import Progress, usual_effort
from cohorts.forming.explain import MOST_TIMES, explain_waiting
from cohorts.forming.figures.division import (
    Division,
    Isolation,
    common_hours,
    count_leas,
    divide,
    isolation_of,
    rung_each,
    value_each,
)
from cohorts.forming.figures.leading import Leads, choose_leads
from cohorts.forming.figures.waits import reasons_of
from cohorts.forming.hours import DAY
from cohorts.forming.model import RUNGS, Candidate, Policy, Reason
from cohorts.forming.population import populate
from cohorts.forming.seating import Cohorts, seat_all
from cohorts.ids import make_id

from .people import PersonLine, latest_of


@dataclass(frozen=True, slots=True)
class Asked:
    """How to search: see `form_cohorts`. `on` is the day it is done for, `starts` the one whose UTC offsets hold."""

    policy: Policy
    seed: int
    on: date
    starts: date
    fixed: Cohorts = ()
    seconds: float | None = None
    workers: int = 2

    @property
    def latest(self) -> date:
        return latest_of(self.policy, self.on)


@dataclass(frozen=True, slots=True)
class Summary:
    """`score` is the mean value of all people, those who wait counting 0; `sizes` size → cohorts; `waiting` reason →
    people; `led`: cohorts that one of the `facilitators` leads; `strangers`: ids in the fixed cohorts that are
    nobody's."""

    people: int
    seated: int
    sizes: Mapping[int, int]
    score: float
    isolation: Isolation
    waiting: Mapping[str, int]
    facilitators: int
    led: int
    strangers: Sequence[str] = ()


@dataclass(slots=True)
class _Aside:
    """What is kept of people while they go by: who starts too late for this time, by id with language and day, and
    who leads. `strangers`: small letters → id of those in fixed cohorts who have not come by yet."""

    later: dict[str, tuple[str, date]] = field(default_factory=dict)
    leads: Leads = field(default_factory=Leads)
    strangers: dict[str, str] = field(default_factory=dict)

    def sift(self, people: Iterable[PersonLine], asked: Asked) -> Iterator[Candidate]:
        for person in people:
            candidate = person.candidate
            if self.strangers:
                self.strangers.pop(candidate.educator_id.lower(), None)
            if candidate.start_from <= asked.latest:
                self.leads.hear(candidate, asked.starts, leads=person.facilitator)
                if person.seeks:
                    yield candidate
            elif person.seeks:
                self.later[candidate.educator_id] = (candidate.language, candidate.start_from)


def propose_lines(
    people: Iterable[PersonLine], asked: Asked, progress: Progress | None = None
) -> tuple[Summary, Iterator[str]]:
    """What came out, and its lines without line ends: cohorts by language, microcredential and id, then who waits by
    id. Each person is looked at once and let go. Raises BadInputError when `people` does."""
    aside = _Aside(strangers={who.lower(): who for cohort in asked.fixed for who in cohort})
    population = populate(aside.sift(people, asked), asked.starts)
    place = seat_all(
        population,
        asked.policy,
        asked.seed,
        usual_effort(len(population.ids), asked.seconds),
        fixed=asked.fixed,
        workers=asked.workers,
        progress=progress,
    )
    division = divide(population, place)
    values = value_each(division, asked.policy)
    reasons = reasons_of(population.columns, division.waiting(), asked.policy)
    everybody = len(population.ids) + len(aside.later)
    leads = choose_leads(division, aside.leads, asked.policy.cohorts_each)
    causes = Counter(reason.code for reason in reasons.values())
    if aside.later:
        causes["start_later"] = len(aside.later)
    summary = Summary(
        people=everybody,
        seated=len(division.members),
        sizes=dict(sorted(Counter(np.diff(division.starts).tolist()).items())),
        score=fsum(values) / everybody if everybody else 0.0,
        isolation=isolation_of(division),
        waiting=dict(sorted(causes.items())),
        facilitators=len(aside.leads.people),
        led=sum(map(bool, leads)),
        strangers=tuple(aside.strangers.values()),
    )
    cohorts = sorted(_cohorts(division, values.tolist(), leads), key=_order)
    return summary, _lines(cohorts, division, reasons, aside)


def _lines(
    cohorts: Sequence[Mapping[str, object]], division: Division, reasons: Mapping[int, Reason], aside: _Aside
) -> Iterator[str]:
    yield from map(_written, cohorts)
    names, language = division.population.names.language, division.population.columns.language
    waits = [(division.population.ids[row], names[language[row]], reason) for row, reason in reasons.items()]
    waits += [(who, spoken, Reason(code="start_later", start=start)) for who, (spoken, start) in aside.later.items()]
    yield from (_written(_wait(*each)) for each in sorted(waits, key=lambda each: each[0]))


def _order(cohort: Mapping[str, object]) -> tuple[str, ...]:
    return (str(cohort["language"]), str(cohort["microcredential"]), str(cohort["id"]))


def _written(entry: Mapping[str, object]) -> str:
    return json.dumps(entry, ensure_ascii=False)


def _cohorts(division: Division, values: Sequence[float], leads: Sequence[str]) -> Iterator[Mapping[str, object]]:
    population = division.population
    topic, language = population.columns.topic, population.columns.language
    rungs, leas = rung_each(division).tolist(), count_leas(division).tolist()
    starts, rows = division.starts.tolist(), division.members.tolist()
    for number, hours in enumerate(common_hours(division)):
        here = range(starts[number], starts[number + 1])
        members = sorted(population.ids[rows[at]] for at in here)
        topics = Counter(int(topic[rows[at]]) for at in here)
        yield {
            "id": make_id("group", *members),
            "members": members,
            # Codes are in the order of names, so the lower one is the first.
            "microcredential": population.names.topic[min(topics, key=lambda code: (-topics[code], code))],
            "language": population.names.language[language[rows[here[0]]]],
            "score": round(fsum(values[at] for at in here) / len(here), 4),
            "hours": len(hours),
            "times": [_moment(minute) for minute in hours[:MOST_TIMES]],
            "leas": leas[number],
            "asked": dict(sorted((population.ids[rows[at]], RUNGS[rungs[at]]) for at in here if rungs[at])),
            "facilitator": leads[number],
        }


def _moment(minute: int) -> str:
    return f"{DAYS[minute // DAY]} {minute % DAY // 60:02}:{minute % 60:02}"


def _wait(who: str, language: str, reason: Reason) -> Mapping[str, object]:
    told: dict[str, object] = {"waiting": who, "reason": reason.code, "needed": reason.needed}
    if reason.start:
        told["start"] = reason.start.isoformat()
    return told | {"text": _sentences(reason, language)}


@cache
def _sentences(reason: Reason, language: str) -> str:
    return explain_waiting(reason, language)
