"""Long imports show how far they are and stop when nobody waits any more."""

import pytest

from bot.cli._progress import Passed, StoppedError


def told(total: int, step: int, capsys: pytest.CaptureFixture[str]) -> list[str]:
    passed = Passed()
    passed.total = total
    with passed.shown("users.csv"):
        for _ in range(0, total, step):
            passed(step)
    return capsys.readouterr().err.splitlines()


def test_a_line_for_each_quarter_when_it_takes_long(capsys: pytest.CaptureFixture[str]) -> None:
    lines = ["25 % read", "50 % read", "75 % read", "100 % read"]
    assert told(10_000_000, 100_000, capsys) == lines


def test_nothing_for_what_is_quick(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(10_000, 1_000, capsys) == []


def test_reading_ends_when_the_caller_has_left() -> None:
    passed = Passed()
    passed.stop()
    with pytest.raises(StoppedError):
        passed(1)
