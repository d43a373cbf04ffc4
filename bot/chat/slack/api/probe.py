"""Looks whether Slack can be reached and takes our tokens. Changes nothing there; nobody sees anything of it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.slack.hearing.raw import name, text
from cohorts.values import Frozen

from .calls import TIMEOUT


class Answered(Frozen):
    """What came of one call. `reached` is False without any answer; `code` is Slack's word for why not, "" if it was
    well. `scopes` are the token's; `said_at` is Slack's own clock."""

    reached: bool = True
    code: str = ""
    team: str = ""
    workspace: str = ""
    scopes: frozenset[str] = frozenset()
    said_at: datetime | None = None


async def probe(method: str, token: str, base_url: str) -> Answered:
    """Calls a method without arguments, such as auth.test."""
    async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
        client = AsyncWebClient(token=token, base_url=base_url, session=session, retry_handlers=[])
        try:
            response = await client.api_call(method)
        except SlackApiError as error:
            return _answered(error.response.data, error.response.headers)
        except (TimeoutError, SlackClientError, aiohttp.ClientError, OSError, ValueError) as error:
            return Answered(reached=False, code=type(error).__name__)
        return _answered(response.data, response.headers)


async def probe_app(client_id: str, client_secret: str, base_url: str) -> str:
    """Slack's word on an exchange with no code in it: "invalid_code" from an app it knows. Changes nothing."""
    async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
        client = AsyncWebClient(base_url=base_url, session=session, retry_handlers=[])
        try:
            await client.oauth_v2_access(client_id=client_id, client_secret=client_secret, code="none")
        except SlackApiError as error:
            return text(error.response.data, "error") or "no answer of Slack's"
        except (TimeoutError, SlackClientError, aiohttp.ClientError, OSError, ValueError) as error:
            return type(error).__name__
    return "no answer of Slack's"


def _answered(body: object, headers: Mapping[str, str]) -> Answered:
    known = {key.lower(): value for key, value in headers.items()}
    good = isinstance(body, Mapping) and body.get("ok") is True
    return Answered(
        code="" if good else text(body, "error") or "no answer of Slack's",
        team=text(body, "team"),
        workspace=name(body, "team_id"),
        scopes=frozenset(filter(None, (one.strip() for one in known.get("x-oauth-scopes", "").split(",")))),
        said_at=_moment(known.get("date", "")),
    )


def _moment(date: str) -> datetime | None:
    try:
        return parsedate_to_datetime(date).astimezone(UTC)
    except (TypeError, ValueError):
        return None
