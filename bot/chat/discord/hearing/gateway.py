"""discord.py's client, for as long as the house runs: it speaks with the gateway, we read what comes before it does.

discord.py reconnects, resumes, shards when Discord asks for it, and waits its turn to introduce itself. Whatever ends
it all the same, a supervisor makes a new one.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any

import discord
import structlog
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

log = structlog.get_logger()

Take = Callable[[object], None]
"""Takes one dispatch, `{"t", "d", "s", "session"}`, and returns at once. The last two tell it from every other: Discord
tells nothing twice."""
OURS = frozenset({"INTERACTION_CREATE"})
"""Nothing of these is left to read for discord.py."""
INTENTS = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
"""None that Discord would have to approve: no members, no presence, no content of messages that are not to us."""
FATAL = frozenset({4004, 4010, 4012, 4013, 4014})
"""Codes with which Discord closes what trying again cannot mend."""
REST = (1.0, 5.0, 30.0, 120.0, 600.0)
"""Seconds before the next client; a new one introduces itself, which Discord allows a thousand times a day."""
WELL = 300.0
"""Seconds after which a client that ended was well: the next comes soon again."""
RESERVE = 20
"""Introductions that are left for people who mend things."""


discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # nothing is spoken aloud here


def point_at(base: str, gateway: str) -> None:
    """Where discord.py finds Discord, in this process."""
    Route.BASE = base.rstrip("/")
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)


class Client(discord.AutoShardedClient):
    """Hands on each dispatch before discord.py reads it. What discord.py cannot read ends nothing."""

    def __init__(self, take: Take, session: str = "", **options: Any) -> None:  # noqa: ANN401 - as in discord.py
        super().__init__(
            intents=INTENTS,
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            allowed_mentions=discord.AllowedMentions.none(),
            **options,
        )
        self._take, self._session, self._count = take, session, count(1)
        # The one table by which discord.py reads dispatches, and the only way to them before it does.
        parsers = self._connection.parsers
        for kind, parse in list(parsers.items()):
            parsers[kind] = self._guarded(kind, parse)

    def _guarded(self, kind: str, parse: Callable[[Any], None]) -> Callable[[Any], None]:
        def read(data: Any) -> None:  # noqa: ANN401 - JSON
            self._take({"t": kind, "d": data, "s": next(self._count), "session": self._session})
            if kind in OURS:
                return
            try:
                parse(data)
            except Exception as error:
                if kind == "READY":
                    raise  # without it there is no session
                log.warning("discord_event_malformed", kind=kind, error=type(error).__name__)

        return read


class Gateway:
    """Looks after the client: one at a time, for ever. `session` tells this process from others."""

    def __init__(self, token: str, take: Take, session: str, rest: tuple[float, ...] = REST) -> None:
        self._token, self._take, self._session, self._rest = token, take, session, rest
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Returns at once; the connection comes about as soon as Discord can be reached."""
        self._running = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running

    async def _run(self) -> None:
        ended = 0
        while True:
            began = asyncio.get_running_loop().time()
            why = await self._once()
            if why in FATAL:
                log.error("discord_not_heard", why=f"closed with {why}; cohortium doctor discord says what to mend")
                return
            lived = asyncio.get_running_loop().time() - began
            ended = 0 if lived > WELL else ended + 1
            await asyncio.sleep(self._rest[min(ended, len(self._rest) - 1)])

    async def _once(self) -> int:
        """One client's life; the code with which Discord closed it, 0 for any other end."""
        client = Client(self._take, self._session)
        try:
            await client.login(self._token)
            await _wait_for_turn(client)
            await client.connect()
        except discord.LoginFailure:
            return 4004
        except discord.ConnectionClosed as error:
            log.warning("discord_client_closed", code=error.code)
            return error.code
        except discord.PrivilegedIntentsRequired:
            return 4014
        except Exception as error:  # noqa: BLE001 - whatever ended it, the next one is made
            log.warning("discord_client_ended", error=type(error).__name__)
        finally:
            await client.close()
        return 0


async def _wait_for_turn(client: Client) -> None:
    """Introductions are counted: who uses them all up has their token taken away by Discord."""
    limits = await client.fetch_session_start_limits()
    if limits.remaining <= RESERVE:
        log.error("discord_introductions_used_up", again_in_seconds=limits.reset_after // 1000)
        await asyncio.sleep(limits.reset_after / 1000)
