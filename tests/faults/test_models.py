"""Outbox with leases and workspaces, and due work with tokens, against simple models in memory: any order of calls."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Connection

from cohorts.messages import Message
from cohorts.ports import Delivery
from storage.database import Database, open_database
from storage.migrate import upgrade
from storage.queues import due, outbox, workspaces
from storage.queues.due import DueItem
from storage.queues.outbox import Claimed
from storage.transaction import SqlTransaction
from tests.fakes.examples import examples
from tests.storage.values import NOW

T = TypeVar("T")
OWNERS, SPACES, ROOMS = ("one", "two"), ("T1", "T2"), ("a", "b")
LEASE = timedelta(seconds=20)
SPANS = st.integers(0, 40).map(lambda seconds: timedelta(seconds=seconds))
NUMBERS = count(1)


class OnDatabase(RuleBasedStateMachine):
    """Runs what a rule does on a database of its own, emptied before each example."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.database: Database = open_database(self.url, "OFF")
        self.do(lambda tx: tx.connection.exec_driver_sql("delete from outbox"))
        self.do(lambda tx: tx.connection.exec_driver_sql("delete from workspace"))
        self.do(lambda tx: tx.connection.exec_driver_sql("delete from due"))
        self.now = NOW

    def do(self, work: Callable[[SqlTransaction], T]) -> T:
        return self.runner.run(self.database.transact(work))

    def on(self, work: Callable[..., T], *args: Any) -> T:
        return self.do(lambda tx: work(tx.connection, *args))

    def teardown(self) -> None:
        self.runner.run(self.database.close())
        self.runner.close()

    @rule(span=SPANS)
    def time_goes_on(self, span: timedelta) -> None:
        self.now += span

    @rule()
    def leases_run_out(self) -> None:
        self.now += LEASE

    @rule(span=SPANS)
    def the_clock_is_set_back(self, span: timedelta) -> None:
        self.now -= span / 4


@dataclass
class Letter:
    key: str
    place: tuple[str, str]
    room: str
    not_before: datetime
    state: str = "pending"
    owner: str = ""
    lease_until: datetime | None = None
    attempts: int = 0

    @property
    def open(self) -> bool:
        return self.state in ("pending", "attempting")


@dataclass
class Space:
    owner: str = ""
    lease_until: datetime = NOW
    lost: bool = False


