"""A stateful fake Discord on loopback: its REST API and its gateway, for an unmodified discord.py.

    async with FakeDiscord() as discord:
        town = discord.guild("Spur ISD")
        ann = town.user("Ann")
        … discord.token, discord.api_base, discord.gateway_url …
        done = await ann.presses(message, "Answer")

Every request passes the checker and every answer the description; what they find is in `violations`, and leaving the
block with any fails. Time is `discord.clock`: it stands still until `await discord.advance(seconds)`.
"""

import asyncio
import json
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.fakes.discord import permissions as may
from tests.fakes.discord.checker import check_request, is_ours
from tests.fakes.discord.contracts import Json, reference
from tests.fakes.discord.faults import (
    Buckets,
    Faults,
    Garbage,
    Lost,
    RateLimited,
    Refused,
    Reset,
    ServerError,
    Slow,
    answer,
    cut,
    page,
    too_many,
)
from tests.fakes.discord.gateway import Gateway
from tests.fakes.discord.guild import Server
from tests.fakes.discord.people import Person
from tests.fakes.discord.rest import application, channels, guilds, interactions, messages
from tests.fakes.discord.rest.call import ROUTES, Call
from tests.fakes.discord.rest.interactions import Interaction
from tests.fakes.discord.world import (
    DIRECT,
    ApiError,
    Channel,
    Clock,
    Guild,
    Member,
    Message,
    Role,
    User,
)

INVITED = may.EVERYONE | may.MANAGE_CHANNELS | may.MANAGE_ROLES | may.MANAGE_THREADS | may.CREATE_EVENTS
HANDLERS = (application, channels, guilds, interactions, messages)
CONTENT_INTENT = 1 << 15
# What has to be asked for to be told of it; nothing has to for what is not named here.
INTENTS = {"GUILD_MEMBER": 1 << 1, "GUILD_SCHEDULED": 1 << 16, "GUILD": 1, "CHANNEL": 1, "THREAD": 1}
LOOK_EVERY = 0.002


