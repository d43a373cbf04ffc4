"""Outbox → platform: claim, look again, send, settle. The only caller of a chat."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from cohorts.ports import Chat, Delivery, SendFailedError, SendUnknownError
from cohorts.usecases.ask_facilitator import tell_of_failure
from cohorts.usecases.check_delivery import check_delivery
from storage import claims
from storage.claims import Claimed
from storage.database import Database
from storage.transaction import SqlTransaction

log = structlog.get_logger()

LEASE = timedelta(seconds=60)
QUIET_PERIOD = timedelta(seconds=5)
"""How long an unknown outcome rests before it is looked up: longer than the slowest platform takes to show it."""
BACKOFF = (
    timedelta(seconds=2),
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
)
BATCH = 100


class Dispatcher:
    """Delivers what is in the outbox to each platform's chat, in order in every conversation."""

    def __init__(
        self,
        database: Database,
        chats: Mapping[str, Chat],
        now: Callable[[], datetime],
        owner: str = "worker",
    ) -> None:
        self._database, self._chats, self._now, self._owner = database, chats, now, owner

    async def deliver_due(self) -> int:
        """Everything that may go now, until nothing is left; returns how many deliveries were handled."""
        handled = 0
        while True:
            taken, batch = await self._database.transact(self._claim)
            if not taken:
                return handled
            # One for each conversation, so they cannot overtake one another; different conversations may.
            await asyncio.gather(*(self._deliver(claimed) for claimed in batch))
            handled += len(batch)

    def _claim(self, tx: SqlTransaction) -> tuple[int, Sequence[Claimed]]:
        """How many are ours for the lease, and those of them that may go, looked at in the same transaction."""
        now = self._now()
        taken = claims.claim(tx.connection, self._owner, now, LEASE, BATCH)
        return len(taken), [claimed for claimed in taken if claimed.unknown or self._may_go(tx, claimed, now)]

    def _may_go(self, tx: SqlTransaction, claimed: Claimed, now: datetime) -> bool:
        verdict = check_delivery(tx, claimed.delivery, now)
        if verdict.what == "wait" and verdict.at:
            claims.wait(tx.connection, claimed, self._owner, verdict.at)
        if verdict.what == "drop":
            claims.bury(tx.connection, claimed, self._owner, verdict.why, now)
            log.info("dropped", key=claimed.delivery.key, why=verdict.why)
        return verdict.what == "go"

    async def _deliver(self, claimed: Claimed) -> None:
        try:
            sent = await self._send(claimed)
        except SendFailedError as error:
            await self._bury(claimed, str(error))
        except SendUnknownError as error:
            await self._later(claims.doubt, claimed, str(error), QUIET_PERIOD)
        except Exception as error:  # noqa: BLE001 - one platform's trouble must not stop the others
            await self._give_up_or_retry(claimed, error)
        else:
            await self._settle(claims.settle, claimed, sent)

    async def _send(self, claimed: Claimed) -> str:
        """Brings one delivery to its platform and returns the platform's id ("" where there is none)."""
        delivery = claimed.delivery
        chat = self._chats.get(delivery.platform)
        if chat is None:
            raise SendFailedError(f"No chat is connected for {delivery.platform}.")
        if delivery.verb == "open_room":
            return await self._open_room(chat, delivery)
        room = claimed.room or await self._open_direct(chat, delivery)
        if claimed.unknown and delivery.verb == "send":
            known = await chat.find(delivery.key, delivery.workspace, room)
            if known:
                return known
        return await self._say(chat, claimed, room)

    async def _say(self, chat: Chat, claimed: Claimed, room: str) -> str:
        delivery = claimed.delivery
        match delivery.verb:
            case "update" if delivery.message and claimed.about:
                await chat.update(delivery.workspace, room, claimed.about, delivery.message)
            case "delete" if claimed.about:
                await chat.delete(delivery.workspace, room, claimed.about)
            case "add_people":
                await chat.add_people(delivery.workspace, room, delivery.people)
            case "remove_people":
                await chat.remove_people(delivery.workspace, room, delivery.people)
            case "send" if delivery.message:
                return await chat.send(delivery.key, delivery.workspace, room, delivery.message, claimed.thread)
            case _:
                raise SendFailedError(f"{delivery.key}: there is nothing to {delivery.verb}.")
        return ""

    async def _open_room(self, chat: Chat, delivery: Delivery) -> str:
        room = await chat.open_room(delivery.key, delivery.workspace, delivery.name, delivery.topic, delivery.people)
        await self._keep(delivery, room)
        return room

    async def _open_direct(self, chat: Chat, delivery: Delivery) -> str:
        """A direct conversation is opened when it is first needed; a room must be there already."""
        kind, educator_id, *_ = delivery.conversation.split(":")
        if kind != "dm":
            raise SendFailedError(f"{delivery.conversation} has no room on {delivery.platform}.")
        user = await self._database.transact(_user, delivery, educator_id)
        room = await chat.open_direct(delivery.workspace, user)
        await self._keep(delivery, room)
        await self._keep(delivery.model_copy(update={"conversation": f"dm:{educator_id}"}), room)
        return room

    async def _keep(self, delivery: Delivery, room: str) -> None:
        await self._database.transact(_keep, delivery, room)

    async def _settle(self, how: Callable[..., bool], claimed: Claimed, word: str) -> None:
        now = self._now()
        await self._database.transact(lambda tx: how(tx.connection, claimed, self._owner, word, now))

    async def _bury(self, claimed: Claimed, error: str) -> None:
        """It cannot be delivered: a dead letter, and somebody is told."""
        log.warning("dead_letter", key=claimed.delivery.key, error=error)
        await self._settle(claims.bury, claimed, error)
        await self._database.transact(tell_of_failure, claimed.delivery, error, self._now())

    async def _later(self, how: Callable[..., bool], claimed: Claimed, error: str, span: timedelta) -> None:
        until = self._now() + span
        await self._database.transact(lambda tx: how(tx.connection, claimed, self._owner, error, until))

    async def _give_up_or_retry(self, claimed: Claimed, error: Exception) -> None:
        log.warning("send_failed", key=claimed.delivery.key, attempt=claimed.attempts + 1, error=type(error).__name__)
        if claimed.attempts + 1 >= len(BACKOFF):
            await self._bury(claimed, type(error).__name__)
        else:
            await self._later(claims.retry, claimed, type(error).__name__, BACKOFF[claimed.attempts])


def _keep(tx: SqlTransaction, delivery: Delivery, room: str) -> None:
    claims.keep_conversation(tx.connection, delivery.platform, delivery.workspace, delivery.conversation, room)


def _user(tx: SqlTransaction, delivery: Delivery, educator_id: str) -> str:
    for account in tx.people.accounts(educator_id):
        if (account.platform, account.workspace) == (delivery.platform, delivery.workspace):
            return account.user
    raise SendFailedError(f"{educator_id} has no account on {delivery.platform}.")
