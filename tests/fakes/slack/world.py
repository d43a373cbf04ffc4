"""What the fake Slack remembers: workspaces, people, conversations, messages, views, tokens. No I/O in here."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, Literal
from zoneinfo import ZoneInfo

from tests.fakes.clock import FakeClock
from tests.fakes.slack.contracts import Json

Kind = Literal["channel", "group", "im", "mpim"]
# A private channel's and a group's events and scopes go by other words than a public one's.
SCOPE_WORD = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}
APP_ID = "A0COHORT01"
BOT_SCOPES = (
    "app_mentions:read assistant:write channels:history channels:join channels:manage channels:read chat:write"
    " chat:write.public commands files:read files:write groups:history groups:read groups:write im:history im:read"
    " im:write mpim:history mpim:read mpim:write reactions:write team:read users:read users:read.email"
)


class ApiError(Exception):
    """Slack answers `{"ok": false, "error": …}`."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.answer: Json = {"ok": False, "error": error, **more}


class Clock(FakeClock):
    """Each thing that is made has a moment of its own."""

    def stamp(self) -> str:
        """A ts that no other message has, later than all before, e.g. `1767225600.000200`."""
        self._last = max(int(self.now() * 1_000_000), self._last + 100)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"


@dataclass
class Message:
    """`only_for` is the one person who sees an ephemeral message."""

    ts: str
    channel: str
    user: str
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    thread_ts: str = ""
    bot_id: str = ""
    subtype: str = ""
    metadata: Json | None = None
    edited: str = ""
    only_for: str = ""
    streaming: bool = False
    files: list[Json] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    more: Json = field(default_factory=dict)

    def as_json(self, team: str, *, metadata: bool = False) -> Json:
        """As history gives it; metadata only when asked."""
        found: Json = {"type": "message", "user": self.user, "text": self.text, "ts": self.ts}
        found |= {name: getattr(self, name) for name in ("subtype", "thread_ts") if getattr(self, name)}
        found |= {name: getattr(self, name) for name in ("blocks", "attachments", "files") if getattr(self, name)}
        if not self.subtype:
            found["team"] = team
        if self.bot_id:
            profile = {"id": self.bot_id, "app_id": APP_ID, "team_id": team, "deleted": False}
            found |= {"bot_id": self.bot_id, "bot_profile": profile}
        if self.edited:
            found["edited"] = {"user": self.user, "ts": self.edited}
        if self.reactions:
            rows = self.reactions.items()
            found["reactions"] = [{"name": name, "users": users, "count": len(users)} for name, users in rows]
        if metadata and self.metadata is not None:
            found["metadata"] = self.metadata
        return found | self.more


@dataclass
class Channel:
    """`messages` in the order of their ts; `more` is what conversations.info says beside, e.g. `is_ext_shared`."""

    id: str
    kind: Kind
    name: str = ""
    members: list[str] = field(default_factory=list)
    creator: str = ""
    created: int = 0
    archived: bool = False
    topic: str = ""
    purpose: str = ""
    previous_names: list[str] = field(default_factory=list)
    more: Json = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)

    @property
    def is_private(self) -> bool:
        return self.kind != "channel"

    @property
    def channel_type(self) -> str:
        return self.kind

    def replies(self, thread_ts: str) -> list[Message]:
        return [one for one in self.messages.values() if one.thread_ts == thread_ts and one.ts != thread_ts]

    def as_json(self, viewer: str, team: str) -> Json:
        """As conversations.info gives it to this user."""
        base: Json = {"id": self.id, "created": self.created, "is_archived": self.archived, "is_im": self.kind == "im"}
        base |= {"is_org_shared": False, "context_team_id": team, "updated": self.created * 1000}
        if self.kind == "im":
            return base | {"user": next((one for one in self.members if one != viewer), viewer), "is_open": True}
        named: Json = {"name": self.name, "name_normalized": self.name, "creator": self.creator, "unlinked": 0}
        named |= {"is_channel": self.kind == "channel", "is_group": self.kind == "group"}
        named |= {"is_mpim": self.kind == "mpim", "is_private": self.is_private, "is_member": viewer in self.members}
        named |= {"is_general": self.name == "general", "is_shared": False, "is_ext_shared": False}
        named |= {"topic": self._set(self.topic), "purpose": self._set(self.purpose)}
        return base | named | {"previous_names": self.previous_names, "shared_team_ids": [team]} | self.more

    def _set(self, value: str) -> Json:
        return {"value": value, "creator": self.creator if value else "", "last_set": self.created if value else 0}


