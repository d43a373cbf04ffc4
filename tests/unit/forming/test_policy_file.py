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
        ("smallest = 9", "smallest (9) is more than largest (8)."),
        ("largest = 99", "largest (99) is more than 30"),
        ("smallest = ", "1: This is no TOML: Invalid value."),
        ("smallest = 'x'", '1:smallest: "x" cannot be: '),
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
        weights={"hours": weight, "repeat": weight},
    )
    assert read_policy("policy.toml", write_policy(policy)) == policy
