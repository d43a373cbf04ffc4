"""What Discord's gateway tells reads as our event, and everything else as nothing."""

import copy
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.chat.discord.commands import ASK, KEEP, commands, is_synced
from bot.chat.discord.custom_ids import custom_id, handle
from bot.chat.discord.events import happened
from bot.chat.discord.interactions import KEPT, language_of, thread_parent
from cohorts.events import (
    AccessEnded,
    AccountRef,
    Deleted,
    Edited,
    Joined,
    Left,
    Place,
    Posted,
    Pressed,
    RoomChanged,
    Sent,
)
from tests.adapters.discord_hearing import made_up as told

Json = dict[str, Any]
ANA = AccountRef(platform="discord", workspace=told.GUILD, user=told.ANA)
FORM = "form-abcdefghijklmnop"
HOSTILE: tuple[object, ...] = (
    None,
    True,
    -1,
    2**70,
    1.5,
    "",
    "x" * 100_000,
    "\x00\ud800<@1><@!1><t:99999999999999:R>",
    "٣١/../'\"\\",
    [],
    [None],
    [[]],
    {},
    {"id": {}},
)
EVERY: tuple[Json, ...] = (
    told.written(content="<@900> hi", mentions=[{"id": "900", "username": "ana"}]),
    told.written(type=19, message_reference={"message_id": "999", "channel_id": told.CHANNEL}),
    told.written(type=1, mentions=[{"id": "901"}]),
    told.written() | {"t": "MESSAGE_UPDATE", "d": told.written(edited_timestamp="2026-01-05T10:00:00Z")["d"]},
    told.told("MESSAGE_DELETE", id="1000", channel_id=told.CHANNEL, guild_id=told.GUILD),
    told.told("CHANNEL_UPDATE", id=told.CHANNEL, guild_id=told.GUILD, name="fractions"),
    told.told("THREAD_DELETE", id=told.THREAD, guild_id=told.GUILD),
    told.told("GUILD_DELETE", id=told.GUILD),
    told.pressed("1:step.answer.open:run-1"),
    told.in_direct(told.pressed(custom_id("step.answer.open", "x" * 200, 1))),
    told.command(show="help"),
    told.on_message(KEEP),
    told.sent(f"{FORM}:0", {"type": 4, "custom_id": "text", "value": "words"}),
)


def test_words_are_posted_where_they_stand() -> None:
    posted = happened(told.written(content="Hi", id="1000"))
    place = Place(conversation="500", message="500/1000")
    assert isinstance(posted, Posted)
    assert (posted.account, posted.place, posted.text) == (ANA, place, "Hi")
    reference = {"message_id": "999", "channel_id": "500"}
    reply = happened(told.written(type=19, message_reference=reference))
    assert isinstance(reply, Posted)
    assert reply.place == Place(conversation="500", thread="500/999", message="500/1000")


def test_a_direct_conversation_has_no_workspace_yet() -> None:
    raw = told.written(content="what is next?")
    del raw["d"]["guild_id"]
    posted = happened(raw)
    assert isinstance(posted, Posted)
    assert (posted.account.workspace, posted.place.conversation) == ("", "@500")
    pressed = happened(told.in_direct(told.pressed("1:home.open:")))
    assert isinstance(pressed, Pressed)
    assert (pressed.account, pressed.place.conversation) == (ANA.model_copy(update={"workspace": ""}), "@500")


def test_words_are_read_as_people_read_them() -> None:
    mentions = [{"id": "100", "bot": True}, {"id": "901", "username": "ben", "global_name": "Ben"}]
    content = "<@100> ask <@901> or <@!902> in <#500> <:smile:12> </cohort:3> <t:1> a < b &amp;"
    posted = happened(told.written(content=content, mentions=mentions))
    assert isinstance(posted, Posted)
    assert posted.text == "ask @Ben or @902 in #500 :smile: /cohort a < b &amp;"


