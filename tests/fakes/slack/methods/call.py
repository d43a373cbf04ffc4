"""One Web API call as it came in, who makes it, and the table of the methods that the fake answers."""

import json
from base64 import b64decode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fakes.slack.contracts import STRUCTURED, Json
from tests.fakes.slack.world import ApiError, Channel, Grant, Member, Team

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack

Answering = Callable[["Call"], Json]
METHODS: dict[str, Answering] = {}
WITHOUT_TOKEN = frozenset({"oauth.v2.access"})
PAGE = 100


def method(name: str) -> Callable[[Answering], Answering]:
    """Answers the Web API method of this name."""

    def register(function: Answering) -> Answering:
        METHODS[name] = function
        return function

    return register


@dataclass
class Call:
    """`args` without the token; what was JSON text in a form is decoded. `answer` is what the fake said, if it did."""

    fake: "FakeSlack"
    method: str
    args: Json
    how: str
    token: str
    at: float
    grant: Grant | None = None
    found_team: Team | None = None
    answer: Json = field(default_factory=dict)

    @property
    def team(self) -> Team:
        """The workspace this call is about. An org-wide token says it by team_id or by what the call names."""
        if self.found_team is None:
            raise ApiError(
                "missing_argument", response_metadata={"messages": ["[ERROR] missing required field: team_id"]}
            )
        return self.found_team

    @property
    def me(self) -> str:
        return self.team.bot_user

    def text(self, name: str) -> str:
        return str(self.args.get(name) or "")

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.args.get(name, default)
        return value if isinstance(value, bool) else str(value).lower() in {"true", "1"}

    def number(self, name: str, default: int) -> int:
        return int(self.args.get(name) or default)

    def words(self, name: str) -> list[str]:
        """A comma-separated argument, or a list in JSON."""
        value = self.args.get(name) or ""
        return [one.strip() for one in (value if isinstance(value, list) else str(value).split(",")) if one.strip()]

    def channel(self, name: str = "channel", *, inside: bool = False) -> Channel:
        """The conversation this argument names, if the bot can see it; with `inside` it must be in it."""
        channel = self.team.channels.get(self.text(name))
        if channel is None or (channel.is_private and self.me not in channel.members):
            raise ApiError("channel_not_found")
        if inside and self.me not in channel.members:
            raise ApiError("not_in_channel")
        return channel

    def member(self, user: str) -> Member:
        found = self.team.members.get(user)
        if found is None:
            raise ApiError("user_not_found")
        return found

    def page(self, items: Sequence[Any], most: int = 1000) -> tuple[list[Any], Json]:
        """This page and its response_metadata. The cursor is the number of the first item of the next page."""
        limit = min(self.number("limit", PAGE), most)
        cursor = self.text("cursor")
        if cursor and not cursor.removeprefix("next:").isdigit():
            raise ApiError("invalid_cursor")
        start = int(cursor.removeprefix("next:") or 0)
        end = start + limit
        return list(items[start:end]), {"next_cursor": f"next:{end}" if end < len(items) else ""}


async def read_call(fake: "FakeSlack", request: web.Request) -> Call:
    """Arguments come in the query, as a form, as multipart or, where the method takes it, as JSON."""
    args: Json = dict(request.query)
    how = "query" if args else "form"
    if request.content_type == "application/json":
        body = await request.json()
        args |= {name: value for name, value in body.items() if value is not None}
        how = "json"
    elif request.can_read_body:
        args |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme == "Basic":
        client_id, _, secret = b64decode(credentials).decode().partition(":")
        args |= {"client_id": client_id, "client_secret": secret}
    token = str(args.pop("token", "")) or (credentials if scheme == "Bearer" else "")
    for name in STRUCTURED & set(args):
        args[name] = _decoded(args[name])
    return Call(fake, request.match_info["method"], args, how, token, fake.clock.now())


def _decoded(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def authenticate(call: Call) -> None:
    """Whose token this is and which workspace it speaks for."""
    grant = call.grant = call.fake.grants.get(call.token)
    if not call.token:
        raise ApiError("not_authed")
    if grant is None:
        raise ApiError("invalid_auth")
    if grant.revoked:
        raise ApiError("token_revoked")
    if grant.expires is not None and grant.expires <= call.fake.clock.now():
        raise ApiError("token_expired")
    if (grant.kind == "app") != (call.method == "apps.connections.open"):
        raise ApiError("not_allowed_token_type")
    call.found_team = call.fake.teams.get(grant.team) or _derived(call, grant)
    if call.found_team is not None and not call.found_team.installed:
        raise ApiError("account_inactive")


def _derived(call: Call, grant: Grant) -> Team | None:
    """For an org-wide token: by team_id, else by the channel, user, view or trigger that the call names."""
    teams = [team for team in call.fake.teams.values() if grant.enterprise and team.enterprise == grant.enterprise]
    if wanted := call.text("team_id"):
        found = next((team for team in teams if team.id == wanted), None)
        if found is None or found.left_out:
            raise ApiError("team_access_not_granted")
        return found
    named = {str(value) for value in call.args.values() if isinstance(value, str)}
    trigger = call.fake.triggers.get(call.text("trigger_id"))
    for team in teams:
        views = {view.id for member in team.members.values() for view in member.modals}
        if named & (set(team.channels) | set(team.members) | views) or (trigger and trigger.team == team.id):
            if team.left_out:
                raise ApiError("team_access_not_granted")
            return team
    return None
