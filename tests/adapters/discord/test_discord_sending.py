"""Messages to Discord: said once whatever breaks, in threads that are begun and woken, found by what nobody sees."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.chat.discord.api.rooms import RoomStyle
from bot.chat.discord.custom_ids import HANDLE, read
from bot.chat.discord.ids import nonce_of, spots_of
from bot.chat.discord.render import COMPONENTS_V2
from cohorts.messages import Button, Buttons, Message, Section, moment
from cohorts.send_errors import ConversationGoneError, RateLimitedError, SendFailedError, SendUnknownError
from tests.contract.discord_sim import Breaking, SimTown
from tests.fakes.small_core import START

HELLO = Message(text="hello")
LONG = Message(text="long", blocks=(Section(text="This is a sentence that is long enough. " * 300),))
BEFORE = datetime(2020, 1, 1, tzinfo=UTC)
FORUM = RoomStyle(kind="forum")


async def open_room(town: SimTown, style: RoomStyle | None = None) -> str:
    return await town.chat(style).open_room("r1", town.guild, "Sotol", "Science", [town.users["ana"]])


def said(town: SimTown, channel: str) -> list[Any]:
    return [[one.get("content") for one in shown["components"]] for shown in town.messages(channel)]


def bodies(town: SimTown, path: str = "/messages") -> list[Any]:
    return [one.json for one in town.env.http_requests if one.method == "POST" and one.path.endswith(path)]


async def test_every_create_has_a_nonce_of_its_key_and_place(town: SimTown) -> None:
    room = await open_room(town)
    await town.chat().send("k1", town.guild, room, LONG)
    sent = bodies(town)
    assert [body["nonce"] for body in sent] == [nonce_of(room, "k1", number) for number in range(1, len(sent) + 1)]
    assert all(body["enforce_nonce"] and body["flags"] == COMPONENTS_V2 for body in sent)
    assert all(len(body["nonce"]) <= 25 for body in sent)
    assert len({nonce_of("1", "k"), nonce_of("2", "k"), nonce_of("1", "l"), nonce_of("1", "k", 2)}) == 4


@pytest.mark.parametrize("message", [HELLO, LONG], ids=["one part", "several"])
@pytest.mark.parametrize("thread", [False, True], ids=["room", "thread"])
@pytest.mark.parametrize("style", [RoomStyle(), FORUM], ids=["channel", "forum"])
async def test_another_process_finds_what_was_sent(
    town: SimTown, message: Message, thread: bool, style: RoomStyle
) -> None:
    room = await open_room(town, style)
    root = await town.chat(style).send("root", town.guild, room, HELLO) if thread else ""
    sent = await town.chat(style).send("k1", town.guild, room, message, root)
    for since in (None, BEFORE):
        assert await town.chat(style).find("k1", town.guild, room, root, since) == sent
        assert await town.chat(style).find("k2", town.guild, room, root, since) is None


async def test_it_is_found_however_much_was_said_since(town: SimTown) -> None:
    room, chat = await open_room(town), town.chat()
    sent = await chat.send("k1", town.guild, room, HELLO)
    for number in range(130):
        await chat.send(f"later-{number}", town.guild, room, Message(text=str(number)))
    assert await town.chat().find("k1", town.guild, room, since=BEFORE) == sent
    after = datetime(2100, 1, 1, tzinfo=UTC)
    assert await town.chat().find("k1", town.guild, room, since=after) is None


@pytest.mark.parametrize("arrives", [False, True], ids=["it did not arrive", "it arrived"])
@pytest.mark.parametrize("at", [1, 2, 3])
async def test_after_a_line_broke_every_part_is_there_once(town: SimTown, at: int, arrives: bool) -> None:
    room = await open_room(town)
    line = Breaking(town.env.bot.http, at, arrives)
    with pytest.raises(SendUnknownError):
        await town.chat(line=line).send("k1", town.guild, room, LONG)
    other = town.chat()
    sent = await other.find("k1", town.guild, room, since=BEFORE) or await other.send("k1", town.guild, room, LONG)
    assert [spot.message for spot in spots_of(sent)] == [one["id"] for one in town.messages(room)]
    words = " ".join(text for texts in said(town, room) for text in texts)
    assert words.split() == ("This is a sentence that is long enough. " * 300).split()


@pytest.mark.parametrize("arrives", [False, True], ids=["it did not arrive", "it arrived"])
async def test_after_a_line_broke_a_post_is_there_once(town: SimTown, arrives: bool) -> None:
    room = await open_room(town, FORUM)
    line = Breaking(town.env.bot.http, 1, arrives, path="/threads")
    with pytest.raises(SendUnknownError):
        await town.chat(FORUM, line).send("k1", town.guild, room, HELLO)
    other = town.chat(FORUM)
    assert await other.find("k1", town.guild, room, since=BEFORE) or await other.send("k1", town.guild, room, HELLO)
    assert len(town.posts(room)) == 1


@pytest.mark.parametrize("arrives", [False, True], ids=["it did not arrive", "it arrived"])
async def test_after_a_line_broke_there_is_one_room_and_one_thread(town: SimTown, arrives: bool) -> None:
    users = [town.users["ana"]]
    for path, at in (("/roles", 1), ("/channels", 1), ("/channels", 1 if arrives else 2)):
        line = Breaking(town.env.bot.http, at, arrives, path=path)
        with pytest.raises(SendUnknownError):
            await town.chat(line=line).open_room("r1", town.guild, "Sotol", "", users)
    room = await open_room(town)
    assert len(town.named("sotol")) == 1
    assert len(town.named("Cohorts")) == 1
    assert len([one for one in town.backend.guilds[int(town.guild)].roles.values() if " · " in one.name]) == 1
    root = await town.chat().send("root", town.guild, room, HELLO)
    line = Breaking(town.env.bot.http, 1, arrives, path="/threads")
    with pytest.raises(SendUnknownError):
        await town.chat(line=line).send("k1", town.guild, room, HELLO, root)
    assert await town.chat().find("k1", town.guild, room, root) is None
    await town.chat().send("k1", town.guild, room, HELLO, root)
    assert len(town.posts(room)) == 1


async def test_a_thread_with_a_name_of_its_own_is_there_before_anybody_answers(town: SimTown) -> None:
    room, chat = await open_room(town), town.chat()
    root = await chat.send("root", town.guild, room, HELLO)
    await chat.name_thread(room, root, "Tune a draft · draft 2")
    (thread,) = town.posts(room)
    assert town.channel(thread).name == "Tune a draft · draft 2"
    before = len(town.calls("POST"))
    await chat.send("k1", town.guild, room, HELLO, root)
    assert len(town.calls("POST")) == before + 1, "nothing has to be found out or made"


async def test_a_forums_post_gets_its_name(town: SimTown) -> None:
    style = RoomStyle(kind="forum")
    room, chat = await open_room(town, style), town.chat(style)
    root = await chat.send("root", town.guild, room, HELLO)
    await chat.name_thread(room, root, "Tune a draft · draft 2")
    (post,) = town.posts(room)
    assert town.channel(post).name == "Tune a draft · draft 2"


async def test_where_no_thread_can_be_made_nothing_is_lost(town: SimTown) -> None:
    room, chat = await open_room(town), town.chat()
    root = await chat.send("root", town.guild, room, HELLO)
    town.env.inject_error("POST", f"/channels/{room}/messages/*/threads", status=403, code=50013, times=1)
    await chat.name_thread(room, root, "Tune a draft")
    assert town.posts(room) == []
    await chat.send("k1", town.guild, room, HELLO, root)
    assert len(town.posts(room)) == 1


async def test_a_rounds_thread_has_the_name_of_what_it_is_about(town: SimTown) -> None:
    room, chat = await open_room(town), town.chat()
    header = Message(
        text="x", blocks=(Section(text=f"**Round 1: snake\\_case** opens {moment(START)}"), Section(text="More."))
    )
    root = await chat.send("root", town.guild, room, header)
    reply = await chat.send("k1", town.guild, room, HELLO, root)
    (spot,) = spots_of(reply)
    thread = town.channel(spot.channel)
    assert thread.name == "Round 1: snake_case opens"
    assert spot.channel == spots_of(root)[0].message
    assert thread.thread_metadata is not None
    assert thread.thread_metadata.auto_archive_duration == 10_080


async def test_a_thread_that_sleeps_is_woken(town: SimTown) -> None:
    room, chat = await open_room(town), town.chat()
    root = await chat.send("root", town.guild, room, HELLO)
    reply = await chat.send("k1", town.guild, room, HELLO, root)
    (spot,) = spots_of(reply)
    path = f"/channels/{spot.channel}/messages"
    for method, where in (("POST", path), ("PATCH", f"{path}/{spot.message}"), ("DELETE", f"{path}/{spot.message}")):
        metadata = town.channel(spot.channel).thread_metadata
        assert metadata is not None
        metadata.archived = True
        town.env.inject_error(method, where, status=400, code=50083)
        match method:
            case "POST":
                await chat.send("k2", town.guild, room, HELLO, root)
            case "PATCH":
                await chat.update(town.guild, room, reply, Message(text="changed"))
            case _:
                await chat.delete(town.guild, room, reply)
        awake = town.channel(spot.channel).thread_metadata
        assert awake is not None
        assert not awake.archived
    assert said(town, spot.channel)[-1] == ["hello"]


async def test_what_discord_will_not_draw_is_said_plainly_with_its_buttons(town: SimTown) -> None:
    room = await open_room(town)
    blocks = (Section(text="**Week 1**"), Buttons(items=(Button(label="Answer", action="step.open", value="run-1"),)))
    town.env.inject_error("POST", f"/channels/{room}/messages", status=400, code=50035)
    await town.chat().send("k1", town.guild, room, Message(text="x", blocks=blocks))
    (shown,) = town.messages(room)
    assert shown["content"] == "**Week 1**"
    assert not shown["flags"] & COMPONENTS_V2
    assert shown["components"][0]["components"][0]["label"] == "Answer"


async def test_a_button_that_says_more_than_fits_is_kept_before_it_is_shown(town: SimTown) -> None:
    room = await open_room(town)
    button = Button(label="Answer", action="step.open", value="run-" + "1" * 200)
    await town.chat().send("k1", town.guild, room, Message(text="x", blocks=(Buttons(items=(button,)),)))
    (shown,) = town.messages(room)
    found = read(shown["components"][0]["components"][0]["custom_id"])
    assert found is not None
    assert found[0] == HANDLE
    assert town.kept[found[1]] == ("step.open", button.value)


async def test_an_answer_in_a_conversation_of_ones_own_says_what_it_answers(town: SimTown) -> None:
    chat = town.chat()
    direct = await chat.open_direct(town.guild, town.users["ana"])
    root = await chat.send("root", town.guild, direct, HELLO)
    reply = await chat.send("k1", town.guild, direct, HELLO, root)
    assert direct.startswith("@")
    first, second = town.messages(direct.removeprefix("@"))
    assert second["message_reference"]["message_id"] == first["id"]
    assert await town.chat().find("k1", town.guild, direct, root) == reply


async def test_a_conversation_of_ones_own_that_is_gone_can_be_opened_anew(town: SimTown) -> None:
    with pytest.raises(ConversationGoneError):
        await town.chat().send("k1", town.guild, "@123456789012345678", HELLO)


async def test_whoever_takes_no_messages_from_us_is_not_asked_again(town: SimTown) -> None:
    direct = await town.chat().open_direct(town.guild, town.users["ana"])
    town.env.inject_error("POST", "/channels/*/messages", status=403, code=50007)
    with pytest.raises(SendFailedError):
        await town.chat().send("k1", town.guild, direct, HELLO)


async def test_too_fast_is_told_and_sent_later_once(town: SimTown) -> None:
    room, chat = await open_room(town), town.chat()
    town.env.inject_error("POST", f"/channels/{room}/messages", status=429)
    with pytest.raises(RateLimitedError):
        await chat.send("k1", town.guild, room, HELLO)
    await chat.send("k1", town.guild, room, HELLO)
    assert len(town.messages(room)) == 1


async def test_a_forum_under_another_style_of_rooms_still_gets_posts(town: SimTown) -> None:
    """The operator has changed how rooms are made; those that are there stay what they are."""
    room = await open_room(town, FORUM)
    town.env.inject_error("POST", f"/channels/{room}/messages", status=400, code=50008)
    root = await town.chat().send("root", town.guild, room, HELLO)
    await town.chat().send("k1", town.guild, room, HELLO, root)
    (post,) = town.posts(room)
    assert said(town, post) == [["hello"], ["hello"]]


async def test_what_has_grown_beyond_its_parts_is_cut_and_what_shrank_leaves_a_dash(town: SimTown) -> None:
    room, chat = await open_room(town), town.chat()
    one = await chat.send("k1", town.guild, room, HELLO)
    await chat.update(town.guild, room, one, LONG)
    assert len(said(town, room)) == 1
    assert said(town, room)[0][-1].startswith("-# ")
    many = await chat.send("k2", town.guild, room, LONG)
    await chat.update(town.guild, room, many, HELLO)
    assert said(town, room)[1:] == [["hello"], *[["–"]] * (len(spots_of(many)) - 1)]


async def test_no_room_is_looked_at_before_each_message(town: SimTown) -> None:
    """Discord counts every call."""
    room, chat = await open_room(town), town.chat()
    before = len(town.env.http_requests)
    for number in range(5):
        await chat.send(f"k{number}", town.guild, room, HELLO)
    assert len(town.env.http_requests) == before + 5


@pytest.mark.parametrize("strange", ["", "x", "1/2/3", "+", "1/2+3/4", "9" * 30])
async def test_what_is_no_id_of_ours_is_refused_for_good(town: SimTown, strange: str) -> None:
    room, chat = await open_room(town), town.chat()
    with pytest.raises(SendFailedError):
        await chat.update(town.guild, room, strange, HELLO)
    with pytest.raises(SendFailedError):
        await chat.delete(town.guild, room, strange)
