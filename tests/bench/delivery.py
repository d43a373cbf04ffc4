"""Sending: how close to what the limits allow, how soon after the bell, and what a flood does to the loop."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from bot.dispatcher import Dispatcher
from bot.scheduler import Bell
from bot.simulator.platform import SLACK, SimulatedChat
from cohorts.messages import Message
from cohorts.ports import Delivery, Limits, Rate
from storage.database import Database
from storage.queues.conversations import keep_conversation
from storage.transaction import SqlTransaction

from .measuring import median_of, run_over, tell

AT = datetime(2026, 1, 12, 15, 0, tzinfo=UTC)
WORKSPACES, ROOMS, MESSAGES = 5, 100, 20
"""10,000 messages into 500 conversations of 5 workspaces."""


class JumpingClock:
    """Goes straight to whatever is next, so that only limits cost time."""

    def __init__(self) -> None:
        self.at = AT

    def now(self) -> datetime:
        return self.at


def enqueue(tx: SqlTransaction, workspaces: int, rooms: int, messages: int) -> None:
    for number in range(messages):
        for workspace in range(workspaces):
            for room in range(rooms):
                place = {"platform": "slack", "workspace": f"T{workspace}", "conversation": f"cohort:{room}"}
                if number == 0:
                    keep_conversation(tx.connection, *place.values(), f"{workspace}/{room}")
                key = f"{workspace}/{room}/{number}"
                note = {"purpose": "reply", "message": Message(text=key), "not_before": AT}
                tx.outbox.enqueue(Delivery.model_validate({"key": key, **place, **note}), AT)


def bound(limits: Limits, per_room: int, per_workspace: int) -> float:
    """Seconds that nobody who keeps the limits can beat: bursts at once, the rest one at a time."""

    def least(rate: Rate | None, count: int) -> float:
        return 0.0 if rate is None else max(0, count - rate.burst) / rate.per_second

    return max(least(limits.conversation, per_room), least(limits.workspace, per_workspace))


def paced(folder: Path) -> float:
    """Time on the platform's clock until all is sent ÷ the least that its limits allow; no 429 on the way."""

    async def use(database: Database) -> float:
        clock = JumpingClock()
        chat = SimulatedChat("slack", clock.now)
        await database.transact(enqueue, WORKSPACES, ROOMS, MESSAGES)
        dispatcher = Dispatcher(database, {"slack": chat}, clock.now)
        await dispatcher.deliver_due()
        while at := await dispatcher.next_at():
            clock.at = max(at, clock.at + timedelta(milliseconds=1))
            await dispatcher.deliver_due()
        assert (len(chat.accepted), chat.doubled, chat.too_fast) == (WORKSPACES * ROOMS * MESSAGES, 0, 0)
        order = Counter[str]()
        for each in chat.accepted:
            assert each.key.endswith(f"/{order[each.conversation]}"), "order"
            order[each.conversation] += 1
        took = (chat.accepted[-1].at - AT).total_seconds()
        return took / bound(SLACK, MESSAGES, ROOMS * MESSAGES)

    return run_over(folder, use)


def flood(folder: Path, messages: int = 100_000) -> tuple[float, float]:
    """With so many due at once: seconds to the first send, and the longest the loop was blocked."""

    async def use(database: Database) -> tuple[float, float]:
        chat = SimulatedChat("slack", lambda: AT)
        chat.limits = Limits()
        await database.transact(enqueue, 10, 1000, messages // 10_000)
        dispatcher = Dispatcher(database, {"slack": chat}, lambda: AT)
        begun, longest = perf_counter(), 0.0
        sending = asyncio.create_task(dispatcher.deliver_due())
        first = 0.0
        while not sending.done() and perf_counter() - begun < 20:
            before = perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, perf_counter() - before - 0.001)
            if chat.accepted and not first:
                first = perf_counter() - begun
        sending.cancel()
        return first, longest

    return run_over(folder, use)


def bell_to_send(folder: Path, messages: int = 200) -> float:
    """Seconds from a commit that enqueues to the platform having it: the slowest in a hundred."""

    async def use(database: Database) -> float:
        def now() -> datetime:
            return datetime.now(UTC)

        chat = SimulatedChat("slack", now)
        chat.limits = Limits()
        bell = Bell(database, Dispatcher(database, {"slack": chat}, now), now)
        await bell.start()
        waits = []
        for number in range(messages):
            begun = perf_counter()
            await database.transact(_one, f"k{number}", now())
            while len(chat.accepted) <= number:  # noqa: ASYNC110 - what a person would do: look
                await asyncio.sleep(0.0005)
            waits.append(perf_counter() - begun)
        await bell.stop()
        return sorted(waits)[int(messages * 0.99) - 1]

    return run_over(folder, use)


def idle(folder: Path, seconds: float = 5.0) -> float:
    """Share of one core that a house with nothing to do takes."""

    async def use(database: Database) -> float:
        def now() -> datetime:
            return datetime.now(UTC)

        bell = Bell(database, Dispatcher(database, {}, now), now)
        await bell.start()
        await asyncio.sleep(1)
        begun = process_time()
        await asyncio.sleep(seconds)
        spent = process_time() - begun
        await bell.stop()
        return spent / seconds

    return run_over(folder, use)


def _one(tx: SqlTransaction, key: str, at: datetime) -> None:
    keep_conversation(tx.connection, "slack", "T1", "cohort:1", "room")
    place = {"platform": "slack", "workspace": "T1", "conversation": "cohort:1"}
    note = {"purpose": "reply", "message": Message(text=key), "not_before": at}
    tx.outbox.enqueue(Delivery.model_validate({"key": key, **place, **note}), at)


def tell_all() -> None:
    ratio = median_of(paced, 1)
    least = bound(SLACK, MESSAGES, ROOMS * MESSAGES)
    ours, theirs = f"{ratio * least:,.1f} s", f"what the limits allow: {least:,.1f} s"
    tell("10,000 messages, 500 conversations, 5 workspaces", ours, theirs, ratio, "≤ 1.05")
    first, longest = run_flood()
    tell("100,000 due at once: first send", f"{first * 1e3:,.0f} ms", "1 s", first, "≤ 1")
    tell("100,000 due at once: longest block of the loop", f"{longest * 1e3:,.0f} ms", "50 ms", longest / 0.05, "≤ 1")
    latency = median_of(bell_to_send)
    tell("commit to send, p99", f"{latency * 1e3:,.1f} ms", "1 s", latency, "≤ 1")
    share = median_of(idle, 3)
    tell("idle, share of a core", f"{share:.2%}", "1 %", share / 0.01, "≤ 1")


def run_flood() -> tuple[float, float]:
    with TemporaryDirectory() as folder:
        return flood(Path(folder))
