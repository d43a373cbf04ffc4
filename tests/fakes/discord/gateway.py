"""The gateway: HELLO, IDENTIFY, READY, RESUME, heartbeats, and the ways in which a session ends."""

import asyncio
import json
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from tests.fakes.discord.contracts import Json

if TYPE_CHECKING:
    from tests.fakes.discord.server import FakeDiscord

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 0, 1, 2, 6, 7, 9, 10, 11
NOT_AUTHENTICATED, BAD_TOKEN, BAD_SEQUENCE, BAD_SHARD, WANTS_SHARDS, BAD_INTENTS, NOT_ALLOWED = (
    4003,
    4004,
    4007,
    4010,
    4011,
    4013,
    4014,
)
PRIVILEGED = (1 << 1) | (1 << 8) | (1 << 15)
ALL_INTENTS = (1 << 26) - 1
IN_GUILDS_SHARD = 2_500
FLUSH = b"\x00\x00\xff\xff"


@dataclass
class Starts:
    """How many sessions may still be begun today."""

    total: int = 1_000
    left: int = 1_000
    at_once: int = 1


@dataclass
class Session:
    """One shard of the app. What it has not got it gets when it resumes. `alive` is its line, while it has one."""

    id: str
    shard: int
    shards: int
    intents: int
    seq: int = 0
    sent: list[Json] = field(default_factory=list)
    alive: "Line | None" = None
    invalid: bool = False
    heard: int = 0

    def has(self, guild: str) -> bool:
        """Direct messages go to the first shard."""
        return (int(guild) >> 22) % self.shards == self.shard if guild else self.shard == 0


