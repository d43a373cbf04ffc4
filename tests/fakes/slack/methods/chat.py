"""chat.*, reactions and response_url: what is said, changed and taken back."""

import re
from typing import TYPE_CHECKING

from aiohttp import web

from tests.fakes.slack.checker import check_reply
from tests.fakes.slack.contracts import Json
from tests.fakes.slack.methods.call import Call, method
from tests.fakes.slack.world import ApiError, Channel, Message, Team

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack

RESPONSE_USES = 5  # within half an hour
RESPONSE_SECONDS = 1800
MENTION = re.compile(r"<@([UW][A-Z0-9]+)(\|[^>]*)?>")


def say(fake: "FakeSlack", team: Team, channel: Channel, text: str, user: str, *, subtype: str, **more: str) -> Message:
    """A line of Slack's own in a channel: somebody joined, renamed, archived."""
    message = Message(fake.clock.stamp(), channel.id, user, text, subtype=subtype, more=dict(more))
    post(fake, team, channel, message)
    return message


def post(fake: "FakeSlack", team: Team, channel: Channel, message: Message) -> None:
    """The message stands in its channel and the app is told: `message`, and `app_mention` when it is mentioned."""
    channel.messages[message.ts] = message
    told = message.as_json(team.id, metadata=True) | {"channel": channel.id, "channel_type": channel.channel_type}
    root = channel.messages.get(message.thread_ts)
    if root is not None and root is not message:
        told["parent_user_id"] = root.user
        if message.subtype == "thread_broadcast":
            told["root"] = root.as_json(team.id)
    if not message.bot_id and not message.subtype:
        told["client_msg_id"] = fake.numbers.next("m")
    fake.emit(team, told | {"event_ts": message.ts}, channel)
    mentioned = {found[0] for found in MENTION.findall(message.text)}
    if team.bot_user in mentioned and message.user != team.bot_user and channel.kind != "im":
        kept = ("user", "ts", "text", "team", "thread_ts", "client_msg_id", "blocks", "channel")
        mention = {"type": "app_mention"} | {name: told[name] for name in kept if name in told}
        fake.emit(team, mention | {"event_ts": message.ts}, channel)


def tell_changed(fake: "FakeSlack", team: Team, channel: Channel, message: Message, before: Json) -> None:
    event: Json = {"type": "message", "subtype": "message_changed", "hidden": True, "channel": channel.id}
    event |= {"message": message.as_json(team.id), "previous_message": before, "ts": fake.clock.stamp()}
    fake.emit(team, event | {"channel_type": channel.channel_type}, channel)


def take_back(fake: "FakeSlack", team: Team, channel: Channel, message: Message) -> None:
    """Deletes the message and tells the app."""
    del channel.messages[message.ts]
    event: Json = {"type": "message", "subtype": "message_deleted", "hidden": True, "channel": channel.id}
    event |= {"deleted_ts": message.ts, "previous_message": message.as_json(team.id), "ts": fake.clock.stamp()}
    fake.emit(team, event | {"channel_type": channel.channel_type}, channel)


@method("chat.postMessage")
def post_message(call: Call) -> Json:
    channel = _addressed(call)
    message = _written(call, channel)
    if call.flag("reply_broadcast") and message.thread_ts:
        message.subtype = "thread_broadcast"
    post(call.fake, call.team, channel, message)
    return {"channel": channel.id, "ts": message.ts, "message": message.as_json(call.team.id)}


@method("chat.postEphemeral")
def post_ephemeral(call: Call) -> Json:
    channel = call.channel(inside=True)
    _open(channel)
    if call.text("user") not in channel.members:
        raise ApiError("user_not_in_channel")
    message = _written(call, channel)
    message.only_for = call.text("user")
    channel.messages[message.ts] = message
    return {"message_ts": message.ts}