@pytest.mark.parametrize(
    "change",
    [
        {"author": {"id": "100", "bot": True}},
        {"author": {"id": "1", "system": True}},
        {"webhook_id": "77"},
        {"type": 7},
        {"type": 18},
        {"type": None},
        {"author": None},
        {"id": "no"},
        {"channel_id": ""},
    ],
)
def test_what_no_person_wrote_is_nothing(change: Json) -> None:
    assert happened(told.written(**change)) is None


def test_an_edit_counts_once_and_an_unfolded_link_is_none() -> None:
    raw = {**told.written(content="new", edited_timestamp="2026-01-05T10:00:00Z"), "t": "MESSAGE_UPDATE"}
    edited = happened(raw)
    assert isinstance(edited, Edited)
    assert edited.text == "new"
    assert happened(raw) == edited
    raw["d"]["edited_timestamp"] = None
    assert happened(raw) is None


def test_of_a_deleted_message_nobody_is_told() -> None:
    deleted = happened(told.told("MESSAGE_DELETE", id="1000", channel_id="500", guild_id="700"))
    assert isinstance(deleted, Deleted)
    assert (deleted.account.user, deleted.place.message) == ("", "500/1000")


def test_who_is_brought_into_a_thread_or_taken_out_is_the_one_mentioned() -> None:
    number = str(1 << 22)
    came = happened(told.written(id=number, type=1, channel_id="510", mentions=[{"id": "901"}]))
    assert isinstance(came, Joined)
    assert (came.account.user, came.place) == ("901", Place(conversation="510"))
    assert came.at == datetime(2015, 1, 1, 0, 0, 0, 1000, UTC)
    assert isinstance(happened(told.written(type=2, mentions=[{"id": "901"}])), Left)
    assert happened(told.written(type=1, mentions=[{"id": "100", "bot": True}])) is None


def test_what_becomes_of_a_channel_is_told_of_the_room() -> None:
    renamed = happened(told.told("CHANNEL_UPDATE", id="500", guild_id="700", name="fractions"))
    assert isinstance(renamed, RoomChanged)
    assert (renamed.what, renamed.conversation, renamed.name) == ("renamed", "500", "fractions")
    deleted = happened(told.told("CHANNEL_DELETE", id="500", guild_id="700", name="fractions"))
    assert isinstance(deleted, RoomChanged)
    assert (deleted.what, deleted.name) == ("deleted", "")


def test_the_same_thing_twice_is_two_and_told_again_is_one() -> None:
    raw = told.told("CHANNEL_UPDATE", id="500", guild_id="700", name="fractions")
    first, again, later = happened(raw), happened(copy.deepcopy(raw)), happened({**raw, "s": 8})
    assert first is not None
    assert later is not None
    assert first == again
    assert later.key != first.key


def test_a_server_that_takes_us_out_ends_our_access_and_one_that_is_away_does_not() -> None:
    ended = happened(told.told("GUILD_DELETE", id="700"))
    assert isinstance(ended, AccessEnded)
    assert ended.workspace == "700"
    assert happened(told.told("GUILD_DELETE", id="700", unavailable=True)) is None


def test_a_button_says_what_it_does_or_what_it_is_kept_under() -> None:
    pressed = happened(told.pressed("2:step.answer.open:run-1/a:b"))
    assert isinstance(pressed, Pressed)
    assert (pressed.account, pressed.action, pressed.value) == (ANA, "step.answer.open", "run-1/a:b")
    assert pressed.place == Place(conversation="500", message="500/1001")
    long = "v" * 200
    kept = happened(told.pressed(custom_id("step.answer.open", long, 3)))
    assert isinstance(kept, Pressed)
    assert (kept.action, kept.value) == (KEPT, handle("step.answer.open", long))
    assert happened(told.pressed("somebody else's")) is None


@pytest.mark.parametrize(
    ("options", "action", "value"),
    [
        ({}, "home.open", ""),
        ({"show": "home"}, "home.open", ""),
        ({"show": "evidence"}, "evidence.open", ""),
        ({"show": "help"}, "join.how.open", ""),
        ({"show": "here"}, "room.here.open", ""),
        ({"connect": " AB12 "}, "account.connect", "AB12"),
    ],
)
def test_the_command_is_a_button_too(options: dict[str, str], action: str, value: str) -> None:
    pressed = happened(told.command(**options))
    assert isinstance(pressed, Pressed)
    assert (pressed.action, pressed.value, pressed.place) == (action, value, Place(conversation="500"))


