"""What listening to Discord needs from the rest of the house. `bot.discord` gives the real thing."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from bot.chat.discord.custom_ids import Handles
from bot.chat.words.pieces import Voice
from cohorts.events import AccountRef, Event, Notice, Place, Response
from cohorts.messages import Form
from cohorts.values import Frozen


class Heard(Frozen):
    """What happened. `within` is where it stands if its conversation is a thread and no room of ours; `language` is
    that of who did it, as their Discord is set. `form` is the open form that was sent."""

    event: Event
    within: Place | None = None
    language: str = ""
    form: str = ""


class OpenedForm(Frozen):
    """A form that somebody has before them: Discord hands back only what is filled in, a page at a time. It is
    `account`'s for as long as that is `educator`'s."""

    id: str
    account: AccountRef
    educator: str
    form: Form
    place: Place
    values: Mapping[str, str] = {}


class Look(NamedTuple):
    """`shown`: the channel shuts out nobody of its server. `ours`: we made it."""

    shown: bool
    ours: bool


class Told(NamedTuple):
    """What the core says to it, and the voice of who did it: whoever waits needs no second look at the database."""

    response: Response | OpenedForm
    voice: Voice


class Desk(Protocol):
    """The way to the core and the database. What comes back from `handle` and `note` is committed."""

    async def handle(self, heard: Heard) -> Told:
        """The core's answer; a form is kept before it is shown. A repeat of an event's key changes nothing."""
        ...

    async def opened(self, form: str, account: AccountRef) -> OpenedForm | None:
        """None for a form that was sent, is too old or somebody else's, be it that they were somebody else then."""
        ...

    async def fill(self, opened: OpenedForm) -> None:
        """Keeps what is filled in so far."""
        ...

    async def note(self, notice: Notice) -> None: ...
    async def let_in(self, workspace: str) -> None:
        """A server has us: what was held for it goes out."""
        ...

    async def closed_rooms(self, workspace: str) -> Sequence[str]:
        """Conversations of cohorts in this server that were found closed to us."""
        ...

    async def open_again(self, workspace: str, conversation: str) -> None:
        """Discord shows us this room again; what waited for it goes out."""
        ...

    async def rooms(self, workspace: str) -> Collection[str]:
        """Conversations of cohorts in this server."""
        ...

    async def watch(self, workspace: str, conversation: str, look: Look) -> None:
        """A room as Discord tells of it now: one that everybody may look into is closed again."""
        ...

    async def knows(self, account: AccountRef) -> bool: ...
    async def voice(self, account: AccountRef, language: str) -> Voice:
        """Somebody's language and zone; for somebody we do not know that language, if we speak it."""
        ...

    async def keep(self, handles: Handles) -> None: ...
