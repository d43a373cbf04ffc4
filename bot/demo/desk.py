"""The demo's desk: anybody may become a made-up person, and the clock can be moved."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from bot.app import House
from bot.desk import HouseDesk
from bot.scheduler import KINDS
from bot.web.desk import NextThing, Persona
from cohorts.events import Arrived, Event, Response
from cohorts.people.names import tidy_lea
from cohorts.ports import Transaction
from cohorts.words import say

from .people import DemoPerson
from .world import World

SPEED = 7200.0
"""Cohort seconds for one second of ours: two hours, so that a school week passes in about a minute."""
BEAT = 0.5
_TOLD = {*KINDS, "delivery", "person"}
"""There are words for these; the database may also hold work of another version."""


class DemoClockControl:
    """Plays, pauses, and leaps to the next thing that happens. One move at a time."""

    speed = SPEED

    def __init__(self, world: World) -> None:
        self._world = world
        self._playing: asyncio.Task[None] | None = None
        self._moving = asyncio.Lock()

    @property
    def playing(self) -> bool:
        return self._playing is not None

    async def play(self) -> None:
        if self._playing is None:
            self._playing = asyncio.create_task(self._play())

    async def pause(self) -> None:
        playing, self._playing = self._playing, None
        if playing:
            async with self._moving:  # a move under way is finished, not cut
                playing.cancel()

    async def next(self) -> None:
        async with self._moving:
            at = await self._world.next_at()
            if at is not None:
                await self._world.step(at)

    async def next_thing(self, language: str) -> NextThing | None:
        what = await self._world.next_what()
        if what is None:
            return None
        at, kind, name = what
        told = kind if kind in _TOLD else "other"
        return NextThing(at=at, what=say(language, f"demo.next.{told}", name=name))

    async def _play(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            async with self._moving:
                await self._world.run_until(self._world.now() + timedelta(seconds=BEAT * SPEED))


class DemoDesk(HouseDesk):
    demo = True

    def __init__(self, house: House, secret: str, world: World, people: Sequence[DemoPerson]) -> None:
        super().__init__(house, secret)
        self.clock = DemoClockControl(world)
        self._world, self._people = world, people

    async def handle(self, event: Event) -> Response:
        """What a real person does in the demo; whoever they play does nothing by themselves from then on."""
        if not isinstance(event, Arrived):  # looking is not yet playing
            self._world.played.add(event.account.user)
        return await self._house.handle(event)

    async def personas(self, language: str) -> Sequence[Persona]:
        leas = await self._house.database.read(_lea_names)
        return [_persona(person, leas.get(person.educator.lea_id, ""), language) for person in self._people]


def _lea_names(tx: Transaction) -> dict[str, str]:
    return {lea.id: tidy_lea(lea.name) for lea in tx.people.leas()}


def _persona(person: DemoPerson, lea: str, language: str) -> Persona:
    return Persona(
        user=person.educator.id,
        name=person.educator.name,
        role=person.habit if person.habit in ("facilitator", "operator") else "teacher",
        subject=person.subject,
        lea=lea,
        story=say(language, f"demo.story.{person.habit}"),
        language=person.educator.language,
    )
