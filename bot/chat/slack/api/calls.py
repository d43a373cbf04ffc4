"""Calling Slack's Web API, once: what came of a call is told in the words of the Chat port, never tried again here."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.slack.hearing.raw import part, text
from cohorts.send_errors import (
    AccessLostError,
    ConversationGoneError,
    NotSentError,
    RateLimitedError,
    RoomClosedError,
    Scope,
    SendFailedError,
    SendUnknownError,
)

API = "https://slack.com/api/"
TIMEOUT = aiohttp.ClientTimeout(total=8, sock_connect=3)
"""Shorter than the dispatcher's own, so that a slow answer is told apart from a cancelled one."""
REST = timedelta(seconds=30)
"""When Slack says "too fast" and not for how long."""
LOST = frozenset(
    [
        "access_denied",
        "account_inactive",
        "app_access_restricted",
        "enterprise_is_restricted",
        "invalid_auth",
        "missing_scope",
        "not_authed",
        "not_allowed_token_type",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
    ]
)
"""Nothing goes to this workspace until somebody installs us anew; nothing is lost meanwhile."""
DOUBTFUL = frozenset(["fatal_error", "internal_error", "request_timeout", "service_unavailable"])
"""Slack itself says that some of it may have happened."""
CLOSED = frozenset({"channel_not_found", "is_archived", "not_in_channel"})
NOT_YET = frozenset({"team_added_to_org"})
TOO_FAST = frozenset({"ratelimited", "rate_limited"})
TOO_MUCH = frozenset({"message_limit_exceeded"})
"""The whole workspace is writing too much."""

CALL_ERRORS = (AccessLostError, NotSentError, RateLimitedError, SendFailedError, SendUnknownError)
"""All that `Calls.call` raises. What they say holds nobody's words; what other errors say may."""

Tokens = Callable[[str], Awaitable[str | None]]
"""Workspace → its bot token, None when there is none (any more)."""
Answer = Mapping[str, Any]


class RefusedError(SendFailedError):
    """Slack refused for good; `code` is its word for why."""

    def __init__(self, code: str, method: str = "") -> None:
        super().__init__(f"Slack refused {method}: {code}." if method else code)
        self.code = code


class ClosedError(RefusedError, RoomClosedError):
    """The conversation is archived, deleted, or we are not in it."""


class UnseenError(ClosedError, ConversationGoneError):
    """Slack shows us no such conversation."""


class Calls:
    """The Web API of every workspace, over one session; the caller closes it."""

    def __init__(self, tokens: Tokens, session: aiohttp.ClientSession, base_url: str = API) -> None:
        self._tokens, self._session, self._base_url = tokens, session, base_url
        self._scopes: dict[str, frozenset[str]] = {}

    @property
    def home(self) -> tuple[str, str]:
        """Scheme and host of the API."""
        return urlsplit(self._base_url)[:2]

    async def call(self, workspace: str, method: str, arguments: Mapping[str, object]) -> Answer:
        """The answer's body. Raises what the Chat port names; after any of them nothing is tried again."""
        token = await self.token(workspace)
        client = AsyncWebClient(token=token, base_url=self._base_url, session=self._session, retry_handlers=[])
        given = {name: value for name, value in arguments.items() if value is not None}
        try:
            response = await client.api_call(method, **_carried(method, given))
        except (TimeoutError, SlackClientError, aiohttp.ClientError, OSError) as error:
            raise await self._meant(refusal(error, method), workspace, token) from error
        body: object = response.data
        self._learn(workspace, response.headers)
        if not isinstance(body, dict):
            raise SendUnknownError(f"Slack answered {method} with no JSON.")
        return body

    async def scopes(self, workspace: str) -> frozenset[str]:
        """What we may do there, as Slack said with its last answer; asked where it has said nothing yet."""
        if workspace not in self._scopes:
            await self.call(workspace, "auth.test", {})
        return self._scopes.get(workspace, frozenset())

    def _learn(self, workspace: str, headers: Mapping[str, str]) -> None:
        said = {name.lower(): value for name, value in headers.items()}.get("x-oauth-scopes")
        if said is not None:
            self._scopes[workspace] = frozenset(scope.strip() for scope in said.split(","))

    async def token(self, workspace: str) -> str:
        """Raises AccessLostError where there is none."""
        token = await self._tokens(workspace)
        if not token:
            raise AccessLostError(f"There is no token for {workspace}.")
        return token

    async def _meant(self, meaning: Exception, workspace: str, token: str) -> Exception:
        """What a token is refused that has been replaced meanwhile is not lost access."""
        if isinstance(meaning, AccessLostError) and await self._tokens(workspace) not in (None, token):
            return NotSentError("The token has been replaced meanwhile.")
        return meaning


FORMS = frozenset(
    {
        "conversations.history",
        "conversations.info",
        "conversations.members",
        "conversations.replies",
        "files.getUploadURLExternal",
        "users.conversations",
        "users.info",
    }
)
"""They take a form, no JSON."""


def _carried(method: str, given: dict[str, object]) -> dict[str, Any]:
    if method not in FORMS:
        return {"json": given}
    return {"data": {name: str(value).lower() if isinstance(value, bool) else value for name, value in given.items()}}


def refusal(error: Exception, method: str) -> Exception:
    """What the error means for what was to be done."""
    if isinstance(error, SlackApiError):
        return _answered(error, method)
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return NotSentError(f"Slack cannot be reached for {method}.")
    if isinstance(error, SlackClientError):
        return RefusedError(type(error).__name__, method)
    return SendUnknownError(f"{method}: {type(error).__name__}")


def _answered(error: SlackApiError, method: str) -> Exception:
    response = error.response
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    code = text(getattr(response, "data", None), "error")
    if status == 429 or code in TOO_FAST:
        return RateLimitedError(_rest(getattr(response, "headers", None)))
    if code in TOO_MUCH:
        return RateLimitedError(REST, "workspace")
    if code in LOST:
        return AccessLostError(code)
    if code in NOT_YET:
        return NotSentError(code)
    if not code or code in DOUBTFUL or status >= 500:
        return SendUnknownError(f"{method}: {code or status}")
    if code == "channel_not_found":
        return UnseenError(code, method)
    return ClosedError(code, method) if code in CLOSED else RefusedError(code, method)


def _rest(headers: object) -> timedelta:
    """Retry-After, in seconds; header names come in any case."""
    known = {str(name).lower(): str(value) for name, value in headers.items()} if isinstance(headers, Mapping) else {}
    seconds = known.get("retry-after", "").strip()
    if not (seconds.isascii() and seconds.isdecimal()) or len(seconds) > 6:
        return REST
    return timedelta(seconds=max(1, int(seconds)))


class Crowding:
    """Slack does not say whether a channel or the whole workspace was too fast. Two channels at once: the workspace."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[str, float]] = {}

    def widen(self, workspace: str, conversation: str, error: RateLimitedError) -> RateLimitedError:
        """The same rest, for as much as it seems to cover."""
        now = asyncio.get_running_loop().time()
        before, until = self._last.get(workspace, (conversation, 0.0))
        self._last[workspace] = (conversation, now + error.retry_after.total_seconds())
        wide: Scope = "workspace" if before != conversation and now < until else error.scope
        return RateLimitedError(error.retry_after, wide)


def found(answer: Answer, *path: str) -> str:
    """An id Slack promised to answer with. Raises SendUnknownError when it is not there."""
    value = part(answer, *path)
    if not isinstance(value, str) or not value:
        raise SendUnknownError(f"Slack's answer has no {'.'.join(path)}.")
    return value
