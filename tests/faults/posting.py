"""One journey of deliveries after the other through the real outbox, to a fake platform.

A room is opened and filled, written in, answered in its threads, changed, taken back, emptied and closed; somebody is
written to alone. The journey is made again for each call, with this one call disturbed, by the same process and by one
that takes over and remembers nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.dispatcher import Dispatcher
from cohorts.messages import Message, Section
from cohorts.people.model import Account, Cohort, Educator, Lea, Member
from cohorts.ports import Chat, Delivery
from storage.database import Database
from storage.queues import outbox
from storage.transaction import SqlTransaction
from tests.scenarios.town import Clock

PEOPLE = ("ann", "ben", "cam")
LONG = " ".join(f"Sentence {number} of a long message." for number in range(700))
STEPS: Sequence[Mapping[str, object]] = (
    {"verb": "open_room", "key": "room", "name": "Sotol", "topic": "Waiting longer", "people": ("ann", "cam")},
    {"verb": "send", "key": "header", "text": "Header", "name": "Round"},
    {"verb": "send", "key": "reply", "text": "Reply", "thread": "header"},
    {"verb": "send", "key": "long", "text": LONG, "thread": "header"},
    {"verb": "send", "key": "wrong", "text": "Wrong"},
    {"verb": "send", "key": "wrong reply", "text": "Wrong, too", "thread": "header"},
    {"verb": "update", "key": "newer", "text": "Header, newer", "about": "header"},
    {"verb": "update", "key": "newer reply", "text": "Reply, newer", "about": "reply"},
    {"verb": "delete", "key": "back", "about": "wrong"},
    {"verb": "delete", "key": "reply back", "about": "wrong reply"},
    {"verb": "add_people", "key": "ben comes", "people": ("ben",)},
    {"verb": "remove_people", "key": "cam goes", "people": ("cam",)},
    {"verb": "send", "key": "alone", "text": "To you alone"},
    {"verb": "close_room", "key": "end", "text": "The last word"},
)


class Platform(Protocol):
    """A fake one, and what is left there."""

    place: tuple[str, str]
    """Platform and workspace."""

    @property
    def faults(self) -> Any: ...
    @property
    def calls(self) -> Sequence[Any]: ...
    def chat(self) -> Chat:
        """One that remembers nothing."""
        ...

    def comes(self, name: str) -> str:
        """Somebody new there; their id."""
        ...

    async def advance(self) -> None:
        """The clock has moved."""
        ...

    async def mend(self, post: "Post") -> None:
        """What an operator mends, between two tries."""
        ...

    def left(self, number: int, users: Mapping[str, str]) -> object:
        """What stands in the room of this journey, who is in it, and what it told ann."""
        ...


@dataclass
class Post:
    """Whoever takes over knows what the database knows, and no more."""

    platform: Platform
    database: Database
    clock: Clock
    users: dict[str, str] = field(default_factory=dict)
    workers: int = 0
    dispatcher: Dispatcher = field(init=False)

    def __post_init__(self) -> None:
        self.take_over()

    def take_over(self) -> None:
        self.workers += 1
        chats = {self.platform.place[0]: self.platform.chat()}
        self.dispatcher = Dispatcher(self.database, chats, self.clock.now, f"worker-{self.workers}")

    async def journey(self, number: int, *, successor: bool = False) -> None:
        """From the room that opens to the one that is closed, however long it takes. A `successor` takes over once the
        fault is met."""
        self.users = {name: self.platform.comes(f"{name} {number}") for name in PEOPLE}
        await self.database.transact(_begin, number, self.platform.place, self.users, self.clock.now())
        while (at := await self._next()) is not None:
            self.clock.go_to(max(at, self.clock.now() + timedelta(milliseconds=1)))
            await self.platform.advance()
            await self.dispatcher.deliver_due()
            if successor and not self.platform.faults.left:
                successor = False
                self.take_over()

    async def _next(self) -> datetime | None:
        await self.platform.mend(self)
        return await self.dispatcher.next_at()

    def left(self, number: int) -> str:
        """The same words for each journey."""
        return str(self.platform.left(number, self.users)).replace(f" {number}'", "'")


async def disturb_each_call(post: Post, fault: object, *, successor: bool) -> None:
    """In the end all of it stands there once, whichever call it was. The first journey makes what all have together."""
    await post.journey(0)
    wanted, before = post.left(0), len(post.platform.calls)
    await post.journey(1)
    for number in range(2, len(post.platform.calls) - before + 2):
        post.platform.faults.add(fault, skip=number - 2)
        await post.journey(number, successor=successor)
        assert post.platform.faults.left == 0
        assert (number, post.left(number)) == (number, wanted)
    assert set(await post.database.with_connection(outbox.counts)) == {"sent"}


def lay(tx: SqlTransaction) -> None:
    tx.people.save_lea(Lea(id="4800001", name="Presidio", state="TX", zone="America/Chicago"))


def _begin(tx: SqlTransaction, number: int, place: tuple[str, str], users: Mapping[str, str], now: datetime) -> None:
    platform, workspace = place
    for name, user in users.items():
        facts = {"id": f"{name}-{number}", "given_name": name, "family_name": "Lee", "lea_id": "4800001"}
        tx.people.save_educator(Educator.model_validate(facts | {"email": f"{name}-{number}@x.org"}))
        tx.people.link_account(
            Account(platform=platform, workspace=workspace, user=user, educator_id=f"{name}-{number}")
        )
    cohort = Cohort(
        id=f"sotol-{number}",
        name="Sotol",
        microcredential_id="m",
        language="en",
        facilitator_id="",
        members=tuple(Member(educator_id=f"{name}-{number}") for name in PEOPLE),
        formed_at=now,
    )
    tx.cohorts.save(cohort)
    for step in STEPS:
        named = dict(step)
        text = str(named.pop("text", ""))
        numbered = {known: f"{named[known]} {number}" for known in ("key", "about", "thread", "name") if known in named}
        facts = {
            "platform": platform,
            "workspace": workspace,
            "conversation": f"dm:ann-{number}" if step["key"] == "alone" else f"cohort:{cohort.id}",
            "purpose": "reply",
            "not_before": now,
            "message": _message(text, number) if text else None,
            "people": tuple(users[one] for one in named.pop("people", ())),
        }
        facts |= named | numbered
        tx.outbox.enqueue(Delivery.model_validate(facts), now)


def _message(text: str, number: int) -> Message:
    said = f"{text} {number}"
    return Message(text=said, blocks=(Section(text=said),))
