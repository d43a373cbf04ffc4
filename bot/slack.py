"""Slack, put together: the adapter for what goes out, a listener for what comes in."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import aiohttp
import structlog
from starlette.routing import BaseRoute

from bot.app import House
from bot.chat.local import ids as local
from bot.chat.slack.adapter import SlackChat
from bot.chat.slack.hearing.answers import Answers
from bot.chat.slack.hearing.http import http_routes
from bot.chat.slack.hearing.socket import Socket
from bot.chat.slack.ids import PLATFORM, is_direct
from bot.chat.slack.listen import Listener, build_app
from bot.chat.slack.words.pieces import Voice
from bot.settings import Settings
from cohorts.cards.joining import way_in_card
from cohorts.events import AccessEnded, AccountRef, Done, Event, Held, Notice, Place, Posted, Profile, Response, Whisper
from cohorts.messages import Message
from cohorts.people.model import Account, Educator
from cohorts.ports import Transaction
from cohorts.usecases.ask_facilitator import tell_of_lost_access
from cohorts.usecases.hold_words import keep_words
from cohorts.usecases.home import home_for
from cohorts.usecases.receive import receive
from cohorts.usecases.recognise import invite_outsider, link, question_for, recognise
from cohorts.usecases.take_notice import take_notice
from cohorts.usecases.tell import rhythm_of
from storage.queues import workspaces
from storage.queues.conversations import keep_conversation, logical_conversation
from storage.transaction import SqlTransaction

log = structlog.get_logger()

WriteLink = Callable[[str], Awaitable[str]]
"""Makes the token with which this educator signs in on the web, once."""


class HouseDesk:
    """`bot.chat.slack.desk.Desk` over a running house."""

    def __init__(self, house: House, site: str, write_link: WriteLink) -> None:
        self._house, self._site, self._write_link = house, site, write_link

    async def handle(self, event: Event) -> Response:
        """Committed when it returns; what it caused is delivered behind the ack."""
        response = await self._house.database.transact(_receive, event, self._house.now())
        self._house.dispatcher.wake()
        return response

    async def recognise(self, account: AccountRef, profile: Profile, place: Place) -> Response:
        now = self._house.now()
        if not profile.outside:
            return await self._house.database.transact(recognise, account, profile, now)
        educator = await self._house.database.transact(_invite, account, profile, place, now)
        if educator is None:
            return Done()
        self._house.dispatcher.wake()
        address = f"{self._site}/enter?token={await self._write_link(educator.id)}"
        return Whisper(message=way_in_card(educator.language, address))

    async def note(self, notice: Notice) -> None:
        now = self._house.now()

        def note(tx: SqlTransaction) -> None:
            fresh = take_notice(tx, notice, now)
            if fresh and isinstance(notice, AccessEnded):
                place = (notice.platform, notice.workspace)
                if workspaces.lose(tx.connection, place, "access_ended", now):
                    tell_of_lost_access(tx, notice.platform, notice.workspace, now)

        await self._house.database.transact(note)
        self._house.dispatcher.wake()

    async def voice(self, account: AccountRef) -> Voice:
        known = await self._house.database.read(_voice, account)
        return known.model_copy(update={"site": self._site}) if known else Voice(site=self._site)

    async def home(self, account: AccountRef) -> Message:
        now = self._house.now()

        def home(tx: SqlTransaction) -> Message:
            educator = _educator(tx, account)
            if educator is None:
                return question_for(tx, account)
            shown = home_for(tx, educator, now)
            return shown.message if isinstance(shown, Whisper) else Message(text="")

        return await self._house.database.read(home)


def _receive(tx: SqlTransaction, event: Event, now: datetime) -> Response:
    """Somebody may write to us before we have ever written to them: from now on we know where they read us."""
    educator, conversation = _educator(tx, event.account), event.place.conversation
    if educator and is_direct(conversation):
        keep_conversation(tx.connection, PLATFORM, event.account.workspace, f"dm:{educator.id}", conversation)
    response = receive(tx, event, now)
    if isinstance(response, Held) and isinstance(event, Posted) and educator:
        return keep_words(tx, educator, event, now)  # Slack lets nobody take another's message back
    return response


def _invite(tx: SqlTransaction, ref: AccountRef, profile: Profile, place: Place, now: datetime) -> Educator | None:
    """An outsider is let in on the web, and only as somebody of the very cohort in whose room they are."""
    room = logical_conversation(tx.connection, PLATFORM, ref.workspace, place.conversation)
    educator = invite_outsider(tx, ref, profile, room or "", now)
    if educator and not any(account.platform == local.PLATFORM for account in tx.people.accounts(educator.id)):
        user = educator.id
        link(tx, Account(platform=local.PLATFORM, workspace=local.WORKSPACE, user=user, educator_id=user), now)
    return educator


def _educator(tx: Transaction, account: AccountRef) -> Educator | None:
    known = tx.people.find_account(account.platform, account.workspace, account.user)
    educator = tx.people.get_educator(known.educator_id) if known else None
    return educator if educator and educator.active else None


def _voice(tx: Transaction, account: AccountRef) -> Voice | None:
    educator = _educator(tx, account)
    return Voice(language=educator.language, zone=rhythm_of(tx, educator).zone) if educator else None


@asynccontextmanager
async def listening(house: House, settings: Settings, write_link: WriteLink) -> AsyncIterator[Sequence[BaseRoute]]:
    """Hears Slack while the block runs, over a socket when there is an app-level token. The routes are for HTTP."""
    chat = house.chats.get(PLATFORM)
    if not isinstance(chat, SlackChat):
        yield ()
        return
    app_token, secret = settings.slack_app_token.get_secret_value(), settings.slack_signing_secret.get_secret_value()
    if not app_token and not secret:
        log.error("slack_not_heard", why="COHORTIUM_SLACK_APP_TOKEN or COHORTIUM_SLACK_SIGNING_SECRET is needed")
        yield ()  # with an empty secret anybody could sign
        return
    async with aiohttp.ClientSession() as session:
        desk = HouseDesk(house, settings.address, write_link)
        listener = Listener(desk, Answers(chat.calls, desk, session))
        app = build_app(listener, secret)
        socket = Socket(app, app_token, settings.slack_api_base) if app_token else None
        if socket:
            await socket.start()
        try:
            yield () if socket else http_routes(app)
        finally:
            if socket:
                await socket.stop()
            await listener.stop()
