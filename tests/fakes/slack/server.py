"""A stateful fake Slack on loopback: Web API, Socket Mode, signed events, interactivity, OAuth, files.

    async with FakeSlack() as slack:
        town = slack.workspace("T1")
        ann = town.user("Ann")
        client = AsyncWebClient(token=town.token, base_url=slack.base_url)

Every request and answer passes the checker; what it finds is in `violations`, and leaving the block with any fails.
Time is `slack.clock`: it stands still until `await slack.advance(seconds)`.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.fakes.slack.checker import check_call
from tests.fakes.slack.contracts import Json, answer_problems, misfits, reference
from tests.fakes.slack.delivery import Courier, Delivery
from tests.fakes.slack.faults import (
    Fault,
    Faults,
    Garbage,
    Limits,
    Lost,
    RateLimited,
    Refused,
    Reset,
    Revoked,
    ServerError,
    Slow,
    cut,
    page,
    too_many,
)
from tests.fakes.slack.methods import chat, directory, views
from tests.fakes.slack.methods.call import METHODS, WITHOUT_TOKEN, Call, authenticate, read_call
from tests.fakes.slack.workspace import Workspace
from tests.fakes.slack.world import (
    SCOPE_WORD,
    ApiError,
    Channel,
    Clock,
    Grant,
    Numbers,
    ResponseUrl,
    Team,
    Trigger,
)

PATIENCE = 10.0
LOOK_EVERY = 0.002
Handler = Callable[["FakeSlack", web.Request], Awaitable[web.Response]]


class FakeSlack:
    """One app (`client_id`, `client_secret`, `signing_secret`, `app_token`) in any number of workspaces.

    `now` makes the clock follow another one; tell the fake by `advance(0)` when that one has moved. `check=False` is
    for measuring speed alone.
    """

    client_id = "111.222"
    client_secret = "client-secret"
    signing_secret = "signing-secret"
    app_token = "xapp-1-A0COHORT01"

    def __init__(self, *, now: Callable[[], float] | None = None, check: bool = True) -> None:
        self.contracts = reference()
        self.check = check
        self.clock = Clock(now)
        self.signs_at: Callable[[], float] = time.time
        self.numbers = Numbers()
        self.faults = Faults()
        self.limits = Limits(self.clock, self.contracts)
        self.violations: list[str] = []
        self.calls: list[Call] = []
        self.teams: dict[str, Team] = {}
        self.grants: dict[str, Grant] = {self.app_token: Grant(self.app_token, "app")}
        self.codes: dict[str, Json] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.rotates_tokens = False
        self.token_seconds = directory.TOKEN_SECONDS
        self.subscribed: frozenset[str] | None = None  # event names such as message.im; None: all
        self.url = ""
        self.closing = asyncio.Event()
        self.courier = Courier(self)
        self._changed = asyncio.Condition()
        self._runner: web.AppRunner | None = None

    @property
    def base_url(self) -> str:
        return f"{self.url}/api/"

    @property
    def authorize_url(self) -> str:
        return f"{self.url}/oauth/v2/authorize"

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 1024**2)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_get("/link/", self.courier.sockets.connect)
        app.router.add_post("/response/{key}", partial(self._other, "response_url", chat.respond))
        app.router.add_post("/upload/{team}/{file}", partial(self._other, "upload", views.upload))
        app.router.add_get("/files/{team}/{file}", partial(self._other, "file", views.hand_out))
        app.router.add_get("/oauth/v2/authorize", partial(directory.authorize, self))
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        await self.notice()
        await self.courier.close()
        if self._runner is not None:
            await self._runner.cleanup()
        if error is None:
            assert self.violations == [], "\n".join(self.violations)

    def workspace(self, team_id: str, *, enterprise: str = "", installed: bool = True) -> Workspace:
        """The workspace of this id; made, and the app installed in it, when it is not there yet."""
        if team_id not in self.teams:
            team = Team(team_id, f"Workspace {team_id}", team_id.lower(), enterprise, installed=installed)
            self.teams[team_id] = team
            directory.settle(self, team)
        return Workspace(self, self.teams[team_id])

    def take_violations(self) -> list[str]:
        """What the checker has found so far; it is then forgotten."""
        found, self.violations = self.violations, []
        return found

    def called(self, method: str) -> list[Call]:
        """The calls of this method so far, those that met a fault too."""
        return [call for call in self.calls if call.method == method]

    async def advance(self, seconds: float) -> None:
        """Moves the clock and lets happen what falls due on the way: redeliveries, slow calls."""
        end = self.clock.now() + seconds
        while (due := self.courier.next_due()) is not None and due <= end:
            self.clock.move(max(0.0, due - self.clock.now()))
            await self.courier.redeliver()
        self.clock.move(max(0.0, end - self.clock.now()))
        await self.notice()

    async def until(self, holds: Callable[[], object], what: str = "") -> None:
        """Waits until this holds, here or in the app; fails with `what` when it never does."""
        for _ in range(int(PATIENCE / LOOK_EVERY)):
            if holds():
                return
            await asyncio.sleep(LOOK_EVERY)
        raise AssertionError(what or "it never came to hold")

    async def quiet(self) -> None:
        """Waits until every event that is on its way has been delivered or given up for now."""
        await self.until(lambda: not self.courier.busy, "events are still on their way")

    async def notice(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def emit(
        self, team: Team, event: Json, channel: Channel | None = None, whole: bool | None = None
    ) -> Delivery | None:
        """An event on its way to the app, or None when the app does not get it."""
        if not team.installed or team.left_out or not self._subscribes(event):
            return None
        if channel is not None and team.bot_user not in channel.members and (channel.is_private or "ts" in event):
            return None
        event.setdefault("event_ts", self.clock.stamp())
        if self.contracts is not None and self.check:
            shape = self.contracts.event_shape(event["type"], event.get("subtype", "")).get("event")
            found = misfits(event, shape, f"event {event['type']}") if shape else ()
            self.violations += [f"the fake itself: {problem}" for problem in found]
        return self.courier.send_event(team, event, whole)

    def _subscribes(self, event: Json) -> bool:
        if self.subscribed is None:
            return True
        name = event["type"]
        if name == "message":
            name = f"message.{SCOPE_WORD[event.get('channel_type', 'channel')]}"
        return name in self.subscribed

    def is_org_install(self, team: Team) -> bool:
        """Whether the app is in this workspace by an org-wide install alone."""
        grants = [one for one in self.grants.values() if one.kind == "bot" and not one.revoked]
        own = any(one.team == team.id for one in grants)
        return not own and bool(team.enterprise) and any(one.enterprise == team.enterprise for one in grants)

    def new_trigger(self, team: str, user: str, view: str = "") -> str:
        key = f"{self.numbers.next('1')}.{int(self.clock.now())}.trigger"
        self.triggers[key] = Trigger(team, user, self.clock.now(), view)
        return key

    def new_response_url(self, team: str, channel: str, user: str, message_ts: str = "") -> str:
        key = self.numbers.next("R")
        self.response_urls[key] = ResponseUrl(team, channel, user, self.clock.now(), message_ts)
        return f"{self.url}/response/{key}"

    async def _api(self, request: web.Request) -> web.StreamResponse:
        call = await read_call(self, request)
        self.calls.append(call)
        await self.notice()

        async def answer() -> web.Response:
            return self._answered(call)

        return await self._met(call.method, request, answer)

    async def _other(self, name: str, handler: Handler, request: web.Request) -> web.StreamResponse:
        return await self._met(name, request, partial(handler, self, request))

    async def _met(
        self, name: str, request: web.Request, act: Callable[[], Awaitable[web.Response]]
    ) -> web.StreamResponse:
        """Answers, unless a fault is planned for what goes by this name."""
        fault = self.faults.take(name)
        early = await self._before(fault, request)
        if early is not None:
            return early
        answer = await act()
        await self.notice()
        match fault:
            case ServerError(status=status):
                return page(status)
            case Reset():
                return cut(request)
            case Lost():
                await self.closing.wait()
            case Garbage():
                return page(200)
        return answer

    async def _before(self, fault: Fault | None, request: web.Request) -> web.StreamResponse | None:
        match fault:
            case RateLimited(retry_after):
                return too_many(retry_after)
            case ServerError(when="before", status=status):
                return page(status)
            case Reset(when="before"):
                return cut(request)
            case Revoked():
                for grant in self.grants.values():
                    grant.revoked = grant.revoked or grant.kind == "bot"
            case Refused(error):
                return web.json_response({"ok": False, "error": error})
            case Slow(seconds):
                until = self.clock.now() + seconds
                async with self._changed:
                    await self._changed.wait_for(lambda: self.clock.now() >= until or self.closing.is_set())
        return None

    def _answered(self, call: Call) -> web.Response:
        try:
            self._admit(call)
            wait = self.limits.retry_after(call.method, self._tenant(call), call.text("channel"))
            if wait is not None:
                return too_many(wait)
            self._check_call(call)
            call.answer = {"ok": True} | METHODS[call.method](call)
        except ApiError as error:
            call.answer = error.answer
        if self.contracts is not None and self.check:
            found = answer_problems(self.contracts, call.method, call.answer)
            self.violations += [f"the fake itself, {call.method}: {problem}" for problem in found]
        scopes = ",".join(sorted(call.grant.scopes)) if call.grant else ""
        return web.json_response(call.answer, headers={"X-OAuth-Scopes": scopes})

    def _tenant(self, call: Call) -> str:
        return call.found_team.id if call.found_team else (call.grant.enterprise if call.grant else "")

    def _check_call(self, call: Call) -> None:
        """Slack ignores an unknown argument; the checker does not. What Slack refuses is refused."""
        if not self.check:
            return
        problems = check_call(call.method, call.args, call.how)
        self.violations += problems
        blocks = [problem for problem in problems if "block " in problem or "blocks;" in problem]
        if any("missing required" in problem or "wrong type" in problem for problem in problems) or (
            blocks and call.method.startswith("views.")
        ):
            raise ApiError("invalid_arguments", response_metadata={"messages": [f"[ERROR] {one}" for one in problems]})
        if blocks:
            raise ApiError("invalid_blocks", response_metadata={"messages": [f"[ERROR] {one}" for one in blocks]})

    def _admit(self, call: Call) -> None:
        """Who calls, for which workspace, and whether that is allowed."""
        if call.method not in METHODS:
            if self.contracts is not None and self.contracts.method(call.method) is None:
                self.violations.append(f"{call.method}: Slack has no such method")
            else:
                self.violations.append(f"{call.method}: the fake does not know this method of Slack's yet")
            raise ApiError("unknown_method")
        if call.method in WITHOUT_TOKEN:
            return
        authenticate(call)
        directory.check_scope(call)
