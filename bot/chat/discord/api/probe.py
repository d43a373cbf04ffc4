"""What Discord says of our token, our application and our servers: asked once each, nothing changed."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from bot.chat.discord.commands import commands, is_synced
from bot.chat.discord.permissions import BOT
from bot.chat.raw import flag, name, part, text
from cohorts.values import Frozen

from .calls import CALL_ERRORS, Calls, listing
from .http import Http
from .seeing import see
from .threads import THREADS

ADMINISTRATOR = 1 << 3
CONTENT, CONTENT_SOME, MEMBERS, MEMBERS_SOME, PRESENCE, PRESENCE_SOME = (1 << n for n in (18, 19, 14, 15, 12, 13))
PRIVILEGED = {
    "message content": CONTENT | CONTENT_SOME,
    "server members": MEMBERS | MEMBERS_SOME,
    "presence": PRESENCE | PRESENCE_SOME,
}
"""Intents that Discord must be asked for; the application's flags show which are on."""
MOST_SERVERS = 200


class Application(Frozen):
    """The app behind the token."""

    id: str
    name: str
    privileged: tuple[str, ...] = ()
    public: bool = False
    """Anybody may bring it into a server of theirs."""
    endpoint: str = ""
    """Where Discord sends presses instead of to us; "" as it should be."""


class Server(Frozen):
    """A server that has us. `lacking` are the bits of what we need and are not allowed there."""

    id: str
    name: str
    lacking: int = 0


class Starts(Frozen):
    """How often we may introduce ourselves to the gateway."""

    remaining: int
    total: int
    shards: int


@asynccontextmanager
async def probing(token: str, base: str) -> AsyncIterator[Calls]:
    http = Http(token, base)
    try:
        yield Calls(http)
    finally:
        await http.close()


async def application(calls: Calls) -> Application:
    """Raises what `Calls.call` does, here and below."""
    shown = await calls.call("GET", "/applications/@me")
    flags = part(shown, "flags")
    on = [what for what, bits in PRIVILEGED.items() if isinstance(flags, int) and flags & bits]
    endpoint = text(shown, "interactions_endpoint_url")
    facts = {"id": name(shown, "id"), "name": text(shown, "name"), "public": flag(shown, "bot_public")}
    return Application.model_validate(facts | {"privileged": tuple(on), "endpoint": endpoint})


async def starts(calls: Calls) -> Starts:
    shown = await calls.call("GET", "/gateway/bot")
    limits = part(shown, "session_start_limit")
    return Starts(remaining=_count(limits, "remaining"), total=_count(limits, "total"), shards=_count(shown, "shards"))


async def servers(calls: Calls) -> Sequence[Server]:
    """The first two hundred, each with what it does not allow us."""
    found = listing(await calls.call("GET", "/users/@me/guilds", params={"limit": MOST_SERVERS}))
    return [Server(id=name(one, "id"), name=text(one, "name", most=100), lacking=_lacking(one)) for one in found]


class Rooms(Frozen):
    """Of some rooms: those that Discord does not show us, and those into which everybody in their server may look."""

    hidden: tuple[str, ...] = ()
    open: tuple[str, ...] = ()


async def look_at_rooms(calls: Calls, rooms: Sequence[str]) -> Rooms:
    hidden, seen_by_all = list[str](), list[str]()
    for room in rooms:
        try:
            found = await calls.call("GET", "/channels/{channel_id}", channel_id=room)
            if part(found, "type") not in THREADS and (await see(calls, found, name(found, "guild_id"))).by_all:
                seen_by_all.append(room)
        except CALL_ERRORS:
            hidden.append(room)
    return Rooms(hidden=tuple(hidden), open=tuple(seen_by_all))


async def menus_hold(calls: Calls, app: Application) -> bool:
    """Whether our entries in Discord's menus are as we want them."""
    path = "/applications/{application_id}/commands"
    known: object = await calls.call("GET", path, params={"with_localizations": "true"}, application_id=app.id)
    return is_synced(known, commands())


def _lacking(server: Any) -> int:  # noqa: ANN401 - JSON
    said = text(server, "permissions", most=40)
    allowed = int(said) if said.isascii() and said.isdecimal() else 0
    return 0 if allowed & ADMINISTRATOR else BOT & ~allowed


def _count(found: object, field: str) -> int:
    value = part(found, field)
    return value if isinstance(value, int) else 0
