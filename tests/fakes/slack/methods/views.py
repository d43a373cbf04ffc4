"""Modals, the Home tab, and files by the external upload flow."""

from typing import TYPE_CHECKING

from aiohttp import web

from tests.fakes.slack.contracts import Json
from tests.fakes.slack.methods.call import Call, method
from tests.fakes.slack.methods.chat import post
from tests.fakes.slack.world import APP_ID, ApiError, Message, Team, Trigger, View

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack

TRIGGER_SECONDS = 3
DEEPEST = 3  # views in one stack


@method("views.open")
def open_view(call: Call) -> Json:
    trigger = _used_trigger(call)
    view = new_view(call.fake, call.team, trigger.user, call.args["view"])
    call.team.members[trigger.user].modals[:] = [view]
    return {"view": view.as_json(call.team.bot_id)}


@method("views.push")
def push_view(call: Call) -> Json:
    trigger = _used_trigger(call)
    stack = call.team.members[trigger.user].modals
    if not stack:
        raise ApiError("not_found")
    if len(stack) >= DEEPEST:
        raise ApiError("push_limit_reached")
    view = new_view(call.fake, call.team, trigger.user, call.args["view"])
    view.root, view.previous = stack[0].id, stack[-1].id
    stack.append(view)
    return {"view": view.as_json(call.team.bot_id)}


@method("views.update")
def update_view(call: Call) -> Json:
    named = call.text("view_id"), call.text("external_id")
    modals = (view for member in call.team.members.values() for view in member.modals)
    everything = [*modals, *call.team.homes.values()]
    found = next((one for one in everything if _is_named(one, *named)), None)
    if found is None:
        raise ApiError("not_found")
    _same_hash(call, found)
    change(call.fake, found, call.args["view"])
    return {"view": found.as_json(call.team.bot_id)}


@method("views.publish")
def publish_view(call: Call) -> Json:
    user = call.text("user_id")
    if user not in call.team.members:
        raise ApiError("missing_profile_id")  # GUESS: the nearest word for a user who is not there
    home = call.team.homes.get(user)
    if home is None:
        home = call.team.homes[user] = new_view(call.fake, call.team, user, call.args["view"])
    else:
        _same_hash(call, home)
        change(call.fake, home, call.args["view"])
    return {"view": home.as_json(call.team.bot_id)}


def _is_named(view: View, view_id: str, external_id: str) -> bool:
    return view.id == view_id or (external_id != "" and view.body.get("external_id") == external_id)


def new_view(fake: "FakeSlack", team: Team, user: str, body: Json) -> View:
    external = body.get("external_id")
    taken = (view for member in team.members.values() for view in member.modals)
    if external and any(view.body.get("external_id") == external for view in taken):
        raise ApiError("duplicate_external_id")
    view = View(fake.numbers.next("V"), team.id, user, {}, "")
    change(fake, view, body)
    return view


def change(fake: "FakeSlack", view: View, body: Json) -> None:
    view.body = body | {"blocks": fake.numbers.fill(body["blocks"])}
    view.hash = f"{fake.clock.stamp()}.{view.id[-4:]}"
    view.errors = {}


def _same_hash(call: Call, view: View) -> None:
    if call.text("hash") not in {"", view.hash}:
        raise ApiError("hash_conflict", view=None)


def _used_trigger(call: Call) -> Trigger:
    trigger = call.fake.triggers.get(call.text("trigger_id"))
    if trigger is None or trigger.team != call.team.id:
        raise ApiError("invalid_trigger_id")
    if trigger.used:
        raise ApiError("exchanged_trigger_id")
    if call.fake.clock.now() >= trigger.at + TRIGGER_SECONDS:
        raise ApiError("expired_trigger_id")
    trigger.used = True
    return trigger


@method("files.getUploadURLExternal")
def get_upload_url(call: Call) -> Json:
    fake, team = call.fake, call.team
    length = call.number("length", 0)
    if length <= 0 or not call.text("filename"):
        raise ApiError("missing_argument")
    file = fake.numbers.next("F")
    found: Json = {"id": file, "name": call.text("filename"), "title": call.text("filename"), "size": length}
    found |= {"created": int(fake.clock.now()), "user": call.me, "alt_txt": call.text("alt_txt")}
    team.files[file] = found
    return {"file_id": file, "upload_url": f"{fake.url}/upload/{team.id}/{file}"}


async def upload(fake: "FakeSlack", request: web.Request) -> web.Response:
    """Where the bytes go: as the body, or as the part `filename` of a multipart body. No token is asked."""
    team, file = fake.teams[request.match_info["team"]], request.match_info["file"]
    if request.content_type == "multipart/form-data":
        part = next(iter((await request.post()).values()))
        content = part.file.read() if isinstance(part, web.FileField) else str(part).encode()
    else:
        content = await request.read()
    if len(content) != team.files[file]["size"]:
        fake.violations.append(f"upload of {team.files[file]['name']}: another length than was told")
    team.uploads[file] = content
    await fake.notice()
    return web.Response(text=f"OK - {len(content)}")


def bring(fake: "FakeSlack", team: Team, user: str, name: str, content: bytes) -> Json:
    """A file that somebody chooses in a modal: theirs alone, and where an app that shows its token may read it."""
    file = fake.numbers.next("F")
    found: Json = {"id": file, "name": name, "title": name, "size": len(content), "user": user, "mode": "hosted"}
    found |= {"created": int(fake.clock.now()), "url_private_download": f"{fake.url}/files/{team.id}/{file}"}
    team.files[file], team.uploads[file] = found, content
    return dict(found)


async def hand_out(fake: "FakeSlack", request: web.Request) -> web.Response:
    """Without the token, or without `files:read`, Slack shows its page for signing in."""
    team, file = fake.teams[request.match_info["team"]], request.match_info["file"]
    grant = fake.grants.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
    if grant is None or grant.revoked or "files:read" not in grant.scopes:
        return web.Response(status=302, headers={"Location": fake.url})
    return web.Response(body=team.uploads[file])


@method("files.completeUploadExternal")
def complete_upload(call: Call) -> Json:
    """Without a channel the file stays private; with one it is shared there by a message of its own."""
    team = call.team
    files = []
    for told in call.args["files"]:
        found = team.files.get(told["id"])
        if found is None or told["id"] not in team.uploads:
            raise ApiError("file_not_found")
        found["title"] = told.get("title", found["title"])
        files.append({key: found[key] for key in ("id", "title", "name", "size", "created", "user")})
    for name in [call.text("channel_id"), *call.words("channels")]:
        if name:
            channel = team.channels.get(name)
            if channel is None:
                raise ApiError("channel_not_found")
            if call.me not in channel.members:
                raise ApiError("not_in_channel")
            message = Message(call.fake.clock.stamp(), channel.id, call.me, call.text("initial_comment"))
            message.bot_id, message.files, message.thread_ts = team.bot_id, files, call.text("thread_ts")
            message.subtype = "file_share"
            if not message.text:  # blocks are ignored beside an initial_comment
                message.blocks = call.fake.numbers.fill(call.args.get("blocks") or [])
            post(call.fake, team, channel, message)
    return {"files": files}


def app_home(team: Team, user: str) -> Json | None:
    """The published Home tab of this person, as an event carries it."""
    home = team.homes.get(user)
    return home.as_json(team.bot_id) | {"app_id": APP_ID} if home else None
