"""A fixed small journey through everything that matters, on two platforms, and what must be true at its end.

A cohort is formed of six people, three on a platform without idempotency keys (as Slack) and three on one with them
(as Discord); a round of sealed answers runs to its reveal, a digest reminds who was missing, and the header is edited
as answers come in. Every event has a fixed key and is repeated until it was acknowledged, as platforms do.
"""

import shutil
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.searching import SEARCH_LEASE
from cohorts.events import AccountRef, Event, OpenForm, Place, Pressed, Response, Sent
from cohorts.people.model import Account, Educator
from cohorts.protocols.engine import RunIdentity
from cohorts.protocols.load import latest
from cohorts.usecases.carry_out import begin_run
from cohorts.usecases.look_for_cohorts import SEARCH
from storage.database import Database, SqliteDatabase
from storage.migrate import upgrade
from storage.queues import due, outbox
from storage.transaction import SqlTransaction
from tests.faults.house import Doors, Fate, Killed, Ledger, MortalHouse, OneThread, settle_tasks
from tests.scenarios.town import LEAS, SIX, START, Clock, _lay, fill, joining

PLACES = {
    name: ("slack", "T1") if name in ("fay", "ann", "ben", "cam") else ("discord", "G1") for name in ("fay", *SIX)
}
MISSING = "finn"
"""Does not answer: the digest is for them."""
ROUND = "the-round"

Step = Callable[["World"], Awaitable[Any]]


def platforms(clock: Clock) -> dict[str, Ledger]:
    chats = (Ledger("slack", clock.now), Ledger("discord", clock.now, keeps_keys=True))
    return {chat.platform: chat for chat in chats}


@dataclass
class World:
    """What outlives a process: the database, the platforms, time. And the process that lives now, if one does."""

    open_database: Callable[[], Database]
    clock: Clock
    ledgers: Mapping[str, Ledger]
    doors: Doors = field(default_factory=Doors)
    house: MortalHouse | None = None
    deaths: int = 0

    async def live(self, steps: Sequence[Step], fates: Iterable[Fate]) -> None:
        """Step by step to the end. Who is killed is born again at once, with the next fate, and repeats the step."""
        left, coming = list(steps), iter(fates)
        while left:
            try:
                if self.house is None:
                    await self._be_born(next(coming, Fate()))
                await left[0](self)
                left.pop(0)
            except Killed:
                self.deaths += 1
                await self.end()
        await self.end()

    async def end(self) -> None:
        await settle_tasks()
        if self.house is not None:
            await self.house.database.close()
            self.house = None

    async def _be_born(self, fate: Fate) -> None:
        self.house = self.doors.build(self.open_database(), self.ledgers, self.clock.now, fate)
        await self.doors.begin_again(self.house)

    async def tick_to(self, until: datetime) -> None:
        house = self.living
        await house.bell.tick()
        while (at := await next_at(house)) is not None and at <= until:
            self.clock.go_to(max(at, self.clock.now() + timedelta(milliseconds=1)))
            await house.bell.tick()
        self.clock.go_to(until)
        await house.bell.tick()

    @property
    def living(self) -> MortalHouse:
        assert self.house is not None
        return self.house


async def next_at(*houses: MortalHouse) -> datetime | None:
    """When anything is next due, or may next be sent."""
    found = [
        await houses[0].database.inner.transact(_next_due),
        *[await house.dispatcher.next_at() for house in houses],
    ]
    return min((at for at in found if at is not None), default=None)


def _next_due(tx: SqlTransaction) -> datetime | None:
    return due.next_at(tx.connection)


def event(kind: type[Pressed] | type[Sent], name: str, key: str, action: str, **more: Any) -> Event:
    platform, workspace = PLACES[name]
    account = AccountRef(platform=platform, workspace=workspace, user=name)
    return kind(key=key, account=account, place=Place(conversation=f"direct/{name}"), action=action, **more)


def acts(kind: type[Pressed] | type[Sent], name: str, key: str, action: str, **more: Any) -> Step:
    async def act(world: World) -> Response:
        return await world.living.handle(event(kind, name, key, action, **more))

    return act


def joins(name: str) -> Step:
    return acts(Sent, name, f"join-{name}", "join.send", values=joining())


def answers(name: str) -> Step:
    async def act(world: World) -> None:
        where = f"{ROUND}/answer"
        opened = await world.living.handle(event(Pressed, name, f"open-{name}", "step.answer.open", value=where))
        assert isinstance(opened, OpenForm), opened
        values = fill(opened.form, f"{name} answer")
        sent = event(Sent, name, f"answer-{name}", opened.form.action, value=opened.form.value, values=values)
        await world.living.handle(sent)

    return act


def ticks_to(span: timedelta) -> Step:
    async def act(world: World) -> None:
        await world.tick_to(START + span)

    return act


async def propose(world: World) -> None:
    """Whoever searched may have died: then somebody else does, once the lease is over."""
    await world.living.handle(event(Pressed, "fay", "propose", "form.propose"))
    await world.living.bell.search()
    if await world.living.database.transact(_is_searched):
        world.clock.go_to(world.clock.now() + SEARCH_LEASE)
        await world.living.bell.search()


def _is_searched(tx: SqlTransaction) -> bool:
    return tx.due.at(SEARCH, "fay") is not None


async def approve(world: World) -> None:
    found = await world.living.database.transact(_open_proposal)
    if found is not None:
        await world.living.handle(event(Pressed, "fay", "approve", "form.approve", value=found))


