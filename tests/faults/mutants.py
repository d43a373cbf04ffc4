"""The same house with one promise broken, built from pieces handed in where the sound ones go.

Each breaks what `tests/faults` says is held; test_mutants.py shows that the suite then fails.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.dispatcher import Dispatcher, Ended
from bot.scheduler import Bell
from cohorts.events import Done, Event, Response
from cohorts.send_errors import SendUnknownError
from storage.queues.due import DueItem
from storage.queues.outbox import Claimed
from tests.faults.house import Doors, MortalChat, MortalHouse


class Hasty(Dispatcher):
    """What may have arrived is looked up at once, though the platform needs a while to show it."""

    quiet_period = timedelta()


def without_quiet_period() -> Doors:
    return Doors(dispatcher=Hasty, quiet=timedelta())


class NeverFinds(MortalChat):
    """Nobody looks: what may have arrived counts as not arrived."""

    async def find(self, *args: Any) -> str | None:
        return None


class Retries(MortalChat):
    """As a platform's own library does by default: after a reset or a 500 it sends again, by itself."""

    async def send(self, *args: Any) -> str:
        for _ in range(3):
            try:
                return await super().send(*args)
            except (SendUnknownError, ConnectionError):
                continue
        return await super().send(*args)


class AcksFirst(MortalHouse):
    """Tells the platform that it has the event, and writes it down afterwards."""

    acknowledged: set[str]

    async def handle(self, event: Event) -> Response:
        if event.key in self.acknowledged:
            return Done()  # the platform has no reason to repeat it
        self.acknowledged.add(event.key)
        return await super().handle(event)


def acking_first() -> Doors:
    known: set[str] = set()

    def house(*args: Any) -> MortalHouse:
        made = AcksFirst(*args)
        made.acknowledged = known
        return made

    return Doors(house=house)


class Trusting(Bell):
    """Does what it has taken without looking at it again in the transaction that does it."""

    async def _do_all(self, items: Sequence[DueItem], now: datetime) -> None:
        for item in items:
            await self._database.transact(self._work[item.kind], item.ref, now)


class Unfenced(Dispatcher):
    """Writes how a delivery ended, whoever has it by now."""

    def _back_off(self, claimed: Claimed, error: Exception, *, surely_not: bool) -> Ended:
        def anyway(tx: Any) -> None:
            tx.connection.exec_driver_sql(f"update outbox set state = 'pending' where id = {claimed.id}")

        return Ended(claimed, "retry", anyway)
