"""Within every limit, fair, once and in order, on a platform that fails in every way, by one worker or two."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from structlog.testing import capture_logs

from bot.dispatcher import BACKOFF, BATCH, LEASE, MOST_HEADS, WORKSPACE_LEASE, Dispatcher
from bot.simulator.platform import Faults, SimulatedChat
from cohorts.messages import Message
from cohorts.people.model import Cohort
from cohorts.ports import Delivery
from cohorts.send_errors import RateLimitedError
from cohorts.usecases.room_state import mark_open, room_subject
from storage.database import Database
from storage.queues import outbox, workspaces
from storage.queues.conversations import keep_conversation
from storage.tables import OutboxRow, table_of
from storage.transaction import SqlTransaction
from tests.faults.house import Ledger
from tests.storage.values import NOW

OUTBOX = table_of(OutboxRow)
EVERYTHING = Faults(refused=0.1, broken=0.1, reset=0.1, limited=0.05, find_fails=0.2)


@dataclass
class Line:
    """A database, a platform and a clock that jumps to whatever is next."""

    database: Database
    faults: Faults = field(default_factory=Faults)
    platform: str = "slack"
    at: datetime = NOW

    def __post_init__(self) -> None:
        self.chat = SimulatedChat(self.platform, self.now, faults=self.faults, seed=7)
        self.dispatcher = self.worker("one")

    def now(self) -> datetime:
        return self.at

    def worker(self, owner: str) -> Dispatcher:
        return Dispatcher(self.database, {self.chat.platform: self.chat}, self.now, owner)

    async def enqueue(self, workspace: str, room: str, *keys: str) -> None:
        def work(tx: SqlTransaction) -> None:
            keep_conversation(tx.connection, self.platform, workspace, f"cohort:{room}", room)
            for key in keys:
                tx.outbox.enqueue(self.delivery(workspace, room, key), self.at)

        await self.database.transact(work)

    def delivery(self, workspace: str, room: str, key: str) -> Delivery:
        return Delivery(
            key=key,
            platform=self.platform,
            workspace=workspace,
            conversation=f"cohort:{room}",
            purpose="reply",
            message=Message(text=key),
            not_before=self.at,
        )

    async def run(self, *workers: Dispatcher, until: timedelta = timedelta(days=3)) -> None:
        """The workers take turns, and time goes to whatever is next for any of them."""
        end = self.at + until
        while True:
            for worker in workers or (self.dispatcher,):
                await worker.deliver_due()
            upcoming = [at for worker in workers or (self.dispatcher,) if (at := await worker.next_at())]
            if not upcoming or min(upcoming) > end:
                return
            self.at = max(min(upcoming), self.at + timedelta(milliseconds=1))

    def said(self, room: str = "") -> list[str]:
        return [each.key for each in self.chat.accepted if room in ("", each.conversation)]

    async def states(self) -> dict[str, int]:
        return await self.database.with_connection(outbox.counts)


def numbered(room: str, count: int) -> Sequence[str]:
    return [f"{room}-{number:03}" for number in range(count)]


async def test_a_flood_is_paced_so_that_the_platform_never_complains(database: Database) -> None:
    line = Line(database)
    for workspace in ("T1", "T2"):
        for room in range(6):
            await line.enqueue(workspace, f"{workspace}-{room}", *numbered(f"{workspace}-{room}", 10))
    await line.run()
    assert line.chat.too_fast == 0
    assert (len(line.said()), line.chat.doubled) == (120, 0)
    for workspace in ("T1", "T2"):
        for room in range(6):
            assert line.said(f"{workspace}-{room}") == numbered(f"{workspace}-{room}", 10)
    workspace_bound = (60 - 20) / 4
    assert workspace_bound <= (line.at - NOW).total_seconds() <= workspace_bound * 1.05


async def test_one_message_waits_for_one_round_of_a_flood_not_for_its_end(database: Database) -> None:
    line = Line(database)
    for room in range(40):
        await line.enqueue("T1", f"r{room}", *numbered(f"r{room}", 5))
    await line.dispatcher.deliver_due()
    await line.enqueue("T1", "ana", "hello")
    await line.run()
    [hello] = [each for each in line.chat.accepted if each.key == "hello"]
    assert (hello.at - NOW).total_seconds() < 20 / 4 + 1
    assert (line.at - NOW).total_seconds() > 40


async def test_workspaces_do_not_wait_for_one_another(database: Database) -> None:
    line = Line(database)
    for room in range(30):
        await line.enqueue("T1", f"r{room}", *numbered(f"r{room}", 5))
    await line.enqueue("T2", "small", "small-1", "small-2")
    await line.run()
    assert all((each.at - NOW).total_seconds() < 1 for each in line.chat.accepted if each.conversation == "small")


async def test_a_flood_in_one_chat_holds_back_no_answer_in_another(database: Database) -> None:
    """The local chat sets no limit, so there is always something more that may go in it."""
    order = list[str]()

    class Noting(SimulatedChat):
        async def send(self, key: str, *where: Any) -> str:
            order.append(key)
            return await super().send(key, *where)

    chats = {platform: Noting(platform, lambda: NOW) for platform in ("local", "slack")}
    local, slack = Line(database, platform="local"), Line(database, platform="slack")
    for room in range(5 * BATCH):
        await local.enqueue("here", f"r{room}", f"r{room}")
    await slack.enqueue("T1", "ana", "answer")
    await Dispatcher(database, chats, lambda: NOW, "one").deliver_due()
    assert len(order) == 5 * BATCH + 1
    assert order.index("answer") <= 2 * BATCH


async def test_behind_more_rooms_than_are_looked_at_an_answer_still_goes_soon(database: Database) -> None:
    line = Line(database)
    to_open = {"verb": "open_room", "purpose": "room", "name": "a room"}
    rooms = [f"r{number}" for number in range(MOST_HEADS + 100)]
    flood = [line.delivery("T1", room, room).model_copy(update=to_open) for room in rooms]
    await database.transact(lambda tx: [tx.outbox.enqueue(each, NOW) for each in flood])
    await line.enqueue("T1", "ana", "answer there")
    await line.enqueue("T2", "ben", "answer elsewhere")
    await line.run(until=timedelta(seconds=2))
    at = {each.key: (each.at - NOW).total_seconds() for each in line.chat.accepted}
    assert at["answer elsewhere"] < 1
    assert at["answer there"] < 1
    assert (await line.states())["pending"] > MOST_HEADS


async def test_what_cannot_be_looked_at_before_it_goes_backs_off_alone(database: Database) -> None:
    """Nobody knows the cohort it is for, so nobody can say whether it may go: nothing else waits for that."""
    line = Line(database)
    stray = line.delivery("T1", "gone", "stray").model_copy(update={"purpose": "room"})
    await database.transact(lambda tx: tx.outbox.enqueue(stray, NOW))
    await line.enqueue("T1", "here", *numbered("here", 5))
    with capture_logs() as logs:
        await line.run(until=timedelta(seconds=10))
        assert line.said() == numbered("here", 5)
        assert await line.states() == {"pending": 1, "sent": 5}
        await line.run()
    assert await line.states() == {"dead": 1, "sent": 5}
    assert line.at - NOW < sum(BACKOFF, timedelta()) * 1.3
    assert {each["error"] for each in logs if each["event"] == "send_failed"} == {"MissingError"}


async def test_what_only_a_newer_version_can_read_rests_alone_until_that_one_takes_it(database: Database) -> None:
    """A worker of the old version meets a message with a field it does not know."""
    line = Line(database)
    await line.enqueue("T1", "newer", "newer")
    await line.enqueue("T1", "here", *numbered("here", 5))

    def body(tx: SqlTransaction) -> str:
        return str(tx.connection.execute(select(OUTBOX.c.body).where(OUTBOX.c.key == "newer")).scalar_one())

    def write(tx: SqlTransaction, text: str) -> None:
        tx.connection.execute(update(OUTBOX).where(OUTBOX.c.key == "newer").values(body=text))

    known = await database.transact(body)
    await database.transact(write, known[:-1] + ', "from_the_future": 1}')
    await line.run(until=timedelta(minutes=10))
    assert line.said() == numbered("here", 5)
    assert await line.states() == {"pending": 1, "sent": 5}
    await database.transact(write, known)  # stands for a worker that can read it
    await line.run(until=timedelta(minutes=2))
    assert await line.states() == {"sent": 6}


async def test_one_persons_flood_of_answers_holds_back_no_answer_to_another(database: Database) -> None:
    line = Line(database)
    await line.enqueue("T1", "eager", *numbered("eager", 200))
    await line.run(until=timedelta(seconds=60))
    await line.enqueue("T1", "ben", "answer")
    asked_at = line.at
    await line.run()
    [answer] = [each for each in line.chat.accepted if each.key == "answer"]
    assert answer.at - asked_at < timedelta(seconds=1)
    assert line.at - asked_at > timedelta(seconds=60)


async def test_a_flood_in_rooms_holds_back_no_answer_in_its_own_workspace(database: Database) -> None:
    line = Line(database)
    for room in range(60):
        told = [
            line.delivery("T1", f"r{room}", key).model_copy(update={"verb": "update"})
            for key in numbered(f"r{room}", 5)
        ]
        await line.enqueue("T1", f"r{room}")
        await database.transact(lambda tx, told=told: [tx.outbox.enqueue(each, NOW) for each in told])
    await line.run(until=timedelta(seconds=5))
    await line.enqueue("T1", "ben", "answer")
    asked_at = line.at
    await line.run(until=timedelta(seconds=10))
    [answer] = [each for each in line.chat.accepted if each.key == "answer"]
    assert answer.at - asked_at < timedelta(seconds=1)


async def test_a_rest_is_taken_for_just_what_it_covers(database: Database) -> None:
    line = Line(database)

    class Strict(SimulatedChat):
        """Refuses the first send into one room, for a minute."""

        async def send(self, key: str, workspace: str, conversation: str, message: Message, thread: str = "") -> str:
            if conversation == "slow" and self._now() < NOW + timedelta(minutes=1):
                self.asked = getattr(self, "asked", 0) + 1
                raise RateLimitedError(timedelta(minutes=1))
            return await super().send(key, workspace, conversation, message, thread)

    line.chat = Strict("slack", line.now)
    line.dispatcher = line.worker("one")
    await line.enqueue("T1", "slow", "slow-1", "slow-2")
    await line.enqueue("T1", "fast", "fast-1", "fast-2")
    await line.run()
    assert getattr(line.chat, "asked", 0) == 1
    at = {each.key: (each.at - NOW).total_seconds() for each in line.chat.accepted}
    assert at["fast-2"] < 2
    assert 60 <= at["slow-1"] < at["slow-2"] < 62
    assert await line.states() == {"sent": 4}


@pytest.mark.parametrize("platform", ["slack", "discord"])
async def test_whatever_happens_nothing_is_lost_or_doubled(database: Database, platform: str) -> None:
    line = Line(database, EVERYTHING, platform)
    for room in range(10):
        await line.enqueue("T1", f"r{room}", *numbered(f"r{room}", 15))
    await line.run()
    assert (len(line.said()), line.chat.doubled, line.chat.too_fast) == (150, 0, 0)
    assert await line.states() == {"sent": 150}
    for room in range(10):
        assert line.said(f"r{room}") == numbered(f"r{room}", 15)


@pytest.mark.parametrize(("quiet", "arrives"), [(5, 2), (15, 1)], ids=["too short", "long enough"])
async def test_a_platform_that_shows_messages_late_needs_a_longer_quiet_period(
    database: Database, quiet: int, arrives: int
) -> None:
    """It takes the message, loses the answer, and shows to a look-up only what it took twelve seconds before."""

    class Late(Ledger):
        shows_after = timedelta(seconds=12)

    line = Line(database)
    late = Late("slack", line.now, faults=Faults(reset=1.0))
    worker = Dispatcher(database, {"slack": late}, line.now, "one")
    worker.quiet_period = timedelta(seconds=quiet)
    await line.enqueue("T1", "r", "a")
    await worker.deliver_due()
    late._faults = Faults()
    with capture_logs() as logs:
        await line.run(worker)
    assert [each.key for each in late.accepted] == ["a"] * arrives
    looked_up = [(each["key"], each["found"]) for each in logs if each["event"] == "looked_up"]
    assert looked_up == [("a", arrives == 1)]
    assert await line.states() == {"sent": 1}


async def test_what_cannot_be_looked_up_is_never_sent_again(database: Database) -> None:
    line = Line(database, Faults(broken=1.0, find_fails=1.0))
    await line.enqueue("T1", "r", "a", "b")
    await line.run(until=timedelta(hours=10))
    assert line.said() == ["a"]
    await line.run(until=timedelta(days=3))
    assert sorted(line.said()) == ["a", "b"]
    assert await line.states() == {"dead": 2}


async def test_a_platform_that_is_away_for_five_hours_gets_it_all_in_order(database: Database) -> None:
    line = Line(database)
    line.chat._faults = Faults(refused=1.0)
    await line.enqueue("T1", "r", *numbered("r", 20))
    await line.run(until=timedelta(hours=5))
    assert line.said() == []
    line.chat._faults = Faults()
    await line.run()
    assert line.said() == numbered("r", 20)
    assert sum(BACKOFF, timedelta()) > timedelta(hours=12)


async def test_a_room_that_is_gone_is_a_dead_letter_at_once(database: Database) -> None:
    line = Line(database)
    line.chat.archived = {"gone"}
    await line.enqueue("T1", "other", "b")
    await line.database.transact(lambda tx: tx.outbox.enqueue(_direct(line), line.at))
    await line.run()
    assert line.said() == ["b"]
    assert await line.states() == {"sent": 1, "dead": 1}


async def test_what_is_for_a_room_that_people_archived_waits_until_it_is_back(database: Database) -> None:
    line = Line(database)
    facts = {"id": "r", "name": "Sotol", "microcredential_id": "m", "language": "en", "facilitator_id": ""}
    await line.database.transact(lambda tx: tx.cohorts.save(Cohort(**facts, members=(), formed_at=NOW)))
    await line.enqueue("T1", "r", *numbered("r", 3))
    line.chat.archived = {"r"}
    await line.run(until=timedelta(days=1))
    assert line.said() == []
    assert await line.states() == {"pending": 3}
    line.chat.archived = set()
    await line.database.transact(lambda tx: mark_open(tx, room_subject("slack", "T1", "r"), line.at))
    await line.run()
    assert line.said() == numbered("r", 3)


async def test_a_workspace_that_refuses_us_is_held_and_goes_on_where_it_was(database: Database) -> None:
    line = Line(database)
    await line.enqueue("T1", "r", *numbered("r", 3))
    await line.enqueue("T2", "s", "s-1")
    line.chat.revoked = {"T1"}
    await line.run()
    assert line.said() == ["s-1"]
    assert await line.states() == {"sent": 1, "pending": 3}
    assert await line.dispatcher.next_at() is None
    [lost] = await database.with_connection(workspaces.lost)
    assert (lost.workspace, lost.why) == ("T1", "token_revoked")
    line.chat.revoked = set()
    await database.with_connection(lambda opened: workspaces.regain(opened, ("slack", "T1")))
    await line.run()
    assert line.said("r") == numbered("r", 3)


async def test_two_workers_share_the_workspaces_and_send_everything_once(database: Database) -> None:
    line = Line(database, EVERYTHING)
    for workspace in ("T1", "T2", "T3", "T4"):
        await line.enqueue(workspace, workspace, *numbered(workspace, 12))
    await line.run(line.worker("one"), line.worker("two"))
    assert (len(line.said()), line.chat.doubled, line.chat.too_fast) == (48, 0, 0)
    for workspace in ("T1", "T2", "T3", "T4"):
        assert line.said(workspace) == numbered(workspace, 12)


async def test_workers_at_the_same_moment_send_everything_once(database: Database) -> None:
    line = Line(database)
    workers = [line.worker(f"w{number}") for number in range(4)]
    for workspace in ("T1", "T2", "T3"):
        for room in range(5):
            await line.enqueue(workspace, f"{workspace}-{room}", *numbered(f"{workspace}-{room}", 4))
    while any([await worker.next_at() for worker in workers]):
        await asyncio.gather(*(worker.deliver_due() for worker in workers))
        line.at += timedelta(milliseconds=250)
    assert (len(line.said()), line.chat.doubled, line.chat.too_fast) == (60, 0, 0)
    for room in {each.conversation for each in line.chat.accepted}:
        assert line.said(room) == numbered(room, 4)


class Dying(SimulatedChat):
    """Takes the message, and the worker is gone before it hears of it."""

    async def send(self, key: str, workspace: str, conversation: str, message: Message, thread: str = "") -> str:
        await super().send(key, workspace, conversation, message, thread)
        raise asyncio.CancelledError


async def test_a_worker_that_died_in_a_send_is_taken_over_within_half_a_minute(database: Database) -> None:
    line = Line(database)
    await line.enqueue("T1", "r", *numbered("r", 3))
    dying = Dying("slack", line.now)
    with pytest.raises(asyncio.CancelledError):
        await Dispatcher(database, {"slack": dying}, line.now, "dying").deliver_due()
    dying_accepted = dying.accepted
    line.chat.accepted, line.chat._ids = list(dying_accepted), dict(dying._ids)
    await line.run(line.worker("heir"))
    assert line.said() == numbered("r", 3)
    assert (line.at - NOW).total_seconds() < 30
    assert max(LEASE, WORKSPACE_LEASE) < timedelta(seconds=30)


async def test_a_worker_that_wakes_too_late_changes_nothing(database: Database) -> None:
    """It slept through its lease (a suspended machine): it begins no send, and settles nothing."""
    line = Line(database)
    await line.enqueue("T1", "r", "a")
    sleeper = line.worker("sleeper")
    _, [claimed] = await database.transact(sleeper._claim)
    line.at += LEASE
    await sleeper._deliver(claimed)
    assert line.said() == []
    await line.run(line.worker("heir"))
    assert line.said() == ["a"]
    await sleeper._deliver(claimed)
    assert line.said() == ["a"]


def _direct(line: Line) -> Delivery:
    return line.delivery("T1", "nowhere", "a").model_copy(update={"conversation": "cohort:nowhere", "purpose": "reply"})