class FakeDiscord:
    """One app with its bot, in any number of guilds. `now` makes the clock follow another one. `check=False` is for
    measuring speed alone. `privileged`: the intents that its owner has switched on."""

    def __init__(self, *, now: Callable[[], float] | None = None, check: bool = True, privileged: int = 0) -> None:
        self.contracts = reference() if check else None
        self.check = check
        self.privileged = privileged
        self.public = True
        self.shards = 1
        self.patience = 10.0
        self.clock = Clock(now)
        self.faults = Faults()
        self.buckets = Buckets()
        self.violations: list[str] = []
        self.calls: list[Call] = []
        self.users: dict[str, User] = {}
        self.guilds: dict[str, Guild] = {}
        self.directs: dict[str, Channel] = {}
        self.commands: dict[str, dict[str, Json]] = {}
        self.interactions: dict[str, Interaction] = {}
        self.modals: dict[str, tuple[Interaction, Json]] = {}
        self.nonces: dict[tuple[str, str], tuple[float, Message]] = {}
        self.files: dict[str, bytes] = {}
        self.bot = self.new_user("Cohortium", bot=True)
        self.owner = self.new_user("Olga Operator")
        self.application = self.bot.id
        self.token = f"{self.bot.id}.fake.token"
        self.url = ""
        self.gateway = Gateway(self)
        self._closing = asyncio.Event()
        self._changed = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()
        self._runner: web.AppRunner | None = None

    @property
    def api_base(self) -> str:
        return f"{self.url}/api/v10"

    @property
    def gateway_url(self) -> str:
        return f"{self.url.replace('http', 'ws', 1)}/gateway"

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 1024**2)
        for name in sorted(ROUTES, key=lambda one: ("{" in one, one.count("{"), one)):
            method, _, path = name.partition(" ")
            app.router.add_route(method, f"/api/v10{path}", partial(self._api, name))
        app.router.add_get("/gateway", self.gateway.connect)
        app.router.add_get("/gateway/", self.gateway.connect)
        app.router.add_get("/attachments/{id}/{name}", self._file)
        app.router.add_route("*", "/{anything:.*}", self._unknown)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._run(self.gateway.pump())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self.notice()
        self.gateway.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()
        if error is None:
            assert self.violations == [], "\n".join(self.violations)

    def take_violations(self) -> list[str]:
        """What the checker has found so far; it is then forgotten."""
        found, self.violations = self.violations, []
        return found

    def called(self, route: str) -> list[Call]:
        """The calls of `POST /channels/{channel_id}/messages`, say, so far, those that met a fault too."""
        return [call for call in self.calls if call.route == route]

    def guild(self, name: str, *, bot: bool = True, allowed: int = INVITED) -> Server:
        """The server of this name; made, with a channel #general, when there is none yet. `bot`: ours is in it, with
        what `allowed` says."""
        for known in self.guilds.values():
            if known.name == name:
                return Server(self, known)
        owner = self.new_user(f"Owner of {name}")
        guild = Guild(self.clock.snowflake(), name, owner.id, self.clock.text())
        guild.roles[guild.id] = Role(guild.id, "@everyone", may.EVERYONE)
        guild.members[owner.id] = Member(owner, self.clock.text())
        general = Channel(self.clock.snowflake(), 0, guild.id, "general")
        guild.channels[general.id] = general
        self.guilds[guild.id] = guild
        if bot:
            self.invite(guild, allowed)
        return Server(self, guild)

    def invite(self, guild: Guild, allowed: int = INVITED) -> None:
        """The bot comes in, with a role of its own above all that there are."""
        role = Role(self.clock.snowflake(), self.bot.name, allowed, len(guild.roles) + 1, managed=True)
        guild.roles[role.id] = role
        guild.members[self.bot.id] = Member(self.bot, self.clock.text(), [role.id])
        for session in self.gateway.sessions.values():
            self.gateway.dispatch("GUILD_CREATE", self.whole(guild, session.intents), guild.id, 1)

    def part(self, guild: Guild) -> None:
        """The bot is out."""
        member = guild.members.pop(self.bot.id)
        for role in member.roles:
            if guild.roles[role].managed:
                del guild.roles[role]
        self.gateway.dispatch("GUILD_DELETE", {"id": guild.id}, guild.id, 1)

    def new_user(self, name: str, *, bot: bool = False) -> User:
        user = User(self.clock.snowflake(), name, bot)
        self.users[user.id] = user
        return user

    def person(self, name: str) -> Person:
        """Who goes by this name, in whatever server; made when there is none."""
        known = next((one for one in self.users.values() if one.name == name and not one.bot), None)
        return Person(self, known or self.new_user(name))

    def direct(self, user: User) -> Channel:
        """The conversation of the bot with this user."""
        if user.id not in self.directs:
            self.directs[user.id] = Channel(self.clock.snowflake(), DIRECT, recipients=[self.bot, user])
        return self.directs[user.id]

    def channel(self, channel: str) -> Channel | None:
        found = next((one for one in self.directs.values() if one.id == channel), None)
        for guild in self.guilds.values():
            found = found or guild.channels.get(channel)
        return found

    def partial(self, guild: Guild) -> Json:
        held = may.in_guild(guild, self.bot.id)
        found: Json = {"id": guild.id, "name": guild.name, "icon": None, "banner": None, "owner": False}
        return found | {"permissions": str(held), "features": []}

    def whole(self, guild: Guild, intents: int) -> Json:
        """As GUILD_CREATE tells it: of members without the intent our own alone."""
        told = guild.as_json() | {"joined_at": guild.joined, "large": False, "unavailable": False, "presences": []}
        mine = [one for one in guild.members.values() if one.user is self.bot or intents & (1 << 1)]
        told |= {"members": [one.as_json() for one in mine], "member_count": len(guild.members), "voice_states": []}
        told["channels"] = [one.as_json() for one in guild.channels.values() if not one.is_thread]
        threads = [one for one in guild.channels.values() if one.is_thread and not one.archived]
        told["threads"] = [one.as_json(self.bot.id) for one in threads if may.sees(guild, one, self.bot.id)]
        told |= {"stage_instances": [], "soundboard_sounds": []}
        return told | {"guild_scheduled_events": guilds.events_seen(guild, self.bot.id)}

    async def advance(self, seconds: float) -> None:
        """Moves the clock; threads fall asleep on the way."""
        self.clock.move(seconds)
        self.tidy()
        self.notice()
        await asyncio.sleep(0)

    def tidy(self) -> None:
        now = self.clock.now()
        for guild in self.guilds.values():
            for thread in guild.channels.values():
                if thread.is_thread and not thread.archived and thread.active_at + thread.minutes * 60 <= now:
                    thread.archived, thread.archived_at = True, self.clock.text()
                    self.emit("THREAD_UPDATE", thread.as_json(self.bot.id), thread)

    async def until(self, holds: Callable[[], object], what: str = "") -> None:
        """Waits until this holds, here or in the app; fails with `what` when it never does."""
        for _ in range(int(self.patience / LOOK_EVERY)):
            if holds():
                return
            await asyncio.sleep(LOOK_EVERY)
        raise AssertionError(what or "it never came to hold")

    def notice(self) -> None:
        """Wakes whoever waits for something to change."""

        async def wake() -> None:
            async with self._changed:
                self._changed.notify_all()

        self._run(wake())

    def _run(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def changed(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Whether this comes to hold within so many real seconds."""
        async with self._changed:
            try:
                await asyncio.wait_for(self._changed.wait_for(holds), seconds)
            except TimeoutError:
                return holds()
        return True

    def emit(self, name: str, data: Any, where: Channel | Guild | None = None, about: str = "") -> None:
        """An event on its way to the app, when it is in there and may see it. `about` whom it is: of ourselves we are
        told without having asked."""
        guild_id = where.id if isinstance(where, Guild) else where.guild if where is not None else ""
        guild = self.guilds.get(guild_id)
        if guild is not None and self.bot.id not in guild.members:
            return
        if guild is not None and isinstance(where, Channel):
            gone = name in {"CHANNEL_DELETE", "THREAD_DELETE", "CHANNEL_CREATE", "CHANNEL_UPDATE"}
            if not gone and not may.sees(guild, where, self.bot.id):
                return
        needs = next((bit for word, bit in INTENTS.items() if name.startswith(word)), 0)
        if name.startswith("MESSAGE"):
            needs = 1 << 9 if guild_id else 1 << 12
        if name == "GUILD_MEMBER_UPDATE" and about == self.bot.id:
            needs = 0
        self.gateway.dispatch(name, data, guild_id, needs)
        self.notice()

    def emit_message(self, name: str, channel: Channel, message: Message) -> None:
        """With its content where we may read it."""
        if message.only_for:
            return
        told = message.as_json(content=self.may_read(channel, message))
        guild = self.guilds.get(channel.guild)
        if guild is not None:
            told |= {"guild_id": channel.guild}
            author = guild.members.get(message.author.id)
            told |= {"member": author.as_json(user=False)} if author else {}
            mentioned = [(one, guild.members.get(one.id)) for one in message.mentions]
            told["mentions"] = [
                one.as_json() | ({"member": member.as_json(user=False)} if member else {}) for one, member in mentioned
            ]
        self.emit(name, told, channel)

    def may_read(self, channel: Channel, message: Message) -> bool:
        """Without the intent: what we wrote, what was written to us, what names us."""
        ours = message.author is self.bot or channel.type == DIRECT or self.bot in message.mentions
        return ours or bool(self.privileged & CONTENT_INTENT)

    async def _file(self, request: web.Request) -> web.Response:
        if isinstance(fault := self.faults.take("file"), ServerError):
            return page(fault.status)
        found = self.files.get(request.match_info["id"])
        return web.Response(status=404) if found is None else web.Response(body=found)

    async def _unknown(self, request: web.Request) -> web.Response:
        self.violations.append(f"{request.method} {request.path}: the fake does not know this route of Discord's")
        return answer(404, {"message": "404: Not Found", "code": 0})

    async def _api(self, route: str, request: web.Request) -> web.StreamResponse:
        call = await self._read(route, request)
        self.calls.append(call)
        self.tidy()
        fault = self.faults.take(route)
        early = await self._before(fault, request)
        if early is not None:
            return early
        refused, headers = self.buckets.take(route, _major(call))
        if refused is not None:
            return refused
        call.status, call.answer = self._answered(call)
        self.notice()
        match fault:
            case ServerError(status=status):
                return page(status)
            case Reset():
                return cut(request)
            case Lost():
                await self._closing.wait()
            case Garbage():
                return page(200)
        return answer(call.status, call.answer, headers)

    async def _before(self, fault: object, request: web.Request) -> web.StreamResponse | None:
        match fault:
            case RateLimited():
                return too_many(fault)
            case ServerError(when="before", status=status):
                return page(status)
            case Reset(when="before"):
                return cut(request)
            case Refused(code, status):
                return answer(status, {"message": "Refused", "code": code})
            case Slow(seconds):
                until = self.clock.now() + seconds
                async with self._changed:
                    await self._changed.wait_for(lambda: self.clock.now() >= until or self._closing.is_set())
        return None

    async def _read(self, route: str, request: web.Request) -> Call:
        files: dict[str, tuple[str, bytes]] = {}
        body: Any = None
        if request.content_type == "multipart/form-data":
            form = await request.post()
            body = json.loads(str(form["payload_json"])) if "payload_json" in form else {}
            for name, value in form.items():
                if isinstance(value, web.FileField):
                    files[name] = (value.filename, value.file.read())
        elif text := await request.text():
            body = json.loads(text)
        trusted = request.headers.get("Authorization") == f"Bot {self.token}"
        hook = route.partition(" ")[2].startswith(("/interactions", "/webhooks"))
        if self.check and not hook and not request.headers.get("User-Agent", "").startswith("DiscordBot ("):
            self.violations.append(f"{route}: no User-Agent as Discord wants it")
        path = {name: str(value) for name, value in request.match_info.items()}
        return Call(self, route, path, dict(request.query), body, files, trusted)

    def _answered(self, call: Call) -> tuple[int, Any]:
        try:
            self._admit(call)
            status, body = ROUTES[call.route](call)
        except ApiError as error:
            return error.status, error.body
        # What goes through the application's own id has a path with a name of its own in the description.
        if self.contracts is not None and call.route in self.contracts.routes:
            found = self.contracts.answer_problems(call.route, status, body)
            self.violations += [f"the fake itself, {call.route}: {problem}" for problem in found]
        return status, body

    def _admit(self, call: Call) -> None:
        """Who calls, and whether Discord takes what was sent."""
        if not call.trusted and not call.route.partition(" ")[2].startswith(("/interactions", "/webhooks")):
            raise ApiError(401, 0, "401: Unauthorized")
        if not self.check:
            return
        problems = check_request(call.route, call.body)
        self.violations += problems
        if any(not is_ours(problem) for problem in problems):
            raise ApiError(400, 50035, "Invalid Form Body", errors={"_errors": [{"message": one} for one in problems]})


def _major(call: Call) -> str:
    names = ("channel_id", "guild_id", "webhook_id", "webhook_token")
    return "+".join(call.path[name] for name in names if name in call.path)
