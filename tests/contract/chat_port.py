"""What every adapter of the Chat port promises, whatever platform is behind it.

A platform's test file subclasses `ChatPortContract` and gives the fixture `chat`: the adapter, and a way to read back
what a person sees. A platform that cannot be read back offline gives a recording fake of its server.
"""

from collections.abc import Sequence
from typing import Protocol

import pytest

from cohorts.messages import (
    Block,
    Button,
    Buttons,
    Context,
    Divider,
    Facts,
    Message,
    Progress,
    Section,
    moment,
    quote_person,
)
from cohorts.ports import Chat
from cohorts.send_errors import SendFailedError
from tests.fakes.small_core import START

W = "local"


class Reading(Protocol):
    """An adapter and the eyes of the people in its rooms."""

    @property
    def chat(self) -> Chat: ...
    async def seen(self, user: str, conversation: str, thread: str = "") -> Sequence[tuple[str, Message | None]]:
        """(id, message) in the order this person sees them; None where one was deleted. Nothing for a stranger."""
        ...


EVERYTHING: tuple[Block, ...] = (
    Section(text=f"**Week 1** opens {moment(START)}\n\n{quote_person('I *wonder* <b>why</b>')}"),
    Context(text="Everybody in this room sees this."),
    Facts(rows=(("Step", "Meet and choose"), ("Time", "30 minutes"))),
    Progress(label="2 of 6 have answered", done=2, total=6),
    Divider(),
    Buttons(
        items=(
            Button(label="Answer", action="step.open", value="run-1", style="primary"),
            Button(label="Not this week", action="step.skip", value="run-1", style="danger"),
            Button(label="The rubric", action="", url="https://example.org/rubric"),
        )
    ),
)


