"""The wall clock is set forward and back while something is on its way, and the bell rings whatever it is set to."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot import clock
from bot.dispatcher import Dispatcher
from bot.scheduler import Bell
from bot.simulator.platform import Faults
from cohorts.messages import Message
from storage.database import Database
from storage.queues.notes import LAST_TICK, note
from tests.faults.house import Ledger
from tests.faults.test_delivery_limits import Line, numbered
from tests.storage.values import NOW

HOUR = timedelta(hours=1)


class Steady:
    """Seconds that never jump, for rate limits and quiet periods."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Stepping(Ledger):
    """Once, while a message is on its way, the machine's clock is set to another time."""

    step = timedelta()
    line: Any = None
    reset = False

    async def send(self, key: str, workspace: str, conversation: str, message: Message, thread: str = "") -> str:
        stepped, self.step = self.step, timedelta()
        self.line.at += stepped
        if stepped:
            await asyncio.sleep(0.05)  # others look meanwhile
        sent = await super().send(key, workspace, conversation, message, thread)
        if stepped and self.reset:
            raise ConnectionResetError
        return sent


def line_with(database: Database, step: timedelta, *, reset: bool) -> tuple[Line, Steady]:
    line, steady = Line(database), Steady()
    chat = Stepping("slack", line.now)
    chat.line, chat.step, chat.reset = line, step, reset
    chat.shows_after = timedelta()
    line.chat = chat
    line.dispatcher = Dispatcher(database, {"slack": chat}, line.now, "one", elapsed=steady)
    return line, steady


async def run(line: Line, steady: Steady, seconds: int) -> None:
    """Both clocks go on together from here."""
    for _ in range(seconds * 4):
        await line.dispatcher.deliver_due()
        line.at += timedelta(milliseconds=250)
        steady.seconds += 0.25


@pytest.mark.parametrize("reset", [False, True], ids=["answered", "answer lost"])
@pytest.mark.parametrize("step", [-HOUR, -timedelta(seconds=2), timedelta(seconds=30), HOUR], ids=str)
async def test_a_clock_set_while_a_message_is_on_its_way_neither_doubles_nor_loses_it(
    database: Database, step: timedelta, reset: bool
) -> None:
    line, steady = line_with(database, step, reset=reset)
    await line.enqueue("T1", "r", *numbered("r", 4))
    await line.enqueue("T1", "s", *numbered("s", 4))
    beside = asyncio.create_task(_look_on(line))
    await run(line, steady, 60)
    beside.cancel()
    line.at += HOUR if step < timedelta() else timedelta()  # what is behind catches up
    await run(line, steady, 60)
    assert line.said("r") == numbered("r", 4)
    assert line.said("s") == numbered("s", 4)
    assert await line.states() == {"sent": 8}


async def _look_on(line: Line) -> None:
    """As an event that comes in does: it lets the same dispatcher look for what may go."""
    while True:
        await asyncio.sleep(0.01)
        await line.dispatcher.deliver_due()


async def test_a_clock_set_forward_does_not_shorten_the_quiet_period(database: Database) -> None:
    """The platform needs three seconds to show what it accepted; a look-up any sooner would send it again."""
    line, steady = line_with(database, timedelta(), reset=False)
    line.chat.shows_after = timedelta()
    shown: list[float] = []

    async def find(key: str, *_where: object) -> str | None:
        shown.append(steady.seconds)
        return line.chat._ids.get(key) if steady.seconds >= 3 else None

    line.chat.find = find  # type: ignore[method-assign]
    line.chat._faults = Faults(reset=1.0)
    await line.enqueue("T1", "r", "a")
    await line.dispatcher.deliver_due()
    line.at += HOUR
    line.chat._faults = Faults()
    await run(line, steady, 20)
    assert line.said() == ["a"]
    assert min(shown) >= 5
    assert await line.states() == {"sent": 1}


async def last_tick(database: Database) -> str | None:
    return await database.transact(lambda tx: note(tx.connection, LAST_TICK))


