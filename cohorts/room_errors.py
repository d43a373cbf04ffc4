"""How a conversation itself can stand in the way of what was to go there."""

from collections.abc import Sequence

from .ports import SendFailedError


class RoomClosedError(SendFailedError):
    """The conversation takes nothing from us any more: it is archived, deleted, or we were taken out of it."""


class NotInvitedError(SendFailedError):
    """Everything was done, but these people cannot come into the conversation."""

    def __init__(self, conversation: str, users: Sequence[str], why: str) -> None:
        super().__init__(f"{len(users)} cannot be brought into {conversation}: {why}")
        self.conversation, self.users = conversation, tuple(users)
