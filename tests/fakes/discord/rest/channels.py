"""Channels and threads: made, changed, put to sleep, opened to people and closed to them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.fakes.discord import permissions as may
from tests.fakes.discord.contracts import Json
from tests.fakes.discord.rest.call import (
    UNKNOWN_CHANNEL,
    UNKNOWN_USER,
    Call,
    asleep,
    invalid,
    is_private,
    no_permission,
    route,
)
from tests.fakes.discord.rest.messages import compose, post
from tests.fakes.discord.world import (
    CATEGORY,
    DIRECT,
    FORUM,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    ApiError,
    Channel,
    Guild,
    Message,
    Overwrite,
    User,
)

if TYPE_CHECKING:
    from tests.fakes.discord.server import FakeDiscord

CHANNEL = "/channels/{channel_id}"
MEMBER = "/channels/{channel_id}/thread-members/{user_id}"
IN_CATEGORY = 50
MINUTES = frozenset({60, 1440, 4320, 10080})


@route("GET /guilds/{guild_id}/channels")
def of_guild(call: Call) -> tuple[int, Any]:
    """Threads are not among them; what is hidden from us is, as Discord does it."""
    channels = [one for one in call.guild().channels.values() if not one.is_thread]
    return 200, [one.as_json() for one in channels]


@route("POST /guilds/{guild_id}/channels")
def make(call: Call) -> tuple[int, Any]:
    guild, told = call.guild(), call.json
    call.need(guild, may.MANAGE_CHANNELS)
    if sum(1 for one in guild.channels.values() if not one.is_thread) >= guild.most_channels:
        raise ApiError(400, 30013, f"Maximum number of guild channels reached ({guild.most_channels})")
    parent = str(told.get("parent_id") or "")
    _check_parent(guild, parent)
    channel = Channel(call.fake.clock.snowflake(), told.get("type") or 0, guild.id, told["name"], told.get("topic"))
    if channel.type == 0:
        channel.name = channel.name.lower().replace(" ", "-")
    channel.parent, channel.position = parent, len(guild.channels)
    channel.tags = [one | {"id": call.fake.clock.snowflake()} for one in told.get("available_tags") or []]
    channel.minutes = told.get("default_auto_archive_duration") or 4320
    channel.overwrites = _overwrites(call, guild, told.get("permission_overwrites"))
    if not channel.overwrites and parent:
        channel.overwrites = dict(guild.channels[parent].overwrites)
    guild.channels[channel.id] = channel
    call.fake.emit("CHANNEL_CREATE", channel.as_json(), channel)
    return 201, channel.as_json()


def _check_parent(guild: Guild, parent: str) -> None:
    if not parent:
        return
    if parent not in guild.channels or guild.channels[parent].type != CATEGORY:
        raise invalid("parent_id: category does not exist")
    if sum(1 for one in guild.channels.values() if one.parent == parent) >= IN_CATEGORY:
        raise invalid("parent_id: maximum number of channels in category reached (50)")


def _overwrites(
    call: Call, guild: Guild, told: list[Json] | None, there: Channel | None = None
) -> dict[str, Overwrite]:
    """Only what we hold ourselves can be allowed or denied; the roles of a channel by administrators alone."""
    found = dict[str, Overwrite]()
    held = may.in_guild(guild, call.me.id)
    for one in told or []:
        kept = Overwrite(str(one["id"]), int(one["type"]), int(one.get("allow") or 0), int(one.get("deny") or 0))
        before = there.overwrites.get(kept.id) if there else None
        _check_overwrite(guild, kept, held, before)
        found[kept.id] = kept
    return found


def _check_overwrite(guild: Guild, new: Overwrite, held: int, old: Overwrite | None) -> None:
    changed = (new.allow ^ (old.allow if old else 0)) | (new.deny ^ (old.deny if old else 0))
    if changed & ~held or (held != may.ALL and changed & may.MANAGE_ROLES):
        raise no_permission()
    if new.kind == 0 and new.id not in guild.roles:
        raise ApiError(404, 10009, "Unknown permission overwrite")


@route(f"GET {CHANNEL}")
def show(call: Call) -> tuple[int, Any]:
    return 200, call.channel().as_json(call.me.id)


@route(f"PATCH {CHANNEL}")
def change(call: Call) -> tuple[int, Any]:
    channel, told = call.channel(), call.json
    if channel.type == DIRECT:
        raise no_permission()
    if channel.is_thread:
        _change_thread(call, channel, told)
        return 200, channel.as_json(call.me.id)
    call.need_in(channel, may.MANAGE_CHANNELS)
    guild = call.fake.guilds[channel.guild]
    if told.get("permission_overwrites") is not None:
        call.need_in(channel, may.MANAGE_ROLES)
        channel.overwrites = _overwrites(call, guild, told["permission_overwrites"], channel)
    if "parent_id" in told:
        _check_parent(guild, str(told["parent_id"] or ""))
        channel.parent = str(told["parent_id"] or "")
    channel.name = told.get("name") or channel.name
    channel.topic = told.get("topic", channel.topic)
    channel.tags = [{"id": call.fake.clock.snowflake()} | one for one in told.get("available_tags", channel.tags)]
    call.fake.emit("CHANNEL_UPDATE", channel.as_json(), channel)
    return 200, channel.as_json()


def _change_thread(call: Call, thread: Channel, told: Json) -> None:
    ours = thread.owner == call.me.id
    manages = bool(may.in_channel(call.fake.guilds[thread.guild], thread, call.me.id) & may.MANAGE_THREADS)
    waking = told.get("archived") is False
    if thread.archived and not waking:
        raise asleep(thread)
    if not manages and ("locked" in told or thread.locked or not (ours or (waking and set(told) == {"archived"}))):
        raise no_permission()
    if "archived" in told:
        put_away(call.fake, thread, archived=bool(told["archived"]))
    thread.locked = bool(told.get("locked", thread.locked))
    thread.name = told.get("name") or thread.name
    thread.minutes = told.get("auto_archive_duration") or thread.minutes
    thread.applied_tags = [str(one) for one in told.get("applied_tags", thread.applied_tags)]
    call.fake.emit("THREAD_UPDATE", thread.as_json(call.me.id), thread)


def put_away(fake: "FakeDiscord", thread: Channel, *, archived: bool) -> None:
    if archived != thread.archived:
        thread.archived, thread.archived_at = archived, fake.clock.text()
        thread.active_at = fake.clock.now()


@route(f"DELETE {CHANNEL}")
def delete(call: Call) -> tuple[int, Any]:
    channel = call.channel()
    if channel.type == DIRECT:
        return 200, channel.as_json(call.me.id)
    call.need_in(channel, may.MANAGE_THREADS if channel.is_thread else may.MANAGE_CHANNELS)
    told = channel.as_json(call.me.id)
    remove(call.fake, channel)
    return 200, told


def remove(fake: "FakeDiscord", channel: Channel) -> None:
    guild = fake.guilds[channel.guild]
    for thread in [one for one in guild.channels.values() if one.parent == channel.id and one.is_thread]:
        del guild.channels[thread.id]
    told = channel.as_json()
    fake.emit("THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE", told, channel)
    del guild.channels[channel.id]
    for event in guild.events.values():  # GUESS: an event does not outlive its channel
        event["status"] = 4 if event["channel_id"] == channel.id else event["status"]


@route(f"PUT {CHANNEL}/permissions/{{overwrite_id}}")
def allow(call: Call) -> tuple[int, Any]:
    channel = call.channel(may.MANAGE_ROLES)
    guild = call.fake.guilds[channel.guild]
    told = {"allow": call.json.get("allow"), "deny": call.json.get("deny"), "type": call.json["type"]}
    made = _overwrites(call, guild, [told | {"id": call.path["overwrite_id"]}], channel)
    if call.json["type"] == 1 and call.path["overwrite_id"] not in guild.members:
        raise ApiError(404, UNKNOWN_USER, "Unknown User")
    channel.overwrites |= made
    call.fake.emit("CHANNEL_UPDATE", channel.as_json(), channel)
    return 204, None


@route(f"DELETE {CHANNEL}/permissions/{{overwrite_id}}")
def forget(call: Call) -> tuple[int, Any]:
    channel = call.channel(may.MANAGE_ROLES)
    if channel.overwrites.pop(call.path["overwrite_id"], None) is None:
        raise ApiError(404, 10009, "Unknown permission overwrite")
    call.fake.emit("CHANNEL_UPDATE", channel.as_json(), channel)
    return 204, None


@route(f"POST {CHANNEL}/messages/{{message_id}}/threads")
def from_message(call: Call) -> tuple[int, Any]:
    parent = call.channel(may.CREATE_PUBLIC_THREADS)
    message = call.message(parent)
    if parent.type != 0:
        raise ApiError(400, 50024, "Cannot execute action on this channel type")
    if message.thread is not None or message.id in call.fake.guilds[parent.guild].channels:
        raise ApiError(400, 160004, "A thread has already been created for this message")
    thread = begin(call.fake, parent, call.me, call.json, PUBLIC_THREAD, message)
    return 201, thread.as_json(call.me.id)


@route(f"POST {CHANNEL}/threads")
def without_message(call: Call) -> tuple[int, Any]:
    parent = call.channel()
    if parent.type == FORUM:
        return _forum_post(call, parent)
    kind = call.json.get("type") or PRIVATE_THREAD
    call.need_in(parent, may.CREATE_PRIVATE_THREADS if kind == PRIVATE_THREAD else may.CREATE_PUBLIC_THREADS)
    thread = begin(call.fake, parent, call.me, call.json, kind)
    return 201, thread.as_json(call.me.id)


def _forum_post(call: Call, parent: Channel) -> tuple[int, Any]:
    call.need_in(parent, may.SEND_MESSAGES)
    tags = [str(one) for one in call.json.get("applied_tags") or []]
    if set(tags) - {one["id"] for one in parent.tags}:
        raise ApiError(404, 10087, "Unknown tag")
    if parent.flags & (1 << 4) and not tags:
        raise ApiError(400, 40067, "A tag is required to create a forum post in this channel")
    thread = begin(call.fake, parent, call.me, call.json, PUBLIC_THREAD)
    thread.applied_tags = tags
    message = compose(call.fake, thread.id, call.me, call.json["message"], call.files)
    message.id = thread.id
    post(call.fake, thread, message)
    return 201, thread.as_json(call.me.id) | {"message": message.as_json()}


def begin(
    fake: "FakeDiscord", parent: Channel, owner: User, told: Mapping[str, Any], kind: int, root: Message | None = None
) -> Channel:
    """A thread; it has its message's id where it hangs on one."""
    now = fake.clock.text()
    thread = Channel(root.id if root else fake.clock.snowflake(), kind, parent.guild, told["name"], parent=parent.id)
    thread.owner, thread.created, thread.archived_at = owner.id, now, now
    thread.minutes = told.get("auto_archive_duration") or parent.minutes
    thread.invitable, thread.active_at = told.get("invitable", True), fake.clock.now()
    thread.joined[owner.id] = now
    fake.guilds[parent.guild].channels[thread.id] = thread
    if root is not None:
        root.thread, root.flags = thread, root.flags | (1 << 5)
    elif parent.type == 0 and kind == PUBLIC_THREAD:
        line = Message(thread.id, parent.id, owner, now, told["name"], type=18, thread=thread)
        parent.messages[line.id] = line
    fake.emit("THREAD_CREATE", thread.as_json(fake.bot.id) | {"newly_created": True}, thread)
    return thread


