"""From Slack to the core: read, kept, acknowledged, and only then told. One listener for everything."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from cohorts.events import (
    AccessEnded,
    AccountChanged,
    Arrived,
    Deleted,
    Done,
    Edited,
    Event,
    FieldErrors,
    Held,
    Joined,
    Left,
    Notice,
    OpenForm,
    Posted,
    ReachChanged,
    Response,
    RoomChanged,
    Sent,
    Unknown,
    Whisper,
)

from .api.calls import CALL_ERRORS
from .events import happened
from .form_answers import problems_of
from .hearing.answers import Answers, Asked
from .hearing.desk import Desk
from .hearing.raw import part, text
from .ids import is_direct
from .origin import Origin, origin_of
from .words.rich_text import Json

log = structlog.get_logger()

WRITTEN = (Posted, Edited, Deleted)
NOTICES = (Joined, Left, RoomChanged, AccountChanged, AccessEnded, ReachChanged)
Admits = Callable[[Origin], Coroutine[Any, Any, bool]]
"""Whether we are let in there; where there is one workspace, by its token, nobody asks."""


class Listener:
    """What Slack sends, over HTTP or a socket, in the order that loses nothing: kept and committed, then acknowledged.

    An error before that goes out of the listener, so that it is not acknowledged and Slack sends the event again.
    """

    def __init__(self, desk: Desk, answers: Answers, admits: Admits | None = None) -> None:
        self._desk, self._answers, self._admits = desk, answers, admits
        self._told: set[asyncio.Task[None]] = set()

    async def hear(self, raw: object) -> Json:
        """What stands in the acknowledgement; what was caused is kept. The rest is told behind it."""
        event = happened(raw)
        if isinstance(event, NOTICES):
            await self._note(raw, event)
        if event is None or isinstance(event, NOTICES) or not await self._is_admitted(raw):
            return {}
        event = await self._answers.room_kinds.look(event)
        if isinstance(event, Sent):
            return await self._take(raw, event)
        response = _for_them(event, await self._desk.handle(event))
        response = await self._answers.files.fit(event.account.workspace, response)
        if not (isinstance(response, Done) and isinstance(event, WRITTEN)):
            self._later(self._tell(raw, event, response))
        return {}

    async def stop(self) -> None:
        """What is still to be told is told."""
        await asyncio.gather(*self._told)

    async def _take(self, raw: object, event: Sent) -> Json:
        """A form: the answer to Slack says what becomes of it."""
        asked = Asked(raw, event, await self._desk.voice(event.account))
        read, unread = await self._answers.files.read(raw, event, asked.voice.language)
        problems = {**_problems(raw, asked.voice.language), **unread}
        response = FieldErrors(problems=problems) if problems else await self._desk.handle(read)
        response = await self._answers.files.fit(event.account.workspace, response)
        reply = self._answers.in_reply(asked, response)
        self._later(self._tell(raw, event, response))
        return reply

    async def _note(self, raw: object, notice: Notice) -> None:
        """Where we are let in, and where no more, is heard wherever it comes from."""
        if isinstance(notice, AccessEnded | ReachChanged) or await self._is_admitted(raw):
            await self._desk.note(notice)

    async def _is_admitted(self, raw: object) -> bool:
        """What comes from where nobody let us in, or from where we have no token any more, cannot be answered."""
        origin = origin_of(raw)
        if self._admits is None or await self._admits(origin):
            return True
        log.warning("slack_not_admitted", workspace=origin.workspace, installation=origin.installation)
        return False

    async def _tell(self, raw: object, event: Event, response: Response) -> None:
        asked = Asked(raw, event, await self._desk.voice(event.account))
        try:
            if isinstance(event, Arrived) and text(raw, "event", "tab") == "messages":
                await self._answers.conversing.suggest(event, asked.voice)
            told = await self._answers.recognise(asked, response) if isinstance(response, Unknown) else response
            await self._answers.follow(asked, told)
        finally:
            if not isinstance(response, OpenForm | FieldErrors):  # they have changed nothing
                await self._answers.show_home(asked)

    def _later(self, telling: Coroutine[Any, Any, None]) -> None:
        async def tell() -> None:
            try:
                await telling
            except Exception as error:  # noqa: BLE001 - it is kept; what was only said at once must not stop the next
                why = str(error)[:200] if isinstance(error, CALL_ERRORS) else ""
                log.warning("slack_answer_failed", error=type(error).__name__, why=why)

        task = asyncio.create_task(tell())
        self._told.add(task)
        task.add_done_callback(self._told.discard)


def _for_them(event: Event, response: Response) -> Response:
    """Who writes in a room writes to the others: we speak only when something is to be held, or to ask who they are."""
    if isinstance(response, Held | Unknown):
        return response
    told_anyway = is_direct(event.place.conversation) or not isinstance(event, Posted)
    return response if told_anyway or not isinstance(response, Whisper) else Done()


def _problems(raw: object, language: str) -> dict[str, str]:
    view = part(raw, "view")
    return dict(problems_of(view, language)) if isinstance(view, dict) else {}
