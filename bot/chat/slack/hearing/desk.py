"""What listening to Slack needs from the rest of the house. `bot.slack` gives the real thing."""

from typing import Protocol

from bot.chat.words.pieces import Voice
from cohorts.events import AccountRef, Event, Notice, Place, Profile, Response
from cohorts.messages import Message


class Desk(Protocol):
    """The way to the core and the database. What comes back from `handle` and `note` is committed."""

    async def handle(self, event: Event) -> Response:
        """The core's answer. A repeat of an event's key changes nothing."""
        ...

    async def organisation(self, workspace: str) -> str:
        """The one that the installation for this workspace is of; "" where there is none."""
        ...

    async def recognise(self, account: AccountRef, profile: Profile, place: Place) -> Response:
        """What somebody unknown is told, now that Slack has said who they are."""
        ...

    async def note(self, notice: Notice) -> None: ...
    async def voice(self, account: AccountRef) -> Voice:
        """Somebody's language and zone; the house's own for somebody we do not know."""
        ...

    async def home(self, account: AccountRef) -> Message:
        """Somebody's desk as it is now."""
        ...
