"""The core's answer → what a person sees in Slack: a modal, a line for them alone, their Home, a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
import structlog

from bot.chat.slack.api.calls import CALL_ERRORS, Calls, RefusedError, found
from bot.chat.slack.form_answers import errors
from bot.chat.slack.ids import is_direct, spots_of
from bot.chat.slack.render import render, text_of
from bot.chat.slack.render_form import modal, notice
from bot.chat.slack.words.rich_text import Json
from bot.chat.words.pieces import Voice
from cohorts.events import (
    Arrived,
    Done,
    Download,
    Event,
    FieldErrors,
    Held,
    OpenForm,
    Posted,
    Response,
    Sent,
    Unknown,
    Whisper,
)
from cohorts.messages import Form, Message
from cohorts.send_errors import NotSentError, RateLimitedError, SendFailedError, SendUnknownError
from cohorts.words import say

from .conversing import Conversing
from .desk import Desk
from .files import Files
from .home_tabs import HomeTabs
from .raw import name, part, text
from .room_kinds import RoomKinds
from .unopened import unopened_card
from .who import Who

log = structlog.get_logger()

TOO_DEEP = "push_limit_reached"
NOT_THERE = frozenset({"channel_not_found", "not_in_channel"})
"""Somebody speaks to us where we are no member: by the command, or from a message's menu."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody did, as Slack told it and as we read it, and how they are spoken to."""

    raw: object
    event: Event
    voice: Voice

    @property
    def workspace(self) -> str:
        return self.event.account.workspace

    @property
    def trigger(self) -> str:
        return name(self.raw, "trigger_id")

    @property
    def view(self) -> str:
        """ "modal" or "home" where it was done in one of them."""
        return text(self.raw, "view", "type")

    @property
    def looks_at_home(self) -> bool:
        """Whether their Home is what they see, or will see when the modal that lies over it is closed."""
        if isinstance(self.event, Arrived):
            return text(self.raw, "event", "tab") == "home"
        return self.view == "home" or (self.view == "modal" and not self.event.place.conversation)

    @property
    def seen_home(self) -> str:
        """The hash of the Home they looked at; "" where Slack does not say."""
        looked = part(self.raw, "event", "view") if isinstance(self.event, Arrived) else part(self.raw, "view")
        return name(looked, "hash") if text(looked, "type") == "home" else ""


