"""However strangely somebody writes, drawing it takes no more work than its length asks for: one loop hears all."""

import sys
from collections.abc import Callable

import pytest

from bot.chat.discord.render import plain, render
from bot.chat.discord.words.markdown import literal
from bot.chat.words.pieces import Voice
from cohorts.messages import Message

PIECES = 2000
Draw = Callable[[Message, Voice], object]


def calls_of(work: Callable[[], object]) -> int:
    """How many functions of Python's it calls."""
    made = 0

    def count(_frame: object, event: str, _about: object) -> None:
        nonlocal made
        made += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return made


@pytest.mark.parametrize("one", ["\n\nx", "- x\n", "> x\n\n", "1. x\n"])
@pytest.mark.parametrize("draw", [render, plain])
def test_a_text_of_many_short_lines_costs_no_more_for_each_than_one_of_a_few(one: str, draw: Draw) -> None:
    made = calls_of(lambda: draw(Message(text=one * PIECES), Voice()))
    assert made < 300 * PIECES


@pytest.mark.timeout(60)
@pytest.mark.parametrize("one", ["\n", "\n ", " \t\n"])
def test_empty_lines_are_looked_through_once(one: str) -> None:
    """Each looked for a mark in all that follow: a day's work."""
    assert literal(one * 200_000) == one * 200_000
    assert literal(f"{one}- x\n  1. y\n+ z") == f"{one}\\- x\n  1\\. y\n\\+ z"
