"""Facilitators for all cohorts together, held against the best there is."""

from random import Random

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from cohorts.forming.facilitators import LOAD, Leader, Need, assign, fit
from cohorts.forming.hours import SLOTS


def town(seed: int, needs: int, leaders: int, each: int = 3) -> tuple[list[Need], list[Leader]]:
    chance = Random(seed)
    people = [
        Leader(
            educator_id=f"leader-{n:03}",
            capacity=each,
            room=chance.randint(0, each),
            week=_week(chance),
        )
        for n in range(leaders)
    ]
    cohorts = [
        Need(
            id=f"cohort-{n:03}",
            able=frozenset(one.educator_id for one in people if chance.random() < 0.6),
            week=_week(chance),
        )
        for n in range(needs)
    ]
    return cohorts, people


def _week(chance: Random) -> int:
    start = chance.randrange(SLOTS - 60)
    return sum(1 << slot for slot in range(start, start + 40))


def worth(needs: list[Need], leaders: list[Leader], given: dict[str, str]) -> float:
    """A cohort without anybody counts nothing, with somebody 10 and how well they fit; each further one of theirs
    costs what it adds to their load."""
    by_id = {one.educator_id: one for one in leaders}
    load: dict[str, int] = {}
    total = 0.0
    for need in needs:
        if leader := given[need.id]:
            total += 10 + fit(need, by_id[leader]) - LOAD * load.get(leader, 0) / by_id[leader].capacity
            load[leader] = load.get(leader, 0) + 1
    return total


def best(needs: list[Need], leaders: list[Leader]) -> float:
    """By min-cost flow: each leader is as many columns as they have room, each dearer than the one before."""
    seats = [(one, more) for one in leaders for more in range(one.room)]
    gains = np.zeros((len(needs), len(seats) + len(needs)))
    for row, need in enumerate(needs):
        for column, (leader, more) in enumerate(seats):
            able = leader.educator_id in need.able
            gains[row, column] = 10 + fit(need, leader) - LOAD * more / leader.capacity if able else -1e6
    rows, columns = linear_sum_assignment(gains, maximize=True)
    return float(gains[rows, columns].sum())


@pytest.mark.parametrize("seed", range(20))
def test_it_is_within_two_in_a_hundred_of_the_best(seed: int) -> None:
    needs, leaders = town(seed, needs=30, leaders=14)
    given = dict(assign(needs, leaders))
    ours, theirs = worth(needs, leaders, given), best(needs, leaders)
    assert ours >= 0.98 * theirs


@pytest.mark.parametrize("seed", range(20))
def test_no_rule_is_broken_and_the_order_changes_nothing(seed: int) -> None:
    needs, leaders = town(seed, needs=24, leaders=8)
    given = assign(needs, leaders)
    for leader in leaders:
        assert sum(one == leader.educator_id for one in given.values()) <= leader.room
    for need in needs:
        assert not given[need.id] or given[need.id] in need.able
    Random(seed).shuffle(needs)
    Random(seed + 1).shuffle(leaders)
    assert assign(needs, leaders) == given


def test_as_many_as_can_be_are_led() -> None:
    """The one who can lead both is not given the cohort that somebody else could have led."""
    needs = [
        Need(id="a", able=frozenset({"both"})),
        Need(id="b", able=frozenset({"both", "other"})),
    ]
    leaders = [
        Leader(educator_id="both", capacity=1, room=1),
        Leader(educator_id="other", capacity=1, room=1),
    ]
    assert assign(needs, leaders) == {"a": "both", "b": "other"}


def test_nobody_and_nothing() -> None:
    assert assign([], []) == {}
    assert assign([Need(id="a", able=frozenset())], []) == {"a": ""}
    full = Leader(educator_id="one", capacity=0, room=0)
    assert assign([Need(id="a", able=frozenset({"one"}))], [full]) == {"a": ""}
