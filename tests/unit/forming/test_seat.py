"""One more person into a cohort that is there: whether that is worth it is the policy's to say."""

from collections.abc import Callable

import pytest

from cohorts.forming.model import Candidate, Policy
from cohorts.forming.seat import find_seat

Make = Callable[..., Candidate]


@pytest.mark.parametrize(("over", "seated"), [(-0.001, True), (0.0, True), (0.001, False)])
def test_a_seat_is_free_for_who_gains_as_much_as_the_policy_asks(candidate: Make, over: float, seated: bool) -> None:
    there, newcomer = {"c": [candidate(name) for name in "abcdef"]}, candidate("z", grade_band="3-5")
    found = find_seat(newcomer, there, Policy(seat_gain=0), newcomer.start_from)
    assert found
    wanted = Policy(seat_gain=found.gain + over)
    assert (find_seat(newcomer, there, wanted, newcomer.start_from) is not None) is seated


def test_the_best_of_two_is_found_whatever_is_enough(candidate: Make) -> None:
    near, far = [candidate(name) for name in "abcd"], [candidate(name, subject="Art") for name in "efgh"]
    newcomer = candidate("z")
    for gain in (0.0, 0.25):
        found = find_seat(newcomer, {"far": far, "near": near}, Policy(seat_gain=gain), newcomer.start_from)
        assert found
        assert found.cohort_id == "near"
