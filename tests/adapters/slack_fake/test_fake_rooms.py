"""Rooms, messages, people: what the fake keeps is what a real client reads back."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.adapters.slack_fake.conftest import client_of
from tests.fakes.slack.gestures import NotPossibleError
from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.workspace import Workspace

GO = {"type": "button", "action_id": "go", "value": "1", "text": {"type": "plain_text", "text": "Go"}}
BLOCKS: list[dict[str, Any]] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "Hello"}},
    {"type": "actions", "elements": [GO]},
]
KEY = {"event_type": "delivery", "event_payload": {"key": "k1"}}


async def test_a_room_is_made_named_filled_and_put_away(client: AsyncWebClient, town: Workspace) -> None:
    ann, ben = town.user("Ann"), town.user("Ben")
    made = await client.conversations_create(name="sotol", is_private=True)
    room = str(made["channel"]["id"])
    await client.conversations_invite(channel=room, users=[ann.id, ben.id])
    await client.conversations_setTopic(channel=room, topic="Week 1")
    await client.conversations_setPurpose(channel=room, purpose="Six teachers")
    await client.conversations_rename(channel=room, name="sotol-2026")
    await client.conversations_kick(channel=room, user=ben.id)

    shown = (await client.conversations_info(channel=room, include_num_members=True))["channel"]
    assert (shown["name"], shown["topic"]["value"]) == ("sotol-2026", "Week 1")
    assert shown["purpose"]["value"] == "Six teachers"
    assert (shown["is_private"], shown["num_members"], shown["previous_names"]) == (True, 2, ["sotol"])
    assert (await client.conversations_members(channel=room))["members"] == [town.team.bot_user, ann.id]
    with pytest.raises(NotPossibleError, match="Ben is not in"):
        ben.reads(room)

    await client.conversations_archive(channel=room)
    with pytest.raises(SlackApiError, match="is_archived"):
        await client.chat_postMessage(channel=room, text="too late")
    await client.conversations_unarchive(channel=room)
    await client.chat_postMessage(channel=room, text="back again")
    assert [one.text for one in town.messages(room)] == ["back again"]


async def test_messages_threads_and_what_only_one_sees(client: AsyncWebClient, town: Workspace) -> None:
    ann, ben = town.user("Ann"), town.user("Ben")
    room = town.channel("open", ann, ben, bot=True)
    first = await client.chat_postMessage(channel=room, text="Hello", blocks=BLOCKS)
    await client.chat_postMessage(channel=room, text="in the thread", thread_ts=first["ts"])
    await client.chat_postEphemeral(channel=room, user=ann.id, text="for Ann")
    await client.chat_update(channel=room, ts=first["ts"], text="Hello again")

    assert [one.text for one in ann.reads(room)] == ["Hello again", "in the thread", "for Ann"]
    assert [one.text for one in ben.reads(room)] == ["Hello again", "in the thread"]
    assert [one.text for one in ben.reads(room, thread=first["ts"])] == ["Hello again", "in the thread"]
    assert [one["text"] for one in (await client.conversations_history(channel=room))["messages"]] == ["Hello again"]
    replies = (await client.conversations_replies(channel=room, ts=first["ts"]))["messages"]
    assert [one["text"] for one in replies] == ["Hello again", "in the thread"]
    assert replies[0]["reply_count"] == 1

    await client.chat_delete(channel=room, ts=first["ts"])
    with pytest.raises(SlackApiError, match="message_not_found"):
        await client.chat_update(channel=room, ts=first["ts"], text="gone")


async def test_metadata_comes_back_only_when_asked(client: AsyncWebClient, town: Workspace) -> None:
    ann = town.user("Ann")
    room = town.channel("open", ann, bot=True)
    await client.chat_postMessage(channel=room, text="Hello", metadata=KEY)
    assert "metadata" not in (await client.conversations_history(channel=room))["messages"][0]
    asked = await client.conversations_history(channel=room, include_all_metadata=True)
    assert asked["messages"][0]["metadata"] == KEY


async def test_what_an_update_leaves_as_it_was(client: AsyncWebClient, town: Workspace) -> None:
    room = town.channel("open", town.user("Ann"), bot=True)
    ts = (await client.chat_postMessage(channel=room, text="Hello", blocks=BLOCKS, metadata=KEY))["ts"]
    (message,) = town.messages(room)
    await client.chat_update(channel=room, ts=ts, text="Hello again", blocks=BLOCKS[:1])
    assert (len(message.blocks), message.metadata, message.edited) == (1, KEY, "")
    await client.chat_update(channel=room, ts=ts, text="Words alone", metadata={})
    assert (message.text, message.blocks, message.metadata) == ("Words alone", [], None)
    assert message.edited


async def test_history_goes_by_pages_and_times(client: AsyncWebClient, town: Workspace) -> None:
    room = town.channel("open", town.user("Ann"), bot=True)
    stamps = [(await client.chat_postMessage(channel=room, text=str(number)))["ts"] for number in range(5)]
    pages = await client.conversations_history(channel=room, limit=2)
    assert [[one["text"] for one in page["messages"]] async for page in pages] == [["4", "3"], ["2", "1"], ["0"]]
    since = await client.conversations_history(channel=room, oldest=stamps[2])
    assert [one["text"] for one in since["messages"]] == ["4", "3"]
    since = await client.conversations_history(channel=room, oldest=stamps[2], latest=stamps[3], inclusive=True)
    assert [one["text"] for one in since["messages"]] == ["3", "2"]


async def test_a_direct_message_goes_to_a_user_or_to_his_conversation(client: AsyncWebClient, town: Workspace) -> None:
    ann, ben = town.user("Ann"), town.user("Ben")
    opened = await client.conversations_open(users=ann.id)
    assert opened["channel"]["id"] == ann.direct
    assert (await client.chat_postMessage(channel=ann.id, text="Hello"))["channel"] == ann.direct
    group = (await client.conversations_open(users=[ann.id, ben.id]))["channel"]["id"]
    again = await client.conversations_open(users=[ben.id, ann.id])
    assert (again["channel"]["id"], again["already_open"]) == (group, True)
    await client.chat_postMessage(channel=group, text="You two")
    assert [one.text for one in ben.reads(group)] == ["You two"]


@pytest.mark.parametrize(
    ("name", "error"),
    [("Two words", "invalid_name_specials"), ("x" * 81, "invalid_name_maxlength"), ("taken", "name_taken")],
)
async def test_names_that_slack_refuses(client: AsyncWebClient, town: Workspace, name: str, error: str) -> None:
    town.channel("taken", town.user("Ann"))
    with pytest.raises(SlackApiError, match=error):
        await client.conversations_create(name=name)


async def test_inviting_says_who_could_not_come(client: AsyncWebClient, town: Workspace) -> None:
    ann = town.user("Ann")
    room = town.channel("open", ann, bot=True)
    with pytest.raises(SlackApiError) as refused:
        await client.conversations_invite(channel=room, users=[ann.id, "U0NOBODY"])
    assert [one["error"] for one in refused.value.response["errors"]] == ["already_in_channel", "user_not_found"]


async def test_what_the_bot_is_not_in(client: AsyncWebClient, town: Workspace, contracts: None) -> None:
    ann = town.user("Ann")
    public, private = town.channel("open", ann), town.channel("closed", ann, private=True)
    await client.chat_postMessage(channel=public, text="chat:write.public lets me")
    with pytest.raises(SlackApiError, match="not_in_channel"):
        await client.conversations_history(channel=public)
    with pytest.raises(SlackApiError, match="channel_not_found"):
        await client.chat_postMessage(channel=private, text="nobody let me")
    await client.conversations_join(channel=public)
    assert len((await client.conversations_history(channel=public))["messages"]) == 2
    listed = await client.conversations_list(types="public_channel,private_channel")
    assert [one["name"] for one in listed["channels"]] == ["open"]


async def test_people_are_found(client: AsyncWebClient, town: Workspace) -> None:
    ann = town.user("Ann", email="ann@example.org", zone="America/Denver")
    found = (await client.users_lookupByEmail(email="Ann@example.org"))["user"]
    assert (found["id"], found["tz"]) == (ann.id, "America/Denver")
    assert {one["name"] for one in (await client.users_list())["members"]} == {"ann", "cohortium"}
    with pytest.raises(SlackApiError, match="users_not_found"):
        await client.users_lookupByEmail(email="ben@example.org")


async def test_files_go_up_in_three_steps(client: AsyncWebClient, town: Workspace) -> None:
    ann = town.user("Ann")
    room = town.channel("open", ann, bot=True)
    sent = await client.files_upload_v2(
        channel=room, content="# My packet", filename="packet.md", title="Packet", initial_comment="Here it is"
    )
    (message,) = ann.reads(room)
    assert (message.text, message.files[0]["title"]) == ("Here it is", "Packet")
    assert town.team.uploads[sent["file"]["id"]] == b"# My packet"


async def test_a_stream_grows_and_ends(client: AsyncWebClient, town: Workspace) -> None:
    ann = town.user("Ann")
    asked = await ann.posts(ann.direct, "What next?")
    started = await client.chat_startStream(channel=ann.direct, thread_ts=asked.ts, markdown_text="Which ")
    await client.chat_appendStream(channel=ann.direct, ts=started["ts"], markdown_text="question")
    with pytest.raises(SlackApiError, match="streaming_state_conflict"):
        await client.chat_update(channel=ann.direct, ts=started["ts"], text="other")
    await client.chat_stopStream(channel=ann.direct, ts=started["ts"], markdown_text="?")
    assert [one.text for one in ann.reads(ann.direct, asked.ts)] == ["What next?", "Which question?"]
    with pytest.raises(SlackApiError, match="message_not_in_streaming_state"):
        await client.chat_appendStream(channel=ann.direct, ts=started["ts"], markdown_text="!")
    room = town.channel("open", ann, bot=True)
    with pytest.raises(SlackApiError, match="missing_recipient_user_id"):
        await client.chat_startStream(channel=room, thread_ts=asked.ts, markdown_text="Which ")


async def test_workspaces_know_nothing_of_each_other(slack: FakeSlack, town: Workspace) -> None:
    other = slack.workspace("T2")
    room = town.channel("open", town.user("Ann"), bot=True)
    with pytest.raises(SlackApiError, match="channel_not_found"):
        await client_of(slack, other.token).chat_postMessage(channel=room, text="Hello")
    assert (await client_of(slack, other.token).auth_test())["team_id"] == "T2"


async def test_arguments_come_as_form_json_or_query(slack: FakeSlack, town: Workspace, client: AsyncWebClient) -> None:
    room = town.channel("open", town.user("Ann"), bot=True)
    said = {"channel": room, "text": "Hello", "blocks": BLOCKS}
    await client.api_call("chat.postMessage", json=said)
    await client.api_call("chat.postMessage", data={**said, "blocks": '[{"type": "divider"}]'})
    await client.api_call("chat.postMessage", params={"channel": room, "text": "Hello"})
    assert [call.how for call in slack.called("chat.postMessage")] == ["json", "form", "query"]
    assert [len(one.blocks) for one in town.messages(room)] == [2, 1, 0]


async def test_scopes_are_asked(slack: FakeSlack, town: Workspace, contracts: None) -> None:
    room = town.channel("closed", town.user("Ann"), private=True, bot=True)
    client = client_of(slack, town.grant(["chat:write", "channels:history"]))
    await client.chat_postMessage(channel=room, text="Hello")
    with pytest.raises(SlackApiError) as refused:
        await client.conversations_history(channel=room)
    assert (refused.value.response["error"], refused.value.response["needed"]) == ("missing_scope", "groups:history")
    assert refused.value.response["provided"] == "channels:history,chat:write"


@pytest.mark.parametrize(("token", "error"), [("", "not_authed"), ("xoxb-guess", "invalid_auth")])
async def test_tokens_are_asked(slack: FakeSlack, town: Workspace, token: str, error: str) -> None:
    with pytest.raises(SlackApiError, match=error):
        await client_of(slack, token).auth_test()
