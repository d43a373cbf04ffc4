"""One network lives through its weeks: the product's own use cases, bell and dispatcher, on a simulated platform."""

import asyncio
import heapq
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bot.demo.actors import Actors
from bot.demo.clock import START
from bot.demo.network import lay_network
from bot.demo.people import DemoPerson, chance
from bot.demo.plans import Plan, own_plans, plans_after
from bot.dispatcher import Dispatcher
from bot.scheduler import Bell
from cohorts.values import Frozen
from storage.inline import InlineDatabase
from storage.queues import due

from .counting import count
from .door import SimulatedDoor
from .figures import Figures
from .loop import LeapingLoop, LoopClock
from .platform import WEATHER
from .workspace import Workspace

AFTER = timedelta(days=21)
"""How long after the last week it looks on: breaks and late people take their time."""
LISTENS = timedelta(minutes=55)
"""Whatever people read, they do nothing about it sooner than this."""
OWNER = "simulator"


class Patient(Dispatcher):
    """Nobody but this loop changes its clock or its database, so it need not look before it is told."""

    longest_silence = timedelta(days=1)


class Town(Frozen):
    """A network to simulate: its people in one workspace of their own. `faults` is a name in WEATHER."""

    number: int
    educators: int
    weeks: int
    platform: str
    seed: int
    faults: str

    @property
    def own_seed(self) -> int:
        return chance(self.seed, "town", str(self.number))


ChatMaker = Callable[..., Workspace]


def live_through(town: Town, chat: ChatMaker = Workspace) -> Figures:
    """All its weeks, as fast as they go. The same town gives the same figures."""
    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        return runner.run(_live(town, chat))


async def _live(town: Town, make_chat: ChatMaker) -> Figures:
    clock = LoopClock(asyncio.get_running_loop(), START)
    database = InlineDatabase()
    try:
        chat = make_chat(
            town.platform,
            clock.now,
            faults=WEATHER[town.faults],
            seed=town.own_seed,
            keeps_keys=town.platform != "slack",
        )
        dispatcher = Patient(database, {town.platform: chat}, clock.now, OWNER)
        life = Life(town, database, dispatcher, chat, clock)
        end = START + timedelta(weeks=town.weeks) + AFTER
        await life.run(end)
        return await database.read(count, chat, life.door, end)
    finally:
        await database.close()


class Life:
    """Time goes from one thing that happens to the next; people live in it."""

    def __init__(
        self, town: Town, database: InlineDatabase, dispatcher: Dispatcher, chat: Workspace, clock: LoopClock
    ) -> None:
        self._town, self._database, self._dispatcher, self._clock = town, database, dispatcher, clock
        self._seed = town.own_seed
        self._bell = Bell(database, dispatcher, clock.now)
        self.door = SimulatedDoor(database, chat, f"T{town.number}", clock.now)
        self._people: Mapping[str, DemoPerson] = {}
        self._plans: list[tuple[datetime, str, Plan]] = []
        self._planned: set[str] = set()
        self._next_due: datetime | None = None
        self._is_stirred = True
        """Something was written down since the database was last asked what is due next."""

    async def run(self, end: datetime) -> None:
        place = (self._town.platform, f"T{self._town.number}")
        people = await self._database.transact(lay_network, self._town.educators, self._seed, place)
        self._people = {person.educator.id: person for person in people}
        for person in people:
            for plan in own_plans(person, START.date(), self._town.weeks, self._seed):
                self._add(plan)
        self._database.listen(self._stir)
        sending = asyncio.create_task(self._dispatcher.run())
        actors = Actors(self.door, self._people, self._seed)
        while (now := self._clock.now()) < end:
            await self._ring(now)
            await self._hear()
            await self._act(actors, now)
            await self._rest(end)
        await self._dispatcher.stop(sending)

    def _stir(self) -> None:
        self._is_stirred = True
        self._dispatcher.wake()

    async def _ring(self, now: datetime) -> None:
        """The bell rings when something is due, as it does in a house: there it is set to that instant."""
        due_at = await self._due_at()
        if due_at is not None and due_at <= now:
            await self._bell.do_due()
            self._is_stirred = True

    async def _due_at(self) -> datetime | None:
        if self._is_stirred:
            self._is_stirred = False
            self._next_due = await self._database.transact(lambda tx: due.next_at(tx.connection))
        return self._next_due

    async def _hear(self) -> None:
        for heard in await self.door.heard():
            for plan in plans_after(heard, self._people, self._seed):
                self._add(plan)

    async def _act(self, actors: Actors, now: datetime) -> None:
        while self._plans and self._plans[0][0] <= now:
            plan = heapq.heappop(self._plans)[2]
            if not await self.door.is_done(plan):
                await actors.do(plan)
                await self.door.mark_done(plan)
                await self._hear()

    async def _rest(self, end: datetime) -> None:
        """Until something is due or somebody wants to do something; what is said meanwhile is heard in time."""
        planned = [self._plans[0][0]] if self._plans else []
        next_due = await self._due_at()
        now = self._clock.now()
        wakes = min((*planned, *filter(None, (next_due,)), now + LISTENS, end))
        await asyncio.sleep(max(0.0, (wakes - now) / timedelta(seconds=1)))

    def _add(self, plan: Plan) -> None:
        if plan.key not in self._planned:
            self._planned.add(plan.key)
            heapq.heappush(self._plans, (plan.at, plan.key, plan))
