"""Socket Mode: the app calls Slack and listens on what it gets. No address of ours needs to be reachable."""

import asyncio
from contextlib import suppress

import structlog
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from .raw import Hear

log = structlog.get_logger()

LOOK_EVERY = 1.0
"""Seconds between two looks at the connection: whoever presses something meanwhile is told by Slack that it failed."""
REST = 10.0
"""Looks that are left out after a new connection was made, or could not be: Slack gives out few in a minute."""
PING_EVERY = 10.0


class Socket:
    """A connection that is looked after: what is dead, or never came about, is made anew.

    The library reconnects by itself when it notices; a watchdog notices what it does not.
    """

    def __init__(
        self, hear: Hear, app_token: str, base_url: str, *, look_every: float = LOOK_EVERY, ping: float = PING_EVERY
    ) -> None:
        # Without a client of its own the library asks Slack itself for a socket, whatever the base URL is.
        web = AsyncWebClient(token=app_token, base_url=base_url)
        self._client = SocketModeClient(app_token, web_client=web, ping_interval=ping)
        self._client.socket_mode_request_listeners.append(self._take)
        self._hear, self._look_every = hear, look_every
        self._watching: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Returns at once; the connection comes about as soon as Slack can be reached."""
        self._watching = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching
        await self._client.close()  # type: ignore[no-untyped-call]

    async def _take(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        try:
            reply = await self._hear(request.payload)
        except Exception as error:  # noqa: BLE001 - it was not kept, so it is not acknowledged: Slack sends it again
            log.warning("slack_not_kept", error=type(error).__name__)
            return
        await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, reply or None))

    async def _watch(self) -> None:
        first = True
        while True:
            looks = REST
            try:
                alive = await self._is_alive(first=first)
                looks = 1.0 if alive or first else REST
                first = False
            except Exception as error:  # noqa: BLE001 - Slack may be away for a while; we go on looking
                log.warning("slack_socket_failed", error=type(error).__name__)
            await asyncio.sleep(looks * self._look_every)

    async def _is_alive(self, *, first: bool) -> bool:
        """False where it was not, and a new connection has been made."""
        if await self._client.is_connected():
            return True
        if not first:
            log.warning("slack_socket_lost")
        await self._client.connect_to_new_endpoint(force=True)
        return False
