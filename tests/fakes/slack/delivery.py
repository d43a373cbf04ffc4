"""How Slack reaches the app: signed HTTP or sockets, acks, redelivery, and what can go wrong on the way."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import aiohttp

from tests.fakes.slack.contracts import Json
from tests.fakes.slack.sockets import Ack, Sockets
from tests.fakes.slack.world import APP_ID, Team

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack

# At once, after one minute, after five; GUESS: each counted from the try before it.
RETRY_AFTER = (0.0, 60.0, 300.0)
Answered = tuple[int, Mapping[str, str], bytes]
Post = Callable[[str, Mapping[str, str], bytes], Awaitable[Answered]]


@dataclass
class Delivery:
    """One event and how each try to deliver it went. `done` is set after the first try and its retry at once."""

    payload: Json
    acks: list[Ack] = field(default_factory=list)
    done: asyncio.Event = field(default_factory=asyncio.Event)
    due: float = 0.0

    @property
    def acked(self) -> bool:
        return any(ack.ok for ack in self.acks)


class Courier:
    """Events are retried until acked, gestures of people are not.

    `ack_seconds` is real time: how long an app that does not answer is waited for.
    """

    def __init__(self, fake: "FakeSlack") -> None:
        self.sockets = Sockets(fake)
        self.ack_seconds = 3.0
        self.retry_after = RETRY_AFTER
        self.repeat_next = 0
        self.deliveries: list[Delivery] = []
        self._waiting: list[Delivery] = []
        self._fake = fake
        self._held: list[Delivery] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._notices: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Semaphore(1)
        self._urls: dict[str, str] = {}
        self._post: Post | None = None
        self._session: aiohttp.ClientSession | None = None

    @property
    def busy(self) -> bool:
        return bool(self._tasks)

    @property
    def holding(self) -> bool:
        return self._held is not None

    def connect_http(self, events: str, *, actions: str = "", commands: str = "", post: Post | None = None) -> None:
        """Deliver by signed HTTP from now on; one URL for all unless told. `post` replaces the network."""
        self._urls = {"events_api": events, "interactive": actions or events, "slash_commands": commands or events}
        self._post = post or self._over_network

    def allow_at_once(self, number: int) -> None:
        """So many events are under way at the same time; 1 keeps them in order."""
        self._turn = asyncio.Semaphore(number)

    def hold(self) -> None:
        """Events pile up from now on, until `release`."""
        self._held = []

    async def release(self, order: Callable[[list[Delivery]], list[Delivery]] = list) -> None:
        """Delivers what was held, in the order that `order` makes of it, e.g. `lambda held: held[::-1]`."""
        held, self._held = order(self._held or []), None
        for delivery in held:
            self._start(delivery)
        await asyncio.gather(*(delivery.done.wait() for delivery in held))

    def send_event(self, team: Team, event: Json, whole: bool | None = None) -> Delivery:
        """`whole`: by an org-wide install; None: as the app is in the workspace now."""
        return self.send_payload(self._wrapped(team, event, whole))

    def send_payload(self, payload: Json) -> Delivery:
        """An event payload as it is, e.g. one that was recorded or is broken on purpose."""
        delivery = Delivery(payload)
        self.deliveries.append(delivery)
        if self._held is not None:
            self._held.append(delivery)
        else:
            self._start(delivery)
        return delivery

    async def verify_url(self) -> bool:
        """The check that Slack makes when the URL is entered: the challenge must come back."""
        body = {"token": "legacy", "challenge": self._fake.numbers.next("challenge"), "type": "url_verification"}
        ack = await self._over_http("events_api", body, {})
        said = ack.body.get("challenge") if isinstance(ack.body, dict) else ack.body
        return ack.ok and said == body["challenge"]

    async def gesture(self, kind: str, payload: Json) -> Ack:
        """A click, a submission, a command: one try, and its answer."""
        return await self._try(kind, payload, 0, "")

    async def redeliver(self) -> None:
        """Tries again what is due now."""
        now = self._fake.clock.now()
        due = [one for one in self._waiting if one.due <= now]
        self._waiting = [one for one in self._waiting if one.due > now]
        for delivery in due:
            await self._attempt(delivery)

    def next_due(self) -> float | None:
        """When something is to be tried again, or None."""
        return min((one.due for one in self._waiting), default=None)

    def _start(self, delivery: Delivery) -> None:
        task = asyncio.create_task(self._deliver(delivery))
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        if (error := task.exception()) is not None:
            self._fake.violations.append(f"a delivery broke: {error!r}")
        notice = asyncio.ensure_future(self._fake.notice())
        self._notices.add(notice)
        notice.add_done_callback(self._notices.discard)

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            async with self._turn:
                await self._attempt(delivery)
                if self.repeat_next:
                    self.repeat_next -= 1
                    delivery.acks.append(await self._try("events_api", delivery.payload, 1, "http_timeout"))
            await self.redeliver()
        finally:
            delivery.done.set()

    async def _attempt(self, delivery: Delivery) -> None:
        reason = delivery.acks[-1].reason if delivery.acks else ""
        tries = len(delivery.acks)
        ack = await self._try("events_api", delivery.payload, tries, reason)
        delivery.acks.append(ack)
        if not ack.ok and not ack.no_retry and tries < len(self.retry_after):
            delivery.due = self._fake.clock.now() + self.retry_after[tries]
            self._waiting.append(delivery)

    async def _try(self, kind: str, payload: Json, number: int, reason: str) -> Ack:
        if self._post is not None:
            headers = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason} if number else {}
            return await self._over_http(kind, payload, headers)
        return await self.sockets.send(kind, payload, number, self.ack_seconds)

    def _wrapped(self, team: Team, event: Json, whole: bool | None) -> Json:
        """GUESS: the authorization of an org-wide install names no team; the envelope does."""
        org = self._fake.is_org_install(team) if whole is None else whole
        ours: Json = {"enterprise_id": team.enterprise or None, "team_id": None if org else team.id}
        ours |= {"user_id": team.bot_user, "is_bot": True, "is_enterprise_install": org}
        found: Json = {"token": "legacy", "team_id": team.id, "api_app_id": APP_ID, "event": event}
        found |= {"type": "event_callback", "event_id": self._fake.numbers.next("Ev"), "is_ext_shared_channel": False}
        found |= {"event_time": int(self._fake.clock.now()), "event_context": self._fake.numbers.next("4-context")}
        found["authorizations"] = [ours]
        return found | ({"enterprise_id": team.enterprise} if team.enterprise else {})

    async def _over_http(self, kind: str, payload: Json, headers: Mapping[str, str]) -> Ack:
        assert self._post is not None
        form = kind != "events_api"
        body = json.dumps(payload).encode()
        if form:
            body = urlencode(payload if kind == "slash_commands" else {"payload": json.dumps(payload)}).encode()
        sent = self.sign(body) | dict(headers)
        sent["Content-Type"] = "application/x-www-form-urlencoded" if form else "application/json"
        try:
            async with asyncio.timeout(self.ack_seconds):
                status, answered, content = await self._post(self._urls[kind], sent, body)
        except TimeoutError:
            return Ack(0, reason="http_timeout")
        except (aiohttp.ClientError, OSError):
            return Ack(0, reason="connection_failed")
        text = content.decode()
        kept = {name.lower(): value for name, value in answered.items()}
        found = json.loads(text) if text and kept.get("content-type", "").startswith("application/json") else text
        refused = kept.get("x-slack-no-retry") == "1"
        return Ack(status, found, "" if 200 <= status < 300 else "http_error", refused)

    def sign(self, body: bytes, at: float | None = None) -> dict[str, str]:
        """The two headers by which the app knows that Slack sent this body."""
        stamp = str(int(self._fake.signs_at() if at is None else at))
        secret = self._fake.signing_secret.encode()
        digest = hmac.new(secret, f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}

    async def _over_network(self, url: str, headers: Mapping[str, str], body: bytes) -> Answered:
        self._session = self._session or aiohttp.ClientSession()
        async with self._session.post(url, data=body, headers=headers) as answer:
            return answer.status, answer.headers, await answer.read()

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, *self._notices, return_exceptions=True)
        await self.sockets.close()
        if self._session is not None:
            await self._session.close()
