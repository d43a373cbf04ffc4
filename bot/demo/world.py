"""The demo's world: time goes from one thing that happens to the next, and the made-up people live in it."""

import heapq
from collections.abc import Mapping
from datetime import datetime

from bot.app import House
from storage.queues import agenda
from storage.queues.notes import LAST_TICK, note

from .actors import Actors
from .clock import START, DemoClock
from .door import LocalDoor
from .people import DemoPerson
from .plans import Plan, own_plans, plans_after


class World:
    """Steps through time. Everything it knows it can read again from the database: a kill loses nothing.

    `played` are people a real person plays now: they do nothing by themselves.
    """

    def __init__(self, house: House, clock: DemoClock, people: Mapping[str, DemoPerson], weeks: int, seed: int) -> None:
        self._house, self._clock, self._people, self._seed = house, clock, people, seed
        self._door = LocalDoor(house)
        self.actors = Actors(self._door, people, seed)
        self.played: set[str] = set()
        self._plans: list[tuple[datetime, str, Plan]] = []
        self._planned: set[str] = set()
        for person in people.values():
            for plan in own_plans(person, START.date(), weeks, seed):
                self._add(plan)

    async def resume(self) -> None:
        """Take up where the database says that time stood."""
        kept = await self._house.database.transact(lambda tx: note(tx.connection, LAST_TICK))
        if kept:
            self._clock.move_to(datetime.fromisoformat(kept))
        now = self._clock.now()
        # The local chat shows at once what it has.
        await self._house.database.transact(agenda.end_leases, now)
        await self._listen()
        # Time went from plan to plan: whatever was planned for before now has had its turn.
        self._plans = [planned for planned in self._plans if planned[0] >= now]
        heapq.heapify(self._plans)

    async def next_at(self) -> datetime | None:
        """The instant of the next thing that happens; None when nothing more will."""
        due = await self._house.database.transact(lambda tx: agenda.next_due(tx.connection))
        planned = self._plans[0][0] if self._plans else None
        return min((at for at in (due, planned) if at is not None), default=None)

    async def next_what(self) -> tuple[datetime, str, str] | None:
        """When the next thing happens, its kind (`run`, `digest`, `person` …), and which person does it, if any."""
        item = await self._house.database.transact(lambda tx: agenda.next_item(tx.connection))
        if self._plans and (item is None or self._plans[0][0] < item[0]):
            at, _, plan = self._plans[0]
            return at, "person", self._people[plan.user].educator.name
        return (*item, "") if item else None

    def now(self) -> datetime:
        return self._clock.now()

    async def step(self, at: datetime) -> None:
        """Time goes on to `at`, and all that is to happen until then happens."""
        self._clock.move_to(at)
        now = self._clock.now()
        await self._house.bell.tick()
        await self._listen()
        while self._plans and self._plans[0][0] <= now:
            plan = heapq.heappop(self._plans)[2]
            if plan.user not in self.played and not await self._door.is_done(plan):
                await self.actors.do(plan)
                await self._door.mark_done(plan)
                await self._listen()

    async def run_until(self, end: datetime) -> None:
        while (at := await self.next_at()) is not None and at <= end:
            await self.step(at)
        await self.stand_at(end)

    async def stand_at(self, at: datetime) -> None:
        """Nothing more happens before `at`: the clock shows it, and remembers."""
        self._clock.move_to(at)
        await self._house.bell.tick()

    async def _listen(self) -> None:
        """New messages in the chat make new plans."""
        for entry in await self._door.heard():
            for plan in plans_after(entry, self._people, self._seed):
                self._add(plan)

    def _add(self, plan: Plan) -> None:
        if plan.key not in self._planned:
            self._planned.add(plan.key)
            heapq.heappush(self._plans, (plan.at, plan.key, plan))
