"""The composition root: settings → database, chats, dispatcher, bell. The only file that knows all of them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import aiohttp

from bot import clock
from bot.chat.discord.adapter import DiscordChat
from bot.chat.discord.api.http import Http
from bot.chat.discord.api.rooms import RoomStyle
from bot.chat.discord.custom_ids import Handles
from bot.chat.local.adapter import LocalChat
from bot.chat.local.feed import Feed
from bot.chat.slack.adapter import SlackChat
from bot.chat.slack.api.calls import TIMEOUT
from bot.chat.slack.install.sealing import Keyring
from bot.chat.slack.install.store import InstallationStore
from bot.chat.slack.install.tokens import App, InstalledTokens
from bot.chat.words.pieces import Voice
from bot.dispatcher import Dispatcher
from bot.metrics import Metrics
from bot.scheduler import Bell
from bot.settings import Settings
from cohorts.events import Begun, Event, Response, Whisper
from cohorts.ports import Chat
from cohorts.usecases.receive import receive
from cohorts.usecases.tell import said_to
from storage import handles
from storage.away import why_away
from storage.database import UNREACHABLE, Database, open_database
from storage.migrate import upgrade


@dataclass(frozen=True, slots=True)
class House:
    """Everything that runs, put together."""

    database: Database
    local: LocalChat
    feed: Feed
    dispatcher: Dispatcher
    bell: Bell
    metrics: Metrics
    now: Callable[[], datetime]
    chats: Mapping[str, Chat]
    installations: InstallationStore | None = None
    """Of Slack, where many workspaces install the app."""

    async def handle(self, event: Event, patience: timedelta | None = None) -> Response:
        """An event from a chat: decided and kept, then what it caused is delivered. What takes a while is waited for,
        at most so long; what came of it by then is the answer."""
        response = await self.database.transact(receive, event, self.now())
        if isinstance(response, Begun):
            response = await self._ended(response, patience)
        await self.dispatcher.deliver_due()
        return response

    async def _ended(self, begun: Begun, patience: timedelta | None) -> Response:
        longest = None if patience is None else patience / timedelta(seconds=1)
        await asyncio.wait({self.bell.search()}, timeout=longest)
        told = await self.database.read(lambda tx: said_to(tx, begun.whom, begun.key))
        return Whisper(message=told) if told else begun


class DatabaseAwayError(Exception):
    """The database cannot be opened. Its message names no password and no statement."""


@asynccontextmanager
async def ready_database(settings: Settings, synchronous: str = "FULL") -> AsyncIterator[Database]:
    """The database in its newest shape, closed at the end. Raises DatabaseAwayError, else as open and upgrade."""
    try:
        database = open_database(settings.database_url, synchronous, settings.rules)
    except UNREACHABLE as error:
        raise DatabaseAwayError(why_away(error)) from None
    try:
        try:
            await database.with_connection(upgrade)
        except UNREACHABLE as error:
            raise DatabaseAwayError(why_away(error)) from None
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def open_house(
    settings: Settings, now: Callable[[], datetime], synchronous: str = "FULL"
) -> AsyncIterator[House]:
    """The database brought to its newest shape and everything wired to it; closed again at the end.

    Raises as `ready_database`, and TokenKeyError where many Slack workspaces are served and their tokens cannot be
    opened.
    """
    async with AsyncExitStack() as opened:
        database = await opened.enter_async_context(ready_database(settings, synchronous))
        feed = Feed()
        database.follow(feed.hear)
        local = LocalChat(database, now, feed)
        metrics = Metrics()
        owner = f"worker-{clock.token()[:12]}"
        # Rate limits run on a clock that never jumps; a demo's own clock has no other.
        elapsed = clock.elapsed if now is clock.now else None
        chats: dict[str, Chat] = {local.platform: local}
        installations = _installations(settings, database, now)
        if installations:
            await installations.check()
        slack = await opened.enter_async_context(_slack(settings, installations))
        discord = await opened.enter_async_context(_discord(settings, database))
        chats |= {chat.platform: chat for chat in (slack, discord) if chat}
        dispatcher = Dispatcher(database, chats, now, owner, elapsed=elapsed, metrics=metrics)
        dispatcher.quiet_period = settings.quiet_period
        bell = Bell(database, dispatcher, now, metrics=metrics)
        yield House(database, local, feed, dispatcher, bell, metrics, now, chats, installations)


def slack_app(settings: Settings) -> App:
    """The app that many workspaces install."""
    secret = settings.slack_client_secret.get_secret_value()
    return App(settings.slack_client_id, secret, settings.slack_api_base)


def _installations(settings: Settings, database: Database, now: Callable[[], datetime]) -> InstallationStore | None:
    """Of many workspaces; None where there is one, by its token, or none. Raises TokenKeyError."""
    if not settings.slack_client_id:
        return None
    return InstallationStore(database, Keyring(settings.slack_token_keys.get_secret_value()), now)


@asynccontextmanager
async def _slack(settings: Settings, store: InstallationStore | None) -> AsyncIterator[SlackChat | None]:
    """Over one session, by each workspace's own token or the one there is; None when there is none."""
    installed = InstalledTokens(store, slack_app(settings)) if store else None
    token = settings.slack_bot_token.get_secret_value()

    async def tokens(_workspace: str) -> str:
        return token

    if not installed and not token:
        yield None
        return
    async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
        yield SlackChat(installed or tokens, session, settings.slack_api_base, voice=Voice(site=settings.address))
    if installed:
        await installed.stop()


@asynccontextmanager
async def _discord(settings: Settings, database: Database) -> AsyncIterator[DiscordChat | None]:
    """As the one bot we are, in every server that has it; None without a token."""
    token = settings.discord_token.get_secret_value()
    if not token:
        yield None
        return

    async def keep(kept: Handles) -> None:
        await database.transact(lambda tx: handles.keep(tx.connection, kept))

    http = Http(token, settings.discord_api_base)
    styles = {server: _room_style(said) for server, said in settings.discord_room_styles.items()}
    try:
        voice, servers = Voice(site=settings.address), settings.discord_server_ids
        yield DiscordChat(http, keep, voice=voice, rooms=styles, servers=servers)
    finally:
        await http.close()


def _room_style(said: str) -> RoomStyle:
    kind, _, channel = said.partition(":")
    return RoomStyle.model_validate({"kind": kind, "channel": channel})
