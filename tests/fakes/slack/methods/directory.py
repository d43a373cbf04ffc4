"""Who is who and what is where: OAuth, people, workspaces, the app itself, conversations and their history."""

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

from aiohttp import web

from tests.fakes.slack.contracts import Json
from tests.fakes.slack.methods.call import Call, method
from tests.fakes.slack.methods.rooms import KINDS, kind_of
from tests.fakes.slack.world import APP_ID, BOT_SCOPES, ApiError, Channel, Grant, Member, Message, Team

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack

TOKEN_SECONDS = 43_200  # 12 hours
CODE_SECONDS = 600  # 10 minutes
BOT_NAME = "Cohortium"
RESTRICTED_OBJECTS = 15  # of apps outside the Marketplace, since 2025-05-29


def settle(fake: "FakeSlack", team: Team) -> None:
    """A workspace's bot user, its #general and, when the app is installed, a bot token."""
    team.bot_user, team.bot_id = fake.numbers.next("U"), fake.numbers.next("B")
    team.members[team.bot_user] = Member(team.bot_user, BOT_NAME, team.id, is_bot=True, zone="America/Los_Angeles")
    if team.installed:
        issue(fake, team, BOT_SCOPES.split())


def issue(fake: "FakeSlack", team: Team | None, scopes: list[str], enterprise: str = "") -> Grant:
    """A fresh bot token for this workspace, or for the whole organisation."""
    number = fake.numbers.next("1")
    grant = Grant(f"xoxb-{number}", "bot", team.id if team else "", enterprise, frozenset(scopes))
    if fake.rotates_tokens:
        grant.token, grant.refresh = f"xoxe.xoxb-1-{number}", f"xoxe-1-{number}"
        grant.expires = fake.clock.now() + fake.token_seconds
    fake.grants[grant.token] = grant
    return grant


def check_scope(call: Call) -> None:
    """Of the scopes listed for a method those for the kind of conversation count, and one of them is enough."""
    described = call.fake.contracts.method(call.method) if call.fake.contracts else None
    accepted = (described or {}).get("scope") or {}
    needed = set(accepted.get("bot", ()) if isinstance(accepted, dict) else ())
    word = kind_of(call)
    narrowed = {one for one in needed if word and one.split(":")[0] == word} or needed
    if narrowed and call.grant is not None and not narrowed & call.grant.scopes:
        raise ApiError("missing_scope", needed=min(narrowed), provided=",".join(sorted(call.grant.scopes)))


@method("auth.test")
def auth_test(call: Call) -> Json:
    grant = call.grant
    assert grant is not None
    if call.found_team is None:
        # GUESS: an org-wide token answers with the organisation where a workspace's answers with the team.
        org = grant.enterprise
        found = {"url": "https://org.enterprise.slack.com/", "team": org, "team_id": org, "enterprise_id": org}
        return found | {
            "user": BOT_NAME.lower(),
            "user_id": f"U{org}",
            "bot_id": f"B{org}",
            "is_enterprise_install": True,
        }
    team = call.team
    found = {"url": f"https://{team.domain}.slack.com/", "team": team.name, "team_id": team.id, "bot_id": team.bot_id}
    found |= {"user": BOT_NAME.lower(), "user_id": team.bot_user}
    if team.enterprise:
        found["enterprise_id"] = team.enterprise
    return found | {"is_enterprise_install": bool(grant.enterprise)}


@method("auth.revoke")
def auth_revoke(call: Call) -> Json:
    assert call.grant is not None
    if not call.flag("test"):
        call.grant.revoked = True
    return {"revoked": not call.flag("test")}


@method("apps.uninstall")
def apps_uninstall(call: Call) -> Json:
    _must_be_the_app(call)
    take_out(call.fake, call.team, org=bool(call.grant and call.grant.enterprise))
    return {"uninstalled": True}


def take_out(fake: "FakeSlack", team: Team, *, org: bool) -> None:
    """The app leaves the workspace, or the organisation. GUESS on the order: tokens_revoked and app_uninstalled come in
    any order; here in this one. GUESS: of an organisation it is told once."""
    revoke_all(fake, team, org=org)
    fake.emit(team, {"type": "app_uninstalled"}, whole=org)
    for one in fake.teams.values():
        one.installed = one.installed and one is not team and not (org and one.enterprise == team.enterprise)


def revoke_all(fake: "FakeSlack", team: Team, *, org: bool = False) -> None:
    for grant in fake.grants.values():
        grant.revoked = grant.revoked or (grant.enterprise == team.enterprise if org else grant.team == team.id)
    fake.emit(team, {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [team.bot_user]}}, whole=org)


