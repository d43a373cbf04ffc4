"""How made-up people meet a simulated platform."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar, TypeVarTuple

from bot.demo.plans import Heard, Plan
from cohorts.events import AccountRef, Event, Response, Whisper
from cohorts.usecases.receive import receive
from storage.database import Database
from storage.transaction import SqlTransaction

from .workspace import Workspace

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class SimulatedDoor:
    """`bot.demo.door.Door` on a workspace. What people do is answered at once; what follows comes when it comes."""

    def __init__(self, database: Database, chat: Workspace, workspace: str, now: Callable[[], datetime]) -> None:
        self._database, self._chat = database, chat
        self._workspace, self._now = workspace, now
        self._tried: set[str] = set()
        self.acted: dict[str, list[datetime]] = {}
        """When each person did something."""
        self.events = 0

    def account(self, user: str) -> AccountRef:
        return AccountRef(platform=self._chat.platform, workspace=self._workspace, user=user)

    def direct(self, user: str) -> str:
        return f"direct/{user}"

    async def heard(self) -> Sequence[Heard]:
        return self._chat.take_news()

    async def handle(self, event: Event) -> Response:
        now, user = self._now(), event.account.user
        self.events += 1
        self._tried.add(event.key)
        self.acted.setdefault(user, []).append(now)
        response = await self._database.transact(receive, event, now)
        if isinstance(response, Whisper):
            self._chat.whisper(f"whisper {event.key}", user, event.place.conversation, response.message)
        return response

    async def is_done(self, plan: Plan) -> bool:
        gone = bool(plan.room) and plan.user not in self._chat.people_in(plan.room)
        return gone or not self._tried.isdisjoint((plan.key, f"{plan.deed_id}/send"))

    async def mark_done(self, plan: Plan) -> None:
        self._tried.add(plan.key)

    async def look(self, work: Callable[[SqlTransaction, *Ts], T], *args: *Ts) -> T:
        return await self._database.read(work, *args)