class OutboxMachine(OnDatabase):
    """Only the oldest open letter of a room goes, to who owns the workspace, and only its last taker may say how it
    ended."""

    def __init__(self) -> None:
        super().__init__()
        self.letters: list[Letter] = []
        self.spaces: dict[tuple[str, str], Space] = {}
        self.claims: list[tuple[str, Claimed]] = []
        self.sent: list[str] = []

    @rule(space=st.sampled_from(SPACES), room=st.sampled_from(ROOMS), later=st.sampled_from([0, 0, 15]))
    def enqueue(self, space: str, room: str, later: int) -> None:
        at, key = self.now + timedelta(seconds=later), f"{len(self.letters):03}"
        letter = Letter(key, ("slack", space), room, at)
        delivery = Delivery(
            key=key, platform="slack", workspace=space, conversation=room, message=Message(text=key), not_before=at
        )
        assert self.do(lambda tx: tx.outbox.enqueue(delivery, self.now))
        self.letters.append(letter)

    @precondition(lambda self: self.letters)
    @rule(data=st.data())
    def enqueue_again(self, data: st.DataObject) -> None:
        old = data.draw(st.sampled_from(self.letters))
        delivery = Delivery(
            key=old.key, platform="slack", workspace=old.place[1], conversation=old.room, not_before=self.now
        )
        assert not self.do(lambda tx: tx.outbox.enqueue(delivery, self.now))

    @rule(owner=st.sampled_from(OWNERS))
    def claim(self, owner: str) -> None:
        """As a dispatcher does, in one transaction: what it may own, the ready heads of it, theirs for a lease."""
        mine = [letter for letter in self._ready() if self._own(letter.place, owner)]

        def take(connection: Connection) -> list[Claimed]:
            heads = outbox.heads(connection, owner, self.now, 100)
            owned = workspaces.own(connection, owner, dict.fromkeys(h.place for h in heads), self.now, LEASE)
            return list(outbox.claim(connection, owner, [h.id for h in heads if h.place in owned], self.now, LEASE))

        taken = self.on(take)
        assert [(c.delivery.key, c.unknown, c.attempts) for c in taken] == [
            (letter.key, letter.state == "attempting", letter.attempts) for letter in mine
        ]
        for letter in mine:
            letter.state, letter.owner, letter.lease_until = "attempting", owner, self.now + LEASE
        self.claims += [(owner, claimed) for claimed in taken]

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), how=st.sampled_from(["settle", "settle", "bury", "drop", "retry", "doubt", "wait"]))
    def end(self, data: st.DataObject, how: str) -> None:
        """By whoever ever had it, however late."""
        owner, claimed = data.draw(st.sampled_from(self.claims[-4:]))
        letter = next(each for each in self.letters if each.key == claimed.delivery.key)
        until = self.now + timedelta(seconds=5)
        ours = letter.state == "attempting" and letter.owner == owner
        assert self.on(self._endings(how), claimed, owner, until) is ours
        if ours:
            self._ended(letter, claimed, how, until)

    @rule(space=st.sampled_from(SPACES))
    def lose(self, space: str) -> None:
        known = self.spaces.setdefault(("slack", space), Space())
        assert self.on(workspaces.lose, ("slack", space), "revoked", self.now) is not known.lost
        known.lost = True

    @rule(space=st.sampled_from(SPACES))
    def regain(self, space: str) -> None:
        known = self.spaces.get(("slack", space), Space())
        assert self.on(workspaces.regain, ("slack", space)) is known.lost
        known.lost = False

    @rule()
    def begin_again_alone(self) -> None:
        self.do(lambda tx: (workspaces.end_leases(tx.connection), outbox.end_leases(tx.connection, self.now)))
        for space in self.spaces.values():
            space.owner = ""
        for letter in self.letters:
            if letter.state == "attempting":
                letter.lease_until = self.now

    @invariant()
    def counts_agree(self) -> None:
        states = [letter.state for letter in self.letters]
        assert self.on(outbox.counts) == {state: states.count(state) for state in set(states)}

    @invariant()
    def order_is_kept(self) -> None:
        for room in {(letter.place, letter.room) for letter in self.letters}:
            mine = [key for key in self.sent if (self._of(key).place, self._of(key).room) == room]
            assert mine == sorted(set(mine))

    def _of(self, key: str) -> Letter:
        return self.letters[int(key)]

    def _ready(self) -> list[Letter]:
        heads: dict[Any, Letter] = {}
        for letter in self.letters:
            if letter.open:
                heads.setdefault((letter.place, letter.room), letter)
        return sorted((letter for letter in heads.values() if self._is_ready(letter)), key=lambda each: each.key)

    def _is_ready(self, letter: Letter) -> bool:
        free = letter.state == "pending" or (letter.lease_until is not None and letter.lease_until <= self.now)
        return free and letter.not_before <= self.now and not self.spaces.get(letter.place, Space()).lost

    def _own(self, place: tuple[str, str], owner: str) -> bool:
        space = self.spaces.setdefault(place, Space(owner, self.now + LEASE))
        if space.owner not in ("", owner) and space.lease_until > self.now:
            return False
        space.owner, space.lease_until = owner, self.now + LEASE
        return True

    def _endings(self, how: str) -> Callable[..., bool]:
        return {
            "settle": lambda c, claimed, owner, _: outbox.settle(c, claimed, owner, "id", self.now),
            "bury": lambda c, claimed, owner, _: outbox.bury(c, claimed, owner, "gone", self.now),
            "drop": lambda c, claimed, owner, _: outbox.drop(c, claimed, owner, "stale", self.now),
            "retry": lambda c, claimed, owner, until: outbox.retry(c, claimed, owner, "503", until),
            "doubt": lambda c, claimed, owner, until: outbox.doubt(c, claimed, owner, "500", until),
            "wait": outbox.wait,
        }[how]

    def _ended(self, letter: Letter, claimed: Claimed, how: str, until: datetime) -> None:
        letter.state = {"settle": "sent", "bury": "dead", "drop": "dropped", "doubt": "attempting"}.get(how, "pending")
        if how == "settle":
            self.sent.append(letter.key)
        if how in ("retry", "doubt"):
            letter.attempts = claimed.attempts + 1
        if how in ("retry", "wait"):
            letter.not_before = until
        if how == "doubt":
            letter.lease_until = until