@method("apps.connections.open")
def connections_open(call: Call) -> Json:
    if not call.fake.courier.sockets.on:
        raise ApiError("forbidden_team")  # GUESS: what a switched-off Socket Mode answers
    return {"url": call.fake.courier.sockets.new_url()}


@method("users.info")
def users_info(call: Call) -> Json:
    return {"user": _shown(call, call.member(call.text("user")))}


@method("users.list")
def users_list(call: Call) -> Json:
    people, metadata = call.page(list(call.team.members.values()))
    shown = [_shown(call, member) for member in people]
    return {"members": shown, "cache_ts": int(call.fake.clock.now()), "response_metadata": metadata}


@method("users.lookupByEmail")
def users_lookup(call: Call) -> Json:
    wanted = call.text("email").lower()
    for member in call.team.members.values():
        if member.email.lower() == wanted and wanted and not member.deleted:
            return {"user": _shown(call, member)}
    raise ApiError("users_not_found")


def _shown(call: Call, member: Member) -> Json:
    may_see_email = call.grant is not None and "users:read.email" in call.grant.scopes
    return member.as_json(call.fake.clock.now(), email=may_see_email, locale=call.flag("include_locale"))


@method("team.info")
def team_info(call: Call) -> Json:
    team = call.team
    if call.text("team") not in {"", team.id}:
        raise ApiError("team_not_found")
    found: Json = {"id": team.id, "name": team.name, "domain": team.domain, "email_domain": ""}
    return {"team": found | ({"enterprise_id": team.enterprise} if team.enterprise else {})}


@method("bots.info")
def bots_info(call: Call) -> Json:
    team = call.team
    if call.text("bot") not in {"", team.bot_id}:
        raise ApiError("bot_not_found")
    found = {"id": team.bot_id, "deleted": False, "name": BOT_NAME, "updated": int(call.fake.clock.now())}
    return {"bot": found | {"app_id": APP_ID, "user_id": team.bot_user}}


@method("conversations.info")
def info(call: Call) -> Json:
    channel = call.channel()
    more = {"num_members": len(channel.members)} if call.flag("include_num_members") else {}
    return {"channel": channel.as_json(call.me, call.team.id) | more}


@method("conversations.members")
def members(call: Call) -> Json:
    people, metadata = call.page(call.channel().members)
    return {"members": people, "response_metadata": metadata}


@method("conversations.list")
def list_(call: Call) -> Json:
    return _listed(call, [one for one in call.team.channels.values() if not one.is_private or call.me in one.members])


@method("users.conversations")
def users_conversations(call: Call) -> Json:
    user = call.text("user") or call.me
    return _listed(call, [one for one in call.team.channels.values() if user in one.members and call.me in one.members])


def _listed(call: Call, channels: list[Channel]) -> Json:
    types = call.words("types") or ["public_channel"]
    if not set(types) <= set(KINDS):
        raise ApiError("invalid_types")
    kinds = {KINDS[one] for one in types}
    wanted = [one for one in channels if one.kind in kinds and not (one.archived and call.flag("exclude_archived"))]
    page, metadata = call.page(wanted)
    return {"channels": [one.as_json(call.me, call.team.id) for one in page], "response_metadata": metadata}


@method("conversations.history")
def history(call: Call) -> Json:
    channel = call.channel(inside=True)
    shown = [one for one in channel.messages.values() if not _hidden_reply(one)]
    found = _between(call, shown)[::-1]
    page, metadata = _page(call, found)
    more: Json = {"has_more": bool(metadata["next_cursor"]), "pin_count": 0}
    more |= {"channel_actions_ts": None, "channel_actions_count": 0, "response_metadata": metadata}
    return {"messages": [_read(call, channel, one) for one in page]} | more


@method("conversations.replies")
def replies(call: Call) -> Json:
    channel = call.channel()
    if call.me not in channel.members:
        raise ApiError("channel_not_found")  # GUESS: the reference lists no not_in_channel here
    parent = channel.messages.get(call.text("ts"))
    if parent is None:
        raise ApiError("thread_not_found")
    root = channel.messages.get(parent.thread_ts or parent.ts, parent)
    page, metadata = _page(call, [root, *_between(call, channel.replies(root.ts))])
    shown = [_read(call, channel, one) for one in page]
    return {"messages": shown, "has_more": bool(metadata["next_cursor"]), "response_metadata": metadata}


def _page(call: Call, items: list[Message]) -> tuple[list[Message], Json]:
    page, metadata = call.page(items, RESTRICTED_OBJECTS if call.fake.limits.restricted_history else 999)
    return page, metadata


