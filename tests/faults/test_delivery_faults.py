"""A platform that fails in every way: one message each, in order, and a dead letter where it refused for good."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.local.adapter import LocalChat
from bot.chat.local.feed import Feed
from bot.dispatcher import BACKOFF, Dispatcher
from bot.scheduler import Bell
from cohorts.messages import Message, Section
from cohorts.people.model import Account
from cohorts.send_errors import AccessLostError, SendFailedError, SendUnknownError
from cohorts.usecases.tell import Note, tell, tell_account, tell_room
from storage.queues import agenda
from tests.scenarios.town import SIX, Town, open_town, spoken

Fault = Callable[[], Exception]


class Trouble(LocalChat):
    """The local chat behind a bad line: each message's first sends fail, before or after the chat has it."""

    def __init__(self, town: Town, error: Fault, *, after: bool, times: int) -> None:
        super().__init__(town.house.database, town.clock.now, Feed())
        self.error, self.after, self.times = error, after, times
        self.tried: dict[str, int] = {}

    async def send(self, key: str, workspace: str, conversation: str, message: Message, thread: str = "") -> str:
        self.tried[key] = self.tried.get(key, 0) + 1
        if self.tried[key] > self.times:
            return await super().send(key, workspace, conversation, message, thread)
        if self.after:
            await super().send(key, workspace, conversation, message, thread)
        raise self.error()


class Revoked(LocalChat):
    """One of its workspaces has taken our access away."""

    async def send(self, key: str, workspace: str, conversation: str, message: Message, thread: str = "") -> str:
        if workspace == "other":
            raise AccessLostError("token_revoked")
        return await super().send(key, workspace, conversation, message, thread)


def note(key: str) -> Note:
    return Note(key=key, message=Message(text=key, blocks=(Section(text=key),)))


async def deliver(town: Town, chat: LocalChat, until: timedelta = timedelta(hours=2)) -> None:
    """Rings whenever something is due, by this chat alone."""
    dispatcher = Dispatcher(town.house.database, {chat.platform: chat}, town.clock.now)
    bell = Bell(town.house.database, dispatcher, town.clock.now)
    end = town.clock.now() + until
    await bell.tick()
    while (at := await town.ask(lambda tx: agenda.next_due(tx.connection))) is not None and at <= end:
        town.clock.go_to(at)
        await bell.tick()


async def told(town: Town, keys: Iterable[str]) -> None:
    """In ann's own conversation and in her cohort's room, one after the other."""
    (cohort,) = await town.ask(lambda tx: tx.cohorts.every())
    for key in keys:
        await town.change(lambda tx, key=key: tell(tx, "ann", note(f"dm-{key}"), town.clock.now()))
        await town.change(lambda tx, key=key: tell_room(tx, cohort, note(f"room-{key}"), town.clock.now()))


async def landed(town: Town, kind: str) -> list[str]:
    return [entry.message.text for entry in await town.heard() if entry.message.text.startswith(f"{kind}-")]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    "error", [lambda: SendUnknownError("reset"), lambda: ConnectionError("reset")], ids=["unknown", "any"]
)
@pytest.mark.parametrize("times", [1, 3])
async def test_whatever_fails_each_message_arrives_once_and_in_order(
    tmp_path: Path, error: Fault, after: bool, times: int
) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(1)
        await told(town, "abcd")
        await deliver(town, Trouble(town, error, after=after, times=times))
        assert await landed(town, "dm") == ["dm-a", "dm-b", "dm-c", "dm-d"]
        assert await landed(town, "room") == ["room-a", "room-b", "room-c", "room-d"]
        assert set((await town.states()).values()) == {"sent"}