async def test_a_clock_set_back_does_not_silence_the_bell(database: Database) -> None:
    """The scheduler waits for an instant of the wall clock, which is an hour away now; the bell rings all the same."""
    line = Line(database)
    bell = Bell(database, line.dispatcher, line.now, longest_silence=timedelta(seconds=0.2))
    await bell.start()
    try:
        assert bell.rings_at is not None
        bell._scheduler.modify_job("bell", next_run_time=bell.rings_at + HOUR)
        line.at += timedelta(minutes=1)
        async with asyncio.timeout(10):
            while await last_tick(database) != line.at.isoformat():  # noqa: ASYNC110 - as an operator would look
                await asyncio.sleep(0.05)
    finally:
        await bell.stop()


@pytest.mark.parametrize("woken", [False, True], ids=["ringing by itself", "woken"])
async def test_what_comes_while_the_bell_asks_when_to_ring_is_not_slept_through(
    database: Database, woken: bool
) -> None:
    line = Line(database)

    class Meanwhile:
        """Just after the bell was told that nothing is due, somebody writes down something that is."""

        def __init__(self) -> None:
            self.bell: Any = None
            self.later = False
            self.looked = 0

        async def transact(self, work: Any, *args: Any) -> Any:
            result = await database.transact(work, *args)
            looking = getattr(work, "__name__", "") == "_take"
            self.looked += looking
            if self.later and looking:
                self.later = False
                self.bell.wake()
            return result

        def listen(self, callback: Any) -> None:
            """Nobody else is here."""

    held = Meanwhile()
    held.bell = bell = Bell(held, Dispatcher(held, {}, line.now), line.now)  # type: ignore[arg-type]
    await bell.start()
    try:
        held.later, looked = True, held.looked
        if woken:
            bell.wake()
        else:
            await bell.ring()
        async with asyncio.timeout(5):
            while held.looked < looked + 2:  # noqa: ASYNC110 - what the woken bell does has no event of its own
                await asyncio.sleep(0.01)
    finally:
        await bell.stop()


async def test_after_a_long_sleep_everything_due_is_done_once(database: Database) -> None:
    """A suspended machine: the clock is days on, and what was due meanwhile is done now, each once."""
    line, done = Line(database), list[str]()

    def work(tx: Any, ref: str, now: Any) -> None:
        done.append(ref)
        tx.due.clear("digest", ref)

    bell = Bell(database, line.dispatcher, line.now, work={"digest": work})
    for number in range(300):
        await database.transact(lambda tx, n=number: tx.due.set("digest", f"{n:03}", NOW + timedelta(minutes=n)))
    line.at = NOW + timedelta(days=3)
    await asyncio.gather(bell.do_due(), bell.do_due())
    line.at = NOW
    await bell.do_due()
    assert sorted(done) == [f"{number:03}" for number in range(300)]


async def test_two_workers_may_remember_their_first_tick_at_once(database: Database) -> None:
    line = Line(database)
    bells = [Bell(database, line.worker(owner), line.now) for owner in ("one", "two", "three", "four")]
    await asyncio.gather(*(bell.do_due() for bell in bells))
    assert await last_tick(database) == NOW.isoformat()


@pytest.mark.parametrize(
    ("due_in", "rings_in"), [(None, 60), (20, 20), (7200, 60)], ids=["nothing", "soon", "hours away"]
)
async def test_the_bell_rings_when_the_next_thing_is_due_and_once_a_minute_at_least(
    database: Database, due_in: int | None, rings_in: int
) -> None:
    if due_in is not None:
        await database.transact(lambda tx: tx.due.set("digest", "x", NOW + timedelta(seconds=due_in)))
    bell = Bell(database, Dispatcher(database, {}, lambda: NOW, "one"), lambda: NOW, work={})
    before = clock.now()
    await bell.start()
    after, rings_at = clock.now(), bell.rings_at
    await bell.stop()
    assert rings_at is not None
    assert before <= rings_at - timedelta(seconds=rings_in) <= after
