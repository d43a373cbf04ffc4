"""What changes in the local chat is heard at once, in order and once, in whichever process it was written."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from bot.chat.local.adapter import LocalChat
from bot.chat.local.feed import Feed
from bot.chat.local.people import PeopleChat
from bot.web.live import Told, changes_for
from cohorts.messages import Message
from storage import chat
from storage.database import Database, PostgresDatabase, open_database
from storage.listening import ANSWER, BEAT, LONGEST, PAUSE, Change, pieces
from storage.migrate import upgrade
from tests.fakes.small_core import START
from tests.fakes.wire import wire_to

SOON = 8.0
"""Seconds in which a line that was cut is surely there again."""


@dataclass
class Process:
    """One process's half of the chat."""

    database: Database
    feed: Feed
    local: LocalChat

    @property
    def people(self) -> PeopleChat:
        return self.local.people


def begin(database: Database) -> Process:
    feed = Feed()
    database.follow(feed.hear)
    return Process(database, feed, LocalChat(database, lambda: START, feed))


@pytest.fixture
async def here(database: Database) -> Process:
    return begin(database)


@pytest.fixture
async def there(here: Process) -> AsyncIterator[Process]:
    """Another process on the same server; a file has no other."""
    if not isinstance(here.database, PostgresDatabase):
        yield here
        return
    other = open_database(here.database.url)
    yield begin(other)
    await other.close()


class Window:
    """What somebody's open page is told, by the number of each change."""

    def __init__(self, process: Process, user: str, after: int = 0) -> None:
        self.told: list[Change | Told] = []
        self._task = asyncio.create_task(self._read(process, user, after))

    async def _read(self, process: Process, user: str, after: int) -> None:
        async for change in changes_for(process.people, user, after):
            if change is not Told.NOTHING:
                self.told.append(change)

    async def has(self, *messages: str) -> None:
        """Waits until each of these messages was told, and finds each told once, in order."""
        wanted = [int(message) for message in messages]
        async with asyncio.timeout(SOON):
            while self.messages != wanted:
                assert len(self.messages) <= len(wanted), self.told
                await asyncio.sleep(0.02)

    @property
    def messages(self) -> list[int]:
        return [change.message_id for change in self.told if isinstance(change, Change) and change.message_id]

    async def close(self) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task


async def lines_of(process: Process, least: int) -> None:
    """At least so many processes listen on the server."""
    look = "select count(*) from pg_stat_activity where datname = current_database() and query like 'LISTEN%%'"
    async with asyncio.timeout(SOON):
        while await process.database.read(lambda tx: tx.connection.exec_driver_sql(look).scalar_one()) < least:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def cut_lines(process: Process) -> None:
    end = (
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and query like 'LISTEN%%'"
    )
    await process.database.with_connection(lambda opened: opened.exec_driver_sql(end).all())


async def say(process: Process, room: str, key: str) -> str:
    return await process.local.send(key, "", room, Message(text=key))


async def test_a_window_hears_what_another_process_sends(here: Process, there: Process) -> None:
    room = await here.local.open_room("r", "", "Sotol", "", ("ana",))
    window = Window(here, "ana")
    stranger = Window(here, "ben")
    if there is not here:
        await lines_of(here, 2)
    first = await say(there, room, "one")
    second = await say(there, room, "two")
    await window.has(first, second)
    assert await say(there, room, "two") == second
    await there.local.update("", room, first, Message(text="changed"))
    await window.has(first, second, first)
    await there.local.delete("", room, second)
    await window.has(first, second, first, second)
    assert stranger.messages == []  # a line that was just taken up tells everybody to look again, and names no message
    await window.close()
    await stranger.close()


async def test_what_was_not_kept_is_not_told(here: Process) -> None:
    room = await here.local.open_room("r", "", "Sotol", "", ("ana",))
    window = Window(here, "ana")

    def fail(record: chat.Record) -> None:
        chat.post(record, chat.NewPost(key="gone", room_id=room, author="ben", message=Message(text="gone")), START)
        raise LookupError

    results = await asyncio.gather(
        say(here, room, "one"),
        here.database.with_connection(fail),
        say(here, room, "two"),
        return_exceptions=True,
    )
    kept = sorted(result for result in results if isinstance(result, str))
    assert len(kept) == 2
    await window.has(*kept)
    await window.close()


