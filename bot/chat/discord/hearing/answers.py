"""The core's answer → what a person sees in Discord: a form, a line for them alone, a file, or a message of its own."""

from collections.abc import Awaitable, Callable, Sequence

import structlog

from bot.chat.discord.custom_ids import handles_of
from bot.chat.discord.form_answers import whole
from bot.chat.discord.render import Json, plain, render
from bot.chat.words.pieces import Voice
from cohorts.cards.basics import whisper
from cohorts.events import Download, Event, FieldErrors, Held, Posted, Pressed, Sent, Whisper
from cohorts.messages import Message
from cohorts.words import LANGUAGES, say

from . import forms
from .desk import Desk, Heard, OpenedForm, Told
from .files import Files
from .forms import sheet_of
from .replying import ASK, FOR_THEM, NOTHING, PROMISE, REPLY_ERRORS, Interaction, LateError, Replying

log = structlog.get_logger()

NAME = "Discord"
Handle = Callable[[Heard], Awaitable[Told]]


class Answers:
    """Tells people what the core said. Nothing here is the only copy of anything."""

    def __init__(self, desk: Desk, replying: Replying, files: Files | None = None) -> None:
        self._desk, self._replying, self._files = desk, replying, files or Files()

    async def follow(self, asked: Interaction, response: object, voice: Voice) -> None:
        """What the core said to a button, a command or a whole form."""
        try:
            await self._show(asked, response, voice)
        except LateError:
            await self._late(asked.event, response, voice)
        except REPLY_ERRORS as error:
            log.warning("discord_answer_failed", error=type(error).__name__, why=str(error)[:100])

    async def turn_away(self, asked: Interaction, language: str) -> None:
        """It was done in a server in which we do nothing."""
        voice = Voice(language=language if language in LANGUAGES else LANGUAGES[0])
        await self.follow(asked, whisper(voice.language, "chat.not_this_server"), voice)

    async def turn(self, asked: Interaction, event: Pressed, language: str) -> None:
        """Another page of a form that is open, or the same once more."""
        sheet = sheet_of(event.value)
        opened = await self._desk.opened(sheet.form, event.account) if sheet else None
        voice = await self._desk.voice(event.account, language)
        if sheet is None or opened is None:
            await self.follow(asked, whisper(voice.language, "chat.form_closed"), voice)
            return
        try:
            await self._ask(asked, opened, voice, sheet.page)
        except REPLY_ERRORS as error:  # the button is still there
            log.warning("discord_answer_failed", error=type(error).__name__, why=str(error)[:100])

    async def take_in(self, asked: Interaction, heard: Heard, handle: Handle) -> None:
        """A page of a form. The core hears of the whole when the last page is there and nothing is wrong with it."""
        event = heard.event
        sheet = sheet_of(event.value) if isinstance(event, Sent) else None
        opened = await self._desk.opened(sheet.form, event.account) if sheet else None
        voice = await self._desk.voice(event.account, heard.language)
        if not isinstance(event, Sent) or sheet is None or opened is None:
            await self.follow(asked, whisper(voice.language, "chat.form_closed"), voice)
            return
        values, unread = await self._files.read(asked.raw, opened.form, event.values, voice.language)
        opened = forms.with_more(opened, values)
        if problems := {**forms.wrong(opened, sheet, voice), **unread}:
            await self._back(asked, opened, FieldErrors(problems=problems), voice)
        elif forms.has_more(opened, sheet, voice):
            await self._desk.fill(opened)
            await self.follow(asked, Whisper(message=forms.go_on(opened, sheet, voice)), voice)
        else:
            await self._finish(asked, opened, heard, handle)

    async def write_back(self, event: Posted, said: Told, answers: str) -> None:
        """Who writes to us is answered under their words."""
        response, voice = said
        if not isinstance(response, Whisper | Held):
            return
        try:
            await self._replying.write(event, await self._drawn(response.message, voice), answers)
        except REPLY_ERRORS as error:
            log.warning("discord_answer_failed", error=type(error).__name__, why=str(error)[:100])

    async def _finish(self, asked: Interaction, opened: OpenedForm, heard: Heard, handle: Handle) -> None:
        form = opened.form
        about = {"account": opened.account, "place": opened.place, "action": form.action, "value": form.value}
        event = heard.event.model_copy(update={**about, "values": whole(form, opened.values)})
        # The place is that of when it was opened: in a thread, what that is part of is settled.
        told = await handle(heard.model_copy(update={"event": event, "form": opened.id, "within": None}))
        response, voice = told
        if isinstance(response, FieldErrors):
            await self._back(asked, opened, response, voice)
        else:
            await self.follow(asked, response, voice)

    async def _back(self, asked: Interaction, opened: OpenedForm, errors: FieldErrors, voice: Voice) -> None:
        await self._desk.fill(opened)
        await self.follow(asked, Whisper(message=forms.again(opened, errors.problems, voice)), voice)

    async def _show(self, asked: Interaction, response: object, voice: Voice) -> None:
        match response:
            case OpenedForm() if isinstance(asked.event, Sent):
                await self._replying.say(asked, await self._drawn(forms.begin(response, voice), voice))
            case OpenedForm():
                await self._ask(asked, response, voice)
            case Download():
                await self._hand_over(asked, response, voice)
            case _:
                said = _said(response)
                if said is None and asked.on_message:
                    await self._replying.answer(asked, NOTHING)
                else:
                    await self._replying.say(asked, await self._drawn(said or _done(voice), voice))

    async def _ask(self, asked: Interaction, opened: OpenedForm, voice: Voice, page: int = 0) -> None:
        try:
            drawn = forms.show(opened, voice, page)
        except ValueError as error:  # what it says may repeat the form
            log.warning("discord_form_not_drawn", action=opened.form.action, error=type(error).__name__)
            said = Message(text=say(voice.language, "chat.form_too_large", platform=NAME, site=voice.site))
            await self._replying.say(asked, await self._drawn(said, voice))
            return
        await self._replying.answer(asked, ASK, drawn)

    async def _hand_over(self, asked: Interaction, file: Download, voice: Voice) -> None:
        """Promised first: a file takes its time. Whoever asked for it hears when it did not come, and can ask again."""
        await self._replying.answer(asked, PROMISE, {"flags": FOR_THEM})
        given = Message(text=say(voice.language, "chat.file_given", name=file.name))
        try:
            await self._replying.complete(asked, plain(given, voice)[0], file)
        except REPLY_ERRORS as error:
            log.warning("discord_file_failed", error=type(error).__name__, why=str(error)[:100])
            failed = Message(text=say(voice.language, "chat.file_failed", name=file.name))
            await self._replying.complete(asked, plain(failed, voice)[0])

    async def _late(self, event: Event, response: object, voice: Voice) -> None:
        """It took too long for an answer in place. It is kept all the same, and told in a message."""
        said = _said(response)
        if isinstance(response, Download):
            said = Message(text=say(voice.language, "chat.file_failed", name=response.name))
        if said is None:
            return
        try:
            await self._replying.write(event, await self._drawn(said, voice))
        except REPLY_ERRORS as error:
            log.warning("discord_answer_failed", error=type(error).__name__, why=str(error)[:100])

    async def _drawn(self, message: Message, voice: Voice) -> Sequence[Json]:
        if handles := handles_of(message):
            await self._desk.keep(handles)
        return render(message, voice)


def _said(response: object) -> Message | None:
    """What there is to read in it."""
    match response:
        case Whisper() | Held():
            return response.message
        case FieldErrors():
            return Message(text="\n\n".join(response.problems.values()))
    return None


def _done(voice: Voice) -> Message:
    return Message(text=say(voice.language, "chat.noted"))
