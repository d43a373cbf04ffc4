"""Time that leaps from one planned thing to the next."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.simulator.loop import LeapingLoop, LoopClock, NothingLeftError

STARTS = datetime(2026, 1, 12, 14, tzinfo=UTC)
WEEKS = timedelta(weeks=11)


def test_weeks_pass_in_the_order_in_which_things_were_planned() -> None:
    async def live() -> list[tuple[str, timedelta]]:
        clock, seen = LoopClock(asyncio.get_running_loop(), STARTS), list[tuple[str, timedelta]]()

        async def wait(name: str, span: timedelta) -> None:
            await asyncio.sleep(span.total_seconds())
            seen.append((name, clock.now() - STARTS))

        await asyncio.gather(wait("late", WEEKS), wait("soon", timedelta(seconds=1)))
        return seen

    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        assert runner.run(live()) == [("soon", timedelta(seconds=1)), ("late", WEEKS)]


def test_a_time_out_comes_at_its_time() -> None:
    async def live() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(10):
                await asyncio.sleep(3600)
        return asyncio.get_running_loop().time()

    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        assert runner.run(live()) == pytest.approx(10)


def test_waiting_for_what_nobody_will_do_is_an_error() -> None:
    async def live() -> None:
        await asyncio.Event().wait()

    loop = LeapingLoop()
    with pytest.raises(NothingLeftError):
        loop.run_until_complete(live())
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
