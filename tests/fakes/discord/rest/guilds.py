"""Guilds: their roles, their members, their scheduled events."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.fakes.discord import permissions as may
from tests.fakes.discord.contracts import Json
from tests.fakes.discord.rest.call import MISSING_ACCESS, UNKNOWN_ROLE, Call, invalid, no_permission, route
from tests.fakes.discord.world import VOICE, ApiError, Guild, Member, Role

if TYPE_CHECKING:
    from tests.fakes.discord.server import FakeDiscord

GUILD = "/guilds/{guild_id}"
MEMBER_ROLE = f"{GUILD}/members/{{user_id}}/roles/{{role_id}}"
EVENT = f"{GUILD}/scheduled-events/{{guild_scheduled_event_id}}"
MEMBERS_INTENT = 1 << 1
IN_VOICE, ELSEWHERE = 2, 3
SCHEDULED, ACTIVE, COMPLETED, CANCELED = 1, 2, 3, 4
STEPS = frozenset({(SCHEDULED, ACTIVE), (ACTIVE, COMPLETED), (SCHEDULED, CANCELED)})
MOST_EVENTS = 100


@route(f"GET {GUILD}")
def show(call: Call) -> tuple[int, Any]:
    return 200, call.guild().as_json()


@route(f"GET {GUILD}/roles")
def roles(call: Call) -> tuple[int, Any]:
    return 200, [one.as_json() for one in call.guild().roles.values()]


@route(f"POST {GUILD}/roles")
def make_role(call: Call) -> tuple[int, Any]:
    guild, told = call.guild(), call.json
    call.need(guild, may.MANAGE_ROLES)
    if len(guild.roles) >= guild.most_roles:
        raise ApiError(400, 30005, f"Maximum number of guild roles reached ({guild.most_roles})")
    default = guild.roles[guild.id].permissions
    role = Role(call.fake.clock.snowflake(), told.get("name") or "new role", default)
    if told.get("permissions") is not None:
        role.permissions = int(told["permissions"])
    if role.permissions & ~may.in_guild(guild, call.me.id):
        raise no_permission()
    role.mentionable, role.hoist = bool(told.get("mentionable")), bool(told.get("hoist"))
    role.position = 1
    guild.roles[role.id] = role
    call.fake.emit("GUILD_ROLE_CREATE", {"guild_id": guild.id, "role": role.as_json()}, guild)
    return 200, role.as_json()


@route(f"PATCH {GUILD}/roles/{{role_id}}")
def change_role(call: Call) -> tuple[int, Any]:
    guild, role = call.guild(), _role(call)
    told = call.json
    role.name = told.get("name") or role.name
    if told.get("permissions") is not None:
        role.permissions = int(told["permissions"])
    call.fake.emit("GUILD_ROLE_UPDATE", {"guild_id": guild.id, "role": role.as_json()}, guild)
    return 200, role.as_json()


@route(f"DELETE {GUILD}/roles/{{role_id}}")
def delete_role(call: Call) -> tuple[int, Any]:
    guild, role = call.guild(), _role(call)
    remove_role(call.fake, guild, role.id)
    return 204, None


def remove_role(fake: "FakeDiscord", guild: Guild, role: str) -> None:
    del guild.roles[role]
    for member in guild.members.values():
        member.roles = [one for one in member.roles if one != role]
    for channel in guild.channels.values():
        channel.overwrites.pop(role, None)
    fake.emit("GUILD_ROLE_DELETE", {"guild_id": guild.id, "role_id": role}, guild)


def _role(call: Call) -> Role:
    """One that we may give and change: it stands below ours."""
    guild = call.guild()
    call.need(guild, may.MANAGE_ROLES)
    role = guild.roles.get(call.path["role_id"])
    if role is None:
        raise ApiError(404, UNKNOWN_ROLE, "Unknown Role")
    if role.position >= may.highest_role(guild, call.me.id) or role.managed:
        raise no_permission()
    return role


@route(f"GET {GUILD}/members/{{user_id}}")
def member(call: Call) -> tuple[int, Any]:
    return 200, call.member(call.guild()).as_json()


@route("GET /users/@me/guilds/{guild_id}/member")
def own_member(call: Call) -> tuple[int, Any]:
    return 200, call.guild().members[call.me.id].as_json()


@route(f"GET {GUILD}/members")
def members(call: Call) -> tuple[int, Any]:
    """For applications with the members intent alone."""
    guild = call.guild()
    if not call.fake.privileged & MEMBERS_INTENT:
        raise ApiError(403, MISSING_ACCESS, "Missing Access")
    return 200, [one.as_json() for one in guild.members.values()][: int(call.query.get("limit", 1))]


@route(f"GET {GUILD}/members/search")
def search(call: Call) -> tuple[int, Any]:
    begins = call.query.get("query", "").lower()
    if not begins:
        raise invalid("query is required")
    found = [one for one in call.guild().members.values() if one.user.name.lower().startswith(begins)]
    return 200, [one.as_json() for one in found][: int(call.query.get("limit", 1))]


@route(f"PUT {MEMBER_ROLE}")
def give_role(call: Call) -> tuple[int, Any]:
    guild, role = call.guild(), _role(call)
    found = call.member(guild)
    if role.id not in found.roles:
        found.roles.append(role.id)
        tell_member(call.fake, guild, found)
    return 204, None


@route(f"DELETE {MEMBER_ROLE}")
def take_role(call: Call) -> tuple[int, Any]:
    guild, role = call.guild(), _role(call)
    found = call.member(guild)
    if role.id in found.roles:
        found.roles.remove(role.id)
        tell_member(call.fake, guild, found)
    return 204, None


def tell_member(fake: "FakeDiscord", guild: Guild, member: Member) -> None:
    fake.emit("GUILD_MEMBER_UPDATE", member.as_json() | {"guild_id": guild.id}, guild, about=member.user.id)


@route(f"GET {GUILD}/scheduled-events")
def events(call: Call) -> tuple[int, Any]:
    """Those that we see."""
    return 200, events_seen(call.guild(), call.me.id)


def events_seen(guild: Guild, user: str) -> list[Json]:
    """Of an event in a channel, who sees that knows; of one elsewhere, everybody. What is over is listed no more."""
    live = (one for one in guild.events.values() if one["status"] in (SCHEDULED, ACTIVE))
    return [one for one in live if not one["channel_id"] or _seen(guild, str(one["channel_id"]), user)]


@route(f"POST {GUILD}/scheduled-events")
def plan(call: Call) -> tuple[int, Any]:
    guild, told = call.guild(), call.json
    _check_event(call, guild, told)
    if sum(one["status"] in (SCHEDULED, ACTIVE) for one in guild.events.values()) >= MOST_EVENTS:
        raise ApiError(400, 30038, "Maximum number of uncompleted guild scheduled events reached (100)")
    event: Json = {"id": call.fake.clock.snowflake(), "guild_id": guild.id, "creator_id": call.me.id, "status": 1}
    event |= {"description": None, "channel_id": None, "image": None, "scheduled_end_time": None, "entity_id": None}
    event |= {"recurrence_rule": None, "guild_scheduled_event_exceptions": [], "entity_metadata": None}
    event |= {"privacy_level": 2, "user_count": 0} | told
    guild.events[event["id"]] = event
    _tell_event(call, guild, "CREATE", event)
    return 200, event


@route(f"PATCH {EVENT}")
def change_event(call: Call) -> tuple[int, Any]:
    """One that has begun keeps its beginning; what is over is over."""
    guild, told = call.guild(), call.json
    event = guild.events[_event(call, guild)]
    after = told.get("status", event["status"])
    if after != event["status"] and (event["status"], after) not in STEPS:
        raise invalid("status: the event cannot go there")
    if event["status"] == ACTIVE and "scheduled_start_time" in told:
        raise invalid("scheduled_start_time: the event has begun")
    if set(told) != {"status"}:
        _check_event(call, guild, event | told)
    event |= told
    _tell_event(call, guild, "UPDATE", event)
    return 200, event


@route(f"DELETE {EVENT}")
def cancel(call: Call) -> tuple[int, Any]:
    guild = call.guild()
    event = guild.events.pop(_event(call, guild))
    _tell_event(call, guild, "DELETE", event)
    return 204, None


@route(f"GET {EVENT}")
def event(call: Call) -> tuple[int, Any]:
    guild = call.guild()
    return 200, guild.events[_event(call, guild)]


def _check_event(call: Call, guild: Guild, told: Json) -> None:
    """In a voice channel we need to see it, to connect to it and to create events in it; one that lies back is none."""
    held = may.in_guild(guild, call.me.id)
    if told["entity_type"] == IN_VOICE:
        channel = guild.channels.get(str(told.get("channel_id") or ""))
        if channel is None or channel.type != VOICE:
            raise invalid("channel_id: an event in a voice channel needs one")
        call.need_in(channel, may.CONNECT)
        held = may.in_channel(guild, channel, call.me.id)
    elif told["entity_type"] == ELSEWHERE and not (told.get("entity_metadata") or {}).get("location"):
        raise invalid("an event elsewhere needs a location")
    if "id" not in told and not held & may.CREATE_EVENTS:  # MANAGE_EVENTS alone was enough until February 2026
        raise no_permission()
    if datetime.fromisoformat(told["scheduled_start_time"]).timestamp() <= call.fake.clock.now():
        raise invalid("scheduled_start_time: cannot schedule event in the past")


def _tell_event(call: Call, guild: Guild, what: str, event: Json) -> None:
    where = guild.channels.get(str(event["channel_id"] or ""))
    call.fake.emit(f"GUILD_SCHEDULED_EVENT_{what}", event, where or guild)


def _seen(guild: Guild, channel: str, user: str) -> bool:
    return channel in guild.channels and may.sees(guild, guild.channels[channel], user)


def _event(call: Call, guild: Guild) -> str:
    """One that we see, and may change: ours, or any with MANAGE_EVENTS."""
    known = call.path["guild_scheduled_event_id"]
    if known not in guild.events:
        raise ApiError(404, 10070, "Unknown Guild Scheduled Event")
    event = guild.events[known]
    if event["channel_id"] and not _seen(guild, str(event["channel_id"]), call.me.id):
        raise ApiError(403, MISSING_ACCESS, "Missing Access")
    needs = may.CREATE_EVENTS if event["creator_id"] == call.me.id else may.MANAGE_EVENTS
    if not call.route.startswith("GET") and not may.in_guild(guild, call.me.id) & (needs | may.MANAGE_EVENTS):
        raise no_permission()
    return known
