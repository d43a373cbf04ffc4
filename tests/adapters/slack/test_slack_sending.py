"""What becomes of a send when Slack is slow, away, in doubt or says no: one message in the end, and the right word."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import aiohttp
import pytest

from bot.chat.slack.adapter import SlackChat
from bot.chat.slack.api.calls import REST
from bot.chat.slack.ids import spots_of
from bot.chat.slack.render import render
from bot.chat.words.pieces import Voice
from cohorts.messages import Message, Section
from cohorts.send_errors import (
    AccessLostError,
    NotInvitedError,
    NotSentError,
    RateLimitedError,
    RoomClosedError,
    SendFailedError,
    SendUnknownError,
)
from tests.adapters.slack.conftest import chat_on
from tests.fakes.slack.faults import Fault, Garbage, Lost, RateLimited, Refused, Reset, ServerError
from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.workspace import Workspace

HELLO = Message(text="hello")
LONG = Message(text="All of it", blocks=tuple(Section(text=f"Part {number}.") for number in range(120)))
PARTS = 3


@pytest.fixture
def room(town: Workspace) -> str:
    return town.channel("sotol", town.user("Ann"), private=True, bot=True)


class Scene(NamedTuple):
    chat: SlackChat
    slack: FakeSlack
    town: Workspace
    room: str
    session: aiohttp.ClientSession


@pytest.fixture
def scene(chat: SlackChat, slack: FakeSlack, town: Workspace, room: str, session: aiohttp.ClientSession) -> Scene:
    return Scene(chat, slack, town, room, session)


async def test_what_is_sent_carries_its_key_and_unfolds_nothing(
    chat: SlackChat, slack: FakeSlack, town: Workspace, room: str
) -> None:
    sent = await chat.send("k1", "T1", room, HELLO)
    reply = await chat.send("k2", "T1", room, Message(text="**re**"), sent)
    first, second = town.messages(room)
    assert first.metadata == {"event_type": "cohortium_delivery", "event_payload": {"key": "k1", "part": 1, "of": 1}}
    assert (second.thread_ts, second.text) == (first.ts, "*re*")
    assert [tuple(spot) for spot in spots_of(reply)] == [(room, second.ts, first.ts)]
    for call in slack.called("chat.postMessage"):
        assert (call.args["unfurl_links"], call.args["unfurl_media"]) == (False, False)
        assert call.args["blocks"]


DOUBTS: list[tuple[Fault, int]] = [
    (Reset("before"), 0),
    (Reset("after"), 1),
    (ServerError("before"), 0),
    (ServerError("after", 500), 1),
    (ServerError("after", 504), 1),
    (Garbage(), 1),
    (Refused("internal_error"), 0),
    (Refused("fatal_error"), 0),
]


@pytest.mark.parametrize(("fault", "there"), DOUBTS, ids=str)
@pytest.mark.parametrize("threaded", [False, True], ids=["room", "thread"])
async def test_a_doubtful_send_is_looked_up_before_it_is_sent_again(
    scene: Scene, fault: Fault, there: int, threaded: bool
) -> None:
    chat, slack, town, room, session = scene
    thread = await chat.send("root", "T1", room, HELLO) if threaded else ""
    slack.faults.add(fault, "chat.postMessage")
    with pytest.raises(SendUnknownError):
        await chat.send("k1", "T1", room, HELLO, thread)
    other = chat_on(slack, session)
    since = datetime.fromtimestamp(slack.clock.now(), UTC)
    seen = await other.find("k1", "T1", room, thread, since)
    assert (seen is not None) == bool(there)
    if seen is None:
        seen = await other.send("k1", "T1", room, HELLO, thread)
    keyed = [one for one in town.messages(room) if one.metadata and one.metadata["event_payload"]["key"] == "k1"]
    assert [(room, one.ts, one.thread_ts) for one in keyed] == [tuple(spot) for spot in spots_of(seen)]


async def test_an_answer_that_never_comes_is_a_doubt(slack: FakeSlack, town: Workspace, room: str) -> None:
    slack.faults.add(Lost(), "chat.postMessage")
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.3)) as hasty:
        with pytest.raises(SendUnknownError):
            await chat_on(slack, hasty).send("k1", "T1", room, HELLO)
    assert len(town.messages(room)) == 1


async def test_nothing_was_sent_where_nobody_listens(
    slack: FakeSlack, town: Workspace, room: str, session: aiohttp.ClientSession, unused_tcp_port: int
) -> None:
    away = chat_on(slack, session, f"http://127.0.0.1:{unused_tcp_port}/api/")
    with pytest.raises(NotSentError):
        await away.send("k1", "T1", room, HELLO)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("channel_not_found", RoomClosedError),
        ("is_archived", RoomClosedError),
        ("not_in_channel", RoomClosedError),
        ("restricted_action", SendFailedError),
        ("msg_blocks_too_long", SendFailedError),
        ("invalid_blocks", SendFailedError),
        ("token_revoked", AccessLostError),
        ("account_inactive", AccessLostError),
        ("invalid_auth", AccessLostError),
        ("token_expired", AccessLostError),
        ("missing_scope", AccessLostError),
        ("org_login_required", AccessLostError),
        ("team_added_to_org", NotSentError),
        ("request_timeout", SendUnknownError),
        ("service_unavailable", SendUnknownError),
    ],
)
async def test_every_refusal_has_its_word(
    chat: SlackChat, slack: FakeSlack, town: Workspace, room: str, code: str, kind: type[Exception]
) -> None:
    slack.faults.add(Refused(code), "chat.postMessage")
    with pytest.raises(kind) as refused:
        await chat.send("k1", "T1", room, HELLO)
    assert code in str(refused.value)


async def test_being_too_fast_is_a_rest_for_that_conversation(
    chat: SlackChat, slack: FakeSlack, town: Workspace, room: str
) -> None:
    slack.faults.add(RateLimited(17), "chat.postMessage", times=2)
    for _ in range(2):
        with pytest.raises(RateLimitedError) as limited:
            await chat.send("k1", "T1", room, HELLO)
        assert (limited.value.retry_after, limited.value.scope) == (timedelta(seconds=17), "conversation")
    assert town.messages(room) == []


async def test_being_too_fast_in_two_conversations_is_a_rest_for_the_workspace(
    chat: SlackChat, slack: FakeSlack, town: Workspace, room: str
) -> None:
    other = town.channel("other", town.user("Ann"), private=True, bot=True)
    slack.workspace("T2")
    elsewhere = slack.workspace("T2").channel("there", slack.workspace("T2").user("Cal"), private=True, bot=True)
    slack.faults.add(RateLimited(17), "chat.postMessage", times=3)
    scopes = []
    for workspace, channel in (("T1", room), ("T2", elsewhere), ("T1", other)):
        with pytest.raises(RateLimitedError) as limited:
            await chat.send("k1", workspace, channel, HELLO)
        scopes.append(limited.value.scope)
    assert scopes == ["conversation", "conversation", "workspace"]


@pytest.mark.parametrize(("code", "scope"), [("message_limit_exceeded", "workspace"), ("rate_limited", "conversation")])
async def test_too_fast_without_a_time_is_half_a_minute(
    chat: SlackChat, slack: FakeSlack, town: Workspace, room: str, code: str, scope: str
) -> None:
    slack.faults.add(Refused(code), "chat.postMessage")
    with pytest.raises(RateLimitedError) as limited:
        await chat.send("k1", "T1", room, HELLO)
    assert (limited.value.retry_after, limited.value.scope) == (REST, scope)


async def test_a_workspace_without_a_token_has_taken_our_access_away(chat: SlackChat, room: str) -> None:
    with pytest.raises(AccessLostError):
        await chat.send("k1", "T9", room, HELLO)


async def test_each_workspace_is_spoken_to_by_its_own_token(chat: SlackChat, slack: FakeSlack, room: str) -> None:
    cal = slack.workspace("T2").user("Cal")
    direct = await chat.open_direct("T2", cal.id)
    await chat.send("k1", "T2", direct, HELLO)
    assert [one.text for one in slack.workspace("T2").messages(direct)] == ["hello"]
    with pytest.raises(SendFailedError):
        await chat.send("k2", "T1", direct, HELLO)


async def test_a_gone_user_is_refused_for_good(chat: SlackChat, town: Workspace) -> None:
    ann = town.user("Ann")
    ann.member.deleted = True
    with pytest.raises(SendFailedError, match="user_disabled"):
        await chat.open_direct("T1", ann.id)


async def test_a_message_too_long_for_slack_is_several_under_one_id(
    chat: SlackChat, town: Workspace, room: str
) -> None:
    sent = await chat.send("k1", "T1", room, LONG)
    assert [one.ts for one in town.messages(room)] == [spot.ts for spot in spots_of(sent)]
    assert len(town.messages(room)) == PARTS
    assert await chat.send("k1", "T1", room, LONG) == sent
    assert await chat.find("k1", "T1", room) == sent
    await chat.update("T1", room, sent, HELLO)
    assert [one.text for one in town.messages(room)] == ["hello", "–", "–"]
    await chat.delete("T1", room, sent)
    await chat.delete("T1", room, sent)
    assert town.messages(room) == []


async def test_a_message_that_grows_beyond_its_parts_says_so(chat: SlackChat, town: Workspace, room: str) -> None:
    sent = await chat.send("k1", "T1", room, HELLO)
    await chat.update("T1", room, sent, LONG)
    (shown,) = town.messages(room)
    assert len(shown.blocks) == 50
    assert "grown longer" in str(shown.blocks[-1])
    await chat.update("T1", room, sent, HELLO)
    assert town.messages(room)[0].text == "hello"


@pytest.mark.parametrize("skip", range(PARTS))
@pytest.mark.parametrize("fault", [Reset("before"), Reset("after")], ids=str)
@pytest.mark.parametrize("remembers", [True, False], ids=["same process", "another process"])
async def test_parts_are_never_lost_or_doubled(scene: Scene, skip: int, fault: Fault, remembers: bool) -> None:
    chat, slack, town, room, session = scene
    slack.faults.add(fault, "chat.postMessage", skip=skip)
    with pytest.raises(SendUnknownError):
        await chat.send("k1", "T1", room, LONG)
    later = chat if remembers else chat_on(slack, session)
    sent = await later.find("k1", "T1", room) or await later.send("k1", "T1", room, LONG)
    parts = render(LONG, Voice())
    assert [one.text for one in town.messages(room)] == [part.text for part in parts]
    assert [spot.ts for spot in spots_of(sent)] == [one.ts for one in town.messages(room)]


@pytest.mark.parametrize("threaded", [False, True], ids=["room", "thread"])
async def test_parts_left_by_a_worker_that_died_between_looking_and_sending_are_not_sent_again(
    scene: Scene, threaded: bool
) -> None:
    chat, slack, town, room, session = scene
    ann = town.user("Ann")
    root = await chat.send("root", "T1", room, HELLO) if threaded else ""
    for number in range(40):
        await ann.posts(room, f"chatter {number}", spots_of(root)[0].ts if threaded else "")
    slack.faults.add(Reset("after"), "chat.postMessage", skip=1)
    with pytest.raises(SendUnknownError):
        await chat.send("k1", "T1", room, LONG, root)
    await chat_on(slack, session).send("k1", "T1", room, LONG, root)
    keyed = [one for one in town.messages(room) if one.metadata and one.metadata["event_payload"]["key"] == "k1"]
    assert len(keyed) == PARTS


async def test_looking_goes_on_where_slack_bade_it_wait(
    chat: SlackChat, slack: FakeSlack, town: Workspace, room: str, session: aiohttp.ClientSession
) -> None:
    """Fifteen messages a minute is all that an app outside Slack's marketplace may see."""
    start = datetime.fromtimestamp(slack.clock.now(), UTC)
    await chat.send("k1", "T1", room, HELLO)
    ann = town.user("Ann")
    for number in range(40):
        await ann.posts(room, f"chatter {number}")
    slack.limits.restricted_history = True
    other, seen = chat_on(slack, session), None
    waits: list[str] = []
    while seen is None:
        try:
            seen = await other.find("k1", "T1", room, "", start)
        except RateLimitedError as limited:
            waits += [limited.scope]
            await slack.advance(limited.retry_after.total_seconds())
    assert waits == ["conversation", "conversation"]
    assert spots_of(seen)[0].ts == town.messages(room)[0].ts


