"""OAuth v2: to Slack's page with the Allow button and back. Slack's own flow; the pages are the house's."""

import logging
import re
from collections.abc import Sequence
from urllib.parse import urlencode

import aiohttp
import structlog
from slack_bolt.adapter.starlette.async_handler import to_starlette_response
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackClientError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.chat.slack.manifest import SCOPES
from cohorts.values import Frozen

from .paths import CALLBACK, INSTALL, INSTALLED, NOT_INSTALLED
from .state import LASTS, StateCookie, StateStore
from .store import InstallationStore
from .tokens import App

log = structlog.get_logger()

AUTHORIZE = "https://slack.com/oauth/v2/authorize"
WHY = {"access_denied": "denied", "invalid_browser": "expired", "invalid_state": "expired", "slack_away": "away"}
"""What Slack's flow calls it → what the page says; anything else is `refused`."""
_ID = re.compile(r"[A-Z0-9]{2,32}")


class Site(Frozen):
    """`address`: where we are reached, https:// and no slash at the end; `authorize`: Slack's page."""

    address: str
    authorize: str = AUTHORIZE


def build_flow(app: App, site: Site, store: InstallationStore, state: StateStore) -> AsyncOAuthFlow:
    settings = AsyncOAuthSettings(
        client_id=app.client_id,
        client_secret=app.client_secret,
        scopes=list(SCOPES),
        user_scopes=[],
        redirect_uri=f"{site.address}{CALLBACK}",
        install_path=INSTALL,
        redirect_uri_path=CALLBACK,
        install_page_rendering_enabled=False,
        authorization_url=site.authorize,
        installation_store=store,
        installation_store_bot_only=True,
        state_store=state,
        state_expiration_seconds=int(LASTS.total_seconds()),
        callback_options=AsyncCallbackOptions(success=_succeeded, failure=_failed),
    )
    settings.state_utils = StateCookie()
    # What it would log holds the code that was refused; reasons are logged here.
    silent = logging.getLogger("slack_install")
    silent.setLevel(logging.CRITICAL)
    return AsyncOAuthFlow(client=app.client(), logger=silent, settings=settings)


def install_routes(flow: AsyncOAuthFlow) -> Sequence[BaseRoute]:
    """Where somebody begins, and where Slack sends their browser back to."""

    async def install(request: Request) -> Response:
        return to_starlette_response(await flow.handle_installation(_asked(request)))

    async def come_back(request: Request) -> Response:
        try:
            answer = await flow.handle_callback(_asked(request))
        except (TimeoutError, SlackClientError, aiohttp.ClientError, OSError) as error:
            answer = _not_installed("slack_away", error)
        return to_starlette_response(answer)

    return [Route(INSTALL, install), Route(CALLBACK, come_back)]


def _asked(request: Request) -> AsyncBoltRequest:
    """What the flow looks at; a team that is no id would be written into an address as it is."""
    query = {key: value for key, value in request.query_params.items() if key != "team" or _ID.fullmatch(value)}
    return AsyncBoltRequest(body="", query=query, headers=dict(request.headers))


async def _succeeded(told: AsyncSuccessArgs) -> BoltResponse:
    made = told.installation
    whole = "yes" if made.is_enterprise_install else ""
    workspace = (made.enterprise_id if whole else made.team_id) or ""
    log.info("slack_installed", workspace=workspace, whole=bool(whole))
    return _sent_to(f"{INSTALLED}?{urlencode({'app': made.app_id or '', 'workspace': workspace, 'whole': whole})}")


async def _failed(told: AsyncFailureArgs) -> BoltResponse:
    return _not_installed(told.reason, told.error)


def _not_installed(reason: str, error: Exception | None) -> BoltResponse:
    why = WHY.get(reason, "refused")
    log.warning("slack_not_installed", why=why, error=type(error).__name__ if error else "")
    return _sent_to(f"{NOT_INSTALLED}?why={why}")


def _sent_to(address: str) -> BoltResponse:
    """On to a page whose address holds neither code nor state."""
    return BoltResponse(status=303, body="", headers={"Location": [address]})
