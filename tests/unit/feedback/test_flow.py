"""The flow is exact: on small graphs nothing that can be tried by hand is cheaper."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from cohorts.feedback.flow import Network

COSTS = st.lists(st.lists(st.integers(0, 50), min_size=4, max_size=4), min_size=1, max_size=4)


def _cheapest_by_hand(costs: list[list[int]]) -> int:
    return min(sum(row[column] for row, column in zip(costs, order, strict=False)) for order in permutations(range(4)))


@given(COSTS)
def test_matching_costs_as_little_as_any(costs: list[list[int]]) -> None:
    network = Network()
    for row in range(len(costs)):
        network.join("source", ("row", row), 0)
    for column in range(4):
        network.join(("column", column), "sink", 0)
    edges = {
        network.join(("row", row), ("column", column), cost): cost
        for row, line in enumerate(costs)
        for column, cost in enumerate(line)
    }
    assert network.fill("source", "sink") == len(costs)
    assert sum(cost for number, cost in edges.items() if network.used(number)) == _cheapest_by_hand(costs)


def test_as_much_as_possible_comes_before_cheap() -> None:
    network = Network()
    for row in "ab":
        network.join("source", row, 0)
    cheap = network.join("a", "x", 0)
    network.join("a", "y", 100)
    network.join("b", "x", 100)
    for column in "xy":
        network.join(column, "sink", 0)
    assert network.fill("source", "sink") == 2
    assert not network.used(cheap)


def test_nothing_flows_where_there_is_no_way() -> None:
    network = Network()
    network.join("source", "a", 1)
    assert network.fill("source", "sink") == 0
