"""An answer that is begun before it is whole: Slack's stream shows our first words, and ends with all the rest.

Only words of our own are streamed. They are Markdown to Slack, in which neither what people wrote nor a date in the
reader's zone can be told literally; those stand in the blocks with which the stream ends.
"""

import re
from collections.abc import Sequence

import structlog

from bot.chat.slack.api.calls import Calls, RefusedError, found
from bot.chat.slack.hearing.raw import name, part
from bot.chat.slack.render import Rendered, render
from bot.chat.words.pieces import Voice
from cohorts.messages import Message, Section
from cohorts.send_errors import NotSentError, RateLimitedError, SendUnknownError
from cohorts.values import Frozen

log = structlog.get_logger()

OWN = re.compile(r"(?!\s*#)[^\\<>`]{1,3000}", re.DOTALL)
"""What stands for itself in both Markdowns: nothing in it had to be escaped, and no instant is in it."""
ENDED = "message_not_in_streaming_state"


class Asked(Frozen):
    """Where somebody asked: the thread is answered, and `after` is the `ts` of their own words."""

    workspace: str
    channel: str
    thread: str
    after: str


class Streaming:
    """Begins answers. What Slack does not stream, or stopped on the way, is still to be said whole."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def begin(self, asked: Asked, message: Message, voice: Voice) -> Sequence[Rendered]:
        """What of the message is still to be said as usual: nothing where all of it was streamed."""
        own, rest = beginning(message)
        begun = await self._begun(asked, own) if own else ""
        if not begun:
            return render(message, voice)
        first, *more = render(rest, voice) if rest else (None,)
        if await self._ended(asked, begun, first):
            return [one for one in more if one]
        await self._calls.call(asked.workspace, "chat.delete", {"channel": asked.channel, "ts": begun})
        return render(message, voice)

    async def _begun(self, asked: Asked, own: str) -> str:
        """The `ts` of the stream; "" where none stands there."""
        given = {"channel": asked.channel, "thread_ts": asked.thread, "markdown_text": own}
        try:
            return found(await self._calls.call(asked.workspace, "chat.startStream", given), "ts")
        except (RefusedError, RateLimitedError, NotSentError) as error:
            log.info("slack_not_streamed", why=str(error)[:100])
            return ""
        except SendUnknownError:
            return await self._looked_up(asked)

    async def _looked_up(self, asked: Asked) -> str:
        """Nobody knows whether it was begun: it would be what we said last in the thread, after what was asked."""
        given = {"channel": asked.channel, "ts": asked.thread, "oldest": asked.after, "limit": 100}
        try:
            page = await self._calls.call(asked.workspace, "conversations.replies", given)
        except (RefusedError, RateLimitedError, NotSentError, SendUnknownError):
            return ""
        shown = part(page, "messages")
        ours = [name(one, "ts") for one in (shown if isinstance(shown, list) else []) if name(one, "bot_id")]
        return max((ts for ts in ours if ts > asked.after), default="")

    async def _ended(self, asked: Asked, begun: str, last: Rendered | None) -> bool:
        """False where Slack did not take the end: what was begun is then not to stand there."""
        given: dict[str, object] = {"channel": asked.channel, "ts": begun}
        given |= {"blocks": list(last.blocks)} if last else {}
        for _ in range(2):
            try:
                await self._calls.call(asked.workspace, "chat.stopStream", given)
            except SendUnknownError:
                continue  # a second stop tells whether the first one arrived
            except RefusedError as error:
                return error.code == ENDED
            except (RateLimitedError, NotSentError):
                return False
            return True
        return False


def beginning(message: Message) -> tuple[str, Message | None]:
    """Words with which a stream may begin, "" for none, and what of the message comes after them."""
    if not message.blocks:
        return (message.text, None) if OWN.fullmatch(message.text) else ("", message)
    first, *rest = message.blocks
    if not isinstance(first, Section) or not OWN.fullmatch(first.text):
        return "", message
    return first.text, message.model_copy(update={"blocks": tuple(rest)}) if rest else None