@method("chat.update")
def update(call: Call) -> Json:
    channel, message = _own(call, "cant_update_message")
    if channel.archived:
        raise ApiError("is_inactive")
    if message.streaming:
        raise ApiError("streaming_state_conflict")
    if not any(call.args.get(name) for name in ("text", "blocks", "attachments", "markdown_text")):
        raise ApiError("no_text")
    before = message.as_json(call.team.id)
    text = call.text("text") or call.text("markdown_text")
    # Documented: blocks that are not given again stay only where no text is given; metadata stays until it is
    # replaced or emptied by {}; a message with blocks is not marked as edited. GUESS: attachments go the way of blocks.
    for name in ("blocks", "attachments"):
        if text or name in call.args:
            setattr(message, name, call.args.get(name) or [])
    message.text, message.blocks = text or message.text, call.fake.numbers.fill(message.blocks)
    message.metadata = call.args.get("metadata", message.metadata) or None
    message.edited = "" if message.blocks else call.fake.clock.stamp()
    tell_changed(call.fake, call.team, channel, message, before)
    shown = message.as_json(call.team.id)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}


@method("chat.delete")
def delete(call: Call) -> Json:
    channel, message = _own(call, "cant_delete_message")
    take_back(call.fake, call.team, channel, message)
    return {"channel": channel.id, "ts": message.ts}


@method("chat.getPermalink")
def permalink(call: Call) -> Json:
    channel = call.channel()
    if call.text("message_ts") not in channel.messages:
        raise ApiError("message_not_found")
    link = f"https://{call.team.domain}.slack.com/archives/{channel.id}/p{call.text('message_ts').replace('.', '')}"
    return {"channel": channel.id, "permalink": link}


@method("chat.startStream")
def start_stream(call: Call) -> Json:
    channel = call.channel(inside=True)
    _open(channel)
    if channel.kind != "im":
        for name in ("recipient_user_id", "recipient_team_id"):
            if not call.text(name):
                raise ApiError(f"missing_{name}")
    text = call.text("markdown_text")
    message = Message(call.fake.clock.stamp(), channel.id, call.me, text, thread_ts=call.text("thread_ts"))
    message.bot_id, message.streaming = call.team.bot_id, True
    post(call.fake, call.team, channel, message)
    return {"channel": channel.id, "ts": message.ts}


@method("chat.appendStream")
def append_stream(call: Call) -> Json:
    channel, message = _streaming(call)
    message.text += call.text("markdown_text")
    return {"channel": channel.id, "ts": message.ts}


@method("chat.stopStream")
def stop_stream(call: Call) -> Json:
    channel, message = _streaming(call)
    before = message.as_json(call.team.id)
    message.text += call.text("markdown_text")
    message.blocks = call.fake.numbers.fill(call.args.get("blocks") or [])
    message.metadata = call.args.get("metadata", message.metadata)
    message.streaming = False
    tell_changed(call.fake, call.team, channel, message, before)
    return {"channel": channel.id, "ts": message.ts, "message": message.as_json(call.team.id)}


@method("assistant.threads.setStatus")
@method("assistant.threads.setTitle")
@method("assistant.threads.setSuggestedPrompts")
def dress_thread(call: Call) -> Json:
    """What the assistant's thread shows beside its messages; it is kept in `calls` alone."""
    channel = call.channel("channel_id")
    if call.text("thread_ts") and call.text("thread_ts") not in channel.messages:
        raise ApiError("invalid_thread_ts")
    return {}


@method("reactions.add")
def react(call: Call) -> Json:
    channel = call.channel()
    if call.me not in channel.members:
        raise ApiError("channel_not_found")  # GUESS: the reference lists no not_in_channel here
    message = channel.messages.get(call.text("timestamp"))
    if message is None:
        raise ApiError("message_not_found")
    people = message.reactions.setdefault(call.text("name").strip(":"), [])
    if call.me in people:
        raise ApiError("already_reacted")
    people.append(call.me)
    return {}


