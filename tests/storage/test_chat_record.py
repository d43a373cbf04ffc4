"""Nobody sees, of the local chat, what is not theirs to see."""

import sqlite3
from collections.abc import AsyncIterator, Iterable
from contextlib import closing
from pathlib import Path

import pytest

from bot.chat.local.adapter import LocalChat
from bot.chat.local.feed import Feed
from bot.chat.local.people import NotYoursError, PeopleChat
from cohorts.messages import Message
from cohorts.ports import MissingError
from storage.database import SqliteDatabase
from tests.fakes.files import fresh_database
from tests.fakes.small_core import START

SECRET = "what Ana wrote"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    opened = fresh_database(tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
def local(database: SqliteDatabase) -> LocalChat:
    return LocalChat(database, lambda: START, Feed())


@pytest.fixture
def people(local: LocalChat) -> PeopleChat:
    return local.people


async def open_room(local: LocalChat, *people: str) -> str:
    return await local.open_room("r1", "", "Sotol", "", people)


def whole(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def everything(people: PeopleChat, user: str, room: str, ids: Iterable[int]) -> str:
    """All that a user can get out of the chat by any question there is, as one text."""
    found: list[object] = [await people.rooms(user), await people.page(user, room), await people.changes_since(user, 0)]
    for one in ids:
        for question in (people.message, people.thread):
            try:
                found.append(await question(user, room, one))
            except MissingError:
                continue
    return repr(found)


async def test_a_stranger_sees_nothing_and_can_do_nothing(local: LocalChat, people: PeopleChat) -> None:
    room = await open_room(local, "ana", "ben")
    root = await people.post("ana", room, "k1", SECRET)
    reply = await people.post("ben", room, "k2", f"re: {SECRET}", root)
    seen = await everything(people, "eve", room, (root, reply))
    assert SECRET not in seen
    assert room not in seen
    for attempt in (
        people.room("eve", room),
        people.people("eve", room),
        people.post("eve", room, "k3", "hi"),
        people.whisper("eve", room, "e", Message(text="hi")),
        people.edit("eve", room, root, "mine now"),
        people.delete("eve", room, root),
    ):
        with pytest.raises(MissingError):
            await attempt


async def test_who_left_sees_nothing_any_more_and_reads_on_when_back(local: LocalChat, people: PeopleChat) -> None:
    room = await open_room(local, "ana", "ben")
    first = await people.post("ana", room, "k1", SECRET)
    await people.mark_read("ben", room, first)
    await local.remove_people("", room, ["ben"])
    later = await people.post("ana", room, "k2", SECRET)
    assert SECRET not in await everything(people, "ben", room, (first, later))
    await people.mark_read("ben", room, later)
    await local.add_people("", room, ["ben"])
    assert [(seen.unread, seen.read_to) for seen in await people.rooms("ben")] == [(1, first)]


async def test_a_whisper_has_one_reader(local: LocalChat, people: PeopleChat) -> None:
    room = await open_room(local, "ana", "ben")
    whisper = await people.whisper("ana", room, "event-1", Message(text=SECRET))
    assert await people.whisper("ana", room, "event-1", Message(text=SECRET)) == whisper
    assert SECRET in await everything(people, "ana", room, (whisper,))
    assert SECRET not in await everything(people, "ben", room, (whisper,))
    assert [seen.unread for seen in await people.rooms("ben")] == [0]
    with pytest.raises(MissingError):
        await people.post("ben", room, "k1", "in reply to what I cannot see", whisper)
    with pytest.raises(MissingError):
        await people.delete("ben", room, whisper)
    with pytest.raises(NotYoursError):
        await people.edit("ana", room, whisper, "never said that")
    await people.delete("ana", room, whisper)
    assert (await people.page("ana", room)).messages == ()


async def test_words_are_changed_by_their_author_alone(local: LocalChat, people: PeopleChat) -> None:
    room = await open_room(local, "ana", "ben")
    mine = await people.post("ana", room, "k1", SECRET)
    bots = int(await local.send("k2", "", room, Message(text="from the bot")))
    for other in (mine, bots):
        with pytest.raises(NotYoursError):
            await people.edit("ben", room, other, "not what was said")
        with pytest.raises(NotYoursError):
            await people.delete("ben", room, other)
    await people.edit("ana", room, mine, "better")
    await people.delete("ana", room, mine)
    assert SECRET not in await everything(people, "ben", room, (mine,))
    with pytest.raises(MissingError):
        await people.edit("ana", room, mine, "back again")


async def test_a_message_is_only_in_its_own_room(local: LocalChat, people: PeopleChat) -> None:
    room = await open_room(local, "ana", "ben")
    other = await local.open_room("r2", "", "Yucca", "", ["eve"])
    mine = await people.post("ana", room, "k1", SECRET)
    assert SECRET not in await everything(people, "eve", other, (mine,))
    with pytest.raises(MissingError):
        await people.post("eve", other, "k2", "reply from outside", mine)


async def test_unread_counts_what_others_said_and_one_can_see(local: LocalChat, people: PeopleChat) -> None:
    room = await open_room(local, "ana", "ben")
    ids = [await people.post("ana", room, f"k{number}", "hello") for number in range(3)]
    await people.post("ben", room, "mine", "my own")
    await people.delete("ana", room, ids[0])
    await people.whisper("ana", room, "e", Message(text="only for Ana"))
    assert [seen.unread for seen in await people.rooms("ben")] == [2]
    await people.mark_read("ben", room, ids[1])
    await people.mark_read("ben", room, ids[0])
    assert [(seen.unread, seen.read_to) for seen in await people.rooms("ben")] == [(1, ids[1])]


async def test_pages_go_back_without_a_gap(local: LocalChat, people: PeopleChat) -> None:
    room = await open_room(local, "ana")
    ids = [await people.post("ana", room, f"k{number}", str(number)) for number in range(7)]
    newest = await people.page("ana", room, None, 3)
    before = await people.page("ana", room, newest.messages[0].id, 3)
    first = await people.page("ana", room, before.messages[0].id, 3)
    assert [one.id for page in (first, before, newest) for one in page.messages] == ids
    assert [page.earlier for page in (newest, before, first)] == [True, True, False]


async def test_what_was_missed_comes_in_order_and_once(local: LocalChat, people: PeopleChat) -> None:
    room = await open_room(local, "ana", "ben")
    first = await people.post("ana", room, "k1", "one")
    since = await people.last_change()
    second = await people.post("ana", room, "k2", "two")
    await people.edit("ana", room, first, "one, better")
    await people.whisper("ana", room, "e", Message(text="not for Ben"))
    assert [one.message_id for one in await people.changes_since("ben", since)] == [second, first]


async def test_deleted_words_are_nowhere_in_the_file(
    local: LocalChat, people: PeopleChat, database: SqliteDatabase, tmp_path: Path
) -> None:
    room = await open_room(local, "ana")
    mine = await people.post("ana", room, "k1", "unmistakable-words-here")
    await people.delete("ana", room, mine)
    await database.close()
    assert b"unmistakable" not in whole(tmp_path)


async def test_deleted_words_are_gone_from_the_log_too(tmp_path: Path, local: LocalChat, people: PeopleChat) -> None:
    room = await open_room(local, "ana")
    one = await people.post("ana", room, "k1", SECRET)
    assert SECRET.encode() in whole(tmp_path)
    await people.delete("ana", room, one)
    assert SECRET.encode() not in whole(tmp_path)


async def test_what_is_being_read_meanwhile_is_wiped_with_the_next_change(
    tmp_path: Path, database: SqliteDatabase, local: LocalChat, people: PeopleChat
) -> None:
    room = await open_room(local, "ana")
    one = await people.post("ana", room, "k1", SECRET)
    with closing(sqlite3.connect(tmp_path / "cohortium.db")) as reader:
        reader.execute("begin")
        reader.execute("select count(*) from chat_message").fetchone()
        await people.delete("ana", room, one)
        assert SECRET.encode() in whole(tmp_path)
    await people.post("ana", room, "k2", "something else")
    assert SECRET.encode() not in whole(tmp_path)