@route("GET /guilds/{guild_id}/threads/active")
def active(call: Call) -> tuple[int, Any]:
    guild = call.guild()
    threads = [one for one in guild.channels.values() if one.is_thread and not one.archived]
    return 200, _threads(call, [one for one in threads if may.sees(guild, one, call.me.id)])


@route(
    f"GET {CHANNEL}/threads/archived/public",
    f"GET {CHANNEL}/threads/archived/private",
    f"GET {CHANNEL}/users/@me/threads/archived/private",
)
def archived(call: Call) -> tuple[int, Any]:
    """What fell asleep last comes first."""
    parent, hidden = call.channel(may.READ_MESSAGE_HISTORY), "private" in call.route
    guild = call.fake.guilds[parent.guild]
    found = [one for one in guild.channels.values() if one.parent == parent.id and one.archived]
    found = [one for one in found if is_private(one) == hidden and may.sees(guild, one, call.me.id)]
    found = sorted(found, key=lambda one: one.archived_at, reverse=True)
    found = [one for one in found if one.archived_at < call.query.get("before", "9")]
    limit = int(call.query.get("limit", 50))
    return 200, _threads(call, found[:limit]) | {"has_more": len(found) > limit}


def _threads(call: Call, threads: list[Channel]) -> Json:
    mine = [one.membership(call.me.id) for one in threads if call.me.id in one.joined]
    return {"threads": [one.as_json(call.me.id) for one in threads], "members": mine, "has_more": False}


