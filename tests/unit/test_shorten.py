"""A label that is too long for a chat ends where a word ends, with an ellipsis."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohorts.messages import LABEL, shorten


@pytest.mark.parametrize(
    ("text", "most", "short"),
    [
        ("how did they know why", 21, "how did they know why"),
        ("how did they know why", 20, "how did they know…"),
        ("how did they know, why", 19, "how did they know…"),
        ("how did\n they know", 14, "how did they…"),
        ("un enlace muylargo", 18, "un enlace muylargo"),
        ("Donaudampfschifffahrt", 8, "Donauda…"),
        ("", 5, ""),
        ("Look into Wait Time · 12", 20, "Look into Wait… · 12"),
        ("Look into Wait Time · 12", 24, "Look into Wait Time · 12"),
        ("Wait Time · for all", 12, "Wait Time…"),
        ("Wait · 12", 5, "Wait…"),
    ],
)
def test_a_label_ends_where_a_word_ends(text: str, most: int, short: str) -> None:
    assert shorten(text, most) == short


@given(st.text(max_size=200))
def test_a_label_always_fits(text: str) -> None:
    assert len(shorten(text)) <= LABEL
