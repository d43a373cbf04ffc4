"""Who could be in one cohort by what each keeps to: the same as where cohorts are formed."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohorts.forming.model import Candidate, Policy
from cohorts.forming.objective import People
from cohorts.forming.similarity import band
from cohorts.forming.together import Keeps, could_be_together

KEPT = st.tuples(
    st.sampled_from(["", "1", "2"]),
    st.booleans(),
    st.sampled_from(["", "K-2", "3-5", "6-8"]),
    st.sampled_from(["own", "any"]),
)


@pytest.fixture(scope="module")
def pair(candidate: Callable[..., Candidate]) -> Callable[..., list[Candidate]]:
    def made(*kept: tuple[str, bool, str, str]) -> list[Candidate]:
        return [
            candidate(name, lea_id=lea_id, share_across_leas=share, grade_band=grade_band, grades=grades)
            for name, (lea_id, share, grade_band, grades) in zip(("ana", "ben"), kept, strict=True)
        ]

    return made


@given(KEPT, KEPT)
@settings(deadline=None)
def test_it_is_the_rule_by_which_cohorts_are_formed(
    pair: Callable[..., list[Candidate]], one: tuple[str, bool, str, str], other: tuple[str, bool, str, str]
) -> None:
    people = People(pair(one, other), Policy(), date(2026, 1, 12))
    first, second = (
        Keeps(lea_id, share, band(grade_band), own_grades=grades == "own")
        for lea_id, share, grade_band, grades in (one, other)
    )
    assert could_be_together(first, second) == could_be_together(second, first) == (not people.apart(0, 1))
