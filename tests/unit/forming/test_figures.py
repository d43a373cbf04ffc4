"""Figures on columns: they are those of the measure, the reasons and the rules that one cohort at a time is told by."""

import random
from collections.abc import Callable, Sequence
from datetime import date, datetime
from itertools import combinations
from math import fsum

import numpy as np
import pytest

from cohorts.forming.figures.division import (
    PARTS,
    Division,
    common_hours,
    count_leas,
    divide,
    isolation_of,
    rung_each,
    score_parts,
    value_each,
)
from cohorts.forming.figures.violations import find_violations
from cohorts.forming.figures.waits import reasons_of
from cohorts.forming.form import form_cohorts
from cohorts.forming.model import RUNGS, Candidate, Policy
from cohorts.forming.objective import People, apart
from cohorts.forming.population import populate
from cohorts.forming.reasons import reasons_for
from cohorts.forming.terms import describe, too_wide

Make = Callable[..., Candidate]
Crowd = Callable[..., list[Candidate]]
STARTS = date(2026, 1, 12)


def varied(crowd: Crowd, size: int, seed: int) -> list[Candidate]:
    """A crowd in which much is unknown, some have met, some avoid others, and not all agree to any step."""
    chance = random.Random(seed)
    people = crowd(size, seed=seed, topics=6, leas=4)
    found = []
    for person in people:
        peers = tuple(one.educator_id for one in chance.sample(people, min(size, 3)) if one is not person)
        changes = {
            "recent_peers": peers if chance.random() < 0.2 else (),
            "avoid": (chance.choice(people).email,) if chance.random() < 0.2 else (),
            "evaluators": (chance.choice(people).email,) if chance.random() < 0.1 else (),
            "widest": chance.choice(RUNGS),
            "language": chance.choice(["en", "en", "es"]),
            "share_across_leas": person.share_across_leas and chance.random() < 0.8,
            **{name: "" for name in ("stack", "family", "subject", "grade_band", "lea_id") if chance.random() < 0.2},
            "availability": person.availability if chance.random() < 0.8 else (),
            "stage": chance.randrange(5),
            "grades": chance.choice(["any", "any", "own"]),
        }
        found.append(person.model_copy(update=changes))
    return found


