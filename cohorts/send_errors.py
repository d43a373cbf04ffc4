"""How what was to be sent fares when it does not go through. Every platform says it in these words."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal


class SendFailedError(Exception):
    """The platform refused for good: trying again cannot help."""


class RoomClosedError(SendFailedError):
    """The conversation takes nothing from us any more: it is archived, deleted, or we were taken out of it."""


class ConversationGoneError(RoomClosedError):
    """The platform knows no such conversation, or none that we are in: nothing was sent."""


class NotInvitedError(SendFailedError):
    """Everything was done, but these people cannot come into the conversation."""

    def __init__(self, conversation: str, users: Sequence[str], why: str) -> None:
        super().__init__(f"{len(users)} cannot be brought into {conversation}: {why}")
        self.conversation, self.users = conversation, tuple(users)


class AccessLostError(Exception):
    """The workspace has taken our access away: nothing goes there until somebody gives it back."""


class NotSentError(Exception):
    """Surely not sent, and another try may pass: no connection, a server that answered before it did anything."""


Scope = Literal["conversation", "workspace", "platform"]


class RateLimitedError(Exception):
    """Surely not sent: the platform asks us to wait, for just this scope."""

    def __init__(self, retry_after: timedelta, scope: Scope = "conversation") -> None:
        super().__init__(f"Wait {retry_after.total_seconds():g} s ({scope}).")
        self.retry_after, self.scope = retry_after, scope


class SendUnknownError(Exception):
    """The outcome is unknown (reset, time-out): look it up before trying again."""
