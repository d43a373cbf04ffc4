"""From Slack to the core: read, kept, acknowledged, and only then told. One listener for everything."""

import asyncio
import logging
import re
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from cohorts.events import (
    AccessEnded,
    AccountChanged,
    Arrived,
    Done,
    Event,
    FieldErrors,
    Held,
    Joined,
    Left,
    Posted,
    Response,
    RoomChanged,
    Sent,
    Unknown,
    Whisper,
)

from .events import happened
from .form_answers import problems_of
from .hearing.answers import Answers, Asked
from .hearing.desk import Desk
from .hearing.raw import part, text
from .ids import is_direct
from .words.rich_text import Json

log = structlog.get_logger()

ANYTHING = re.compile("")
NOTICES = (Joined, Left, RoomChanged, AccountChanged, AccessEnded)
Acknowledge = Callable[..., Coroutine[Any, Any, Any]]


class Listener:
    """What Slack sends, over HTTP or a socket, in the order that loses nothing: kept and committed, then acked.

    An error before that goes out of the listener: Bolt answers 500, and Slack sends the event again.
    """

    def __init__(self, desk: Desk, answers: Answers) -> None:
        self._desk, self._answers = desk, answers
        self._told: set[asyncio.Task[None]] = set()

    async def hear(self, raw: object, acknowledge: Acknowledge) -> None:
        event = happened(raw)
        if isinstance(event, NOTICES):
            await self._desk.note(event)
        if event is None or isinstance(event, NOTICES):
            await acknowledge()
            return
        asked = Asked(raw, event, await self._desk.voice(event.account))
        response = await self._decide(asked)
        reply = self._answers.in_reply(asked, response)
        await (acknowledge(**reply) if reply else acknowledge())
        self._later(self._tell(asked, response))

    async def stop(self) -> None:
        """What is still to be told is told."""
        await asyncio.gather(*self._told)

    async def _decide(self, asked: Asked) -> Response:
        if isinstance(asked.event, Sent) and (problems := _problems(asked.raw, asked.voice.language)):
            return FieldErrors(problems=problems)
        return await self._desk.handle(asked.event)

    async def _tell(self, asked: Asked, response: Response) -> None:
        event = asked.event
        if isinstance(response, Unknown):
            told = await self._answers.recognise(asked, response)
        else:
            told = _for_them(event, response)
        if isinstance(event, Arrived) and text(asked.raw, "event", "tab") == "home":
            await self._answers.show_home(event.account, asked.voice)
        if isinstance(event, Arrived) and text(asked.raw, "event", "tab") == "messages":
            await self._answers.conversing.suggest(event, asked.voice)
        await self._answers.follow(asked, told)

    def _later(self, telling: Coroutine[Any, Any, None]) -> None:
        async def tell() -> None:
            try:
                await telling
            except Exception as error:  # noqa: BLE001 - it is kept; what was only said at once must not stop the next
                log.warning("slack_answer_failed", error=type(error).__name__, why=str(error)[:200])

        task = asyncio.create_task(tell())
        self._told.add(task)
        task.add_done_callback(self._told.discard)


def _for_them(event: Event, response: Response) -> Response:
    """Who writes in a room writes to the others: we speak only when something is to be held."""
    told_anyway = is_direct(event.place.conversation) or not isinstance(event, Posted) or isinstance(response, Held)
    return response if told_anyway or not isinstance(response, Whisper) else Done()


def _problems(raw: object, language: str) -> dict[str, str]:
    view = part(raw, "view")
    return dict(problems_of(view, language)) if isinstance(view, dict) else {}


def build_app(listener: Listener, signing_secret: str) -> AsyncApp:
    """A Bolt app that hears everything. It acks when we say so, never before (process_before_response).

    Over a socket nothing is signed; over HTTP the secret must not be empty.
    """
    app = AsyncApp(
        logger=logging.getLogger("slack_bolt"),
        signing_secret=signing_secret,
        authorize=_authorize,
        process_before_response=True,
        ignoring_self_events_enabled=False,
    )

    async def hear(body: Json, ack: Acknowledge) -> None:
        await listener.hear(body, ack)

    for register in (app.event, app.action, app.view, app.command, app.shortcut, app.view_closed):
        register(ANYTHING)(hear)
    return app


async def _authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
    """Bolt's own client is not used: every call goes out by the token of its event's workspace (calls.py)."""
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)
