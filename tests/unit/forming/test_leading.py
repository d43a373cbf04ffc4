"""Who leads the cohorts of a file: as many as can be are led, and by every rule."""

from collections.abc import Callable
from datetime import date, time
from typing import Any

import numpy as np
import pytest

from cohorts.forming.figures.division import Division, divide
from cohorts.forming.figures.leading import Leads, choose_leads
from cohorts.forming.model import Candidate
from cohorts.forming.population import populate
from cohorts.people.model import Window

Make = Callable[..., Candidate]
STARTS = date(2026, 1, 12)


def led(people: list[Candidate], facilitators: list[Candidate], cohorts: list[str], each: int = 4) -> dict[str, str]:
    """Each cohort's letters → who leads it."""
    leads = Leads()
    for one in people:
        leads.hear(one, STARTS, leads=False)
    for one in facilitators:
        leads.hear(one, STARTS, leads=True)
    population = populate(people, STARTS)
    number = {name: at for at, names in enumerate(cohorts) for name in names}
    division = divide(population, np.array([number[name] for name in population.ids]))
    return dict(zip(names_of(division), choose_leads(division, leads, each), strict=True))


def names_of(division: Division) -> list[str]:
    ids = division.population.ids
    pairs = zip(division.starts[:-1], division.starts[1:], strict=True)
    return ["".join(sorted(ids[row] for row in division.members[low:high])) for low, high in pairs]


def test_nobody_leads_more_than_they_can(candidate: Make) -> None:
    people = [candidate(name) for name in "abcdefgh"]
    found = led(people, [candidate("x"), candidate("y")], ["ab", "cd", "ef", "gh"], each=1)
    assert sorted(found.values()) == ["", "", "x", "y"]
    assert set(led(people, [candidate("x")], ["ab", "cd", "ef", "gh"], each=0).values()) == {""}


@pytest.mark.parametrize(
    ("member", "leader"),
    [
        ({"avoid": ("X",)}, {}),
        ({"evaluators": ("x",)}, {}),
        ({}, {"avoid": ("A",)}),
        ({}, {"evaluators": ("a",)}),
        ({"share_across_leas": False}, {}),
        ({"share_across_leas": False, "lea_id": ""}, {"lea_id": ""}),
        ({}, {"educator_id": "a"}),
    ],
)
def test_no_rule_is_broken_for_a_leader(member: dict[str, Any], leader: dict[str, Any], candidate: Make) -> None:
    people = [candidate("a", **member), *(candidate(name) for name in "bcd")]
    assert led(people, [candidate("x", **leader)], ["ab", "cd"]) == {"ab": "", "cd": leader.get("educator_id", "x")}


def test_who_stays_at_home_is_led_by_a_colleague(candidate: Make) -> None:
    people = [candidate(name, lea_id="home", share_across_leas=False) for name in "ab"]
    assert led(people, [candidate("x"), candidate("y", lea_id="home")], ["ab"]) == {"ab": "y"}


def test_language_and_common_times_decide(candidate: Make) -> None:
    morning = (Window(weekday=3, start=time(8), end=time(10)),)
    people = [*(candidate(name) for name in "ab"), *(candidate(name, language="es") for name in "cd")]
    people += [candidate(name, availability=morning) for name in "ef"]
    leaders = [candidate("x"), candidate("y", language="es"), candidate("z", availability=morning)]
    assert led(people, leaders, ["ab", "cd", "ef"], each=1) == {"ab": "x", "cd": "y", "ef": "z"}


def test_many_are_parted_and_all_are_led(candidate: Make) -> None:
    names = [chr(0x4E00 + number) for number in range(1200)]
    people = [candidate(name) for name in names]
    cohorts = ["".join(names[at : at + 2]) for at in range(0, 1200, 2)]
    found = led(people, [candidate(f"x{number:03}") for number in range(400)], cohorts, each=2)
    assert "" not in found.values()
