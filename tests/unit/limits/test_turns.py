"""Whose turn it is, and the cells that say how fast."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.limits import Meter, Turns
from bot.simulator.platform import SimulatedChat
from cohorts.ports import Limits, Purpose, Rate, Verb
from cohorts.send_errors import RateLimitedError
from storage.queues.outbox import Head
from tests.storage.values import NOW

SLOW = Rate(per_second=1, burst=3)


def head(number: int, room: str, workspace: str = "T1", purpose: Purpose = "room", verb: Verb = "send") -> Head:
    return Head(id=number, place=("slack", workspace), conversation=room, purpose=purpose, verb=verb)


def turns(**limits: Rate | dict[Verb, Rate]) -> Turns:
    chat = SimulatedChat("slack", lambda: NOW)
    chat.limits = Limits.model_validate(limits)
    return Turns({"slack": chat})


def ids(heads: Sequence[Head]) -> list[int]:
    return [each.id for each in heads]


@given(rate=st.floats(0.1, 50), burst=st.integers(1, 20), asked=st.lists(st.floats(0, 100), min_size=1, max_size=200))
def test_in_any_stretch_of_time_no_more_goes_than_the_rate_and_the_burst(
    rate: float, burst: int, asked: list[float]
) -> None:
    meter, cell, taken = Meter(), ("room", Rate(per_second=rate, burst=burst)), list[float]()
    for now in sorted(asked):
        if meter.ready_at([cell]) <= now:
            meter.take([cell], now)
            taken.append(now)
    for number, start in enumerate(taken):
        for later, end in enumerate(taken[number:]):
            assert later + 1 <= burst + (end - start) * rate + 1e-6


def test_a_burst_goes_at_once_and_then_one_at_a_time() -> None:
    meter, cell = Meter(), ("room", SLOW)
    for _ in range(3):
        assert meter.ready_at([cell]) <= 100.0
        meter.take([cell], 100.0)
    assert meter.ready_at([cell]) == pytest.approx(101.0)


def test_after_the_platform_complained_there_is_no_burst() -> None:
    asked = turns(conversation=SLOW)
    asked.hold(("slack", "T1"), "a", RateLimitedError(timedelta(seconds=30)), 100.0)
    assert asked.choose([head(1, "a"), head(2, "b")], 100.0, 10)[0] == [head(2, "b")]
    assert ids(asked.choose([head(1, "a")], 130.0, 10)[0]) == [1]
    chosen, resume_at = asked.choose([head(3, "a")], 130.0, 10)
    assert (chosen, resume_at) == ([], pytest.approx(131.0))


@pytest.mark.parametrize(("scope", "free"), [("conversation", [2, 3]), ("workspace", [3]), ("platform", [])], ids=str)
def test_a_rest_covers_its_scope_and_nothing_else(scope: str, free: list[int]) -> None:
    asked = turns()
    error = RateLimitedError(timedelta(seconds=30), scope)  # type: ignore[arg-type]
    asked.hold(("slack", "T1"), "a", error, 100.0)
    heads = [head(1, "a"), head(2, "b"), head(3, "c", "T2")]
    assert sorted(ids(asked.choose(heads, 100.0, 10)[0])) == free
    assert sorted(ids(asked.choose(heads, 130.0, 10)[0])) == [1, 2, 3]


def test_workspaces_take_turns() -> None:
    heads = [*(head(number, f"a{number}", "T1") for number in range(6)), head(7, "b", "T2"), head(8, "c", "T3")]
    assert ids(turns().choose(heads, 0.0, 4)[0]) == [0, 7, 8, 1]


def test_who_waits_for_an_answer_goes_first_then_who_has_waited_longest() -> None:
    asked = turns()
    assert ids(asked.choose([head(1, "a"), head(2, "b")], 0.0, 1)[0]) == [1]
    waiting = [head(3, "a"), head(2, "b"), head(4, "dm:ann", purpose="reply")]
    assert ids(asked.choose(waiting, 0.0, 9)[0]) == [4, 2, 3]


def test_both_queues_of_a_person_are_one_conversation_of_the_platform() -> None:
    asked = turns(conversation=Rate(per_second=1))
    chosen, resume_at = asked.choose([head(1, "dm:ann"), head(2, "dm:ann:unasked")], 10.0, 9)
    assert (ids(chosen), resume_at) == ([1], pytest.approx(11.0))


def test_a_verb_may_have_a_limit_of_its_own() -> None:
    asked = turns(verbs={"update": Rate(per_second=0.5)})
    heads = [head(1, "a", verb="update"), head(2, "b", verb="update"), head(3, "c")]
    chosen, resume_at = asked.choose(heads, 10.0, 9)
    assert (ids(chosen), resume_at) == ([1, 3], pytest.approx(12.0))