async def test_looking_stops_at_the_time_before_which_nothing_was_sent(
    chat: SlackChat, slack: FakeSlack, town: Workspace, room: str
) -> None:
    ann = town.user("Ann")
    for number in range(40):
        await ann.posts(room, f"chatter {number}")
    await slack.advance(3600)
    assert await chat.find("k1", "T1", room, "", datetime.fromtimestamp(slack.clock.now(), UTC)) is None
    assert len(slack.called("conversations.history")) == 1


@pytest.mark.parametrize("message", ["x", "", "C1/1.0", "C1/1.0+C1/x"])
async def test_a_message_that_is_not_there_is_refused_without_asking(
    chat: SlackChat, slack: FakeSlack, room: str, message: str
) -> None:
    with pytest.raises(SendFailedError):
        await chat.update("T1", room, message, HELLO)
    with pytest.raises(SendFailedError):
        await chat.delete("T1", room, message)
    assert slack.calls == []


async def test_a_room_is_named_described_and_filled(chat: SlackChat, town: Workspace) -> None:
    ann, ben = town.user("Ann"), town.user("Ben")
    room = town.find(await chat.open_room("k1", "T1", "Sotol: Science", "Evidence " * 90, [ann.id, ben.id]))
    assert room.name.startswith("sotol-science-")
    assert room.is_private
    assert len(room.topic) <= 250
    assert room.purpose == "Sotol: Science"
    assert {ann.id, ben.id} <= set(room.members)


