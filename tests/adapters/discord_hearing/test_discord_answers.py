"""Answers that are not there at once: a file, a line that breaks, an interaction that is over."""

from typing import Any

import pytest

from bot.chat.discord.api.calls import Calls
from bot.chat.discord.events import happened
from bot.chat.discord.hearing.answers import Answers
from bot.chat.discord.hearing.replying import Interaction, Replying
from bot.chat.words.pieces import Voice
from cohorts.events import Done, Download, Pressed, Whisper
from cohorts.messages import Button, Buttons, Message
from tests.adapters.discord_hearing import made_up as told
from tests.adapters.discord_hearing.wire import Wire, words_of

ORIGINAL = "/messages/@original"


class Desk:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, str]] = {}

    async def keep(self, handles: dict[str, tuple[str, str]]) -> None:
        self.kept |= handles


def asked(*, on_message: bool = True) -> Interaction:
    raw = told.pressed("0:evidence.packet")
    event = happened(raw)
    assert isinstance(event, Pressed)
    return Interaction(raw["d"], event, on_message=on_message)


def answering(wire: Wire, desk: Any = None) -> Answers:
    return Answers(desk or Desk(), Replying(Calls(wire)))


async def test_a_file_is_promised_at_once_and_given_to_whoever_asked() -> None:
    wire = Wire()
    await answering(wire).follow(asked(), Download(name="packet.zip", content=b"PK"), Voice())
    promise, given = wire.calls
    assert promise.body == {"type": 5, "data": {"flags": 64}}
    assert given.path.endswith(ORIGINAL)
    assert given.body["files[0]"] == b"PK"
    assert given.body["payload_json"]["attachments"] == [{"id": "0", "filename": "packet.zip"}]
    assert "packet.zip" in words_of(given.body["payload_json"])


async def test_a_file_that_could_not_be_given_is_told() -> None:
    wire = Wire(refusals={ORIGINAL: [(413, 40005)]})
    await answering(wire).follow(asked(), Download(name="packet.zip", content=b"PK"), Voice())
    assert "could not be handed over" in words_of(wire.calls[-1].body)


@pytest.mark.parametrize("first", [(401, 50027), (404, 10015)])
async def test_when_its_fifteen_minutes_are_over_it_is_told_in_a_message(first: tuple[int, int]) -> None:
    wire = Wire(refusals={ORIGINAL: [first, (404, 10015)]})
    await answering(wire).follow(asked(), Download(name="packet.zip", content=b"PK"), Voice())
    assert wire.calls[-1].path == "/channels/590/messages"
    assert "could not be handed over" in words_of(wire.calls[-1].body)


@pytest.mark.parametrize(("on_message", "kind"), [(True, 6), (False, 4)])
async def test_what_has_nothing_to_say_says_so_only_where_something_must_be_said(on_message: bool, kind: int) -> None:
    wire = Wire()
    await answering(wire).follow(asked(on_message=on_message), Done(), Voice())
    assert [one["type"] for one in wire.answers()] == [kind]


async def test_what_a_button_is_about_is_kept_before_it_is_shown() -> None:
    wire, desk = Wire(refusals={"/callback": [(404, 10062)]}), Desk()
    button = Button(label="Look", action="home.open", value="x" * 200)
    message = Message(text="Here", blocks=(Buttons(items=(button,)),))
    await answering(wire, desk).follow(asked(), Whisper(message=message), Voice())
    ((action, value),) = desk.kept.values()
    assert (action, value) == ("home.open", "x" * 200)
    assert next(iter(desk.kept)) in words_of(wire.calls[-1].body)


async def test_a_long_answer_goes_on_in_further_messages_for_them_alone() -> None:
    wire = Wire()
    message = Message(text=("¿Qué viste? I saw it. " * 400).strip())
    await answering(wire).follow(asked(), Whisper(message=message), Voice())
    assert len(wire.calls) > 1
    flags = [one.body.get("data", one.body)["flags"] for one in wire.calls]
    assert all(flag & 64 for flag in flags)


async def test_the_rest_of_a_long_answer_is_not_lost_when_it_is_too_late_for_it() -> None:
    wire = Wire(refusals={"/webhooks/100/tok": [(401, 50027)]})
    message = Message(text=("¿Qué viste? I saw it. " * 400).strip())
    await answering(wire).follow(asked(), Whisper(message=message), Voice())
    assert wire.calls[-1].path == "/channels/590/messages"


async def test_when_discord_refuses_nothing_is_raised() -> None:
    wire = Wire(refusals={"/callback": [(403, 50001)]})
    await answering(wire).follow(asked(), Done(), Voice())
    assert len(wire.calls) == 1
