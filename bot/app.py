"""The composition root: settings → database, chats, dispatcher, bell. The only file that knows all of them."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import aiohttp

from bot import clock
from bot.chat.local.adapter import LocalChat
from bot.chat.local.feed import Feed
from bot.chat.slack.adapter import SlackChat
from bot.chat.slack.api.calls import TIMEOUT
from bot.chat.slack.words.pieces import Voice
from bot.dispatcher import Dispatcher
from bot.metrics import Metrics
from bot.scheduler import Bell
from bot.settings import Settings
from cohorts.events import Event, Response
from cohorts.ports import Chat
from cohorts.usecases.receive import receive
from storage.database import Database, open_database
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

    async def handle(self, event: Event) -> Response:
        """An event from a chat: decided and kept, then what it caused is delivered."""
        response = await self.database.transact(receive, event, self.now())
        await self.dispatcher.deliver_due()
        return response


@asynccontextmanager
async def open_house(
    settings: Settings, now: Callable[[], datetime], synchronous: str = "FULL"
) -> AsyncIterator[House]:
    """The database brought to its newest shape and everything wired to it; closed again at the end."""
    database = open_database(settings.database_url, synchronous, settings.nudging)
    opened = AsyncExitStack()
    try:
        await database.with_connection(upgrade)
        feed = Feed()
        database.follow(feed.hear)
        local = LocalChat(database, now, feed)
        metrics = Metrics()
        owner = f"worker-{clock.token()[:12]}"
        # Rate limits run on a clock that never jumps; a demo's own clock has no other.
        elapsed = clock.elapsed if now is clock.now else None
        chats: dict[str, Chat] = {local.platform: local}
        slack = await opened.enter_async_context(_slack(settings))
        chats |= {slack.platform: slack} if slack else {}
        dispatcher = Dispatcher(database, chats, now, owner, elapsed=elapsed, metrics=metrics)
        bell = Bell(database, dispatcher, now, metrics=metrics)
        yield House(database, local, feed, dispatcher, bell, metrics, now, chats)
    finally:
        await opened.aclose()
        await database.close()


@asynccontextmanager
async def _slack(settings: Settings) -> AsyncIterator[SlackChat | None]:
    """One workspace by its token, over one session; None when there is no token."""
    token = settings.slack_bot_token.get_secret_value()
    if not token:
        yield None
        return

    async def tokens(_workspace: str) -> str:
        return token

    async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
        yield SlackChat(tokens, session, settings.slack_api_base, voice=Voice(site=settings.address))