def at_random(people: Sequence[Candidate], seed: int, size: int = 5) -> Division:
    """Cohorts of about so many, and one in ten without."""
    population = populate(people, STARTS)
    chance = np.random.default_rng(seed)
    place = chance.integers(0, max(1, len(people) // size), len(people))
    place[chance.random(len(people)) < 0.1] = -1
    return divide(population, place)


def members_of(division: Division) -> list[list[str]]:
    return [
        [division.population.ids[row] for row in division.members[low:high]]
        for low, high in zip(division.starts[:-1], division.starts[1:], strict=True)
    ]


@pytest.mark.parametrize("seed", range(4))
def test_parts_add_up_to_what_the_search_and_the_reasons_say(seed: int, crowd: Crowd) -> None:
    people = varied(crowd, 60, seed)
    policy = Policy(smallest=2, target=6)
    division = at_random(people, seed)
    parts = score_parts(division, policy, len(people))
    assert tuple(parts) == PARTS
    searched = fsum(value_each(division, policy)) / len(people)
    assert fsum(parts.values()) == pytest.approx(searched, abs=1e-12)
    ready = People(people, policy, STARTS)
    groups = [describe(ready, "g", [ready.index[name] for name in names]) for names in members_of(division)]
    told = fsum(seat.terms.value for group in groups for seat in group.members) / len(people)
    assert fsum(parts.values()) == pytest.approx(told, abs=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_each_cohort_has_the_hours_leas_and_steps_of_its_description(seed: int, crowd: Crowd) -> None:
    people = varied(crowd, 60, seed)
    policy = Policy(smallest=2, target=6)
    division = at_random(people, seed)
    ready = People(people, policy, STARTS)
    hours, leas, rungs = common_hours(division), count_leas(division), rung_each(division)
    for number, names in enumerate(members_of(division)):
        group = describe(ready, "g", [ready.index[name] for name in names])
        assert hours[number] == group.meet_at
        assert leas[number] == group.leas
        steps = {division.population.ids[row]: RUNGS[rungs[at]] for at, row in enumerate(division.members)}
        assert {seat.educator_id: seat.terms.rung for seat in group.members} == {name: steps[name] for name in names}


@pytest.mark.parametrize("seed", range(6))
def test_reasons_are_those_found_one_by_one(seed: int, crowd: Crowd) -> None:
    people = varied(crowd, 24, seed)
    policy = Policy(smallest=6, target=6, largest=7)
    population = populate(people, STARTS)
    found = reasons_of(population.columns, np.arange(len(people)), policy)
    assert {population.ids[row]: reason for row, reason in found.items()} == reasons_for(people, people, policy)


@pytest.mark.parametrize("seed", range(6))
def test_rules_are_those_that_forbid_a_pair(seed: int, crowd: Crowd) -> None:
    people = varied(crowd, 40, seed)
    division = at_random(people, seed, size=3)
    ready = People(people, Policy(), STARTS)
    lists = {one.educator_id: _by_id(people, one) for one in people}
    found = find_violations(division, lists)
    wrong = {each.cohort for each in found if each.rule != "ladder"}
    wide = {(each.cohort, who) for each in found if each.rule == "ladder" for who in each.who}
    for number, names in enumerate(members_of(division)):
        persons = [ready.all[ready.index[name]] for name in names]
        assert (number in wrong) == any(apart(one, other) for one, other in combinations(persons, 2))
        for one in persons:
            others = [other for other in persons if other is not one]
            expected = bool(others) and too_wide(one, others)
            assert ((number, one.candidate.educator_id) in wide) == expected


def _by_id(people: Sequence[Candidate], one: Candidate) -> tuple[list[str], list[str]]:
    ids = {other.email: other.educator_id for other in people}
    return [ids[email] for email in one.avoid], [ids[email] for email in one.evaluators]


def test_isolation_counts_near_peers_at_home_and_in_the_cohort(candidate: Make) -> None:
    people = [
        *(candidate(name, lea_id="home", school_id=f"s{name}") for name in "abc"),
        candidate("d", subject="Art"),
        candidate("e", subject="Art"),
        candidate("f"),
        candidate("g"),
    ]
    population = populate(people, STARTS)
    place = np.array([-1 if name == "g" else 0 for name in population.ids])
    found = isolation_of(divide(population, place))
    # a, b and c are alone in their schools, with two near peers in the district; d and e have but each other.
    assert (found.singletons, found.before, found.after) == (7, 4, 3)


def test_who_says_no_more_is_counted_once(candidate: Make, now: datetime) -> None:
    people = [candidate(name, stack="", family="", widest="microcredential") for name in "ab"]
    proposal = form_cohorts(people, Policy(), 7, now)
    assert [(reason.code, reason.needed) for reason in proposal.unplaced.values()] == [("too_few", 2)] * 2


@pytest.mark.parametrize("seed", range(3))
def test_renaming_changes_nothing_but_names(seed: int, now: datetime) -> None:
    """Also where people are equal but for whom they avoid."""
    chance, size = random.Random(seed), 90
    kinds = [chance.randrange(3) for _ in range(size)]
    avoided = [chance.sample(range(size), chance.choice([0, 0, 3])) for _ in range(size)]
    formed = []
    for names in (list(range(size)), chance.sample(range(size), size)):
        said = {f"n{names[place]:02}": (kinds[place], len(avoided[place])) for place in range(size)}
        people = [
            _make(name, [f"n{names[other]:02}" for other in avoided[place]], kinds[place])
            for place, name in enumerate(said)
        ]
        proposal = form_cohorts(people, Policy(), 7, now, seconds=0.1)
        cohorts = sorted(sorted(said[seat.educator_id] for seat in group.members) for group in proposal.groups)
        formed.append((cohorts, proposal.score))
    assert formed[0] == formed[1]


def _make(name: str, avoided: Sequence[str], kind: int) -> Candidate:
    return Candidate(
        interest_id=name,
        educator_id=name,
        email=name,
        avoid=tuple(avoided),
        lea_id=f"lea{kind}",
        zone="UTC",
        subject=["Math", "Art", ""][kind],
        grade_band="6-8",
        microcredential_id="m",
        start_from=STARTS,
        waiting_since=datetime.fromisoformat("2026-01-05T12:00+00:00"),
    )