class Answers:
    """Tells people what the core said. Nothing here is the only copy of anything."""

    def __init__(self, calls: Calls, desk: Desk, session: aiohttp.ClientSession) -> None:
        self._calls, self._desk, self._session = calls, desk, session
        self._who, self._homes, self.conversing = Who(calls), HomeTabs(calls, desk), Conversing(calls)
        self.room_kinds, self.files = RoomKinds(calls), Files(calls)

    def in_reply(self, asked: Asked, response: Response) -> Json:
        """What stands in the answer to Slack itself: only a form that was sent can be answered that way."""
        if not isinstance(asked.event, Sent):
            return {}
        match response:
            case OpenForm():
                return {"response_action": "update", "view": self._modal(asked, response.form)}
            case FieldErrors():
                view = part(asked.raw, "view")
                return errors(view if isinstance(view, Mapping) else {}, response.problems, asked.voice)
            case Whisper() | Held():
                return {"response_action": "update", "view": notice(response.message, asked.voice, asked.event.place)}
            case _:
                return {}

    async def follow(self, asked: Asked, response: Response) -> None:
        """The rest, when Slack has its answer."""
        if isinstance(response, Download):
            await self._hand_over(asked, response)
        elif not isinstance(asked.event, Sent):
            match response:
                case OpenForm():
                    await self._show(asked, self._modal(asked, response.form), response)
                case Whisper() | Held():
                    await self._tell(asked, response)
                case FieldErrors():
                    await self._tell(asked, Whisper(message=Message(text="\n\n".join(response.problems.values()))))
                case _:
                    pass

    async def recognise(self, asked: Asked, response: Unknown) -> Response:
        """Whom nobody here knows, Slack may. A room hears nothing of it; an outsider who wrote there may be told."""
        event = asked.event
        in_room = isinstance(event, Posted) and not is_direct(event.place.conversation)
        nothing = Done() if in_room else response
        if not self._who.is_worth_asking(event):
            return nothing
        try:
            organisation = await self._desk.organisation(asked.workspace)
            profile = await self._who.ask(asked.workspace, event.account.user, organisation)
        except CALL_ERRORS as error:
            log.warning("slack_not_told_who", error=type(error).__name__, why=str(error)[:200])
            return nothing
        if in_room and not profile.outside:
            return nothing
        return await self._desk.recognise(event.account, profile, event.place)

    async def show_home(self, asked: Asked) -> None:
        """Their Home as it is now, if that is what they look at."""
        if asked.looks_at_home:
            await self._homes.draw(asked.event.account, asked.seen_home)

    def _modal(self, asked: Asked, form: Form) -> Json:
        """Or a word on where else it can be filled in, when it holds more than a modal may."""
        try:
            return modal(form, asked.voice, asked.event.place)
        except ValueError as error:  # what it says may repeat the form
            log.warning("slack_form_too_large", action=form.action, error=type(error).__name__)
            said = say(asked.voice.language, "chat.form_too_large", platform="Slack", site=asked.voice.site)
            return notice(Message(text=said), asked.voice, asked.event.place)

    async def _show(self, asked: Asked, view: Json, response: Response) -> None:
        """Opened, or else a word where they can read it that it was not."""
        method = "views.push" if asked.view == "modal" else "views.open"
        try:
            await self._lay(asked, method, view)
        except (NotSentError, RateLimitedError, SendFailedError, SendUnknownError) as error:
            log.warning("slack_not_opened", method=method, error=type(error).__name__, why=str(error)[:200])
            await self._say_unopened(asked, unopened_card(asked.event, response, asked.voice.language))

    async def _lay(self, asked: Asked, method: str, view: Json) -> None:
        """Over what they look at; in its place where no more can lie over it."""
        try:
            await self._calls.call(asked.workspace, method, {"trigger_id": asked.trigger, "view": view})
        except RefusedError as error:
            if error.code != TOO_DEEP:
                raise
            instead = {"view_id": name(asked.raw, "view", "id"), "view": view}
            await self._calls.call(asked.workspace, "views.update", instead)

    async def _say_unopened(self, asked: Asked, message: Message) -> None:
        """Where they pressed, or in their own conversation with us where nothing can be said there."""
        try:
            if not asked.view:
                await self._whisper(asked, message)
                return
        except RefusedError as error:
            if error.code not in NOT_THERE:
                raise
        await self._write(asked, message)

    async def _write(self, asked: Asked, message: Message) -> None:
        opened = await self._calls.call(asked.workspace, "conversations.open", {"users": asked.event.account.user})
        for rendered in render(message, asked.voice):
            said = {"channel": found(opened, "channel", "id"), "text": rendered.text, "blocks": list(rendered.blocks)}
            await self._calls.call(asked.workspace, "chat.postMessage", said)

    async def _tell(self, asked: Asked, response: Whisper | Held) -> None:
        """Where they did it, for them alone; in a modal, at Home or where we are not, over it."""
        message = response.message
        if asked.view:
            await self._show(asked, notice(message, asked.voice, asked.event.place), response)
            return
        if self.conversing.is_for(asked.event):
            await self.conversing.answer(asked.event, message, asked.voice)
            return
        try:
            await self._whisper(asked, message)
        except RefusedError as error:
            if error.code not in NOT_THERE or not asked.trigger:
                raise
            await self._show(asked, notice(message, asked.voice, asked.event.place), response)

    async def _whisper(self, asked: Asked, message: Message) -> None:
        place = asked.event.place
        thread = spots_of(place.thread)[0].ts if place.thread else None
        for rendered in render(message, asked.voice):
            arguments = {
                "channel": place.conversation,
                "user": asked.event.account.user,
                "text": rendered.text,
                "blocks": list(rendered.blocks),
                "thread_ts": thread,
            }
            await self._calls.call(asked.workspace, "chat.postEphemeral", arguments)

    async def _hand_over(self, asked: Asked, file: Download) -> None:
        """Whoever asked for it hears when it did not come, and can ask again: it is made anew each time."""
        try:
            await self._give(asked, file)
        except (*CALL_ERRORS, aiohttp.ClientError, TimeoutError) as error:
            log.warning("slack_file_failed", error=type(error).__name__, why=str(error)[:200])
            failed = Message(text=say(asked.voice.language, "chat.file_failed", name=file.name))
            await self._tell(asked, Whisper(message=failed))

    async def _give(self, asked: Asked, file: Download) -> None:
        """Into their own conversation with us, by the external upload flow."""
        workspace, user = asked.workspace, asked.event.account.user
        asked_for = {"filename": file.name, "length": len(file.content)}
        place = await self._calls.call(workspace, "files.getUploadURLExternal", asked_for)
        url, file_id = found(place, "upload_url"), found(place, "file_id")
        if urlsplit(url).scheme not in ("https", "http"):
            raise SendUnknownError("Slack's upload address is no web address.")
        async with self._session.post(url, data=file.content) as uploaded:
            if uploaded.status != 200:
                raise SendUnknownError(f"upload: {uploaded.status}")
        opened = await self._calls.call(workspace, "conversations.open", {"users": user})
        done = {"files": [{"id": file_id, "title": file.name}], "channel_id": found(opened, "channel", "id")}
        said = text_of(Message(text=say(asked.voice.language, "chat.file_given", name=file.name)), asked.voice)
        await self._calls.call(workspace, "files.completeUploadExternal", {**done, "initial_comment": said})