def _open_proposal(tx: SqlTransaction) -> str | None:
    found = tx.proposals.newest("open")
    return found[0] if found else None


async def begin_round(world: World) -> None:
    await world.living.database.transact(_begin_round, world.clock.now())


def _begin_round(tx: SqlTransaction, now: datetime) -> None:
    cohort = next(iter(tx.cohorts.active()), None)
    assert cohort is not None, "no cohort was formed"
    if ROUND not in {run.id for run in tx.runs.of_cohort(cohort.id)}:
        begin_run(tx, cohort, latest("sealed-round"), RunIdentity(id=ROUND, cohort_id=cohort.id), now)


SETTING_OUT: Sequence[Step] = [joins(name) for name in SIX]
JOURNEY: Sequence[Step] = [
    propose,
    approve,
    ticks_to(timedelta(days=1)),
    begin_round,
    ticks_to(timedelta(days=1, minutes=1)),
    *(answers(name) for name in SIX if name != MISSING),
    ticks_to(timedelta(days=4, hours=1)),
]


SHORT: Sequence[Step] = [
    *JOURNEY[:2],
    begin_round,
    ticks_to(timedelta(minutes=61)),
    answers("ann"),
    ticks_to(timedelta(minutes=63)),
]
"""The same in an hour: rooms are opened, people welcomed, a round begins and somebody answers."""


@dataclass(frozen=True)
class Outcome:
    """What people have before them in the end. `queues`: what stands in each, in order, with every later edit."""

    queues: Mapping[tuple[str, str], Sequence[tuple[str, str]]]
    states: Mapping[str, int]
    doubled: Sequence[str]
    revealed: Mapping[str, int]
    """Whose sealed words stand in how many messages of each platform."""
    errors: Sequence[str] = ()


async def outcome(database: Database, ledgers: Mapping[str, Ledger]) -> Outcome:
    queue_of = await database.transact(_queues)
    queues: dict[tuple[str, str], list[tuple[str, str]]] = {}
    revealed: Counter[str] = Counter()
    for platform, ledger in ledgers.items():
        for each in ledger.accepted:
            said = ledger.final(each)
            entry = (each.key, said.model_dump_json())
            queues.setdefault((platform, queue_of.get(each.key, "?")), []).append(entry)
            revealed.update(f"{name} on {platform}" for name in SIX if f"{name} answer on" in _plain(entry[1]))
    doubled = [
        key for ledger in ledgers.values() for key, n in Counter(e.key for e in ledger.accepted).items() if n > 1
    ]
    states = await database.with_connection(outbox.counts)
    return Outcome(queues, states, doubled, dict(revealed), await database.transact(_errors))


def _plain(text: str) -> str:
    return text.replace("\\", "")


def _queues(tx: SqlTransaction) -> dict[str, str]:
    return {row[0]: row[1] for row in tx.connection.exec_driver_sql("select key, conversation from outbox")}


def _errors(tx: SqlTransaction) -> list[str]:
    return [row[0] for row in tx.connection.exec_driver_sql("select error from due where error != '' order by error")]


def check(found: Outcome, undisturbed: Outcome) -> None:
    """Nothing lost, nothing doubled, the same words in the same order, every sealed text shown once in each room."""
    assert found.doubled == []
    assert found.states == undisturbed.states
    assert found.revealed == undisturbed.revealed
    assert found.queues == undisturbed.queues
    assert found.errors == []


def lay(tx: SqlTransaction) -> None:
    """The educators are on the roster, each with an account on their platform."""
    _lay(tx)
    for number, name in enumerate(PLACES):
        roles = ("teacher", "facilitator", "operator") if name == "fay" else ("teacher",)
        lea = LEAS[number % len(LEAS)][0]
        person = Educator(
            id=name, email=f"{name}@example.org", lea_id=lea, given_name=name.title(), family_name="Lee", roles=roles
        )
        tx.people.save_educator(person)
        platform, workspace = PLACES[name]
        tx.people.link_account(Account(platform=platform, workspace=workspace, user=name, educator_id=name))


@dataclass
class Beginning:
    """Where a journey stands; from here it goes on as often as one likes."""

    file: Path
    clock: Clock
    ledgers: Mapping[str, Ledger]

    def world(self, file: Path, doors: Doors | None = None, kind: type[SqliteDatabase] = OneThread) -> World:
        """A new life over a copy of the file."""
        for old in (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")):
            old.unlink(missing_ok=True)
        shutil.copyfile(self.file, file)
        return self.world_over(lambda: kind(file, "OFF"), doors)

    def world_over(self, opened: Callable[[], Database], doors: Doors | None = None) -> World:
        clock = Clock(self.clock.now())
        ledgers = {name: ledger.copied(clock.now) for name, ledger in self.ledgers.items()}
        return World(opened, clock, ledgers, doors or Doors())


async def set_out(file: Path) -> Beginning:
    database = SqliteDatabase(file, "OFF")
    await set_out_on(database)
    await database.close()
    clock = Clock()
    world = World(lambda: SqliteDatabase(file, "OFF"), clock, platforms(clock))
    await world.live([*SETTING_OUT, ticks_to(timedelta(minutes=1))], [])
    return Beginning(file, clock, world.ledgers)


async def set_out_on(database: Database) -> None:
    await database.with_connection(upgrade)
    await database.transact(lay)
