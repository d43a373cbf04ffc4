"""One delivery to its platform's chat. The only caller of a chat."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol, runtime_checkable

from cohorts.live_ports import Host, LiveEvent
from cohorts.messages import Message
from cohorts.ports import Chat, Delivery
from cohorts.send_errors import ConversationGoneError, NotInvitedError, SendFailedError
from cohorts.usecases.ask_facilitator import tell_of_uninvited
from cohorts.usecases.meet_tell import event_of
from cohorts.usecases.room_state import closed_by, mark_open, room_subject
from storage.database import Database
from storage.queues.conversations import keep_conversation
from storage.queues.outbox import Claimed
from storage.transaction import SqlTransaction


@runtime_checkable
class NamesThreads(Protocol):
    """A chat in which a thread has a name."""

    async def name_thread(self, conversation: str, message_id: str, name: str) -> None:
        """The thread of this message is called so from the beginning. Raises nothing: what matters is sent."""
        ...


class Sender:
    """Does what a delivery says, or looks whether it is done already."""

    def __init__(self, database: Database, chats: Mapping[str, Chat], now: Callable[[], datetime]) -> None:
        self._database, self._chats, self._now = database, chats, now

    async def send(self, claimed: Claimed) -> str:
        """The platform's id of what was sent, "" where there is none. Raises what the chat raises.

        A direct conversation that the platform does not find is opened anew, once.
        """
        delivery = claimed.delivery
        chat = self._chats.get(delivery.platform)
        if chat is None:
            raise SendFailedError(f"No chat is connected for {delivery.platform}.")
        try:
            return await self._bring(chat, claimed)
        except NotInvitedError as error:
            await self._database.transact(_tell_of_uninvited, delivery, error, self._now())
            return ""

    async def _bring(self, chat: Chat, claimed: Claimed) -> str:
        delivery = claimed.delivery
        if delivery.verb == "open_room":
            return await self._open_room(chat, delivery)
        if not claimed.room:
            return await self._say(chat, claimed, await self._open_direct(chat, delivery))
        try:
            return await self._say(chat, claimed, claimed.room)
        except ConversationGoneError:
            if delivery.verb != "send" or not _is_direct(delivery):
                raise
        afresh = claimed._replace(thread="")  # a thread is where its conversation is
        return await self._say(chat, afresh, await self._open_direct(chat, delivery))

    async def find(self, claimed: Claimed) -> str | None:
        """The platform's id of a message whose outcome is unknown; None when it is not there."""
        delivery = claimed.delivery
        chat = self._chats.get(delivery.platform)
        if chat is None or not claimed.room:
            return None
        since = delivery.not_before  # nothing goes earlier
        try:
            return await chat.find(delivery.key, delivery.workspace, claimed.room, claimed.thread, since)
        except ConversationGoneError:
            if not _is_direct(delivery):
                raise
            return None

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
            case "close_room" if delivery.message:
                await chat.close_room(delivery.key, delivery.workspace, room, delivery.message)
            case "event":
                await self._show(chat, delivery, room)
            case "send" if delivery.message:
                return await self._write(chat, claimed, room, delivery.message)
            case _:
                raise SendFailedError(f"{delivery.key}: there is nothing to {delivery.verb}.")
        return ""

    async def _write(self, chat: Chat, claimed: Claimed, room: str, message: Message) -> str:
        delivery = claimed.delivery
        sent = await chat.send(delivery.key, delivery.workspace, room, message, claimed.thread)
        if delivery.name and isinstance(chat, NamesThreads):
            await chat.name_thread(room, sent, delivery.name)
        return sent

    async def _show(self, chat: Chat, delivery: Delivery, room: str) -> None:
        """The meeting as it is now, however old the delivery: to do so again does no more."""
        if not isinstance(chat, Host):
            return
        event = await self._database.transact(event_of, delivery.name, self._now())
        if isinstance(event, LiveEvent):
            await chat.show_event(delivery.workspace, room, event)
        elif event == "ended":
            await chat.end_event(delivery.workspace, room, delivery.name)

    async def _open_room(self, chat: Chat, delivery: Delivery) -> str:
        try:
            room = await chat.open_room(
                delivery.key, delivery.workspace, delivery.name, delivery.topic, delivery.people
            )
        except NotInvitedError as error:
            await self._database.transact(_keep_room, delivery, error.conversation, self._now())
            raise
        await self._database.transact(_keep_room, delivery, room, self._now())
        return room

    async def _open_direct(self, chat: Chat, delivery: Delivery) -> str:
        """A direct conversation is opened when it is first needed; a room must be there already."""
        if not _is_direct(delivery):
            raise SendFailedError(f"{delivery.conversation} has no room on {delivery.platform}.")
        educator_id = delivery.conversation.split(":")[1]
        named = next(iter(delivery.people), "")
        user = named or await self._database.transact(_user, delivery, educator_id)
        room = await chat.open_direct(delivery.workspace, user)
        await self._database.transact(_keep, delivery, room)
        if not named:
            await self._database.transact(
                _keep, delivery.model_copy(update={"conversation": f"dm:{educator_id}"}), room
            )
        return room


def _is_direct(delivery: Delivery) -> bool:
    """Somebody's own, and so ours to open."""
    return delivery.conversation.startswith("dm:")


def _keep(tx: SqlTransaction, delivery: Delivery, room: str) -> None:
    keep_conversation(tx.connection, delivery.platform, delivery.workspace, delivery.conversation, room)


def _keep_room(tx: SqlTransaction, delivery: Delivery, room: str, now: datetime) -> None:
    """What was just opened is open, whatever was told of it before."""
    _keep(tx, delivery, room)
    if closed_by(tx, known := room_subject(delivery.platform, delivery.workspace, room)):
        mark_open(tx, known, now)


def _tell_of_uninvited(tx: SqlTransaction, delivery: Delivery, error: NotInvitedError, now: datetime) -> None:
    room = room_subject(delivery.platform, delivery.workspace, error.conversation)
    tell_of_uninvited(tx, delivery, room, error.users, now)


def _user(tx: SqlTransaction, delivery: Delivery, educator_id: str) -> str:
    for account in tx.people.accounts(educator_id):
        if (account.platform, account.workspace) == (delivery.platform, delivery.workspace):
            return account.user
    raise SendFailedError(f"{educator_id} has no account on {delivery.platform}.")
