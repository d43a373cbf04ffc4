"""The state that goes with somebody to Slack and back: ours, once, and not for long."""

from collections.abc import Callable
from datetime import datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer
from slack_sdk.oauth import OAuthStateUtils
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from storage.database import Database
from storage.sign_ins import use_once

LASTS = timedelta(minutes=10)
COOKIE = "cohortium-slack-install"
SALT = "slack install"


class StateStore(AsyncOAuthStateStore):
    """A signed state, so that asking for one leaves nothing behind; that one was used is kept until it is too old."""

    def __init__(
        self, database: Database, secret: str, now: Callable[[], datetime], new_token: Callable[[], str]
    ) -> None:
        self._database, self._now, self._new_token = database, now, new_token
        self._signed = URLSafeSerializer(secret, salt=SALT)

    async def async_issue(self, *_args: object, **_kwargs: object) -> str:
        state: str | bytes = self._signed.dumps([self._new_token(), self._now().timestamp()])
        return state if isinstance(state, str) else state.decode()

    async def async_consume(self, state: str) -> bool:
        """True once, within its time."""
        try:
            token, at = self._signed.loads(state)
            age = self._now().timestamp() - float(at)
        except (BadSignature, TypeError, ValueError):
            return False
        if not 0 <= age <= LASTS.total_seconds():
            return False
        return await self._database.transact(use_once, str(token), self._now(), self._now() + LASTS)


class StateCookie(OAuthStateUtils):
    """Binds the state to the browser that asked for it; it comes back from Slack by a link, and only so."""

    def __init__(self) -> None:
        super().__init__(cookie_name=COOKIE, expiration_seconds=int(LASTS.total_seconds()))

    def build_set_cookie_for_new_state(self, state: str) -> str:
        return f"{super().build_set_cookie_for_new_state(state)}; SameSite=Lax"
