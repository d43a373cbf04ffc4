"""How a district's name is read."""

import pytest

from cohorts.people.names import tidy_lea


@pytest.mark.parametrize(
    ("listed", "read"),
    [
        ("ALPINE ISD", "Alpine ISD"),
        ("CULBERSON COUNTY-ALLAMOORE ISD", "Culberson County-Allamoore ISD"),
        ("TERLINGUA CSD", "Terlingua CSD"),
        ("MCALLEN ISD", "McAllen ISD"),
        ("Presidio", "Presidio"),
        ("Fort Worth ISD", "Fort Worth ISD"),
    ],
)
def test_a_list_that_shouts_is_read_calmly(listed: str, read: str) -> None:
    assert tidy_lea(listed) == read
