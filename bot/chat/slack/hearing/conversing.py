"""Somebody writes to us, where Slack shows us as an agent or plainly: they are answered in the thread of their words.

An answer is a message like any other, with its blocks and a text of its own. Where Slack streams, it is begun with our
own first words.
"""

from collections import OrderedDict
from collections.abc import Mapping

import structlog

from bot.chat.slack.api.calls import Calls, RefusedError
from bot.chat.slack.ids import is_direct, spots_of, thread_of
from bot.chat.slack.render import render
from bot.chat.words.pieces import Voice
from cohorts.cards.coaching import PROMPTS
from cohorts.events import Event, Posted, Pressed
from cohorts.messages import Message
from cohorts.send_errors import AccessLostError
from cohorts.words import say

from .streaming import Asked, Streaming

log = structlog.get_logger()

MOST_KNOWN = 10_000
GREETING = "coach.open"


class Conversing:
    """Status, prompts and answers in people's own conversations with us. None of it is the only copy of anything."""

    def __init__(self, calls: Calls) -> None:
        self._calls, self._streaming = calls, Streaming(calls)
        self._answered: OrderedDict[str, None] = OrderedDict()

    def is_for(self, event: Event) -> bool:
        """They wrote to us, or began a thread with us: the answer stays there to be read again."""
        turned = isinstance(event, Posted) or (isinstance(event, Pressed) and event.action == GREETING)
        return turned and is_direct(event.place.conversation)

    async def begin(self, event: Event, voice: Voice) -> bool:
        """Shows that they are heard; False where we are no agent."""
        status = {"thread_ts": thread_of(event.place), "status": say(voice.language, "coach.looking")}
        return await self._dress(event, "assistant.threads.setStatus", status)

    async def answer(self, event: Event, message: Message, voice: Voice) -> None:
        """Once, however often Slack tells us of their words."""
        if event.key in self._answered:
            return
        self._answered[event.key] = None
        while len(self._answered) > MOST_KNOWN:
            self._answered.popitem(last=False)
        thread = thread_of(event.place)
        is_agent = await self.begin(event, voice)
        after = spots_of(event.place.message)[0].ts if event.place.message else thread
        asked = Asked(workspace=event.account.workspace, channel=event.place.conversation, thread=thread, after=after)
        parts = await self._streaming.begin(asked, message, voice) if is_agent else render(message, voice)
        for rendered in parts:
            said = {"channel": event.place.conversation, "thread_ts": thread, "text": rendered.text}
            more = {"blocks": list(rendered.blocks), "unfurl_links": False, "unfurl_media": False}
            await self._calls.call(event.account.workspace, "chat.postMessage", said | more)
        if isinstance(event, Pressed):
            await self._dress(
                event,
                "assistant.threads.setTitle",
                {"thread_ts": thread, "title": say(voice.language, "coach.prompts")},
            )
            await self.suggest(event, voice, thread)

    async def suggest(self, event: Event, voice: Voice, thread: str = "") -> None:
        """What they may ask in one tap, in their language."""
        labels = [say(voice.language, f"coach.prompt.{name}") for name in PROMPTS]
        prompts = [{"title": label, "message": label} for label in labels]
        where: dict[str, object] = {"thread_ts": thread} if thread else {}
        where |= {"prompts": prompts, "title": say(voice.language, "coach.prompts")}
        await self._dress(event, "assistant.threads.setSuggestedPrompts", where)

    async def _dress(self, event: Event, method: str, arguments: Mapping[str, object]) -> bool:
        """False where the app is no agent, or was installed before it was one: the conversation is a plain one."""
        try:
            about = {"channel_id": event.place.conversation, **arguments}
            await self._calls.call(event.account.workspace, method, about)
        except (RefusedError, AccessLostError) as error:
            log.info("slack_no_agent_view", method=method, why=str(error)[:100])
            return False
        return True
