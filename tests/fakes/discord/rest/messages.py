"""Messages: made, found, changed, taken back; what a nonce does, and who is called."""

import re
from collections.abc import Mapping
from copy import deepcopy
from itertools import count
from typing import TYPE_CHECKING, Any

from tests.fakes.discord import permissions as may
from tests.fakes.discord.contracts import Json
from tests.fakes.discord.rest.call import UNKNOWN_MESSAGE, Call, asleep, invalid, no_permission, route
from tests.fakes.discord.world import CATEGORY, COMPONENTS_V2, DIRECT, FORUM, ApiError, Channel, Message, User, walk

if TYPE_CHECKING:
    from tests.fakes.discord.server import FakeDiscord

MESSAGES = "/channels/{channel_id}/messages"
MESSAGE = f"{MESSAGES}/{{message_id}}"
NONCE_SECONDS = 300.0
"""Documented as "the past few minutes"."""
PAGE, MOST = 50, 100
CALLED = re.compile(r"<@(&?)!?(\d+)>")


@route(f"POST {MESSAGES}")
def create(call: Call) -> tuple[int, Any]:
    channel = call.channel()
    may_write(call, channel)
    known = _said_before(call)
    if known is not None:
        return 200, known.as_json()
    message = compose(call.fake, channel.id, call.me, call.json, call.files)
    message.nonce = call.json.get("nonce")
    _refer(channel, message, call.json.get("message_reference"))
    if message.nonce is not None and call.json.get("enforce_nonce"):
        call.fake.nonces[call.me.id, str(message.nonce)] = (call.fake.clock.now(), message)
    post(call.fake, channel, message)
    return 200, message.as_json()


def may_write(call: Call, channel: Channel) -> None:
    if channel.type in {CATEGORY, FORUM}:
        raise ApiError(400, 50008, "Cannot send messages in a non-text channel")
    needs = may.SEND_MESSAGES_IN_THREADS if channel.is_thread else may.SEND_MESSAGES
    call.need_in(channel, needs | (may.ATTACH_FILES if call.files else 0))
    if channel.type == DIRECT and any(one.closed for one in channel.recipients):
        raise ApiError(403, 50007, "Cannot send messages to this user")
    if channel.locked and not _may(call, channel, may.MANAGE_THREADS):
        raise ApiError(403, 160005, "Thread is locked")


def _may(call: Call, channel: Channel, needs: int) -> bool:
    return bool(may.in_channel(call.fake.guilds[channel.guild], channel, call.me.id) & needs)


def _said_before(call: Call) -> Message | None:
    """By the same author under the same nonce, wherever that was."""
    nonce = call.json.get("nonce")
    if nonce is None or not call.json.get("enforce_nonce"):
        return None
    at, message = call.fake.nonces.get((call.me.id, str(nonce)), (0.0, None))
    return message if message is not None and call.fake.clock.now() - at < NONCE_SECONDS else None


def _refer(channel: Channel, message: Message, reference: Json | None) -> None:
    if reference is None:
        return
    if str(reference["message_id"]) not in channel.messages:
        if reference.get("fail_if_not_exists", True):
            raise invalid("Unknown message")
        return
    message.type = 19
    message.reference = {"type": 0, "channel_id": channel.id, "message_id": str(reference["message_id"])}
    message.reference |= {"guild_id": channel.guild} if channel.guild else {}


def compose(
    fake: "FakeDiscord", channel: str, author: User, body: Json, files: Mapping[str, tuple[str, bytes]] | None = None
) -> Message:
    """The message of this body; it stands nowhere yet."""
    message = Message(fake.clock.snowflake(), channel, author, fake.clock.text())
    message.attachments = _attached(fake, message, body, files or {})
    write(fake, message, body)
    return message


def write(fake: "FakeDiscord", message: Message, body: Json) -> None:
    """What the body names is set; what it does not stays."""
    if "flags" in body:
        kept = message.flags & ~(1 << 2)
        if message.flags & COMPONENTS_V2 and not int(body["flags"] or 0) & COMPONENTS_V2:
            raise invalid("IS_COMPONENTS_V2 cannot be taken back")
        message.flags = kept | int(body["flags"] or 0)
    if "content" in body:
        message.content = body["content"] or ""
    if "embeds" in body:
        message.embeds = [{"type": "rich", **one} for one in body["embeds"] or []]
    if "components" in body:
        message.components = filled(body["components"] or [])
    _call(fake, message, body.get("allowed_mentions"))


def filled(components: list[Json]) -> list[Json]:
    """With the numbers that Discord gives where none was given, and with what it fills in."""
    made = deepcopy(components)
    taken = {one["id"] for one in walk(made) if one.get("id")}
    numbers = (number for number in count(1) if number not in taken)
    for one in walk(made):
        one["id"] = one.get("id") or next(numbers)
        if one["type"] == 17:
            one.setdefault("accent_color", None)
            one.setdefault("spoiler", False)
        elif one["type"] == 14:
            one.setdefault("spacing", 1)
            one.setdefault("divider", True)
    return made


def _call(fake: "FakeDiscord", message: Message, allowed: Json | None) -> None:
    """Who is named, and who is called by it."""
    text = "\n".join([message.content, *(one.get("content", "") for one in walk(message.components))])
    parse = set(allowed.get("parse") or ()) if allowed is not None else {"users", "roles", "everyone"}
    named = CALLED.findall(text)
    users = [one for role, one in named if not role and one in fake.users]
    message.mentions = [fake.users[one] for one in dict.fromkeys(users)]
    message.mention_roles = [one for role, one in named if role]
    message.mention_everyone = "everyone" in parse and ("@everyone" in text or "@here" in text)
    chosen = set((allowed or {}).get("users") or ())
    message.pinged = [one for one in users if "users" in parse or one in chosen]
    message.pinged += ["everyone"] if message.mention_everyone else []


