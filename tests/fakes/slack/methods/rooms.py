"""conversations.*: rooms are made, named, filled, read and closed."""

import re
from typing import TYPE_CHECKING

from tests.fakes.slack.contracts import Json
from tests.fakes.slack.methods.call import Call, method
from tests.fakes.slack.methods.chat import say
from tests.fakes.slack.world import SCOPE_WORD, ApiError, Channel, Kind, Member, Team

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack

NAME = re.compile(r"[a-z0-9_\-\u00c0-\uffff]+")  # lower case, digits, hyphen, underscore; letters of other scripts
NAME_LENGTH = 80
TOPIC_LENGTH = 250
KINDS: dict[str, Kind] = {"public_channel": "channel", "private_channel": "group", "mpim": "mpim", "im": "im"}


def kind_of(call: Call) -> str:
    """The word that scopes use for the conversation this call is about (`channels`, `groups`, `im`, `mpim`), or ""."""
    if call.method == "conversations.create":
        return "groups" if call.flag("is_private") else "channels"
    if call.method == "conversations.open" and call.text("users"):
        return "mpim" if len(call.words("users")) > 1 else "im"
    if call.method in {"conversations.list", "users.conversations"}:
        return SCOPE_WORD[KINDS.get((call.words("types") or ["public_channel"])[0], "channel")]
    channel = call.found_team.channels.get(call.text("channel")) if call.found_team else None
    return SCOPE_WORD[channel.kind] if channel is not None else ""


def make_channel(call: Call, kind: Kind, members: list[str], name: str = "") -> Channel:
    fake, team = call.fake, call.team
    letter = {"im": "D", "channel": "C", "group": "C", "mpim": "C"}[kind]
    created = int(fake.clock.now())
    channel = Channel(fake.numbers.next(letter), kind, name, list(members), members[0], created)
    team.channels[channel.id] = channel
    return channel


@method("conversations.create")
def create(call: Call) -> Json:
    name = _new_name(call)
    kind: Kind = "group" if call.flag("is_private") else "channel"
    channel = make_channel(call, kind, [call.me], name)
    if kind == "channel":
        told = {"id": channel.id, "name": name, "name_normalized": name, "created": channel.created, "creator": call.me}
        call.fake.emit(call.team, {"type": "channel_created", "channel": told})
    return {"channel": channel.as_json(call.me, call.team.id)}


def _new_name(call: Call) -> str:
    name = call.text("name").lower()
    if not name:
        raise ApiError("invalid_name_required")
    if len(name) > NAME_LENGTH:
        raise ApiError("invalid_name_maxlength")
    if not NAME.fullmatch(name):
        raise ApiError("invalid_name_specials")
    if not re.search(r"\w", name.replace("_", "")):
        raise ApiError("invalid_name_punctuation")
    # GUESS: names of archived channels stay taken, as Slack's help pages say.
    if any(channel.name == name for channel in call.team.channels.values()):
        raise ApiError("name_taken")
    return name


@method("conversations.open")
def open_(call: Call) -> Json:
    people = call.words("users")
    if not people and not call.text("channel"):
        raise ApiError("users_list_not_supplied")
    if not people:
        return {"channel": {"id": call.channel().id}}
    for user in people:
        if call.member(user).deleted:
            raise ApiError("user_disabled")
    if len(people) > 8:
        raise ApiError("too_many_users")
    kind: Kind = "mpim" if len(people) > 1 else "im"
    members = [call.me, *(user for user in people if user != call.me)]
    found = call.team.channel_of(members, kind)
    name = "mpdm-" + "--".join(call.member(user).name.lower() for user in members) + "-1" if kind == "mpim" else ""
    channel = found or make_channel(call, kind, members, name)
    shown: Json = {"id": channel.id}
    if call.flag("return_im"):
        shown = channel.as_json(call.me, call.team.id)
    return {"channel": shown} | ({"no_op": True, "already_open": True} if found else {})


@method("conversations.invite")
def invite(call: Call) -> Json:
    channel = _inside(call)
    asked = {user: _why_not(call, channel, user) for user in call.words("users")}
    problems = [{"user": user, "ok": False, "error": why} for user, why in asked.items() if why]
    if problems and not (call.flag("force") and len(problems) < len(asked)):
        raise ApiError(str(problems[0]["error"]), errors=problems)
    for user, why in asked.items():
        if not why:
            join(call.fake, call.team, channel, user, inviter=call.me)
    return {"channel": channel.as_json(call.me, call.team.id)}


def _why_not(call: Call, channel: Channel, user: str) -> str:
    member: Member | None = call.team.members.get(user)
    if member is None or member.deleted:
        return "user_not_found"
    if user == call.me:
        return "cant_invite_self"
    return "already_in_channel" if user in channel.members else ""