async def test_whoever_wrote_at_the_same_moment_has_a_number_of_their_own(here: Process, there: Process) -> None:
    """A page asks for what came after the last number it saw: a number that is given twice is one message unseen."""
    room = await here.local.open_room("r", "", "Sotol", "", ("ana",))
    await asyncio.gather(*(say(process, room, f"{place}") for place in range(20) for process in (here, there)))
    changes = await here.people.changes_since("ana", 0)
    numbers = [change.number for change in changes]
    assert numbers == list(range(1, 21))


async def test_too_much_missed_is_looked_at_anew(here: Process) -> None:
    room = await here.local.open_room("r", "", "Sotol", "", ("ana",))

    def talk(record: chat.Record) -> None:
        for place in range(201):
            post = chat.NewPost(key=f"{place}", room_id=room, author="ben", message=Message(text="x"))
            chat.post(record, post, START)

    await here.database.with_connection(talk)
    window = Window(here, "ana")
    async with asyncio.timeout(SOON):
        while not window.told:  # noqa: ASYNC110 - a window does not tell
            await asyncio.sleep(0.02)
    assert window.told == [Told.EVERYTHING]
    last = await say(here, room, "after")
    await window.has(last)
    await window.close()


@pytest.mark.postgres
@pytest.mark.xdist_group("postgres")
async def test_what_was_said_while_the_line_was_cut_is_told_once(postgres_server: Any) -> None:
    postgres_server.psql("CREATE DATABASE cut_line;")
    url = postgres_server.get_uri("cut_line")
    reading, writing = open_database(url), open_database(url)
    await writing.with_connection(upgrade)
    here, there = begin(reading), Process(writing, Feed(), LocalChat(writing, lambda: START, Feed()))
    room = await here.local.open_room("r", "", "Sotol", "", ("ana",))
    window = Window(here, "ana")
    try:
        await lines_of(there, 1)
        said = [await say(there, room, "before")]
        await window.has(*said)
        await cut_lines(there)
        said += [await say(there, room, f"meanwhile {place}") for place in range(3)]
        await lines_of(there, 1)
        said.append(await say(there, room, "after"))
        await window.has(*said)
        assert Told.ROOMS in window.told
    finally:
        await window.close()
        await reading.close()
        await writing.close()


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.postgres
@pytest.mark.xdist_group("postgres")
async def test_a_line_that_fell_silent_is_taken_up_again(postgres_server: Any) -> None:
    """A machine between us and the server forgets the line, and tells neither side."""
    postgres_server.psql("CREATE DATABASE silent_line;")
    url = make_url(postgres_server.get_uri("silent_line"))
    writing = open_database(url.render_as_string(hide_password=False))
    await writing.with_connection(upgrade)
    async with wire_to(Path(str(url.query["host"])) / ".s.PGSQL.5432") as wire:
        through = url.set(host="127.0.0.1", port=wire.port, query={})
        reading = PostgresDatabase(through.render_as_string(hide_password=False), answer=timedelta(seconds=2))
        here, there = begin(reading), Process(writing, Feed(), LocalChat(writing, lambda: START, Feed()))
        room = await there.local.open_room("r", "", "Sotol", "", ("ana",))
        window = Window(here, "ana")
        try:
            await lines_of(there, 1)
            said = [await say(there, room, "before")]
            await window.has(*said)
            wire.fall_silent()
            said.append(await say(there, room, "meanwhile"))
            await asyncio.sleep(BEAT + 2 * ANSWER + PAUSE)  # tried, given up, hung up, called again
            await window.has(*said)
        finally:
            await window.close()
            await reading.close()
            await writing.close()


def test_what_is_told_fits_however_many_it_is_for() -> None:
    audience = tuple(f"educator-{number:05}" for number in range(5000))
    change = Change(number=7, room_id="r", message_id=3, audience=audience)
    texts = list(pieces(change))
    assert all(len(text.encode()) <= LONGEST for text in texts)
    assert [user for text in texts for user in json.loads(text)["audience"]] == list(audience)
    assert {Change.model_validate_json(text).number for text in texts} == {7}
