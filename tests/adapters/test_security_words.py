"""A page that lacks a word answers with an error, and whoever knows how can take it away from somebody else."""

from typing import get_args

import pytest

from cohorts.nudging.model import Reason
from cohorts.words import LANGUAGES, has

KEYS = [f"pages.nudge_{why}" for why in get_args(Reason)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_facilitators_page_has_a_word_for_everything_that_was_sent_or_held_back(language: str) -> None:
    assert [key for key in KEYS if not has(language, key)] == []
