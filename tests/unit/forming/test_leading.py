"""Who leads the cohorts of a file: as many as can be are led, and by every rule."""

from collections.abc import Callable
from datetime import date, time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def test_who_stays_at_home_leads_their_colleagues_alone(candidate: Make) -> None:
    """Whoever leads is with the people of a cohort as its members are with each other."""
    people = [candidate(name, lea_id="home") for name in "ab"] + [candidate(name) for name in "cd"]
    leader = candidate("x", lea_id="home", share_across_leas=False)
    assert led(people, [leader], ["ab", "cd"]) == {"ab": "x", "cd": ""}
    nowhere = candidate("y", lea_id="", share_across_leas=False)
    assert led([candidate("a", lea_id=""), candidate("b", lea_id="")], [nowhere], ["ab"]) == {"ab": ""}


@given(data=st.data())
def test_nobody_leads_in_a_language_they_do_not_speak_nor_beyond_their_consent(
    candidate: Make, data: st.DataObject
) -> None:
    draw = data.draw
    spoken, homes, yes = st.sampled_from(["en", "es"]), st.sampled_from(["home", "away", ""]), st.booleans()
    tongues = draw(st.lists(spoken, min_size=1, max_size=6))
    people = [
        candidate(f"m{at}{n}", language=tongue, lea_id=draw(homes), share_across_leas=draw(yes))
        for at, tongue in enumerate(tongues)
        for n in range(2)
    ]
    leaders = {
        f"x{n}": candidate(f"x{n}", language=draw(spoken), lea_id=draw(homes), share_across_leas=draw(yes))
        for n in range(draw(st.integers(0, 4)))
    }
    population = populate(people, STARTS)
    division = divide(population, np.array([int(name[1]) for name in population.ids]))
    leads = Leads()
    for one in leaders.values():
        leads.hear(one, STARTS, leads=True)
    given_to = choose_leads(division, leads, 2)
    known = {one.educator_id: one for one in people}

    def may(leader: Candidate, members: list[Candidate]) -> bool:
        return leader.language == members[0].language and all(
            leader.lea_id == one.lea_id != "" or (leader.share_across_leas and one.share_across_leas) for one in members
        )

    for number, who in enumerate(given_to):
        rows = division.members[division.starts[number] : division.starts[number + 1]]
        members = [known[population.ids[row]] for row in rows]
        if who:
            assert may(leaders[who], members)
        else:
            busy = [name for name in leaders if given_to.count(name) >= 2]
            assert not any(may(one, members) for name, one in leaders.items() if name not in busy)


def test_each_language_is_led_by_its_own_however_many_there_are(candidate: Make) -> None:
    """Parts of a nation are cut within a language: who could lead is never all in another part."""
    names = [chr(0x4E00 + number) for number in range(2400)]
    people = [candidate(name, language="es" if at < 240 else "en") for at, name in enumerate(names)]
    cohorts = ["".join(names[at : at + 2]) for at in range(0, 2400, 2)]
    leaders = [candidate(f"x{n:03}", language="en" if n < 270 else "es") for n in range(540)]
    found = led(people, leaders, cohorts, each=4)
    assert "" not in found.values()


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