STEPS = [
    "conversations.create",
    "conversations.setTopic",
    "conversations.setPurpose",
    "conversations.invite",
]


@pytest.mark.parametrize("method", STEPS)
@pytest.mark.parametrize("fault", [Reset("before"), Reset("after"), RateLimited(3)], ids=str)
async def test_opening_a_room_goes_on_after_any_fault(
    chat: SlackChat, slack: FakeSlack, town: Workspace, session: aiohttp.ClientSession, method: str, fault: Fault
) -> None:
    ann = town.user("Ann")
    slack.faults.add(fault, method)
    with pytest.raises((SendUnknownError, RateLimitedError)):
        await chat.open_room("k1", "T1", "Sotol", "Science", [ann.id])
    room = await chat_on(slack, session).open_room("k1", "T1", "Sotol", "Science", [ann.id])
    assert [one for one in town.team.channels.values() if one.kind == "group"] == [town.find(room)]
    assert (town.find(room).topic, ann.id in town.find(room).members) == ("Science", True)


async def test_a_name_that_somebody_else_has_gets_a_number(chat: SlackChat, town: Workspace) -> None:
    """Within what a name may hold, and by the same key the same one again."""
    long = "Sotol and the desert " * 8
    room = await chat.open_room("k1", "T1", long, "", [])
    name = town.find(room).name
    town.find(room).name = "renamed"
    town.channel(name, town.user("Ann"), private=True)
    second = await chat.open_room("k1", "T1", long, "", [])
    assert town.find(second).name.endswith(name[-6:] + "-2")
    assert len(town.find(second).name) <= 80
    assert await chat.open_room("k1", "T1", long, "", []) == second


