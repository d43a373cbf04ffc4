"""The policy file: what it leaves out is usual, and what cannot be is told by line and key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohorts.forming.files.policy import read_policy, write_policy
from cohorts.forming.model import Policy
from cohorts.problems import BadInputError


def test_what_is_left_out_is_usual() -> None:
    assert read_policy("policy.toml", "") == Policy()
    assert read_policy("policy.toml", "largest = 7") == Policy(largest=7)


def test_a_policy_written_before_seats_had_a_gain_is_the_usual_one_still() -> None:
    lines = [line for line in write_policy(Policy()).splitlines() if "seat_gain" not in line]
    assert read_policy("policy.toml", "\n".join(lines)) == Policy()
    assert Policy().seat_gain == 0.25


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("smalest = 3", '1:smalest: There is no such setting. Did you mean "smallest"?'),
        (
            "hours = 0.5",
            "1:hours: There is no such setting. Put it below [weights]: hours says how much something counts.",
        ),
        ("\n[weights]\nproblme = 1", '3:weights.problme: There is no such setting. Did you mean "problem"?'),
        ("[weights]\nhours = nan", "2:weights.hours: NaN cannot be. Give a number from 0 to 1."),
        ("[weights]\nhours = 2", "2:weights.hours: 2 cannot be. Give 1 or less."),
        ("[weights]\nhours = -1", "2:weights.hours: -1 cannot be. Give 0 or more."),
        ("seat_gain = 1.5", "1:seat_gain: 1.5 cannot be. Give 1 or less."),
        ("\nseat_gain = -0.1", "2:seat_gain: -0.1 cannot be. Give 0 or more."),
        ("seat_gain = inf", "1:seat_gain: Infinity cannot be. Give a number from 0 to 1."),
        ("seat_gain = '0.5'", '1:seat_gain: "0.5" is no number. Give a number, without quotes.'),
        ("smallest = 9", "1:smallest: smallest (9) is more than largest (8)."),
        ("largest = 99", "1:largest: largest (99) is more than 30"),
        ("cohorts_each = 2\nlargest = 3", "2:largest: smallest (4) is more than largest (3)."),
        ("target = 4\nlargest = 8\nsmallest = 5", "1:target: target (4) is not within 5 to 8."),
        ("\nsmallest = 7", "2:smallest: target (6) is not within 7 to 8."),
        ("hours_value = []", "1:hours_value: hours_value needs at least the worth of 0 hours."),
        ("smallest = true", "1:smallest: true is no number. Give a number, without quotes."),
        ('smallest = 4\ntarget = "4"', '2:target: "4" is no number. Give a number, without quotes.'),
        ("hours_value = [0, true]", "1:hours_value.1: true is no number."),
        ("weights = {hours = '1'}", '1:weights.hours: "1" is no number.'),
        ("smallest = ", "1: This is no TOML: Invalid value."),
        ("smallest = 'x'", '1:smallest: "x" is no number.'),
        ("smallest = 4.5", "1:smallest: 4.5 cannot be: "),
        ("smallest = 2026-01-01", '1:smallest: "2026-01-01" cannot be: '),
        ("[size_value]\nx = 1", "2:size_value.x: "),
    ],
)
def test_a_policy_that_cannot_be_says_where_and_why(text: str, told: str) -> None:
    with pytest.raises(BadInputError) as caught:
        read_policy("policy.toml", text)
    assert told in str(caught.value.problems[0])


@given(
    st.integers(2, 10),
    st.lists(st.floats(0, 1), min_size=1, max_size=5),
    st.dictionaries(st.integers(-5, 5), st.floats(0, 1), max_size=4),
    st.floats(0, 1),
)
def test_a_written_policy_is_read_as_the_same(
    smallest: int, hours: list[float], sizes: dict[int, float], weight: float
) -> None:
    policy = Policy(
        smallest=smallest,
        target=smallest + 1,
        largest=smallest + 2,
        hours_value=tuple(hours),
        size_value=sizes,
        seat_gain=weight,
        weights={"hours": weight, "repeat": weight},
    )
    assert read_policy("policy.toml", write_policy(policy)) == policy
