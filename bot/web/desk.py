"""What the pages need from the rest of the house. `bot.app` gives the real thing, a test its own."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Concatenate, Protocol, TypeVar

from cohorts.events import Event, Response
from cohorts.people.model import Role
from cohorts.values import Frozen
from storage.transaction import SqlTransaction

T = TypeVar("T")


class Reader(Frozen):
    """Who looks at a page: their name, words and wall clock. `user` is theirs in the local chat."""

    user: str
    name: str
    language: str = "en"
    zone: str = "America/Chicago"
    roles: tuple[Role, ...] = ("teacher",)


class Persona(Frozen):
    """A made-up person one may become in the demo, as their card shows them."""

    user: str
    name: str
    role: Role = "teacher"
    subject: str
    lea: str
    story: str = ""
    language: str = "en"


class NextThing(Frozen):
    """What the clock comes to next, in the reader's language."""

    at: datetime
    what: str


class ClockControl(Protocol):
    """The demo's clock: it can run, stand still, and leap. `speed` is cohort seconds for one second of ours."""

    @property
    def playing(self) -> bool: ...
    @property
    def speed(self) -> float: ...
    async def play(self) -> None: ...
    async def pause(self) -> None: ...
    async def next(self) -> None:
        """To the next thing that happens; returns when it has happened."""
        ...

    async def next_thing(self, language: str) -> NextThing | None: ...


class Desk(Protocol):
    """The way from a page to the core and the database."""

    @property
    def clock(self) -> ClockControl | None:
        """None where time is the world's own."""
        ...

    @property
    def demo(self) -> bool:
        """Anybody may become any made-up person. Never true with real people in the database."""
        ...

    def now(self) -> datetime: ...
    def new_token(self) -> str:
        """Letters nobody can guess."""
        ...

    async def handle(self, event: Event) -> Response:
        """The core's answer, after its transaction. A repeat of an event's key changes nothing."""
        ...

    async def transact(self, work: Callable[Concatenate[SqlTransaction, ...], T], *args: object) -> T: ...
    async def read(self, work: Callable[Concatenate[SqlTransaction, ...], T], *args: object) -> T: ...
    async def reader(self, user: str) -> Reader | None: ...
    async def names(self, users: Iterable[str]) -> Mapping[str, str]:
        """User → the name to show; who is unknown is left out."""
        ...

    async def personas(self, language: str) -> Sequence[Persona]:
        """Everybody one may become, told in this language."""
        ...

    async def verify_link(self, token: str) -> str | None:
        """The user a sign-in link was made for; None when it is wrong, too old or used already."""
        ...


class WebSettings(Frozen):
    """`secret` signs cookies and forms; whoever knows it can be anybody. `secure`: served over https. `connects`: the
    other chats, in which somebody may be told apart by a code."""

    secret: str
    hosts: tuple[str, ...] = ()
    secure: bool = False
    connects: tuple[str, ...] = ()
