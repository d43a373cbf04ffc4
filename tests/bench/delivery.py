"""Sending: how close to what the limits allow, how soon after the bell, and what a flood does to the loop."""

import asyncio
import statistics
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from bot import clock
from bot.dispatcher import Dispatcher
from bot.memory import keep_what_is_loaded
from bot.scheduler import Bell
from bot.simulator.platform import SLACK, SimulatedChat
from cohorts.messages import Message
from cohorts.ports import Delivery, Limits, Rate, Transaction
from storage.database import Database
from storage.queues.conversations import keep_conversation
from storage.queues.due import DUE
from storage.transaction import SqlTransaction

from .measuring import Row, medians, on_copies, run_over, told

AT = datetime(2026, 1, 12, 15, 0, tzinfo=UTC)
WORKSPACES, ROOMS, MESSAGES = 5, 100, 20
"""10,000 messages into 500 conversations of 5 workspaces."""
FLOOD = 100_000
WATCHED, IDLE, LOOK = 3.0, 3.0, 0.001
"""Seconds: how long a flood and a house with nothing to do are watched, and how often the watcher looks."""

Flood = Callable[[Database], Awaitable[tuple[float, float]]]


class JumpingClock:
    """Goes straight to whatever is next, so that only limits cost time."""

    def __init__(self) -> None:
        self.at = AT

    def now(self) -> datetime:
        return self.at


def open_rooms(tx: SqlTransaction, workspaces: int, rooms: int) -> None:
    for workspace in range(workspaces):
        for room in range(rooms):
            keep_conversation(tx.connection, "slack", f"T{workspace}", f"cohort:{room}", f"{workspace}/{room}")


def enqueue(tx: SqlTransaction, workspaces: int, rooms: int, messages: int) -> None:
    open_rooms(tx, workspaces, rooms)
    for number in range(messages):
        for workspace in range(workspaces):
            for room in range(rooms):
                key = f"{workspace}/{room}/{number}"
                tx.outbox.enqueue(_delivery(f"T{workspace}", f"cohort:{room}", key), AT)


def _delivery(workspace: str, conversation: str, key: str, at: datetime = AT) -> Delivery:
    return Delivery(
        key=key,
        platform="slack",
        workspace=workspace,
        conversation=conversation,
        purpose="reply",
        message=Message(text=key),
        not_before=at,
    )


def bound(limits: Limits, per_room: int, per_workspace: int) -> float:
    """Seconds that nobody who keeps the limits can beat: bursts at once, the rest one at a time."""

    def least(rate: Rate | None, count: int) -> float:
        return 0.0 if rate is None else max(0, count - rate.burst) / rate.per_second

    return max(least(limits.conversation, per_room), least(limits.workspace, per_workspace))


async def paced(database: Database) -> float:
    """Seconds on the platform's clock until all is sent, in order, without doubles and without one refusal."""
    time = JumpingClock()
    chat = SimulatedChat("slack", time.now)
    await database.transact(enqueue, WORKSPACES, ROOMS, MESSAGES)
    dispatcher = Dispatcher(database, {"slack": chat}, time.now)
    await dispatcher.deliver_due()
    while at := await dispatcher.next_at():
        time.at = max(at, time.at + timedelta(milliseconds=1))
        await dispatcher.deliver_due()
    assert (len(chat.accepted), chat.doubled, chat.too_fast) == (WORKSPACES * ROOMS * MESSAGES, 0, 0)
    order = Counter[str]()
    for each in chat.accepted:
        assert each.key.endswith(f"/{order[each.conversation]}"), "order"
        order[each.conversation] += 1
    return (chat.accepted[-1].at - AT).total_seconds()


