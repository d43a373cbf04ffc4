"""Guilds: their roles, their members, their scheduled events."""

from typing import TYPE_CHECKING, Any

from tests.fakes.discord import permissions as may
from tests.fakes.discord.contracts import Json
from tests.fakes.discord.rest.call import MISSING_ACCESS, UNKNOWN_ROLE, Call, invalid, no_permission, route
from tests.fakes.discord.world import ApiError, Guild, Member, Role

if TYPE_CHECKING:
    from tests.fakes.discord.server import FakeDiscord

GUILD = "/guilds/{guild_id}"
MEMBER_ROLE = f"{GUILD}/members/{{user_id}}/roles/{{role_id}}"
EVENT = f"{GUILD}/scheduled-events/{{guild_scheduled_event_id}}"
MEMBERS_INTENT = 1 << 1


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
    return 200, list(call.guild().events.values())


@route(f"POST {GUILD}/scheduled-events")
def plan(call: Call) -> tuple[int, Any]:
    guild = call.guild()
    if not may.in_guild(guild, call.me.id) & (may.CREATE_EVENTS | may.MANAGE_EVENTS):
        raise no_permission()
    if call.json["entity_type"] == 3 and not (call.json.get("entity_metadata") or {}).get("location"):
        raise invalid("an event elsewhere needs a location")
    event: Json = {"id": call.fake.clock.snowflake(), "guild_id": guild.id, "creator_id": call.me.id, "status": 1}
    event |= {"description": None, "channel_id": None, "image": None, "scheduled_end_time": None, "entity_id": None}
    event |= {"recurrence_rule": None, "guild_scheduled_event_exceptions": [], "entity_metadata": None}
    event |= {"privacy_level": 2, "user_count": 0} | call.json
    guild.events[event["id"]] = event
    call.fake.emit("GUILD_SCHEDULED_EVENT_CREATE", event, guild)
    return 200, event


@route(f"PATCH {EVENT}")
def change_event(call: Call) -> tuple[int, Any]:
    guild = call.guild()
    event = guild.events[_event(call, guild)]
    event |= call.json
    call.fake.emit("GUILD_SCHEDULED_EVENT_UPDATE", event, guild)
    return 200, event


@route(f"DELETE {EVENT}")
def cancel(call: Call) -> tuple[int, Any]:
    guild = call.guild()
    call.fake.emit("GUILD_SCHEDULED_EVENT_DELETE", guild.events.pop(_event(call, guild)), guild)
    return 204, None


@route(f"GET {EVENT}")
def event(call: Call) -> tuple[int, Any]:
    guild = call.guild()
    return 200, guild.events[_event(call, guild)]


def _event(call: Call, guild: Guild) -> str:
    known = call.path["guild_scheduled_event_id"]
    if known not in guild.events:
        raise ApiError(404, 10070, "Unknown Guild Scheduled Event")
    return known
