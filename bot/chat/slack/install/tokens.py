"""The token of each workspace, renewed before it ends."""

import asyncio
from datetime import datetime, timedelta

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError, SlackTokenRotationError
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.slack.api.calls import TIMEOUT, refusal
from cohorts.send_errors import AccessLostError, NotSentError, SendFailedError
from storage import installations
from storage.installations import Installation

from .sealing import Secrets, TokenKeyError
from .store import InstallationStore, moment

log = structlog.get_logger()

EARLY = timedelta(hours=2)
"""So long before its end a token is renewed: whoever is not the one to do it goes on with it meanwhile."""
ATTEMPT = timedelta(minutes=1)
"""Between two tries to renew the same one, whoever makes them."""
AT_ANY_TIME = 2**31
"""Minutes. When a token is renewed is decided here, by the house's own clock."""


class App:
    """What makes us known to Slack as the app we are, and where Slack is."""

    def __init__(self, client_id: str, client_secret: str, base_url: str) -> None:
        self.client_id, self.client_secret, self.base_url = client_id, client_secret, base_url

    def client(self) -> AsyncWebClient:
        """Without a token, and without retries of its own."""
        return AsyncWebClient(base_url=self.base_url, retry_handlers=[], timeout=int(TIMEOUT.total or 8))


class InstalledTokens:
    """`Tokens` over the installation store."""

    def __init__(self, store: InstallationStore, app: App) -> None:
        self._store = store
        self._rotator = AsyncTokenRotator(client_id=app.client_id, client_secret=app.client_secret, client=app.client())
        self._renewing: dict[str, asyncio.Task[str]] = {}

    async def __call__(self, workspace: str) -> str | None:
        """None where we are not let in. Raises NotSentError while it cannot be opened or renewed, AccessLostError when
        it never will be."""
        kept = await self._store.of_workspace(workspace)
        if kept is None:
            return None
        secrets = self._open(kept)
        if not secrets.refresh or kept.expires_at is None or self._store.now() < kept.expires_at - EARLY:
            return secrets.token
        task = self._renewing.get(kept.id)
        if task is None:
            task = self._renewing[kept.id] = asyncio.create_task(self._renew(kept, secrets))
            task.add_done_callback(lambda done: self._renewed(kept.id, done))
        # A caller who is cancelled must not take the only copy of the new token with it.
        return await asyncio.shield(task)

    async def stop(self) -> None:
        """What is being renewed is kept."""
        await asyncio.gather(*self._renewing.values(), return_exceptions=True)

    def _renewed(self, installation: str, done: asyncio.Task[str]) -> None:
        """Whoever waits for it is told; perhaps nobody does any more."""
        self._renewing.pop(installation, None)
        if not done.cancelled() and (error := done.exception()):
            log.warning("slack_token_not_renewed", installation=installation, why=str(error))

    def _open(self, kept: Installation) -> Secrets:
        try:
            return self._store.keyring.open(kept.id, kept.sealed)
        except TokenKeyError as error:
            log.warning("slack_token_sealed", installation=kept.id, why=str(error))
            raise NotSentError(str(error)) from error

    async def _renew(self, kept: Installation, secrets: Secrets) -> str:
        now, place = self._store.now(), kept.place
        good = kept.expires_at is not None and now < kept.expires_at
        take = installations.take_renewal
        if not await self._store.database.transact(lambda tx: take(tx.connection, place, now, now + ATTEMPT)):
            if good:
                return secrets.token
            raise NotSentError("The token has ended, and somebody else is renewing it.")
        fresh = await self._store.database.read(lambda tx: installations.find(tx.connection, place))
        if fresh is None or fresh.sealed != kept.sealed:
            return await self._now(kept)  # somebody else has just renewed it
        try:
            renewed, ends = await self._ask(kept)
        except (AccessLostError, NotSentError) as error:
            if not good:
                raise
            log.warning("slack_token_not_renewed", installation=kept.id, why=str(error))
            return secrets.token
        if not await self._store.renew(kept, renewed, ends):
            return await self._now(kept)  # it was installed anew meanwhile
        log.info("slack_token_renewed", installation=kept.id)
        return renewed.token

    async def _now(self, kept: Installation) -> str:
        """The token as it is kept by now."""
        fresh = await self._store.database.read(lambda tx: installations.find(tx.connection, kept.place))
        if fresh is None or fresh.revoked_at is not None:
            raise AccessLostError(f"There is no token for {kept.id}.")
        return self._open(fresh).token

    async def _ask(self, kept: Installation) -> tuple[Secrets, datetime | None]:
        bot = self._store.bot_of(kept)
        try:
            renewed = await self._rotator.perform_bot_token_rotation(bot=bot, minutes_before_expiration=AT_ANY_TIME)
        except SlackTokenRotationError as error:
            raise _meaning(error.api_error) from error
        except (TimeoutError, SlackClientError, aiohttp.ClientError, OSError) as error:
            raise NotSentError(f"Slack did not renew a token: {type(error).__name__}.") from error
        if renewed is None or not renewed.bot_refresh_token:
            raise NotSentError("Slack answered with no token.")
        return Secrets(renewed.bot_token, renewed.bot_refresh_token), moment(renewed.bot_token_expires_at)


def _meaning(error: SlackApiError) -> Exception:
    """Refused for good is lost access; everything else may go another time."""
    meant = refusal(error, "oauth.v2.access")
    if isinstance(meant, SendFailedError | AccessLostError):
        return AccessLostError(str(meant))
    return NotSentError(str(meant))