async def watch(chat: SimulatedChat, working: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """Works for a few seconds: seconds until the first send, and the longest that the loop was blocked meanwhile."""
    keep_what_is_loaded()  # as a process that begins does
    begun, longest, first = perf_counter(), 0.0, inf
    task = asyncio.ensure_future(working())
    while not task.done() and (now := perf_counter()) - begun < WATCHED:
        await asyncio.sleep(LOOK)
        longest = max(longest, perf_counter() - now - LOOK)
        if chat.accepted and first == inf:
            first = perf_counter() - begun
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return first, longest


async def flood_of_messages(database: Database) -> tuple[float, float]:
    """All of them may go at once, and the platform sets no limit."""
    chat = unlimited()
    return await watch(chat, Dispatcher(database, {"slack": chat}, lambda: AT).deliver_due)


async def flood_of_steps(database: Database) -> tuple[float, float]:
    """Each step says one thing; the whole house is awake."""
    chat = unlimited()
    dispatcher = Dispatcher(database, {"slack": chat}, lambda: AT)
    bell = Bell(database, dispatcher, lambda: AT, work={"flood": say_it})
    found = await watch(chat, bell.start)
    await bell.stop()
    return found


async def idle_loop(_: Database) -> tuple[float, float]:
    """What this machine, busy as it is, does to a loop with nothing to do."""
    return await watch(unlimited(), lambda: asyncio.sleep(WATCHED))


def unlimited() -> SimulatedChat:
    chat = SimulatedChat("slack", lambda: AT)
    chat.limits = Limits()
    return chat


def say_it(tx: Transaction, ref: str, now: datetime) -> None:
    number = int(ref)
    tx.outbox.enqueue(_delivery(f"T{number % 10}", f"cohort:{number // 10 % 1000}", ref), now)
    tx.due.clear("flood", ref)


def lay_steps(tx: SqlTransaction) -> None:
    open_rooms(tx, 10, 1000)
    rows = [{"kind": "flood", "ref": str(number), "at": AT} for number in range(FLOOD)]
    tx.connection.execute(DUE.insert(), rows)


def lay_messages(tx: SqlTransaction) -> None:
    enqueue(tx, 10, 1000, FLOOD // 10_000)


async def bell_to_send(database: Database, messages: int = 200) -> float:
    """Seconds from the call that enqueues to the platform having it: the slowest in a hundred."""
    chat = SimulatedChat("slack", clock.now)
    chat.limits = Limits()
    bell = Bell(database, Dispatcher(database, {"slack": chat}, clock.now), clock.now)
    await bell.start()
    waits = []
    for number in range(messages):
        begun = perf_counter()
        await database.transact(_say_now, f"k{number}", clock.now())
        while len(chat.accepted) <= number:  # noqa: ASYNC110 - what a person would do: look
            await asyncio.sleep(0.0005)
        waits.append(perf_counter() - begun)
    await bell.stop()
    return sorted(waits)[int(messages * 0.99) - 1]


def _say_now(tx: SqlTransaction, key: str, at: datetime) -> None:
    keep_conversation(tx.connection, "slack", "T1", "cohort:1", "room")
    tx.outbox.enqueue(_delivery("T1", "cohort:1", key, at), at)


async def idle(database: Database) -> float:
    """Share of one core that a house with nothing to do takes."""
    bell = Bell(database, Dispatcher(database, {}, clock.now), clock.now)
    await bell.start()
    await asyncio.sleep(1)
    begun = process_time()
    await asyncio.sleep(IDLE)
    spent = process_time() - begun
    await bell.stop()
    return spent / IDLE


def rows() -> Iterator[Row]:
    (took,) = medians(partial(run_over, use=paced), rounds=1)  # the platform's clock: every round gives the same
    least = bound(SLACK, MESSAGES, ROOMS * MESSAGES)
    what = "10,000 messages into 500 conversations of 5 workspaces, no refusal"
    yield Row(what, told(took), f"the least that the limits allow: {told(least)}", took / least, most=1.05)
    yield from flood_rows(f"{FLOOD:,} messages waiting", lay_messages, flood_of_messages)
    yield from flood_rows(f"{FLOOD:,} steps due", lay_steps, flood_of_steps)
    latency, share = medians(partial(run_over, use=bell_to_send), partial(run_over, use=idle))
    yield Row("enqueue to send, the slowest in a hundred", told(latency), "1 s", latency, most=1)
    yield Row("a house with nothing to do, share of a core", f"{share:.2%}", "1 %", share / 0.01, most=1)


def flood_rows(what: str, lay: Callable[[SqlTransaction], None], use: Flood) -> Iterator[Row]:
    """Both come from the same rounds; so does the loop with nothing to do."""
    found: list[tuple[float, float]] = []
    with TemporaryDirectory() as laid:
        run_over(Path(laid), lambda database: database.transact(lay))

        async def work(database: Database) -> float:
            found.append(await use(database))
            return found[-1][1]

        async def rest(database: Database) -> float:
            return (await idle_loop(database))[1]

        blocked, quiet = medians(on_copies(Path(laid), work), partial(run_over, use=rest))
    first = statistics.median(seconds for seconds, _ in found)
    yield Row(f"{what}: until the first send", told(first), "1 s", first, most=1)
    limit = f"50 ms; a loop with nothing to do: {told(quiet)}"
    yield Row(f"{what}: the longest block of the loop", told(blocked), limit, blocked / 0.05, most=1)