@route(f"PUT {MEMBER}", f"PUT {CHANNEL}/thread-members/@me")
def bring(call: Call) -> tuple[int, Any]:
    thread = call.channel(may.SEND_MESSAGES_IN_THREADS)
    user = call.path.get("user_id", call.me.id)
    if thread.archived:
        raise asleep(thread)
    guild = call.fake.guilds[thread.guild]
    if user not in guild.members:
        raise ApiError(404, UNKNOWN_USER, "Unknown User")
    if not may.sees(guild, guild.channels[thread.parent], user):
        raise no_permission()
    comes(call.fake, thread, user)
    return 204, None


def comes(fake: "FakeDiscord", thread: Channel, user: str) -> None:
    if user not in thread.joined:
        thread.joined[user] = fake.clock.text()
        _members_changed(fake, thread, added=[fake.guilds[thread.guild].members[user].as_json()], removed=[])


@route(f"DELETE {MEMBER}")
def take_out(call: Call) -> tuple[int, Any]:
    thread = call.channel()
    if thread.archived:
        raise asleep(thread)
    if not (thread.owner == call.me.id and is_private(thread)):
        call.need_in(thread, may.MANAGE_THREADS)
    if thread.joined.pop(call.path["user_id"], None) is None:
        raise ApiError(404, UNKNOWN_USER, "Unknown User")
    _members_changed(call.fake, thread, added=[], removed=[call.path["user_id"]])
    return 204, None


def _members_changed(fake: "FakeDiscord", thread: Channel, added: list[Json], removed: list[str]) -> None:
    told: Json = {"id": thread.id, "guild_id": thread.guild, "member_count": len(thread.joined)}
    told |= {"added_members": [thread.membership(one["user"]["id"]) | {"member": one} for one in added]}
    fake.emit("THREAD_MEMBERS_UPDATE", told | {"removed_member_ids": removed}, thread)


@route(f"GET {CHANNEL}/thread-members")
def members(call: Call) -> tuple[int, Any]:
    thread = call.channel()
    return 200, [thread.membership(user) for user in thread.joined]


@route("POST /users/@me/channels")
def direct(call: Call) -> tuple[int, Any]:
    user = call.fake.users.get(str(call.json.get("recipient_id", "")))
    if user is None:
        raise ApiError(400, UNKNOWN_USER if call.json.get("recipient_id") else UNKNOWN_CHANNEL, "Invalid Recipient(s)")
    return 200, call.fake.direct(user).as_json(call.me.id)