@dataclass
class Member:
    """`outsider`: of another organisation (Slack Connect). He may post, apps are closed to him. `organisation`: whose
    Grid he is in, his own workspaces being in it and no others."""

    id: str
    name: str
    team: str
    email: str = ""
    zone: str = "America/Chicago"
    locale: str = "en-US"
    deleted: bool = False
    is_admin: bool = False
    is_bot: bool = False
    is_email_confirmed: bool | None = True
    outsider: bool = False
    organisation: str = ""
    modals: list["View"] = field(default_factory=list)

    @property
    def handle(self) -> str:
        return self.name.lower().replace(" ", ".")

    def as_json(self, now: float, *, email: bool, locale: bool = False) -> Json:
        at = datetime.fromtimestamp(now, ZoneInfo(self.zone))
        offset = at.utcoffset()
        profile: Json = {"real_name": self.name, "display_name": self.name, "team": self.team}
        if email and self.email:
            profile["email"] = self.email
        found: Json = {
            "id": self.id,
            "team_id": self.team,
            "name": self.name.lower().replace(" ", "."),
            "tz": self.zone,
        }
        found |= {"real_name": self.name, "tz_label": at.tzname(), "profile": profile, "deleted": self.deleted}
        found |= {"tz_offset": int(offset.total_seconds()) if offset else 0, "updated": int(now)}
        found |= {"is_admin": self.is_admin, "is_owner": False, "is_primary_owner": False, "is_restricted": False}
        found |= {"is_ultra_restricted": False, "is_bot": self.is_bot, "is_app_user": False}
        found |= {"is_email_confirmed": self.is_email_confirmed}
        if self.organisation:
            here = {"enterprise_id": self.organisation, "enterprise_name": self.organisation, "teams": [self.team]}
            found["enterprise_user"] = {"id": self.id, "is_admin": False, "is_owner": False} | here
        # `is_stranger` is of people with whom one shares no conversation; whoever is met here shares one.
        return found | ({"locale": self.locale} if locale else {})


@dataclass
class View:
    """A modal or a Home tab as it stands; `errors` are those of the last refused submission by block_id."""

    id: str
    team: str
    user: str
    body: Json
    hash: str
    root: str = ""
    previous: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    def as_json(self, bot_id: str) -> Json:
        found: Json = {"id": self.id, "team_id": self.team, "app_id": APP_ID, "bot_id": bot_id, "hash": self.hash}
        found |= {"root_view_id": self.root or self.id, "previous_view_id": self.previous or None}
        found |= {"app_installed_team_id": self.team, "state": {"values": {}}, "submit": None, "close": None}
        found |= {"private_metadata": "", "callback_id": "", "external_id": "", "notify_on_close": False}
        return found | {"clear_on_close": False, "title": {"type": "plain_text", "text": ""}} | self.body


@dataclass
class Grant:
    """What a token is good for. `team` is "" for an org-wide bot token and for an app-level token."""

    token: str
    kind: Literal["bot", "user", "app"]
    team: str = ""
    enterprise: str = ""
    scopes: frozenset[str] = frozenset()
    expires: float | None = None
    refresh: str = ""
    revoked: bool = False


@dataclass
class Team:
    """One workspace; `left_out` of what its organisation has installed."""

    id: str
    name: str
    domain: str
    enterprise: str = ""
    bot_user: str = ""
    bot_id: str = ""
    installed: bool = True
    left_out: bool = False
    channels: dict[str, Channel] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)
    files: dict[str, Json] = field(default_factory=dict)
    uploads: dict[str, bytes] = field(default_factory=dict)

    def channel_of(self, people: Iterable[str], kind: Kind) -> Channel | None:
        wanted = set(people)
        found = (one for one in self.channels.values() if one.kind == kind and set(one.members) == wanted)
        return next(found, None)


@dataclass
class Trigger:
    """Good for three seconds, once. `view` is the modal it came from."""

    team: str
    user: str
    at: float
    view: str = ""
    used: bool = False


@dataclass
class ResponseUrl:
    """Five uses in thirty minutes."""

    team: str
    channel: str
    user: str
    at: float
    message_ts: str = ""
    uses: int = 0


class Numbers:
    """Ids as Slack's look: a letter and capitals and digits, never the same twice."""

    def __init__(self) -> None:
        self._count = count(1)

    def next(self, letter: str) -> str:
        return f"{letter}0{next(self._count):07d}"

    def fill(self, blocks: list[Json]) -> list[Json]:
        """The blocks with the ids that Slack makes up where none was given."""
        return [self._filled(block) | {"block_id": block.get("block_id") or self.next("b")} for block in blocks]

    def _filled(self, node: Json) -> Json:
        filled = dict(node)
        for name in ("accessory", "element"):
            if name in node:
                filled[name] = self._with_action(node[name])
        if node.get("type") in {"actions", "context_actions"}:
            filled["elements"] = [self._with_action(one) for one in node["elements"]]
        return filled

    def _with_action(self, element: Json) -> Json:
        return element if element.get("type") == "image" else {"action_id": self.next("a"), **element}