def _hidden_reply(message: Message) -> bool:
    return bool(
        message.only_for or (message.thread_ts not in {"", message.ts} and message.subtype != "thread_broadcast")
    )


def _between(call: Call, messages: list[Message]) -> list[Message]:
    """Oldest first. The edges count only when `inclusive`."""
    oldest, latest = float(call.text("oldest") or 0), float(call.text("latest") or "inf")
    edges = {oldest, latest} if call.flag("inclusive") else set()
    return [one for one in messages if oldest < float(one.ts) < latest or float(one.ts) in edges]


def _read(call: Call, channel: Channel, message: Message) -> Json:
    found = message.as_json(call.team.id, metadata=call.flag("include_all_metadata"))
    if threads := channel.replies(message.ts):
        people = list(dict.fromkeys(one.user for one in threads))
        found |= {"thread_ts": message.ts, "reply_count": len(threads), "latest_reply": threads[-1].ts}
        found |= {"reply_users": people, "reply_users_count": len(people)}
    return found


async def authorize(fake: "FakeSlack", request: web.Request) -> web.Response:
    """The page with the Allow button, already pressed, in the workspace that `team` names."""
    found = consent(fake, str(request.url), request.query.get("team", ""))
    return web.Response(status=302, headers={"Location": found})


def consent(fake: "FakeSlack", url: str, team_id: str, user: str = "", *, org: bool = False, deny: bool = False) -> str:
    """Where the browser goes when this person has pressed Allow (or Cancel) on the page at `url`."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    if asked.get("client_id") != fake.client_id or not asked.get("scope"):
        raise AssertionError(f"Slack shows an error page for {url}")
    state = {"state": asked["state"]} if "state" in asked else {}
    if deny:
        return f"{asked['redirect_uri']}?{urlencode({'error': 'access_denied'} | state)}"
    code = fake.numbers.next("code")
    fake.codes[code] = {"team": team_id, "user": user, "org": org, "at": fake.clock.now()} | asked
    return f"{asked['redirect_uri']}?{urlencode({'code': code} | state)}"


@method("oauth.v2.access")
def oauth_access(call: Call) -> Json:
    fake = call.fake
    _must_be_the_app(call)
    if call.text("grant_type") == "refresh_token":
        return _refreshed(call)
    asked = fake.codes.pop(call.text("code"), None)
    if asked is None or asked["at"] < fake.clock.now() - CODE_SECONDS:
        raise ApiError("invalid_code")
    if asked.get("redirect_uri", "") != call.text("redirect_uri"):
        raise ApiError("bad_redirect_uri")
    team = fake.teams[asked["team"]]
    scopes = asked["scope"].split(",")
    if asked["org"]:
        for one in fake.teams.values():
            one.installed = one.installed or one.enterprise == team.enterprise
        return _granted(call, issue(fake, None, scopes, team.enterprise), asked["user"])
    team.installed = True
    return _granted(call, issue(fake, team, scopes), asked["user"])


def _must_be_the_app(call: Call) -> None:
    if call.text("client_id") != call.fake.client_id:
        raise ApiError("invalid_client_id")
    if call.text("client_secret") != call.fake.client_secret:
        raise ApiError("bad_client_secret")


def _refreshed(call: Call) -> Json:
    """A new pair of tokens. GUESS: the old access token lives on until it expires, the old refresh token does not."""
    fake = call.fake
    old = next((one for one in fake.grants.values() if one.refresh and one.refresh == call.text("refresh_token")), None)
    if old is None or old.revoked:
        raise ApiError("invalid_refresh_token")
    old.refresh = ""
    return _granted(call, issue(fake, fake.teams.get(old.team), sorted(old.scopes), old.enterprise), "")


def _granted(call: Call, grant: Grant, user: str) -> Json:
    team = call.fake.teams.get(grant.team)
    enterprise = grant.enterprise or (team.enterprise if team else "")
    found: Json = {"app_id": APP_ID, "access_token": grant.token, "token_type": "bot", "scope": ",".join(grant.scopes)}
    found |= {"bot_user_id": team.bot_user if team else f"U{enterprise}", "is_enterprise_install": team is None}
    found["team"] = {"id": team.id, "name": team.name} if team else None
    found["enterprise"] = {"id": enterprise, "name": enterprise} if enterprise else None
    found["authed_user"] = {"id": user} if user else {}
    if grant.refresh:
        found |= {"refresh_token": grant.refresh, "expires_in": call.fake.token_seconds}
    return found
