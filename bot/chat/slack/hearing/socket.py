"""Socket Mode: the app calls Slack and listens on what it gets. No address of ours needs to be reachable."""

import asyncio
from contextlib import suppress

import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

log = structlog.get_logger()

LOOK_EVERY = 10.0
"""Seconds between two looks at the connection."""
PING_EVERY = 10.0


class Socket:
    """A connection that is looked after: what is dead, or never came about, is made anew.

    The library reconnects by itself when it notices; a watchdog notices what it does not.
    """

    def __init__(
        self, app: AsyncApp, app_token: str, base_url: str, *, look_every: float = LOOK_EVERY, ping: float = PING_EVERY
    ) -> None:
        # Without a client of its own the handler asks Slack itself for a socket, whatever the base URL is.
        client = AsyncWebClient(token=app_token, base_url=base_url)
        self._handler = AsyncSocketModeHandler(app, app_token, web_client=client, ping_interval=ping)
        self._look_every = look_every
        self._watching: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Returns at once; the connection comes about as soon as Slack can be reached."""
        self._watching = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching
        await self._handler.close_async()  # type: ignore[no-untyped-call]

    async def _watch(self) -> None:
        first = True
        while True:
            try:
                await self._look(first=first)
                first = False
            except Exception as error:  # noqa: BLE001 - Slack may be away for a while; we go on looking
                log.warning("slack_socket_failed", error=type(error).__name__)
            await asyncio.sleep(self._look_every)

    async def _look(self, *, first: bool) -> None:
        client = self._handler.client
        if await client.is_connected():
            return
        if not first:
            log.warning("slack_socket_lost")
        await client.connect_to_new_endpoint(force=True)