def _attached(fake: "FakeDiscord", message: Message, body: Json, files: Mapping[str, tuple[str, bytes]]) -> list[Json]:
    told = {str(one["id"]): one for one in body.get("attachments") or []}
    found = []
    for number, (filename, content) in enumerate(files.values()):
        named = told.get(str(number), {})
        name = named.get("filename") or filename
        found.append(upload(fake, name, content) | {k: v for k, v in named.items() if k in {"description", "title"}})
    return found


def upload(fake: "FakeDiscord", name: str, content: bytes) -> Json:
    """A file that can be fetched from its url."""
    known = fake.clock.snowflake()
    url = f"{fake.url}/attachments/{known}/{name}"
    fake.files[known] = content
    return {"id": known, "filename": name, "size": len(content), "url": url, "proxy_url": url}


def post(fake: "FakeDiscord", channel: Channel, message: Message) -> None:
    """There it stands; a thread that slept wakes."""
    channel.messages[message.id] = message
    channel.last = message.id
    if channel.is_thread:
        channel.said += 1
        channel.active_at = fake.clock.now()
        channel.joined.setdefault(message.author.id, fake.clock.text())
        if channel.archived:
            channel.archived, channel.archived_at = False, fake.clock.text()
            fake.emit("THREAD_UPDATE", channel.as_json(fake.bot.id), channel)
    fake.emit_message("MESSAGE_CREATE", channel, message)


@route(f"GET {MESSAGES}")
def many(call: Call) -> tuple[int, Any]:
    """The newest first."""
    channel = call.channel()
    if channel.type != DIRECT and not _may(call, channel, may.READ_MESSAGE_HISTORY):
        return 200, []
    limit = int(call.query.get("limit", PAGE))
    if not 1 <= limit <= MOST:
        raise invalid("limit is 1 to 100")
    found = sorted((one for one in channel.messages.values() if not one.only_for), key=lambda one: int(one.id))
    if "after" in call.query:
        found = [one for one in found if int(one.id) > int(call.query["after"])][:limit]
    elif "around" in call.query:
        middle = int(call.query["around"])
        found = sorted(sorted(found, key=lambda one: abs(int(one.id) - middle))[:limit], key=lambda one: int(one.id))
    elif "before" in call.query:
        found = [one for one in found if int(one.id) < int(call.query["before"])]
    return 200, [_shown(call, channel, one) for one in reversed(found[-limit:])]


def _shown(call: Call, channel: Channel, message: Message) -> Json:
    return message.as_json(content=call.fake.may_read(channel, message))


@route(f"GET {MESSAGE}")
def one(call: Call) -> tuple[int, Any]:
    channel = call.channel(may.READ_MESSAGE_HISTORY)
    return 200, _shown(call, channel, call.message(channel))


@route(f"PATCH {MESSAGE}")
def change(call: Call) -> tuple[int, Any]:
    channel = call.channel()
    message = call.message(channel)
    if message.author is not call.me:
        raise ApiError(403, 50005, "Cannot edit a message authored by another user")
    if channel.archived:
        raise asleep(channel)
    edit(call.fake, channel, message, call.json, call.files)
    return 200, message.as_json()


def edit(
    fake: "FakeDiscord",
    channel: Channel,
    message: Message,
    body: Json,
    files: Mapping[str, tuple[str, bytes]] | None = None,
) -> None:
    if "attachments" in body:
        kept = {str(one["id"]) for one in body["attachments"] or []}
        message.attachments = [one for one in message.attachments if one["id"] in kept]
    message.attachments += _attached(fake, message, body, files or {})
    write(fake, message, body)
    message.edited = fake.clock.text()
    fake.emit_message("MESSAGE_UPDATE", channel, message)


@route(f"DELETE {MESSAGE}")
def delete(call: Call) -> tuple[int, Any]:
    channel = call.channel()
    message = call.message(channel)
    if message.author is not call.me and (channel.type == DIRECT or not _may(call, channel, may.MANAGE_MESSAGES)):
        raise no_permission()
    if channel.archived:
        raise asleep(channel)
    take_back(call.fake, channel, message)
    return 204, None


def take_back(fake: "FakeDiscord", channel: Channel, message: Message) -> None:
    del channel.messages[message.id]
    told = {"id": message.id, "channel_id": channel.id} | ({"guild_id": channel.guild} if channel.guild else {})
    if not message.only_for:
        fake.emit("MESSAGE_DELETE", told, channel)


@route("PUT /channels/{channel_id}/messages/pins/{message_id}", "PUT /channels/{channel_id}/pins/{message_id}")
def pin(call: Call) -> tuple[int, Any]:
    channel = call.channel(may.PIN_MESSAGES)
    call.message(channel).pinned = True
    return 204, None


@route("DELETE /channels/{channel_id}/messages/pins/{message_id}", "DELETE /channels/{channel_id}/pins/{message_id}")
def unpin(call: Call) -> tuple[int, Any]:
    channel = call.channel(may.PIN_MESSAGES)
    call.message(channel).pinned = False
    return 204, None


@route("POST /channels/{channel_id}/typing")
def typing(call: Call) -> tuple[int, Any]:
    call.channel(may.SEND_MESSAGES)
    return 204, None


def unknown_message() -> ApiError:
    return ApiError(404, UNKNOWN_MESSAGE, "Unknown Message")