@dataclass(frozen=True)
class Work:
    at: datetime
    token: int = 0
    owner: str = ""
    lease_until: datetime | None = None
    attempts: int = 0
    dead: bool = False


@dataclass
class Plans:
    rows: dict[str, Work] = field(default_factory=dict)

    def change(self, ref: str, **columns: Any) -> None:
        self.rows[ref] = replace(self.rows[ref], **columns)


class DueMachine(OnDatabase):
    """Earliest first, one taker at a time, and whoever holds an old token or lost the row changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.plans = Plans()
        self.taken: list[DueItem] = []

    @rule(ref=st.sampled_from(ROOMS), span=SPANS)
    def plan(self, ref: str, span: timedelta) -> None:
        at = self.now + span - timedelta(seconds=20)
        self.do(lambda tx: tx.due.set("run", ref, at))
        self.plans.rows[ref] = Work(at, token=self.plans.rows[ref].token if ref in self.plans.rows else 0)

    @rule(ref=st.sampled_from(ROOMS))
    def clear(self, ref: str) -> None:
        self.do(lambda tx: tx.due.clear("run", ref))
        self.plans.rows.pop(ref, None)

    @rule(owner=st.sampled_from(OWNERS), most=st.integers(1, 3))
    def take(self, owner: str, most: int) -> None:
        free = sorted((row.at, ref) for ref, row in self.plans.rows.items() if self._is_free(row))[:most]
        items = self.on(due.take, owner, self.now, LEASE, most)
        assert [(item.at, item.ref) for item in items] == free
        for _, ref in free:
            token = self.plans.rows[ref].token + 1
            self.plans.change(ref, token=token, owner=owner, lease_until=self.now + LEASE)
        assert [item.token for item in items] == [self.plans.rows[item.ref].token for item in items]
        self.taken += items

    @precondition(lambda self: self.taken)
    @rule(data=st.data())
    def look_again(self, data: st.DataObject) -> None:
        item = data.draw(st.sampled_from(self.taken))
        row = self.plans.rows.get(item.ref)
        ours = row is not None and row.token == item.token and not row.dead and row.at <= self.now
        assert self.on(due.is_ours, item, self.now) is ours

    @precondition(lambda self: self.taken)
    @rule(data=st.data(), how=st.sampled_from(["put off", "bury", "give back"]))
    def end(self, data: st.DataObject, how: str) -> None:
        item = data.draw(st.sampled_from(self.taken))
        row, until = self.plans.rows.get(item.ref), self.now + timedelta(seconds=30)
        ours = row is not None and (row.token, row.owner) == (item.token, item.owner)
        if how == "give back":
            self.on(due.give_back, item)
        else:
            changed = self.on(due.put_off, item, until, "why") if how == "put off" else self._bury(item)
            assert changed is ours
        if ours:
            more = {"give back": {}, "put off": {"at": until}, "bury": {"dead": True}}[how]
            tried = item.attempts if how == "give back" else item.attempts + 1
            attempts = self.plans.rows[item.ref].attempts if how == "give back" else tried
            self.plans.change(item.ref, owner="", lease_until=None, attempts=attempts, **more)

    @rule(ref=st.sampled_from(ROOMS))
    def revive(self, ref: str) -> None:
        row = self.plans.rows.get(ref)
        dead = row is not None and row.dead
        assert self.on(due.revive, "run", ref, self.now) is dead
        if dead:
            self.plans.change(ref, at=self.now, attempts=0, dead=False)

    @rule()
    def begin_again_alone(self) -> None:
        self.on(due.end_leases)
        for ref, row in self.plans.rows.items():
            if row.owner:
                self.plans.change(ref, owner="", lease_until=None)

    @invariant()
    def the_next_instant_agrees(self) -> None:
        rows = self.plans.rows.values()
        free = [row.at for row in rows if row.lease_until is None and not row.dead]
        leases = [row.lease_until for row in rows if row.lease_until is not None]
        assert self.on(due.next_at) == min([*free, *leases], default=None)

    @invariant()
    def the_dead_agree(self) -> None:
        assert {item.ref for item in self.on(due.dead)} == {ref for ref, row in self.plans.rows.items() if row.dead}

    def _is_free(self, row: Work) -> bool:
        return not row.dead and row.at <= self.now and (row.lease_until is None or row.lease_until <= self.now)

    def _bury(self, item: DueItem) -> bool:
        return self.on(due.bury, item, "why", self.now)


def prove(machine: type[OnDatabase], url: str, examples: int, *phases: Phase) -> None:
    async def prepare() -> None:
        database = open_database(url)
        await database.with_connection(upgrade)
        await database.close()

    asyncio.run(prepare())
    made = type(machine.__name__, (machine,), {"url": url})
    quick = settings(
        max_examples=examples,
        stateful_step_count=30,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, *phases),
    )
    run_state_machine_as_test(made, settings=quick)


class UnfencedOutbox(OutboxMachine):
    """Whoever says how a letter ended is believed, whoever has it."""

    def _endings(self, how: str) -> Callable[..., bool]:
        sound = super()._endings(how)
        return lambda opened, claimed, _, until: sound(opened, claimed, self._of(claimed.delivery.key).owner, until)


class TokenlessDue(DueMachine):
    """Whoever had the work may say how it ended, whoever has it now."""

    def _bury(self, item: DueItem) -> bool:
        row = self.plans.rows.get(item.ref)
        return super()._bury(item._replace(token=row.token, owner=row.owner) if row else item)


@pytest.mark.slow
@pytest.mark.parametrize("machine", [UnfencedOutbox, TokenlessDue])
def test_the_models_show_that_fencing_is_missing(machine: type[OnDatabase]) -> None:
    with TemporaryDirectory() as folder, pytest.raises(AssertionError):
        prove(machine, f"sqlite:///{Path(folder) / 'cohortium.db'}", 300)


@pytest.mark.parametrize("machine", [OutboxMachine, DueMachine])
def test_any_order_of_calls_agrees_with_the_model(machine: type[OnDatabase]) -> None:
    with TemporaryDirectory() as folder:
        prove(machine, f"sqlite:///{Path(folder) / 'cohortium.db'}", examples(60), Phase.shrink)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("machine", [OutboxMachine, DueMachine])
def test_many_more_orders_agree_with_the_model(machine: type[OnDatabase]) -> None:
    with TemporaryDirectory() as folder:
        prove(machine, f"sqlite:///{Path(folder) / 'cohortium.db'}", 300)


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.xdist_group("postgres")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("machine", [OutboxMachine, DueMachine])
def test_any_order_of_calls_on_a_server_agrees_with_the_model(machine: type[OnDatabase], postgres_server: Any) -> None:
    name = f"model_{next(NUMBERS)}"
    postgres_server.psql(f"CREATE DATABASE {name};")
    prove(machine, postgres_server.get_uri(name), 40)
