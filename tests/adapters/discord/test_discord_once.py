"""Whatever becomes of the answer, a message stands in Discord once; and threads sleep without anything being lost."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.chat.discord.api.rooms import RoomStyle
from bot.chat.discord.ids import channel_of, spots_of
from cohorts.messages import Message, Section
from cohorts.send_errors import RateLimitedError, SendUnknownError
from tests.contract.discord_fake import FakeTown, open_town
from tests.fakes.discord.faults import Garbage, RateLimited, Reset, ServerError

CREATE = "POST /channels/{channel_id}/messages"
POST = "POST /channels/{channel_id}/threads"
HELLO = Message(text="hello")
LONG = Message(text="long", blocks=(Section(text="This is a sentence that is long enough. " * 300),))
FAULTS = [
    pytest.param(Reset("after"), id="reset after"),
    pytest.param(Reset("before"), id="reset before"),
    pytest.param(ServerError("after", 502), id="502 after"),
    pytest.param(ServerError("before", 500), id="500 before"),
    pytest.param(Garbage(), id="garbage"),
]
Broken = Reset | ServerError | Garbage


@pytest.fixture
async def fake() -> AsyncIterator[FakeTown]:
    async with open_town() as town:
        yield town


async def open_room(fake: FakeTown, style: RoomStyle | None = None) -> str:
    return await fake.chat(style).open_room("r1", fake.guild, "Sotol", "", [fake.users["ana"]])


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("message", [HELLO, LONG], ids=["one part", "several"])
async def test_sent_again_within_minutes_it_is_one_message(fake: FakeTown, fault: Broken, message: Message) -> None:
    room = await open_room(fake)
    fake.discord.faults.add(fault, CREATE)
    with pytest.raises(SendUnknownError):
        await fake.chat().send("k1", fake.guild, room, message)
    sent = await fake.chat().send("k1", fake.guild, room, message)
    assert [one["id"] for one in fake.messages(room)] == [spot.message for spot in spots_of(sent)]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("style", ["channel", "forum"])
async def test_hours_later_it_is_looked_for_and_is_one_message(fake: FakeTown, fault: Broken, style: str) -> None:
    """Discord has forgotten the nonce by then; a forum's posts never had one."""
    style_of = RoomStyle(kind="forum") if style == "forum" else RoomStyle()
    room = await open_room(fake, style_of)
    began = datetime.fromtimestamp(fake.discord.clock.now(), UTC)
    fake.discord.faults.add(fault, POST if style == "forum" else CREATE)
    with pytest.raises(SendUnknownError):
        await fake.chat(style_of).send("k1", fake.guild, room, HELLO)
    await fake.discord.advance(3 * 3600)
    later = fake.chat(style_of)
    sent = await later.find("k1", fake.guild, room, since=began)
    sent = sent or await later.send("k1", fake.guild, room, HELLO)
    where = fake.posts(room) if style == "forum" else [room]
    assert [one["id"] for channel in where for one in fake.messages(channel)] == [spots_of(sent)[0].message]


async def test_too_fast_is_told_once_and_nothing_was_sent(fake: FakeTown) -> None:
    room = await open_room(fake)
    fake.discord.faults.add(RateLimited(30.0), CREATE)
    with pytest.raises(RateLimitedError) as caught:
        await fake.chat().send("k1", fake.guild, room, HELLO)
    assert caught.value.retry_after == timedelta(seconds=30)
    assert len(fake.discord.called(CREATE)) == 1
    assert fake.messages(room) == []


async def test_a_round_goes_on_after_its_thread_has_slept(fake: FakeTown) -> None:
    room, chat = await open_room(fake), fake.chat()
    root = await chat.send("root", fake.guild, room, HELLO)
    first = await chat.send("k1", fake.guild, room, HELLO, root)
    thread = spots_of(first)[0].channel
    await fake.discord.advance(8 * 24 * 3600)
    assert fake.server.find(thread).archived
    later = fake.chat()
    await later.update(fake.guild, room, first, Message(text="changed"))
    assert not fake.server.find(thread).archived
    await fake.discord.advance(8 * 24 * 3600)
    second = await later.send("k2", fake.guild, room, Message(text="again"), root)
    assert spots_of(second)[0].channel == thread
    assert not fake.server.find(thread).archived
    assert len(fake.server.threads(room)) == 1


async def test_a_thread_somebody_locked_is_written_in_and_stays_locked(fake: FakeTown) -> None:
    room, chat = await open_room(fake), fake.chat()
    root = await chat.send("root", fake.guild, room, HELLO)
    thread = spots_of(await chat.send("k1", fake.guild, room, HELLO, root))[0].channel
    fake.server.archives(thread, locked=True)
    await fake.chat().send("k2", fake.guild, room, HELLO, root)
    assert len(fake.server.messages(thread)) == 2
    assert fake.server.find(thread).locked


async def test_the_header_of_a_post_that_sleeps_is_edited_in_its_place(fake: FakeTown) -> None:
    style = RoomStyle(kind="forum")
    room, chat = await open_room(fake, style), fake.chat(style)
    header = await chat.send("root", fake.guild, room, HELLO)
    (post,) = fake.posts(room)
    assert header == f"{post}/{post}"
    await fake.discord.advance(30 * 24 * 3600)
    await fake.chat(style).update(fake.guild, room, header, Message(text="2 of 6"))
    assert [one["components"][0]["content"] for one in fake.messages(post)] == ["2 of 6"]


async def test_nobody_is_called_by_anything_that_is_said(fake: FakeTown) -> None:
    room = await open_room(fake)
    await fake.chat().send("k1", fake.guild, room, Message(text=f"@everyone <@{fake.users['ana']}> <@&{fake.guild}>"))
    (said,) = fake.server.messages(channel_of(room))
    assert said.pinged == []
    assert not said.mention_everyone
