"""Slack, put together: the adapter for what goes out, a listener for what comes in, the way to be installed."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp
import structlog
from starlette.routing import BaseRoute

from bot import clock
from bot.app import House, slack_app
from bot.chat.slack.adapter import SlackChat
from bot.chat.slack.hearing.answers import Answers
from bot.chat.slack.hearing.http import http_routes
from bot.chat.slack.hearing.socket import Socket
from bot.chat.slack.ids import PLATFORM
from bot.chat.slack.install.flow import Site, build_flow, install_routes
from bot.chat.slack.install.state import StateStore
from bot.chat.slack.listen import Listener
from bot.settings import Settings
from bot.slack_desk import HouseDesk, WriteLink

log = structlog.get_logger()

UPLOAD = aiohttp.ClientTimeout(total=30, sock_connect=3)
"""Of a file that somebody asked for. Whoever stops waits for it, and whoever has not got it asks again."""


@asynccontextmanager
async def listening(
    house: House, settings: Settings, write_link: WriteLink, secret: str = ""
) -> AsyncIterator[Sequence[BaseRoute]]:
    """Hears Slack while the block runs, over a socket when there is an app-level token. The routes are for HTTP.

    In many workspaces over a socket only when there is nothing to check a signature with; `secret` signs the way to be
    installed then.
    """
    chat = house.chats.get(PLATFORM)
    if not isinstance(chat, SlackChat):
        yield ()
        return
    signing = settings.slack_signing_secret.get_secret_value()
    app_token = "" if house.installations and signing else settings.slack_app_token.get_secret_value()
    if not app_token and not signing:
        log.error("slack_not_heard", why=_wanted(settings))
        yield ()  # with an empty secret anybody could sign
        return
    async with aiohttp.ClientSession(timeout=UPLOAD) as session:
        desk = HouseDesk(house, settings.address, write_link)
        admits = house.installations.admits if house.installations else None
        listener = Listener(desk, Answers(chat.calls, desk, session), admits)
        socket = Socket(listener.hear, app_token, settings.slack_api_base) if app_token else None
        if socket:
            await socket.start()
        try:
            heard = () if socket else http_routes(listener.hear, signing)
            yield [*heard, *_ways_in(house, settings, secret)]
        finally:
            if socket:
                await socket.stop()
            await listener.stop()


def _ways_in(house: House, settings: Settings, secret: str) -> Sequence[BaseRoute]:
    """Where the app is installed from; none where there is one workspace, by its token."""
    if house.installations is None or not secret:
        return ()
    house.installations.installed = house.dispatcher.wake
    state = StateStore(house.database, secret, house.now, clock.token)
    site = Site(address=settings.address, authorize=settings.slack_authorize_url)
    return install_routes(build_flow(slack_app(settings), site, house.installations, state))


def _wanted(settings: Settings) -> str:
    signing = "COHORTIUM_SLACK_SIGNING_SECRET"
    return f"{signing} is needed" if settings.slack_client_id else f"COHORTIUM_SLACK_APP_TOKEN or {signing} is needed"