def join(fake: "FakeSlack", team: Team, channel: Channel, user: str, inviter: str = "") -> None:
    channel.members.append(user)
    word = "channel" if channel.kind == "channel" else "group"
    event: Json = {"type": "member_joined_channel", "user": user, "channel": channel.id, "team": team.id}
    event["channel_type"] = "C" if channel.kind == "channel" else "G"
    fake.emit(team, event | ({"inviter": inviter} if inviter else {}), channel)
    more = {"inviter": inviter} if inviter else {}
    say(fake, team, channel, f"<@{user}> has joined the channel", user, subtype=f"{word}_join", **more)


def part(fake: "FakeSlack", team: Team, channel: Channel, user: str) -> None:
    word = "channel" if channel.kind == "channel" else "group"
    event = {"type": "member_left_channel", "user": user, "channel": channel.id, "team": team.id}
    fake.emit(team, event | {"channel_type": "C" if word == "channel" else "G"}, channel)
    if user == team.bot_user:
        fake.emit(team, {"type": f"{word}_left", "channel": channel.id})
    say(fake, team, channel, f"<@{user}> has left the channel", user, subtype=f"{word}_leave")
    channel.members.remove(user)


@method("conversations.kick")
def kick(call: Call) -> Json:
    channel = _inside(call, archived=True)
    if call.text("user") == call.me:
        raise ApiError("cant_kick_self")
    if call.text("user") not in channel.members:
        raise ApiError("not_in_channel")
    part(call.fake, call.team, channel, call.text("user"))
    return {"errors": {}}


@method("conversations.join")
def join_(call: Call) -> Json:
    channel = _room(call)
    if channel.kind != "channel":
        raise ApiError("method_not_supported_for_channel_type")
    _open(channel)
    if call.me not in channel.members:
        join(call.fake, call.team, channel, call.me)
    return {"channel": channel.as_json(call.me, call.team.id)}


@method("conversations.leave")
def leave(call: Call) -> Json:
    channel = _room(call)
    if call.me not in channel.members:
        return {"not_in_channel": True}
    part(call.fake, call.team, channel, call.me)
    return {}


@method("conversations.archive")
def archive(call: Call) -> Json:
    channel = _inside(call, archived=True)
    if channel.archived:
        raise ApiError("already_archived")
    put_away(call.fake, call.team, channel, call.me)
    return {}


def put_away(fake: "FakeSlack", team: Team, channel: Channel, user: str, *, back: bool = False) -> None:
    """Archives the channel, or takes it back."""
    word = ("channel" if channel.kind == "channel" else "group") + ("_unarchive" if back else "_archive")
    channel.archived = False
    say(fake, team, channel, "un-archived the channel" if back else "archived the channel", user, subtype=word)
    channel.archived = not back
    known = {} if word == "group_unarchive" else {"user": user}
    fake.emit(team, {"type": word, "channel": channel.id} | known, channel)


@method("conversations.unarchive")
def unarchive(call: Call) -> Json:
    channel = _room(call)
    if not channel.archived:
        raise ApiError("not_archived")
    put_away(call.fake, call.team, channel, call.me, back=True)
    return {}


@method("conversations.rename")
def rename(call: Call) -> Json:
    channel = _inside(call)
    rename_to(call.fake, call.team, channel, _new_name(call), call.me)
    return {"channel": channel.as_json(call.me, call.team.id)}


def rename_to(fake: "FakeSlack", team: Team, channel: Channel, name: str, user: str) -> None:
    word = "channel" if channel.kind == "channel" else "group"
    old, channel.name = channel.name, name
    channel.previous_names.insert(0, old)
    told = {"id": channel.id, "name": name, "name_normalized": name, "created": channel.created}
    told |= {"is_channel": word == "channel", "is_mpim": channel.kind == "mpim"}
    fake.emit(team, {"type": f"{word}_rename", "channel": told}, channel)
    text = f'has renamed the channel from "{old}" to "{name}"'
    say(fake, team, channel, text, user, subtype=f"{word}_name", old_name=old, name=name)


@method("conversations.setTopic")
def set_topic(call: Call) -> Json:
    channel = _inside(call)
    channel.topic = _short(call, "topic")
    text = f"set the channel topic: {channel.topic}"
    say(call.fake, call.team, channel, text, call.me, subtype="channel_topic", topic=channel.topic)
    return {"channel": channel.as_json(call.me, call.team.id)}


@method("conversations.setPurpose")
def set_purpose(call: Call) -> Json:
    channel = _inside(call)
    channel.purpose = _short(call, "purpose")
    return {"channel": channel.as_json(call.me, call.team.id)}


def _short(call: Call, name: str) -> str:
    if len(call.text(name)) > TOPIC_LENGTH:
        raise ApiError("too_long")
    return call.text(name)


def _room(call: Call) -> Channel:
    channel = call.channel()
    if channel.kind in {"im", "mpim"}:
        raise ApiError("method_not_supported_for_channel_type")
    return channel


def _inside(call: Call, *, archived: bool = False) -> Channel:
    channel = _room(call)
    if call.me not in channel.members:
        raise ApiError("not_in_channel")
    if not archived:
        _open(channel)
    return channel


def _open(channel: Channel) -> None:
    if channel.archived:
        raise ApiError("is_archived")