class ChatPortContract:
    async def test_the_same_key_is_one_message(self, reading: Reading) -> None:
        room = await open_room(reading)
        first = await reading.chat.send("k1", W, room, Message(text="once"))
        assert await reading.chat.send("k1", W, room, Message(text="once")) == first
        assert await reading.seen("ana", room) == [(first, Message(text="once"))]

    async def test_a_key_finds_its_message_and_only_that(self, reading: Reading) -> None:
        room = await open_room(reading)
        sent = await reading.chat.send("k1", W, room, Message(text="here"))
        assert await reading.chat.find("k1", W, room) == sent
        assert await reading.chat.find("k2", W, room) is None

    async def test_an_update_changes_it_in_its_place(self, reading: Reading) -> None:
        room = await open_room(reading)
        first = await reading.chat.send("k1", W, room, Message(text="old"))
        second = await reading.chat.send("k2", W, room, Message(text="after"))
        await reading.chat.update(W, room, first, Message(text="new", blocks=(Section(text="new"),)))
        await reading.chat.update(W, room, first, Message(text="new", blocks=(Section(text="new"),)))
        assert [one for one, _ in await reading.seen("ana", room)] == [first, second]
        assert (await reading.seen("ana", room))[0][1] == Message(text="new", blocks=(Section(text="new"),))

    async def test_a_deleted_message_has_no_words_left(self, reading: Reading) -> None:
        room = await open_room(reading)
        sent = await reading.chat.send("k1", W, room, Message(text="not for long"))
        await reading.chat.delete(W, room, sent)
        await reading.chat.delete(W, room, sent)
        assert [message for _, message in await reading.seen("ana", room)] in ([], [None])
        with pytest.raises(SendFailedError):
            await reading.chat.update(W, room, sent, Message(text="back"))

    async def test_a_thread_belongs_to_its_message(self, reading: Reading) -> None:
        room = await open_room(reading)
        root = await reading.chat.send("k1", W, room, Message(text="root"))
        reply = await reading.chat.send("k2", W, room, Message(text="reply"), root)
        deeper = await reading.chat.send("k3", W, room, Message(text="deeper"), reply)
        assert [one for one, _ in await reading.seen("ana", room)] == [root]
        assert [one for one, _ in await reading.seen("ana", room, root)] == [root, reply, deeper]

    async def test_opening_a_room_twice_is_one_room(self, reading: Reading) -> None:
        room = await reading.chat.open_room("r1", W, "Sotol", "Science", ["ana"])
        assert await reading.chat.open_room("r1", W, "Sotol", "Science", ["ana", "ben"]) == room
        assert await reading.chat.open_room("r2", W, "Sotol", "Science", ["ana"]) != room
        await reading.chat.send("k1", W, room, Message(text="hello"))
        assert len(await reading.seen("ben", room)) == 1

    async def test_a_person_has_one_conversation_with_the_bot(self, reading: Reading) -> None:
        direct = await reading.chat.open_direct(W, "ana")
        assert await reading.chat.open_direct(W, "ana") == direct
        assert await reading.chat.open_direct(W, "ben") != direct
        await reading.chat.send("k1", W, direct, Message(text="only for Ana"))
        assert len(await reading.seen("ana", direct)) == 1
        assert await reading.seen("ben", direct) == []

    async def test_people_come_and_go(self, reading: Reading) -> None:
        room = await open_room(reading)
        await reading.chat.send("k1", W, room, Message(text="hello"))
        assert await reading.seen("dara", room) == []
        await reading.chat.add_people(W, room, ["dara"])
        await reading.chat.add_people(W, room, ["dara"])
        assert len(await reading.seen("dara", room)) == 1
        await reading.chat.remove_people(W, room, ["dara", "nobody"])
        assert await reading.seen("dara", room) == []
        assert len(await reading.seen("ana", room)) == 1

    async def test_order_is_kept(self, reading: Reading) -> None:
        room = await open_room(reading)
        sent = [await reading.chat.send(f"k{number}", W, room, Message(text=str(number))) for number in range(30)]
        assert [one for one, _ in await reading.seen("ana", room)] == sent

    @pytest.mark.parametrize(
        "text",
        ["¿Qué tal, señora Núñez?", "مرحبا بكم في المجموعة", "👩🏽‍🏫 👍🏿 🇲🇽", "e\u0301 \u202eevil", "字" * 2000],
    )
    async def test_every_script_comes_through(self, reading: Reading, text: str) -> None:
        room = await open_room(reading)
        sent = await reading.chat.send("k1", W, room, Message(text=text))
        assert await reading.seen("ana", room) == [(sent, Message(text=text))]

    async def test_every_block_comes_through(self, reading: Reading) -> None:
        room = await open_room(reading)
        message = Message(text="all", blocks=EVERYTHING)
        sent = await reading.chat.send("k1", W, room, message)
        assert await reading.seen("ana", room) == [(sent, message)]

    async def test_fifty_blocks_come_through(self, reading: Reading) -> None:
        room = await open_room(reading)
        message = Message(text="long", blocks=tuple(Section(text=f"part {number}") for number in range(50)))
        await reading.chat.send("k1", W, room, message)
        assert (await reading.seen("ana", room))[0][1] == message

    async def test_what_is_not_there_is_refused_for_good(self, reading: Reading) -> None:
        room = await open_room(reading)
        sent = await reading.chat.send("k1", W, room, Message(text="here"))
        other = await reading.chat.open_room("r-other", W, "Other", "", ["ana"])
        with pytest.raises(SendFailedError):
            await reading.chat.send("k2", W, "no-such-room", Message(text="lost"))
        with pytest.raises(SendFailedError):
            await reading.chat.update(W, other, sent, Message(text="in the wrong room"))
        with pytest.raises(SendFailedError):
            await reading.chat.send("k3", W, other, Message(text="thread of another room"), sent)
        with pytest.raises(SendFailedError):
            await reading.chat.delete(W, room, "9" * 30)
        with pytest.raises(SendFailedError):
            await reading.chat.add_people(W, "no-such-room", ["ana"])
        assert await reading.chat.find("k2", W, room) is None


async def open_room(reading: Reading) -> str:
    return await reading.chat.open_room("r1", W, "Sotol cohort", "Science", ["ana", "ben"])
