"""The application: who it is, its commands, where its gateway is, which guilds it is in."""

import json
from typing import Any

from tests.fakes.discord.contracts import Json
from tests.fakes.discord.rest.call import MISSING_ACCESS, UNKNOWN_GUILD, UNKNOWN_USER, Call, route
from tests.fakes.discord.world import ApiError

COMMANDS = "/applications/{application_id}/commands"
GUILD_COMMANDS = "/applications/{application_id}/guilds/{guild_id}/commands"
FLAGS_OF_INTENTS = {1 << 8: (1 << 12, 1 << 13), 1 << 1: (1 << 14, 1 << 15), 1 << 15: (1 << 18, 1 << 19)}


@route("GET /oauth2/applications/@me", "GET /applications/@me", "GET /applications/{application_id}")
def application(call: Call) -> tuple[int, Any]:
    fake = call.fake
    flags = sum(limited for intent, (_, limited) in FLAGS_OF_INTENTS.items() if fake.privileged & intent)
    nothing = ("icon", "interactions_endpoint_url", "role_connections_verification_url", "team", "rpc_origins")
    found: Json = dict.fromkeys(nothing) | {"id": fake.application, "name": fake.bot.name, "description": ""}
    found |= {"type": None, "verify_key": "0" * 64, "flags": flags, "flags_new": str(flags), "redirect_uris": []}
    found |= {"bot": fake.bot.as_json(), "bot_public": fake.public, "bot_require_code_grant": False}
    found |= {"owner": fake.owner.as_json(), "approximate_guild_count": len(fake.guilds)}
    found |= {"approximate_user_install_count": 0, "approximate_user_authorization_count": 0}
    found |= {"explicit_content_filter": 0, "eligible_oauth2_scopes": [], "summary": ""}
    del found["rpc_origins"]
    return 200, found


@route("GET /users/@me")
def me(call: Call) -> tuple[int, Any]:
    nothing = {"banner": None, "accent_color": None, "mfa_enabled": True, "locale": "en-US", "email": None}
    return 200, call.me.as_json() | nothing | {"verified": True}


@route("GET /users/{user_id}")
def user(call: Call) -> tuple[int, Any]:
    found = call.fake.users.get(call.path["user_id"])
    if found is None:
        raise ApiError(404, UNKNOWN_USER, "Unknown User")
    return 200, found.as_json()


@route("GET /users/@me/guilds")
def guilds(call: Call) -> tuple[int, Any]:
    mine = [one for one in call.fake.guilds.values() if call.me.id in one.members]
    mine = [one for one in mine if int(one.id) > int(call.query.get("after", 0))][: int(call.query.get("limit", 200))]
    return 200, [call.fake.partial(one) for one in mine]


@route("DELETE /users/@me/guilds/{guild_id}")
def leave(call: Call) -> tuple[int, Any]:
    guild = call.guild()
    call.fake.part(guild)
    return 204, None


@route("GET /gateway", "GET /gateway/bot")
def gateway(call: Call) -> tuple[int, Any]:
    found: Json = {"url": call.fake.gateway_url}
    if call.route.endswith("bot"):
        starts = call.fake.gateway.starts
        limit = {"total": starts.total, "remaining": starts.left, "reset_after": 86_400_000}
        limit["max_concurrency"] = starts.at_once
        found |= {"shards": call.fake.shards, "session_start_limit": limit}
    return 200, found


@route(f"GET {COMMANDS}", f"GET {GUILD_COMMANDS}")
def commands(call: Call) -> tuple[int, Any]:
    return 200, list(_kept(call).values())


@route(f"PUT {COMMANDS}", f"PUT {GUILD_COMMANDS}")
def put(call: Call) -> tuple[int, Any]:
    """Instead of all that there were; one that stays keeps its id, and its version where nothing changed."""
    kept = _kept(call)
    old = {(one["type"], one["name"]): one for one in kept.values()}
    made = [_made(call, told, old.get((told.get("type", 1), told["name"]))) for told in call.body or []]
    kept.clear()
    kept.update({one["id"]: one for one in made})
    return 200, made


@route(f"POST {COMMANDS}", f"POST {GUILD_COMMANDS}")
def add(call: Call) -> tuple[int, Any]:
    kept = _kept(call)
    same = [one for one in kept.values() if (one["type"], one["name"]) == (call.json.get("type", 1), call.json["name"])]
    made = _made(call, call.json, same[0] if same else None)
    kept[made["id"]] = made
    return (200 if same else 201), made


@route(f"DELETE {COMMANDS}/{{command_id}}", f"DELETE {GUILD_COMMANDS}/{{command_id}}")
def drop(call: Call) -> tuple[int, Any]:
    if _kept(call).pop(call.path["command_id"], None) is None:
        raise ApiError(404, 10063, "Unknown application command")
    return 204, None


def _kept(call: Call) -> dict[str, Json]:
    if call.path["application_id"] != call.fake.application:
        raise ApiError(403, 20012, "You are not authorized to perform this action on this application")
    guild = call.path.get("guild_id", "")
    if guild and guild not in call.fake.guilds:
        raise ApiError(403, MISSING_ACCESS, "Missing Access") if guild.isdigit() else _unknown()
    return call.fake.commands.setdefault(guild, {})


def _unknown() -> ApiError:
    return ApiError(404, UNKNOWN_GUILD, "Unknown Guild")


def _made(call: Call, told: Json, before: Json | None) -> Json:
    made: Json = {"id": before["id"] if before else call.fake.clock.snowflake(), "type": 1, "description": ""}
    made |= {"application_id": call.fake.application, "default_member_permissions": None, "nsfw": False}
    made |= {"dm_permission": True, "contexts": None, "integration_types": [0]}
    made |= {name: value for name, value in told.items() if name != "id" and value is not None}
    if call.path.get("guild_id"):
        made["guild_id"] = call.path["guild_id"]
    same = before is not None and json.dumps(before | {"version": ""}) == json.dumps(made | {"version": ""})
    return made | {"version": before["version"] if same and before else call.fake.clock.snowflake()}
