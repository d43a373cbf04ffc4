"""Signed HTTP: Slack calls us. Bolt checks the signature, and that it is no older than five minutes."""

from collections.abc import Sequence

from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.app.async_app import AsyncApp
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

EVENTS = "/slack/events"
MOST_BYTES = 1_000_000
"""A modal of 250 KB comes back written as a form, which may treble it."""


def http_routes(app: AsyncApp) -> Sequence[BaseRoute]:
    """One address for events, interactions and commands."""
    handler = AsyncSlackRequestHandler(app)

    async def hear(request: Request) -> Response:
        return await handler.handle(request)

    return [Route(EVENTS, hear, methods=["POST"])]