async def respond(fake: "FakeSlack", request: web.Request) -> web.Response:
    """A response_url: the app answers the person who pressed or typed."""
    url = fake.response_urls.get(request.match_info["key"])
    # GUESS: the words of a refused response_url; that it is refused is documented.
    if url is None or url.at + RESPONSE_SECONDS < fake.clock.now():
        return web.json_response({"ok": False, "error": "expired_url"}, status=404)
    if url.uses >= RESPONSE_USES:
        return web.json_response({"ok": False, "error": "used_url"}, status=404)
    url.uses += 1
    payload: Json = await request.json()
    team = fake.teams[url.team]
    channel = team.channels[url.channel]
    original = channel.messages.get(url.message_ts)
    if payload.get("delete_original") and original is not None:
        take_back(fake, team, channel, original)
        return web.Response(text="ok")
    if fake.check:
        fake.violations += [f"response_url: {problem}" for problem in check_reply(payload)]
    if payload.get("replace_original") and original is not None:
        before = original.as_json(team.id)
        original.text, original.blocks = payload.get("text", ""), fake.numbers.fill(payload.get("blocks") or [])
        tell_changed(fake, team, channel, original, before)
    else:
        answer(fake, team, channel, url.user, payload)
    await fake.notice()
    return web.Response(text="ok")


def answer(fake: "FakeSlack", team: Team, channel: Channel, user: str, payload: Json) -> Message:
    """What the app answers to a slash command or through a response_url, seen by the one person or by all."""
    message = Message(fake.clock.stamp(), channel.id, team.bot_user, payload.get("text", ""), bot_id=team.bot_id)
    message.blocks = fake.numbers.fill(payload.get("blocks") or [])
    message.thread_ts = payload.get("thread_ts", "")
    message.only_for = "" if payload.get("response_type") == "in_channel" else user
    if message.only_for:
        channel.messages[message.ts] = message
    else:
        post(fake, team, channel, message)
    return message


def _addressed(call: Call) -> Channel:
    """A channel the bot may post to. A user's id stands for the conversation with that user."""
    team, name = call.team, call.text("channel")
    if name in team.members:
        channel = team.channel_of([call.me, name], "im")
        if channel is None:
            channel = Channel(call.fake.numbers.next("D"), "im", members=[call.me, name], creator=call.me)
            channel.created = int(call.fake.clock.now())
            team.channels[channel.id] = channel
        return channel
    channel = call.channel()
    if call.me not in channel.members and not (call.grant and "chat:write.public" in call.grant.scopes):
        raise ApiError("not_in_channel")
    _open(channel)
    return channel


def _written(call: Call, channel: Channel) -> Message:
    if not any(call.args.get(name) for name in ("text", "blocks", "attachments", "markdown_text")):
        raise ApiError("no_text")
    message = Message(call.fake.clock.stamp(), channel.id, call.me, call.text("text") or call.text("markdown_text"))
    message.bot_id, message.metadata = call.team.bot_id, call.args.get("metadata")
    message.blocks = call.fake.numbers.fill(call.args.get("blocks") or [])
    message.attachments = call.args.get("attachments") or []
    message.thread_ts = call.text("thread_ts")
    if message.thread_ts and message.thread_ts not in channel.messages:
        # GUESS: a reply to what is not there is refused; the reference lists no other word that fits.
        raise ApiError("cannot_reply_to_message")
    return message


def _own(call: Call, refused: str) -> tuple[Channel, Message]:
    channel = call.channel()
    message = channel.messages.get(call.text("ts"))
    if message is None or message.only_for:
        raise ApiError("message_not_found")
    if message.user != call.me:
        raise ApiError(refused)
    return channel, message


def _streaming(call: Call) -> tuple[Channel, Message]:
    channel = call.channel(inside=True)
    message = channel.messages.get(call.text("ts"))
    if message is None:
        raise ApiError("message_not_found")
    if message.user != call.me:
        raise ApiError("message_not_owned_by_app")
    if not message.streaming:
        raise ApiError("message_not_in_streaming_state")
    return channel, message


def _open(channel: Channel) -> None:
    if channel.archived:
        raise ApiError("is_archived")