async def test_one_who_cannot_come_does_not_stop_the_others(chat: SlackChat, town: Workspace) -> None:
    ann, gone, ben = (town.user(name) for name in ("Ann", "Gone", "Ben"))
    gone.member.deleted = True
    with pytest.raises(NotInvitedError) as refused:
        await chat.open_room("k1", "T1", "Sotol", "Science", [gone.id])
    room = refused.value.conversation
    assert (refused.value.users, town.find(room).topic) == ((gone.id,), "Science")
    for people in ([ann.id, gone.id, ben.id], [gone.id, ann.id, ben.id], [gone.id]):
        with pytest.raises(NotInvitedError, match="user_not_found") as refused:
            await chat.add_people("T1", room, people)
        assert (refused.value.conversation, refused.value.users) == (room, (gone.id,))
    assert {ann.id, ben.id} <= set(town.find(room).members)


async def test_an_archived_room_takes_nothing_more(chat: SlackChat, town: Workspace) -> None:
    ann = town.user("Ann")
    room = await chat.open_room("k1", "T1", "Sotol", "", [ann.id])
    await town.archives(room, ann)
    with pytest.raises(RoomClosedError, match="is_archived"):
        await chat.send("k1", "T1", room, HELLO)


async def test_revoked_tokens_are_lost_access(
    chat: SlackChat, slack: FakeSlack, session: aiohttp.ClientSession
) -> None:
    town = slack.workspace("T1")
    room, old = town.channel("sotol", town.user("Ann"), private=True, bot=True), town.token

    async def token(_workspace: str) -> str:
        return old

    await town.revokes_tokens()
    with pytest.raises(AccessLostError):
        await SlackChat(token, session, slack.base_url).send("k1", "T1", room, HELLO)
