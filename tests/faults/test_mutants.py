"""The suite is itself tested: each check holds for the sound house, and fails for one in which a promise is broken."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.dispatcher import LEASE, Dispatcher
from bot.scheduler import LEASE as WORK_LEASE
from bot.scheduler import Bell
from bot.simulator.platform import Faults
from cohorts.messages import Message
from cohorts.send_errors import NotSentError
from storage.database import Database
from storage.queues import due
from storage.transaction import SqlTransaction
from tests.faults.house import Doors, Fate, Ledger, MortalChat
from tests.faults.journey import SHORT, Beginning, set_out
from tests.faults.mutants import NeverFinds, Retries, Trusting, Unfenced, acking_first, without_quiet_period
from tests.faults.test_delivery_limits import Line, numbered
from tests.faults.test_every_crash import die_at_every_point, measured
from tests.storage.values import NOW

WEEK = timedelta(days=7)


@pytest.fixture(scope="module")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> Beginning:
    return asyncio.run(set_out(tmp_path_factory.mktemp("beginning") / "cohortium.db"))


async def crashes(beginning: Beginning, folder: Path, doors: Callable[[], Doors], only: str) -> None:
    """Killed at these points of the first hour; test_every_crash.py does so at all of them with the sound house."""
    assert await die_at_every_point(await measured(beginning, SHORT, folder), folder, doors, only)


async def bad_line(database: Database, doors: Doors) -> None:
    """A platform that loses answers and refuses, and shows only after a while what it took."""
    line = Line(database, Faults(refused=0.1, broken=0.2, reset=0.2))
    line.chat = Ledger("slack", line.now, faults=line.chat._faults, seed=7)
    dispatcher = doors.dispatcher(database, {"slack": doors.chat(line.chat, Fate())}, line.now, "one")
    for room in range(6):
        await line.enqueue("T1", f"r{room}", *numbered(f"r{room}", 6))
    await line.run(dispatcher)
    assert line.chat.doubled == 0
    for room in range(6):
        assert line.said(f"r{room}") == numbered(f"r{room}", 6)
    assert set(await line.states()) == {"sent"}


async def slow_worker(database: Database, bell: type[Bell]) -> None:
    """One worker takes forty weekly items and stalls beyond its lease; another does them; then it goes on."""
    done: Counter[str] = Counter()
    now = [NOW]

    def step(tx: SqlTransaction, ref: str, at: datetime) -> None:
        done[ref] += 1
        tx.due.set("step", ref, (tx.due.at("step", ref) or at) + WEEK)

    line = Line(database)
    stalled, other = (bell(database, line.worker(owner), lambda: now[0], work={"step": step}) for owner in ("a", "b"))
    await database.transact(lambda tx: [tx.due.set("step", f"cohort-{n}", NOW) for n in range(40)])
    taken = await database.transact(lambda tx: due.take(tx.connection, "a", NOW, WORK_LEASE, 100))
    now[0] = NOW + WORK_LEASE
    await other.do_due()
    await stalled._do_all(taken[:30], now[0])
    for item in taken[30:]:
        await stalled._do_all([item], now[0])
    assert len(done) == 40
    assert set(done.values()) == {1}
    assert await database.transact(lambda tx: tx.due.at("step", "cohort-7")) == NOW + WEEK


class Stalled(Ledger):
    """Its first send hangs until somebody else has sent the message, and is then refused."""

    goes_on: Any = None

    async def send(self, key: str, workspace: str, conversation: str, message: Message, thread: str = "") -> str:
        if self.goes_on is not None:
            goes_on, self.goes_on = self.goes_on, None
            await goes_on()
            raise NotSentError("503")
        return await super().send(key, workspace, conversation, message, thread)


async def old_lease(database: Database, dispatcher: type[Dispatcher]) -> None:
    """A worker hears that its send was refused when another has long taken over and sent."""
    line = Line(database)
    line.chat = chat = Stalled("slack", line.now)
    chat.shows_after = timedelta()
    first, heir = (dispatcher(database, {"slack": chat}, line.now, owner) for owner in ("first", "heir"))

    async def take_over() -> None:
        line.at += LEASE
        await line.run(heir, until=timedelta(minutes=1))

    chat.goes_on = take_over
    await line.enqueue("T1", "r", "a")
    await first.deliver_due()
    await line.run(first, heir)
    assert line.said() == ["a"]
    assert set(await line.states()) == {"sent"}


async def test_the_sound_house_holds_in_every_check(database: Database) -> None:
    await bad_line(database, Doors())
    await slow_worker(database, Bell)
    await old_lease(database, Dispatcher)


@pytest.mark.parametrize("only", ["after send", "before commit of receive"])
async def test_the_sound_house_holds_in_the_same_crashes(beginning: Beginning, tmp_path: Path, only: str) -> None:
    await crashes(beginning, tmp_path, Doors, only)


BROKEN = {
    "no quiet period": without_quiet_period,
    "nobody looks": lambda: Doors(chat=NeverFinds),
    "the library retries": lambda: Doors(chat=Retries),
    "acknowledged before it is kept": acking_first,
}


@pytest.mark.parametrize(
    ("broken", "only"),
    [
        ("no quiet period", "after send"),
        ("nobody looks", "after send"),
        ("acknowledged before it is kept", "before commit of receive"),
    ],
)
async def test_the_crashes_show_what_is_broken(beginning: Beginning, tmp_path: Path, broken: str, only: str) -> None:
    with pytest.raises(AssertionError):
        await crashes(beginning, tmp_path, BROKEN[broken], only)


@pytest.mark.parametrize("broken", ["no quiet period", "nobody looks", "the library retries"])
async def test_a_bad_line_shows_what_is_broken(database: Database, broken: str) -> None:
    with pytest.raises(AssertionError):
        await bad_line(database, BROKEN[broken]())


async def test_a_slow_worker_shows_that_nobody_looks_again_in_the_transaction(database: Database) -> None:
    with pytest.raises(AssertionError):
        await slow_worker(database, Trusting)


async def test_an_old_lease_shows_that_nothing_is_fenced(database: Database) -> None:
    with pytest.raises(AssertionError):
        await old_lease(database, Unfenced)


def test_a_door_is_as_thin_as_it_looks() -> None:
    """The checks must fail for what is broken, not for how it is built: what mutants inherit is what holds."""
    assert {Trusting.__base__, Unfenced.__base__, Retries.__base__} == {Bell, Dispatcher, MortalChat}
