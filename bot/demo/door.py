"""How the made-up people meet a chat: what reaches them, what they press and send, and what they tried before."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar, TypeVarTuple

from bot.app import House
from bot.chat.local.ids import BOT, PLATFORM, WORKSPACE, direct_id, whisper_key
from cohorts.events import AccountRef, Event, Response, Whisper
from cohorts.ports import Transaction
from cohorts.usecases.receive import receive
from storage import chat
from storage.chat_journal import heard_since
from storage.transaction import SqlTransaction

from .plans import Heard, Plan

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

TRIES = "demo"
"""Where the inbox remembers what the made-up people have tried."""


class Door(Protocol):
    """One chat, as the people in it use it. Users are those of the chat's accounts."""

    def account(self, user: str) -> AccountRef: ...

    def direct(self, user: str) -> str:
        """The conversation of this user with the bot."""
        ...

    async def heard(self) -> Sequence[Heard]:
        """What was said since this was last asked, in order."""
        ...

    async def handle(self, event: Event) -> Response:
        """What somebody does. What is answered for their eyes alone is shown to them, and returned too."""
        ...

    async def is_done(self, plan: Plan) -> bool:
        """Tried before, or done by an earlier try; or its room was left since."""
        ...

    async def mark_done(self, plan: Plan) -> None: ...

    async def look(self, work: Callable[[SqlTransaction, *Ts], T], *args: *Ts) -> T:
        """What somebody would see on their own pages, read without a change."""
        ...


class LocalDoor:
    """The local chat. What was tried stands in the database, so that a kill forgets nothing."""

    def __init__(self, house: House) -> None:
        self._house, self._heard = house, 0

    def account(self, user: str) -> AccountRef:
        return AccountRef(platform=PLATFORM, workspace=WORKSPACE, user=user)

    def direct(self, user: str) -> str:
        return direct_id(user)

    async def heard(self) -> Sequence[Heard]:
        news = await self._house.database.transact(lambda tx: heard_since(tx.connection, self._heard))
        self._heard = max((entry.number for entry in news), default=self._heard)
        return [Heard(**entry.model_dump(exclude={"number", "author", "only_for"})) for entry in news]

    async def handle(self, event: Event) -> Response:
        response = await self._house.database.transact(_receive_and_show, event, self._house.now())
        await self._house.dispatcher.deliver_due()
        return response

    async def is_done(self, plan: Plan) -> bool:
        return await self._house.database.transact(_is_done, plan)

    async def mark_done(self, plan: Plan) -> None:
        await self._house.database.transact(_mark_done, plan, self._house.now())

    async def look(self, work: Callable[[SqlTransaction, *Ts], T], *args: *Ts) -> T:
        return await self._house.database.read(work, *args)


def _receive_and_show(tx: SqlTransaction, event: Event, now: datetime) -> Response:
    """What is whispered is shown in the event's own transaction: said once, a kill in between would lose it."""
    response = receive(tx, event, now)
    if isinstance(response, Whisper):
        user, room = event.account.user, event.place.conversation
        if room == direct_id(user):
            chat.open_room(tx.connection, chat.Room(id=room, kind="direct", name="Cohortium"), (user,), now)
        if user in chat.people_in(tx.connection, room):  # somebody who left the room meanwhile sees no answer there
            new = {"key": whisper_key(event.key), "room_id": room, "author": BOT, "only_for": user}
            chat.post(tx.connection, chat.NewPost(**new, message=response.message), now)
    return response


def _is_done(tx: SqlTransaction, plan: Plan) -> bool:
    if plan.room and plan.user not in chat.people_in(tx.connection, plan.room):
        return True
    tried = tx.inbox.received(TRIES, plan.key)
    return tried or tx.inbox.received(f"{PLATFORM}/{WORKSPACE}", f"{plan.deed_id}/send")


def _mark_done(tx: Transaction, plan: Plan, now: datetime) -> None:
    tx.inbox.receive(TRIES, plan.key, now)
