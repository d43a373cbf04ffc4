"""One request to the API: who asks, of what, and whether that is allowed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.fakes.discord import permissions as may
from tests.fakes.discord.contracts import Json
from tests.fakes.discord.world import DIRECT, PRIVATE_THREAD, ApiError, Channel, Guild, Member, Message, User

if TYPE_CHECKING:
    from tests.fakes.discord.server import FakeDiscord

UNKNOWN_CHANNEL, UNKNOWN_GUILD, UNKNOWN_MEMBER, UNKNOWN_MESSAGE = 10003, 10004, 10007, 10008
UNKNOWN_ROLE, UNKNOWN_USER, UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION = 10011, 10013, 10015, 10062
MISSING_ACCESS, MISSING_PERMISSIONS, INVALID_FORM = 50001, 50013, 50035


@dataclass
class Call:
    """`route` and `path` as the description names them; `files` are what came along, by name."""

    fake: "FakeDiscord"
    route: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any = None
    files: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)
    trusted: bool = False
    answer: Any = None
    status: int = 0

    @property
    def me(self) -> User:
        return self.fake.bot

    @property
    def json(self) -> Json:
        return self.body if isinstance(self.body, dict) else {}

    def guild(self) -> Guild:
        found = self.fake.guilds.get(self.path["guild_id"])
        if found is None or self.me.id not in found.members:
            raise ApiError(404, UNKNOWN_GUILD, "Unknown Guild") if found is None else _no_access()
        return found

    def channel(self, needs: int = 0, *, name: str = "channel_id") -> Channel:
        """Seen by us, with these permissions in it."""
        found = self.fake.channel(self.path[name])
        if found is None:
            raise ApiError(404, UNKNOWN_CHANNEL, "Unknown Channel")
        self.need_in(found, needs)
        return found

    def need_in(self, channel: Channel, needs: int) -> None:
        if channel.type == DIRECT:
            if self.me not in channel.recipients:
                raise _no_access()
            return
        guild = self.fake.guilds[channel.guild]
        held = may.in_channel(guild, channel, self.me.id)
        if not held & may.VIEW_CHANNEL:
            raise _no_access()
        if needs & ~held:
            raise no_permission()

    def need(self, guild: Guild, needs: int) -> None:
        if needs & ~may.in_guild(guild, self.me.id):
            raise no_permission()

    def message(self, channel: Channel, name: str = "message_id") -> Message:
        """Ephemeral ones are not to be had this way."""
        found = channel.messages.get(self.path[name])
        if found is None or found.only_for:
            raise ApiError(404, UNKNOWN_MESSAGE, "Unknown Message")
        return found

    def member(self, guild: Guild) -> Member:
        found = guild.members.get(self.path["user_id"])
        if found is None:
            known = self.path["user_id"] in self.fake.users
            raise ApiError(404, *((UNKNOWN_MEMBER, "Unknown Member") if known else (UNKNOWN_USER, "Unknown User")))
        return found


def _no_access() -> ApiError:
    return ApiError(403, MISSING_ACCESS, "Missing Access")


def no_permission() -> ApiError:
    return ApiError(403, MISSING_PERMISSIONS, "Missing Permissions")


def invalid(message: str, **errors: Any) -> ApiError:
    return ApiError(400, INVALID_FORM, "Invalid Form Body", errors={"_errors": [{"code": "X", "message": message}]})


def asleep(channel: Channel) -> ApiError:
    return ApiError(400, 50083, f"Thread {channel.id} is archived")


def is_private(channel: Channel) -> bool:
    return channel.type == PRIVATE_THREAD


Handler = Callable[[Call], tuple[int, Any]]
ROUTES: dict[str, Handler] = {}


def route(*names: str) -> Callable[[Handler], Handler]:
    """Answers these: (status, body)."""

    def keep(handler: Handler) -> Handler:
        ROUTES.update(dict.fromkeys(names, handler))
        return handler

    return keep