def test_a_private_thread_can_be_a_room() -> None:
    raw = told.command(show="here")
    raw["d"]["channel"] = {"id": "510", "type": 12, "parent_id": "500"}
    pressed = happened(raw)
    assert isinstance(pressed, Pressed)
    assert pressed.value == "private"
    assert thread_parent(raw["d"]) == "500"
    assert language_of(raw["d"]) == "es"


@pytest.mark.parametrize(("name", "action"), [(KEEP, "evidence.keep.open"), (ASK, "cohort.ask.open")])
def test_a_messages_menu_brings_its_link_and_its_words(name: str, action: str) -> None:
    pressed = happened(told.on_message(name))
    assert isinstance(pressed, Pressed)
    assert (pressed.action, pressed.place.message) == (action, "500/1002")
    assert pressed.value == "https://discord.com/channels/700/500/1002\nLook at this"
    assert happened(told.on_message("Something else")) is None


def test_a_form_brings_what_was_filled_in() -> None:
    sent = happened(
        told.sent(
            f"{FORM}:1",
            {"type": 4, "custom_id": "text", "value": " a\r\nb "},
            {"type": 4, "custom_id": "text#2", "value": "c"},
            {"type": 3, "custom_id": "one", "values": ["x"]},
            {"type": 22, "custom_id": "many", "values": ["x", "y", 3]},
            {"type": 3, "custom_id": "many#2", "values": ["z"]},
            {"type": 23, "custom_id": "tick", "value": True},
            {"type": 21, "custom_id": "none", "value": None},
        )
    )
    assert isinstance(sent, Sent)
    assert (sent.action, sent.value) == (KEPT, f"{FORM}:1")
    wanted = {"text": "a\nb", "text#2": "c", "one": "x", "many": "x,y", "many#2": "z", "tick": "yes", "none": ""}
    assert dict(sent.values) == wanted


def broken_in(raw: object) -> Iterator[object]:
    """Each part of it replaced by each hostile thing, or taken away."""
    if not isinstance(raw, dict | list):
        return
    for key, value in list(raw.items() if isinstance(raw, dict) else enumerate(raw)):
        for bad in HOSTILE:
            changed = copy.copy(raw)
            changed[key] = bad  # type: ignore[index]
            yield changed
        for inner in broken_in(value):
            changed = copy.copy(raw)
            changed[key] = inner  # type: ignore[index]
            yield changed
        if isinstance(raw, dict):
            yield {other: raw[other] for other in raw if other != key}


@pytest.mark.parametrize("raw", EVERY, ids=lambda raw: str(raw["t"]))
def test_however_it_is_broken_nothing_is_raised_and_what_is_read_can_be_kept(raw: Json) -> None:
    assert happened(raw) is not None
    for broken in broken_in(raw):
        event = happened(broken)
        if event is not None:
            event.model_dump_json().encode()


@pytest.mark.parametrize("raw", HOSTILE)
def test_what_is_no_dispatch_is_nothing(raw: object) -> None:
    assert happened(raw) is None


def test_what_discord_adds_to_our_commands_is_no_change() -> None:
    wanted = commands()
    kept = [{**one, "id": "5", "version": "9", "default_member_permissions": None} for one in reversed(wanted)]
    assert is_synced(kept, wanted)
    assert not is_synced(kept[1:], wanted)
    assert not is_synced([{**kept[0], "contexts": [0]}, *kept[1:]], wanted)
    assert not is_synced({"message": "401"}, wanted)


def test_commands_are_within_discords_limits() -> None:
    names = [str(one["name"]) for one in commands()]
    assert names == ["cohort", "Keep as evidence", "Ask my cohort"]
    for one in commands():
        assert len(str(one.get("description", ""))) <= 100
        for said in dict(one.get("name_localizations", {})).values():  # type: ignore[call-overload]
            assert 1 <= len(said) <= 32
