"""Calling Discord, once: what came of a call is told in the words of the Chat port, never tried again here."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Protocol

import aiohttp
from discord import HTTPException, LoginFailure, RateLimited
from discord.http import Route

from bot.chat.raw import name
from cohorts.send_errors import (
    AccessLostError,
    ConversationGoneError,
    NotSentError,
    RateLimitedError,
    RoomClosedError,
    SendFailedError,
    SendUnknownError,
)

SECONDS = 8.0
"""Shorter than the dispatcher's own, so that a slow answer is told apart from a cancelled one."""
UNKNOWN_CHANNEL, UNKNOWN_GUILD, UNKNOWN_MEMBER, UNKNOWN_MESSAGE = 10003, 10004, 10007, 10008
UNKNOWN_ROLE, UNKNOWN_USER = 10011, 10013
MOST_ROLES = 30005
NO_ACCESS, NO_MESSAGES_HERE, NO_PERMISSION = 50001, 50008, 50013
NOT_HERE, BAD_FORM, ASLEEP = 50024, 50035, 50083
THREAD_IS_THERE = 160004

CALL_ERRORS = (AccessLostError, NotSentError, RateLimitedError, SendFailedError, SendUnknownError)
"""All that `Calls.call` raises. What they say holds nobody's words; what other errors say may."""


REST = timedelta(seconds=60)
"""When Discord says "too fast" and not for how long."""


class Requests(Protocol):
    """What we need of discord.py's HTTP client."""

    async def request(self, route: Route, **given: Any) -> Any: ...  # noqa: ANN401 - as in discord.py


class RefusedError(SendFailedError):
    """Discord refused for good; `code` is its number for why, 0 where it gave none."""

    def __init__(self, code: int, what: str = "") -> None:
        super().__init__(f"Discord refused {what}: {code}.")
        self.code = code


class ClosedError(RefusedError, RoomClosedError):
    """We are not in the conversation, or may do nothing in it."""


class UnseenError(ClosedError, ConversationGoneError):
    """Discord shows us no such conversation."""


class Calls:
    """The API, as the one bot we are."""

    def __init__(self, http: Requests) -> None:
        self._http, self._me = http, ""

    async def call(self, method: str, path: str, json: object = None, **given: Any) -> Any:  # noqa: ANN401 - JSON
        """The answer's body. `params` are the query's, `form` the parts of a body with a file; everything else given
        stands in the path.

        Raises what the Chat port names; after any of them nothing is tried again.
        """
        sent = {"json": json} if json is not None else {}
        sent |= {field: given.pop(field) for field in ("params", "form") if field in given}
        try:
            async with asyncio.timeout(SECONDS):
                return await self._http.request(Route(method, path, **given), **sent)
        except CALL_ERRORS:
            raise
        except (HTTPException, LoginFailure, RateLimited, TimeoutError, aiohttp.ClientError, OSError) as error:
            raise refusal(error, method, path) from None  # what discord.py says repeats what was sent

    async def me(self) -> str:
        """The bot's own user."""
        if not self._me:
            self._me = found(await self.call("GET", "/users/@me"), "id")
        return self._me


def refusal(error: Exception, method: str, path: str) -> Exception:
    """What the error means for what was to be done."""
    what = f"{method} {path}"
    if isinstance(error, LoginFailure):
        return AccessLostError("Discord does not take our token.")
    if isinstance(error, HTTPException):
        return _answered(error, what)
    if isinstance(error, RateLimited):
        return RateLimitedError(timedelta(seconds=error.retry_after))
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return NotSentError(f"Discord cannot be reached for {what}.")
    return SendUnknownError(f"{what}: {type(error).__name__}")


def _answered(error: HTTPException, what: str) -> Exception:
    # An event may be refused for its channel's sake alone: of the server that says nothing.
    of_event = "/scheduled-events" in what and not what.startswith("GET")
    code, of_guild = error.code, " /guilds/" in what and not of_event
    if error.status == 401 or code == UNKNOWN_GUILD or (of_guild and code == NO_ACCESS):
        return AccessLostError(f"{error.status} {code}")
    if error.status == 429:
        return RateLimitedError(REST)
    if error.status >= 500:
        return SendUnknownError(f"{what}: {error.status}")
    if code == UNKNOWN_CHANNEL:
        return UnseenError(code, what)
    closed = code in (NO_ACCESS, NO_PERMISSION) and not of_guild
    return ClosedError(code, what) if closed else RefusedError(code, what)


def found(answer: object, *path: str) -> str:
    """An id Discord promised to answer with. Raises SendUnknownError when it is not there."""
    value = name(answer, *path)
    if not value:
        raise SendUnknownError(f"Discord's answer has no {'.'.join(path)}.")
    return value


def listing(answer: object) -> list[Mapping[str, Any]]:
    """A list that Discord promised: what is not on it is not there. Raises SendUnknownError for anything else, such as
    a page of whatever stands before Discord."""
    if not isinstance(answer, list):
        raise SendUnknownError("Discord's answer is no list.")
    return listed(answer)


def shown(answer: object) -> Mapping[str, Any]:
    """Something with an id that Discord promised to show. Raises SendUnknownError for anything else."""
    if not isinstance(answer, Mapping) or not name(answer, "id"):
        raise SendUnknownError("Discord's answer shows nothing.")
    return answer


def listed(answer: object) -> list[Mapping[str, Any]]:
    """The objects of a list; nothing else in it."""
    return [one for one in answer if isinstance(one, Mapping)] if isinstance(answer, list) else []
