"""Each call that brings something to Slack goes wrong once, in every way: in the end all of it stands there once.

A room is opened and filled, written in, answered in its threads, changed, taken back, emptied and closed; somebody is
written to alone. The journey is made again for each call, with this one call disturbed, by the same process and by one
that takes over and remembers nothing.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.app import ready_database
from bot.chat.slack.adapter import SlackChat
from bot.dispatcher import Dispatcher
from bot.settings import Settings
from cohorts.messages import Message, Section
from cohorts.people.model import Account, Cohort, Educator, Lea, Member
from cohorts.ports import Delivery
from storage.database import Database
from storage.queues import outbox, workspaces
from storage.transaction import SqlTransaction
from tests.fakes.slack.faults import Fault, Garbage, Lost, RateLimited, Refused, Reset, Revoked, ServerError, Slow
from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.world import BOT_SCOPES
from tests.fakes.slack.world import Message as Said
from tests.fakes.small_core import START
from tests.scenarios.town import Clock

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

PEOPLE = ("ann", "ben", "cam")
LONG = " ".join(f"Sentence {number} of a long message." for number in range(700))
PATIENCE = aiohttp.ClientTimeout(total=0.4)
"""So long an answer that never comes is waited for here; whoever waits too short only has to look it up."""
FAULTS: Sequence[Fault] = (
    RateLimited(1),
    ServerError("before"),
    ServerError("after"),
    Reset("before"),
    Reset("after"),
    Garbage(),
    Refused("internal_error"),
    Lost(),
    Slow(3),
    Revoked(),
)
STEPS: Sequence[Mapping[str, object]] = (
    {"verb": "open_room", "key": "room", "name": "Sotol", "topic": "Waiting longer", "people": ("ann", "cam")},
    {"verb": "send", "key": "header", "text": "Header"},
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
CALLED = {
    "chat.delete",
    "chat.postMessage",
    "chat.update",
    "conversations.archive",
    "conversations.create",
    "conversations.history",
    "conversations.invite",
    "conversations.kick",
    "conversations.open",
    "conversations.replies",
    "conversations.setPurpose",
    "conversations.setTopic",
}


@dataclass
class Post:
    """Deliveries of one journey after the other, through the real outbox, to the fake Slack."""

    slack: FakeSlack
    database: Database
    session: aiohttp.ClientSession
    clock: Clock
    users: dict[str, str] = field(default_factory=dict)
    token: str = ""
    workers: int = 0
    dispatcher: Dispatcher = field(init=False)

    def __post_init__(self) -> None:
        self.take_over()

    def take_over(self) -> None:
        """By a worker that knows what the database knows, and no more."""

        async def token(_workspace: str) -> str | None:
            return self.token

        self.workers += 1
        chat = SlackChat(token, self.session, self.slack.base_url)
        self.dispatcher = Dispatcher(self.database, {"slack": chat}, self.clock.now, f"worker-{self.workers}")

    async def journey(self, number: int, *, successor: bool = False) -> None:
        """From the room that opens to the one that is closed, however long it takes. A `successor` takes over once the
        fault is met."""
        self.users = {name: self.slack.workspace("T1").user(f"{name} {number}").id for name in PEOPLE}
        await self.database.transact(_begin, number, self.users, self.clock.now())
        while (at := await self._next()) is not None:
            self.clock.go_to(max(at, self.clock.now() + timedelta(milliseconds=1)))
            await self.slack.advance(0)
            await self.dispatcher.deliver_due()
            if successor and not self.slack.faults.left:
                successor = False
                self.take_over()

    async def _next(self) -> datetime | None:
        """Whoever lost the tokens gets others, an hour later."""
        if await self.database.with_connection(workspaces.lost):
            self.clock.go_to(self.clock.now() + timedelta(hours=1))
            self.token = self.slack.workspace("T1").grant(BOT_SCOPES.split())
            await self.database.transact(lambda tx: workspaces.regain(tx.connection, ("slack", "T1")))
        return await self.dispatcher.next_at()

    def left(self, number: int) -> object:
        """What stands in the room, who is in it, and what this journey told ann."""
        team = self.slack.workspace("T1").team
        (room,) = [one for one in team.channels.values() if one.purpose == f"Sotol {number}"]
        (direct,) = [one for one in team.channels.values() if one.kind == "im" and self.users["ann"] in one.members]
        names = {user: name for name, user in self.users.items()}
        members = sorted(names[user] for user in room.members if user in names)
        alone = [one.text for one in _for_all(direct.messages)]
        said = [(one.text, _thread(room.messages, one), _parts(one)) for one in _for_all(room.messages)]
        return said, members, room.archived, room.topic, alone


def _for_all(messages: Mapping[str, Said]) -> Sequence[Said]:
    return [one for one in messages.values() if not one.subtype]


def _thread(messages: Mapping[str, Said], one: Said) -> str:
    return messages[one.thread_ts].text if one.thread_ts else ""


def _parts(one: Said) -> object:
    return (one.metadata or {}).get("event_payload", {}).get("part")


def _begin(tx: SqlTransaction, number: int, users: Mapping[str, str], now: datetime) -> None:
    for name, user in users.items():
        facts = {"id": f"{name}-{number}", "given_name": name, "family_name": "Lee", "lea_id": "4800001"}
        tx.people.save_educator(Educator.model_validate(facts | {"email": f"{name}-{number}@x.org"}))
        tx.people.link_account(Account(platform="slack", workspace="T1", user=user, educator_id=f"{name}-{number}"))
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
            "platform": "slack",
            "workspace": "T1",
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


def _lay(tx: SqlTransaction) -> None:
    tx.people.save_lea(Lea(id="4800001", name="Presidio", state="TX", zone="America/Chicago"))


@asynccontextmanager
async def open_post(folder: Path) -> AsyncIterator[Post]:
    clock = Clock(START)
    settings = Settings(data=folder, _env_file=None)  # type: ignore[call-arg]
    async with (
        FakeSlack(now=lambda: clock.now().timestamp()) as slack,
        ready_database(settings, "OFF") as database,
        aiohttp.ClientSession(timeout=PATIENCE) as session,
    ):
        slack.subscribed = frozenset()
        token = slack.workspace("T1").token
        await database.transact(_lay)
        yield Post(slack, database, session, clock, token=token)


async def test_the_journey_makes_every_call_that_brings_something(tmp_path: Path) -> None:
    async with open_post(tmp_path) as post:
        await post.journey(1)
        assert {call.method for call in post.slack.calls} == CALLED
        said, members, *_ = post.left(1)  # type: ignore[misc]
        assert members == ["ann", "ben"]
        assert [text for text, thread, _ in said if not thread] == ["Header, newer 1", "The last word 1"]


@pytest.mark.parametrize("successor", [False, True], ids=["goes-on", "taken-over"])
@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_whichever_call_goes_wrong_all_of_it_stands_there_once(
    tmp_path: Path, fault: Fault, successor: bool
) -> None:
    async with open_post(tmp_path) as post:
        await post.journey(0)
        calls, wanted = len(post.slack.calls), _plain(post.left(0), 0)
        for number in range(1, calls + 1):
            post.slack.faults.add(fault, skip=number - 1)
            await post.journey(number, successor=successor)
            assert post.slack.faults.left == 0
            assert _plain(post.left(number), number) == wanted, f"call {number}"
        assert set(await post.database.with_connection(outbox.counts)) == {"sent"}


def _plain(left: object, number: int) -> str:
    return str(left).replace(f" {number}'", "'")
