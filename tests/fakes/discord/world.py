"""What the fake Discord remembers: guilds, people, roles, channels, threads, messages, interactions. No I/O in here."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.fakes.clock import FakeClock
from tests.fakes.discord.contracts import Json

EPOCH_MS = 1_420_070_400_000
TEXT, DIRECT, VOICE, CATEGORY, PUBLIC_THREAD, PRIVATE_THREAD, FORUM = 0, 1, 2, 4, 11, 12, 15
EPHEMERAL, LOADING, COMPONENTS_V2 = 1 << 6, 1 << 7, 1 << 15
INTERACTION_SECONDS, TOKEN_SECONDS = 3.0, 900.0


class ApiError(Exception):
    """Discord answers with this status and `{"code": …, "message": …}`."""

    def __init__(self, status: int, code: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"message": message, "code": code, **more}


class Clock(FakeClock):
    """Each thing that is made has a moment of its own."""

    def snowflake(self) -> str:
        """An id that nothing else has, later than all before; it holds the moment."""
        self._last = max((int(self.now() * 1000) - EPOCH_MS) << 22, self._last + 1)
        return str(self._last)

    def text(self, at: float | None = None) -> str:
        return datetime.fromtimestamp(self.now() if at is None else at, UTC).isoformat()


@dataclass
class User:
    """`closed`: takes no direct messages from people and apps of a server they share."""

    id: str
    name: str
    bot: bool = False
    locale: str = "en-US"
    closed: bool = False

    def as_json(self) -> Json:
        found: Json = {"id": self.id, "username": self.name.lower().replace(" ", "."), "discriminator": "0"}
        found |= {"avatar": None, "global_name": self.name, "public_flags": 0, "flags": 0, "primary_guild": None}
        return found | ({"bot": True} if self.bot else {})


@dataclass
class Member:
    user: User
    joined: str
    roles: list[str] = field(default_factory=list)
    nick: str | None = None

    def as_json(self, *, user: bool = True) -> Json:
        found: Json = {"roles": list(self.roles), "nick": self.nick, "joined_at": self.joined, "flags": 0}
        found |= {"avatar": None, "banner": None, "communication_disabled_until": None, "pending": False}
        found |= {"premium_since": None, "mute": False, "deaf": False}
        return found | ({"user": self.user.as_json()} if user else {})


@dataclass
class Role:
    id: str
    name: str
    permissions: int = 0
    position: int = 0
    managed: bool = False
    mentionable: bool = False
    color: int = 0
    hoist: bool = False

    def as_json(self) -> Json:
        found: Json = {"id": self.id, "name": self.name, "permissions": str(self.permissions)}
        found |= {"position": self.position, "color": self.color, "hoist": self.hoist, "managed": self.managed}
        colors = {"primary_color": self.color, "secondary_color": None, "tertiary_color": None}
        found |= {"mentionable": self.mentionable, "icon": None, "unicode_emoji": None, "flags": 0}
        return found | {"colors": colors}


@dataclass
class Overwrite:
    """`kind`: 0 of a role, 1 of a member."""

    id: str
    kind: int
    allow: int = 0
    deny: int = 0

    def as_json(self) -> Json:
        return {"id": self.id, "type": self.kind, "allow": str(self.allow), "deny": str(self.deny)}


@dataclass
class Message:
    """`only_for` is the one person who sees an ephemeral message; `pinged` whom it called."""

    id: str
    channel: str
    author: User
    at: str
    content: str = ""
    components: list[Json] = field(default_factory=list)
    embeds: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    flags: int = 0
    type: int = 0
    nonce: str | int | None = None
    edited: str | None = None
    only_for: str = ""
    mentions: list[User] = field(default_factory=list)
    mention_roles: list[str] = field(default_factory=list)
    mention_everyone: bool = False
    pinged: list[str] = field(default_factory=list)
    pinned: bool = False
    reference: Json | None = None
    interaction: Json | None = None
    webhook: str = ""
    thread: "Channel | None" = None

    @property
    def words(self) -> str:
        """All that stands in it to be read."""
        shown = [one.get("content") or one.get("label") or "" for one in walk(self.components)]
        return "\n".join([self.content, *shown]).strip()

    def as_json(self, *, content: bool = True) -> Json:
        """Without `content` as whoever lacks the intent gets it."""
        found: Json = {"id": self.id, "channel_id": self.channel, "author": self.author.as_json(), "type": self.type}
        found |= {"timestamp": self.at, "edited_timestamp": self.edited, "tts": False, "pinned": self.pinned}
        found |= {"mention_everyone": self.mention_everyone, "mention_roles": list(self.mention_roles)}
        found |= {"mentions": [one.as_json() for one in self.mentions], "flags": self.flags}
        found |= {"content": self.content if content else "", "embeds": self.embeds if content else []}
        found |= {"components": self.components if content else []}
        found |= {"attachments": self.attachments if content else []}
        if self.nonce is not None:
            found["nonce"] = self.nonce
        if self.reference:
            found["message_reference"] = self.reference
        if self.interaction:
            found["interaction_metadata"] = self.interaction
        if self.webhook:
            found |= {"webhook_id": self.webhook, "application_id": self.webhook}
        if self.thread is not None:
            found["thread"] = self.thread.as_json()
        return found


@dataclass
class Channel:
    """A direct conversation has `recipients` and no guild. Of a thread: `joined` by user id → since when."""

    id: str
    type: int
    guild: str = ""
    name: str = ""
    topic: str | None = None
    parent: str = ""
    position: int = 0
    overwrites: dict[str, Overwrite] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    recipients: list[User] = field(default_factory=list)
    tags: list[Json] = field(default_factory=list)
    flags: int = 0
    owner: str = ""
    joined: dict[str, str] = field(default_factory=dict)
    archived: bool = False
    locked: bool = False
    minutes: int = 4320
    active_at: float = 0.0
    archived_at: str = ""
    created: str = ""
    invitable: bool = True
    applied_tags: list[str] = field(default_factory=list)
    said: int = 0
    last: str = ""

    @property
    def is_thread(self) -> bool:
        return self.type in {10, PUBLIC_THREAD, PRIVATE_THREAD}

    def as_json(self, viewer: str = "") -> Json:
        base: Json = {"id": self.id, "type": self.type, "flags": self.flags, "last_message_id": self.last or None}
        if self.type == DIRECT:
            return base | {"recipients": [one.as_json() for one in self.recipients if one.id != viewer]}
        base |= {"guild_id": self.guild, "name": self.name, "parent_id": self.parent or None}
        base["rate_limit_per_user"] = 0
        if not self.is_thread:
            base |= {"position": self.position, "nsfw": False, "topic": self.topic}
            base |= {"permission_overwrites": [one.as_json() for one in self.overwrites.values()]}
            base |= {"bitrate": 64_000, "user_limit": 0, "rtc_region": None} if self.type == VOICE else {}
            return base | ({"available_tags": self.tags} if self.type == FORUM else {})
        kept: Json = {"archived": self.archived, "archive_timestamp": self.archived_at, "locked": self.locked}
        kept |= {"auto_archive_duration": self.minutes, "create_timestamp": self.created}
        kept |= {"invitable": self.invitable} if self.type == PRIVATE_THREAD else {}
        base |= {"owner_id": self.owner, "thread_metadata": kept, "member_count": min(50, len(self.joined))}
        base |= {"message_count": self.said, "total_message_sent": self.said, "applied_tags": self.applied_tags}
        return base | ({"member": self.membership(viewer)} if viewer in self.joined else {})

    def membership(self, user: str) -> Json:
        return {"id": self.id, "user_id": user, "join_timestamp": self.joined[user], "flags": 0}


@dataclass
class Guild:
    """`channels` hold its threads too. `available` is False in an outage."""

    id: str
    name: str
    owner: str
    joined: str
    locale: str = "en-US"
    available: bool = True
    roles: dict[str, Role] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    events: dict[str, Json] = field(default_factory=dict)
    most_channels: int = 500
    most_roles: int = 250

    def as_json(self, application: str = "") -> Json:
        """As GET /guilds/… gives it."""
        nothing = ("icon", "description", "home_header", "splash", "discovery_splash", "banner", "application_id")
        nothing += ("afk_channel_id", "system_channel_id", "widget_channel_id", "vanity_url_code", "rules_channel_id")
        nothing += ("safety_alerts_channel_id", "public_updates_channel_id", "incidents_data")
        found: Json = dict.fromkeys(nothing)
        found |= {"id": self.id, "name": self.name, "owner_id": self.owner, "features": ["COMMUNITY"], "nsfw": False}
        found |= {"region": "us-central", "afk_timeout": 300, "system_channel_flags": 0, "widget_enabled": False}
        found |= {"verification_level": 1, "default_message_notifications": 1, "mfa_level": 0, "nsfw_level": 0}
        found |= {"explicit_content_filter": 2, "max_presences": None, "max_members": 500_000, "premium_tier": 0}
        found |= {"max_stage_video_channel_users": 50, "max_video_channel_users": 25, "emojis": [], "stickers": []}
        found |= {"premium_subscription_count": 0, "preferred_locale": self.locale}
        found |= {"premium_progress_bar_enabled": False}
        return found | {"roles": [role.as_json() for role in self.roles.values()]}


def walk(node: Any) -> list[Json]:
    """Every component in a tree, the outermost first."""
    if isinstance(node, list):
        return [found for one in node for found in walk(one)]
    if not isinstance(node, dict):
        return []
    inside = [node.get("components"), node.get("component"), node.get("accessory")]
    return [node, *(found for one in inside for found in walk(one))]