class Line:
    """One connection. Everything is text, or compressed in one stream where that was asked for."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self.request, self.socket, self.ended = request, socket, False
        self._pack = zlib.compressobj() if request.query.get("compress") == "zlib-stream" else None

    async def say(self, told: Json) -> None:
        await self.say_text(json.dumps(told))

    async def say_text(self, text: str) -> None:
        if self.socket.closed:
            return
        try:
            if self._pack is None:
                await self.socket.send_str(text)
            else:
                await self.socket.send_bytes(self._pack.compress(text.encode()) + self._pack.flush(zlib.Z_SYNC_FLUSH))
        except ConnectionError:
            return

    async def close(self, code: int) -> None:
        self.ended = True
        await self.socket.close(code=code)

    def cut(self) -> None:
        if isinstance(self.request.transport, asyncio.Transport):
            self.request.transport.abort()


class Gateway:
    """`silent`: no heartbeat is acknowledged. `refuses`: what connects is closed with this code at once. `heartbeat`:
    seconds between two, as HELLO says."""

    def __init__(self, fake: "FakeDiscord") -> None:
        self.silent = False
        self.refuses = 0
        self.heartbeat = 41.25
        self.starts = Starts()
        self.identified = 0
        self.resumed = 0
        self.sessions: dict[str, Session] = {}
        self._fake = fake
        self._lines: set[Line] = set()
        self._waiting: dict[Line, list[asyncio.Future[int]]] = {}
        self._outbox: asyncio.Queue[tuple[Line, Json]] = asyncio.Queue()

    def __len__(self) -> int:
        """Sessions that are listening."""
        return sum(1 for one in self.sessions.values() if one.alive is not None)

    async def connect(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        line = Line(request, socket)
        self._lines.add(line)
        try:
            if self.refuses:
                await socket.close(code=self.refuses)
                return socket
            await line.say({"op": HELLO, "d": {"heartbeat_interval": int(self.heartbeat * 1000)}, "s": None, "t": None})
            await self._listen(line)
        finally:
            self._lines.discard(line)
            for session in self.sessions.values():
                if session.alive is line:
                    session.alive = None
                    if socket.close_code in {1000, 1001} and not line.ended:
                        session.invalid = True
            for waiting in self._waiting.pop(line, ()):
                if not waiting.done():
                    waiting.set_result(-1)
            self._fake.notice()
        return socket

    async def _listen(self, line: Line) -> None:
        async for message in line.socket:
            if message.type != WSMsgType.TEXT:
                continue
            told = json.loads(message.data)
            match told["op"]:
                case 1:
                    await self._beat(line, told.get("d"))
                case 2:
                    await self._identify(line, told["d"])
                case 6:
                    await self._resume(line, told["d"])

    async def _beat(self, line: Line, seq: int | None) -> None:
        for session in self.sessions.values():
            if session.alive is line:
                session.heard = max(session.heard, seq or 0)
        for waiting in self._waiting.pop(line, ()):
            if not waiting.done():
                waiting.set_result(seq or 0)
        if not self.silent:
            await line.say({"op": HEARTBEAT_ACK, "d": None, "s": None, "t": None})
        self._fake.notice()

    async def _identify(self, line: Line, told: Json) -> None:
        shard, shards = told.get("shard") or [0, 1]
        code = self._refusal(told, shard, shards)
        if code:
            await line.close(code)
            return
        self.starts.left -= 1
        self.identified += 1
        self._end_of_shard(shard)
        session = Session(f"session{self.identified:028x}", shard, shards, told["intents"], alive=line)
        self.sessions[session.id] = session
        mine = [one for one in self._fake.guilds.values() if self._fake.bot.id in one.members and session.has(one.id)]
        ready: Json = {"v": 10, "user": self._fake.bot.as_json() | {"verified": True, "mfa_enabled": True}}
        ready |= {"guilds": [{"id": one.id, "unavailable": True} for one in mine], "session_id": session.id}
        ready |= {"resume_gateway_url": self._fake.gateway_url, "shard": [shard, shards], "private_channels": []}
        ready |= {"application": {"id": self._fake.application, "flags": 0}, "session_type": "normal", "_trace": []}
        await self._send(session, "READY", ready)
        for guild in mine:
            if guild.available:
                await self._send(session, "GUILD_CREATE", self._fake.whole(guild, session.intents))
        self._fake.notice()

    def _refusal(self, told: Json, shard: int, shards: int) -> int:
        guilds = sum(1 for one in self._fake.guilds.values() if self._fake.bot.id in one.members)
        checks = (
            (told.get("token") != self._fake.token, BAD_TOKEN),
            (not 0 <= shard < shards, BAD_SHARD),
            (guilds > IN_GUILDS_SHARD * shards, WANTS_SHARDS),
            (not 0 <= told.get("intents", -1) <= ALL_INTENTS, BAD_INTENTS),
            (bool(told.get("intents", 0) & PRIVILEGED & ~self._fake.privileged), NOT_ALLOWED),
            (self.starts.left <= 0, BAD_TOKEN),
        )
        return next((code for holds, code in checks if holds), 0)

    def _end_of_shard(self, shard: int) -> None:
        for known in [one.id for one in self.sessions.values() if one.shard == shard and one.alive is None]:
            del self.sessions[known]

    async def _resume(self, line: Line, told: Json) -> None:
        session = self.sessions.get(told["session_id"])
        if told.get("token") != self._fake.token:
            await line.close(BAD_TOKEN)
        elif session is None or session.invalid:
            await line.say({"op": INVALID_SESSION, "d": False, "s": None, "t": None})
        elif not 0 <= (told.get("seq") or 0) <= session.seq:
            await line.close(BAD_SEQUENCE)
        else:
            session.alive = line
            self.resumed += 1
            for missed in [one for one in session.sent if one["s"] > (told.get("seq") or 0)]:
                await line.say(missed)
            await self._send(session, "RESUMED", {"_trace": []})
            self._fake.notice()

    def dispatch(self, name: str, data: Any, guild: str, needs: int) -> None:
        """To every session that listens to such things, in order."""
        for session in self.sessions.values():
            if session.has(guild) and (not needs or session.intents & needs) and not session.invalid:
                self._keep(session, name, data)

    def _keep(self, session: Session, name: str, data: Any) -> Json:
        session.seq += 1
        told = {"op": DISPATCH, "t": name, "s": session.seq, "d": json.loads(json.dumps(data))}
        session.sent.append(told)
        if session.alive is not None:
            self._outbox.put_nowait((session.alive, told))
        return told

    async def _send(self, session: Session, name: str, data: Json) -> None:
        self._keep(session, name, data)
        await self.flush()

    async def flush(self) -> None:
        while not self._outbox.empty():
            line, told = self._outbox.get_nowait()
            await line.say(told)

    async def pump(self) -> None:
        """Runs as long as the fake does."""
        while True:
            line, told = await self._outbox.get()
            await line.say(told)

    async def heard(self) -> None:
        """Until every session that listens has read all that was said to it: it is asked for a heartbeat, which names
        the last thing read."""
        for session in list(self.sessions.values()):
            while session.alive is not None and session.heard < session.seq:
                line = session.alive
                waiting = asyncio.get_running_loop().create_future()
                self._waiting.setdefault(line, []).append(waiting)
                await self.flush()
                await line.say({"op": HEARTBEAT, "d": None, "s": None, "t": None})
                async with asyncio.timeout(self._fake.patience):
                    await waiting

    async def raw(self, text: str) -> None:
        """Anything at all, to all lines."""
        for line in list(self._lines):
            await line.say_text(text)

    async def close(self, code: int = 4000) -> None:
        """Every line is closed with this code. After 1000, 1001 or 4009 a session cannot be resumed."""
        for session in self.sessions.values():
            session.invalid = session.invalid or code in {1000, 1001, 4009}
        for line in list(self._lines):
            await line.close(code)

    async def reconnect(self) -> None:
        """Bids everybody to come again and resume."""
        for line in list(self._lines):
            await line.say({"op": RECONNECT, "d": None, "s": None, "t": None})

    async def invalidate(self, *, resumable: bool = False) -> None:
        for session in self.sessions.values():
            session.invalid = session.invalid or not resumable
        for line in list(self._lines):
            await line.say({"op": INVALID_SESSION, "d": resumable, "s": None, "t": None})

    def cut(self) -> None:
        """Every line goes dead without a word."""
        for line in list(self._lines):
            line.cut()