async def test_what_the_platform_refuses_is_a_dead_letter_and_the_next_goes_on(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(1)
        await told(town, "a")
        await deliver(town, Trouble(town, lambda: SendFailedError("gone"), after=False, times=99))
        await told(town, "b")
        await deliver(town, town.house.local)
        states = await town.states()
        assert states["dm-a@local/local"] == states["room-a@local/local"] == "dead"
        assert await landed(town, "dm") == ["dm-b"]
        assert await landed(town, "room") == ["room-b"]


async def test_what_never_works_is_given_up_after_the_last_try(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(1)
        await told(town, "a")
        chat = Trouble(town, lambda: TimeoutError("slow"), after=False, times=99)
        await deliver(town, chat, timedelta(hours=30))
        assert {chat.tried["dm-a@local/local"], chat.tried["room-a@local/local"]} == {len(BACKOFF) + 1}
        assert (await town.states())["dm-a@local/local"] == "dead"
        await town.pass_days(1)
        read = [spoken(message) for message in await town.seen("fay")]
        (told_of,) = [text for text in read if "could not be delivered" in text]  # both, at the next slot
        assert "delivered to Ann Lee" in told_of
        assert f"delivered to {(await town.cohort('ann')).name}" in told_of


FAILURES = [
    (lambda: TimeoutError("slow"), "did not answer for most of a day", "no respondió durante casi todo un día"),
    (
        lambda: SendFailedError("channel_not_found"),
        "the room or the person is not there",
        "la sala o la persona no está",
    ),
]


@pytest.mark.parametrize(("error", "english", "spanish"), FAILURES, ids=["away", "refused"])
async def test_why_nothing_came_is_told_in_plain_words_in_ones_own_language(
    tmp_path: Path, error: Callable[[], Exception], english: str, spanish: str
) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.settle_in("olga", roles=("operator",), language="es")
        await town.arrive("olga")
        await town.pass_days(1)
        await town.change(lambda tx: tell(tx, "ann", note("dm-a"), town.clock.now()))
        await deliver(town, Trouble(town, error, after=False, times=99), timedelta(hours=30))
        await town.pass_days(1)
        for name, words in (("fay", english), ("olga", spanish)):
            read = await town.reads(name)
            assert words in read
            assert not any(raw in read for raw in ("TimeoutError", "Error", "channel_not_found", "slow"))


async def test_an_operator_hears_elsewhere_that_a_workspace_takes_our_access_away(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.settle_in("olga", "oscar", roles=("operator",))
        here = Account(platform="local", workspace="other", user="olga", educator_id="olga")
        await town.change(lambda tx: tx.people.link_account(here))
        await town.change(lambda tx: tell_account(tx, here, note("dm-a"), town.clock.now(), "reply"))
        await town.change(lambda tx: tell_account(tx, here, note("dm-b"), town.clock.now(), "reply"))
        await deliver(town, Revoked(town.house.database, town.clock.now, Feed()))
        assert (await town.states())["dm-a@local/other"] == (await town.states())["dm-b@local/other"] == "pending"
        await town.pass_days(1)
        told_of = [text for text in map(spoken, await town.seen("olga")) if "local/other" in text]
        assert len(told_of) == 1
        assert "local/other" not in await town.reads("ann")


async def test_a_word_about_a_word_that_failed_is_not_written(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(1)
        await town.change(lambda tx: tell(tx, "ann", note("dm-card"), town.clock.now(), "facilitator"))
        await deliver(town, Trouble(town, lambda: TimeoutError("slow"), after=False, times=99))
        await town.pass_days(1)
        assert "could not be delivered" not in await town.reads("fay")


async def test_a_reply_goes_at_once_though_something_waits_for_the_morning(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.tick_to(town.clock.now().replace(hour=4) + timedelta(days=1))
        await town.change(lambda tx: tell(tx, "ann", note("dm-card"), town.clock.now(), "facilitator"))
        await town.change(lambda tx: tell(tx, "ann", note("dm-reply"), town.clock.now()))
        await town.house.dispatcher.deliver_due()
        assert await landed(town, "dm") == ["dm-reply"]
        await town.pass_days(1)
        assert await landed(town, "dm") == ["dm-reply", "dm-card"]
