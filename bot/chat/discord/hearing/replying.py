"""Answers to an interaction: at once, behind a promise, or as a message of its own when it is too late for both."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from bot.chat.discord.api.calls import CALL_ERRORS, Calls, RefusedError, found
from bot.chat.discord.ids import channel_of, is_direct, nonce_of
from bot.chat.discord.render import Json
from bot.chat.raw import name
from cohorts.events import Download, Event
from cohorts.send_errors import AccessLostError, NotSentError, RateLimitedError, SendUnknownError

from .looking import snowflake

log = structlog.get_logger()

SAY, PROMISE, NOTHING, REPLACE, ASK = 4, 5, 6, 7, 9
"""Kinds of answer: a message, a message that is to come, nothing to see, a message in the place of the one it was done
with, a form."""
FOR_THEM = 1 << 6
"""The flag of a message that only who acted sees."""
UNKNOWN, OVER = 10062, 10015
"""Discord's numbers for an interaction that waited more than three seconds, and for one that is over."""
ANSWERED = 40060
TRIES = (0.1, 0.3, 0.8)
"""Seconds before another try, all within the three that Discord waits."""
CALLBACK = "/interactions/{webhook_id}/{webhook_token}/callback"
AFTER = "/webhooks/{webhook_id}/{webhook_token}"
ORIGINAL = f"{AFTER}/messages/@original"


class LateError(Exception):
    """Discord takes no answer to this interaction any more: what is to be said needs a message of its own."""


@dataclass(frozen=True, slots=True)
class Interaction:
    """What Discord wants answered: `raw` is the interaction as it came."""

    raw: object
    event: Event
    on_message: bool = field(default=False)
    """It was done with a message of ours, which may stay as it is."""
    used_up: bool = field(default=False)
    """It was done with a message of ours, to them alone, that is good for nothing any more: what is said stands in its
    place."""

    @property
    def token(self) -> str:
        return name(self.raw, "token")


class Replying:
    """Raises LateError when it is too late, else as `Calls.call`. Nothing here is the only copy of anything."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def answer(self, asked: Interaction, kind: int, data: Json | None = None) -> None:
        """The first answer. Whoever has it already is not answered again."""
        body: Json = {"type": kind} | ({"data": data} if data is not None else {})
        for pause in (*TRIES, None):
            try:
                await self._call(asked, "POST", CALLBACK, snowflake(asked.raw, "id"), body)
            except RefusedError as error:
                if error.code == ANSWERED:
                    return
                if error.code == UNKNOWN:
                    raise LateError from error
                raise
            except (RateLimitedError, NotSentError, SendUnknownError):
                if pause is None:
                    raise
                await asyncio.sleep(pause)
            else:
                return

    async def say(self, asked: Interaction, bodies: Sequence[Json]) -> None:
        """To them alone, in as many messages as it takes."""
        first, *rest = bodies
        if not asked.used_up or not await self._replace(asked, first):
            await self.answer(asked, SAY, _for_them(first))
        for body in rest:
            await self._call(asked, "POST", AFTER, self._application(asked), _for_them(body))

    async def _replace(self, asked: Interaction, body: Json) -> bool:
        """False where that message is not there any more."""
        try:
            await self.answer(asked, REPLACE, body)
        except RefusedError:
            return False
        return True

    async def complete(self, asked: Interaction, body: Json, file: Download | None = None) -> None:
        """What was promised."""
        application = self._application(asked)
        if file is None:
            await self._call(asked, "PATCH", ORIGINAL, application, body)
            return
        named = {"id": "0", "filename": file.name}
        form = [
            {"name": "payload_json", "value": json.dumps({**body, "attachments": [named]})},
            {
                "name": "files[0]",
                "value": file.content,
                "filename": file.name,
                "content_type": "application/octet-stream",
            },
        ]
        await self._call(asked, "PATCH", ORIGINAL, application, form=form)

    async def write(self, event: Event, bodies: Sequence[Json], answers: str = "") -> None:
        """Messages of their own, in somebody's own conversation with us; told again they are no more."""
        channel = await self._own(event)
        for number, body in enumerate(bodies, 1):
            said = body | {"nonce": nonce_of(channel, event.key, number), "enforce_nonce": True}
            if answers and number == 1:
                said |= {"message_reference": {"message_id": answers, "fail_if_not_exists": False}}
            await self._calls.call("POST", "/channels/{channel_id}/messages", said, channel_id=channel)

    async def _own(self, event: Event) -> str:
        if is_direct(event.place.conversation):
            return channel_of(event.place.conversation)
        opened = await self._calls.call("POST", "/users/@me/channels", {"recipient_id": event.account.user})
        return found(opened, "id")

    async def _call(
        self, asked: Interaction, method: str, path: str, about: str, body: object = None, **more: object
    ) -> None:
        try:
            await self._calls.call(method, path, body, webhook_id=about, webhook_token=asked.token, **more)
        except RefusedError as error:
            if error.code == OVER:
                raise LateError from error
            raise
        except AccessLostError as error:  # it is this interaction's token that is not taken any more
            raise LateError from error

    def _application(self, asked: Interaction) -> str:
        return snowflake(asked.raw, "application_id")


def _for_them(body: Mapping[str, object]) -> Json:
    flags = body.get("flags")
    return {**body, "flags": (flags if isinstance(flags, int) else 0) | FOR_THEM}


REPLY_ERRORS = (*CALL_ERRORS, LateError)
