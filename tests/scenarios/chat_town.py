"""A house behind a fake chat, and the clock that both live by: what towns of every platform have in common."""

from datetime import datetime, timedelta
from typing import Protocol

from bot.app import House
from cohorts.people.model import Educator
from storage.queues import agenda
from storage.transaction import SqlTransaction
from tests.scenarios.town import LEAS, SIX, Clock, Town


class Fake(Protocol):
    async def advance(self, seconds: float) -> None: ...


class ChatTown:
    """`inside` is the house as the browser's people have it."""

    def __init__(self, fake: Fake, house: House, clock: Clock) -> None:
        self._fake, self.house, self.clock = fake, house, clock
        self.inside = Town(house, clock)

    async def settle(self) -> None:
        """All that may go now is sent, as fast as the platform lets us."""
        while True:
            await self.house.dispatcher.deliver_due()
            at = await self.house.dispatcher.next_at()
            if at is None or at > self.clock.now() + timedelta(minutes=2):
                return
            self.clock.go_to(max(at, self.clock.now() + timedelta(milliseconds=1)))
            await self._fake.advance(0)

    async def tick_to(self, until: datetime) -> None:
        while (at := await self.inside.ask(lambda tx: agenda.next_due(tx.connection))) is not None and at <= until:
            self.clock.go_to(at)
            await self._fake.advance(0)
            await self.house.bell.do_due()
            await self.settle()
        self.clock.go_to(until)
        await self._fake.advance(0)
        await self.house.bell.do_due()
        await self.settle()


def put_on_roster(tx: SqlTransaction) -> None:
    """Six people whom no chat knows yet."""
    for number, name in enumerate(SIX):
        facts = {"id": name, "email": f"{name}@example.org", "lea_id": LEAS[number % len(LEAS)][0]}
        tx.people.save_educator(Educator(given_name=name.title(), family_name="Lee", **facts))
