"""Tokens that end: renewed in time, once, whoever asks and however many; and what happens when they cannot be."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from slack_sdk.oauth.installation_store import Installation as Given

from bot import clock
from bot.chat.slack.install.sealing import Keyring, new_key
from bot.chat.slack.install.store import InstallationStore
from bot.chat.slack.install.tokens import App, InstalledTokens
from cohorts.send_errors import AccessLostError, NotSentError
from storage.database import SqliteDatabase
from tests.fakes.files import fresh_database
from tests.fakes.slack.faults import Fault, RateLimited, Refused, Reset, ServerError, Slow
from tests.fakes.slack.methods.directory import issue
from tests.fakes.slack.server import FakeSlack

pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")
HOUR = timedelta(hours=1)


@dataclass
class Kept:
    """One workspace with a token that rotates, and the clock of whoever sends."""

    slack: FakeSlack
    database: SqliteDatabase
    keys: str
    ahead: timedelta = timedelta(0)

    def store(self) -> InstallationStore:
        return InstallationStore(self.database, Keyring(self.keys), lambda: clock.now() + self.ahead)

    def tokens(self) -> InstalledTokens:
        """Of one process."""
        app = App(self.slack.client_id, self.slack.client_secret, self.slack.base_url)
        return InstalledTokens(self.store(), app)

    async def install(self, lasts: timedelta) -> str:
        grant = issue(self.slack, self.slack.workspace("T1").team, ["chat:write"])
        given = Given(
            team_id="T1",
            bot_token=grant.token,
            bot_refresh_token=grant.refresh,
            bot_token_expires_in=int(lasts.total_seconds()),
            user_id="U1",
        )
        await self.store().async_save(given)
        return grant.token

    @property
    def renewals(self) -> int:
        return len(self.slack.called("oauth.v2.access"))

    def is_good(self, token: str | None) -> bool:
        grant = self.slack.grants.get(token or "")
        return grant is not None and not grant.revoked and grant.kind == "bot"


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    database = fresh_database(tmp_path)
    async with FakeSlack() as slack:
        slack.rotates_tokens = True
        yield Kept(slack, database, new_key())
    await database.close()


async def test_a_fresh_token_is_used_as_it_is(kept: Kept) -> None:
    token = await kept.install(12 * HOUR)
    assert await kept.tokens()("T1") == token
    assert await kept.tokens()("T2") is None
    assert kept.renewals == 0


async def test_one_that_ends_soon_is_renewed_and_then_left_alone(kept: Kept) -> None:
    old = await kept.install(HOUR)
    tokens = kept.tokens()
    new = await tokens("T1")
    assert new != old
    assert kept.is_good(new)
    assert [await tokens("T1"), await kept.tokens()("T1")] == [new, new]
    assert kept.renewals == 1
    kept.ahead = 11 * HOUR
    third = await tokens("T1")
    assert third not in (old, new)
    assert kept.renewals == 2


async def test_of_many_who_ask_at_once_in_many_processes_one_renews(kept: Kept) -> None:
    old = await kept.install(HOUR)
    processes = [kept.tokens() for _ in range(4)]
    got = await asyncio.gather(*(process("T1") for process in processes for _ in range(5)))
    assert kept.renewals == 1
    assert set(got) - {old} <= {await kept.tokens()("T1")}
    assert all(kept.is_good(token) for token in got)


@pytest.mark.parametrize(
    "fault",
    [
        Reset(),
        Reset("after"),
        ServerError(),
        RateLimited(30),
        Refused("internal_error"),
        Refused("invalid_refresh_token"),
    ],
)
async def test_while_the_old_one_is_good_a_failure_is_no_trouble(kept: Kept, fault: Fault) -> None:
    old = await kept.install(HOUR)
    kept.slack.faults.add(fault, "oauth.v2.access")
    tokens = kept.tokens()
    assert [await tokens("T1"), await tokens("T1")] == [old, old]
    assert kept.renewals == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Reset(), NotSentError),
        (ServerError(), NotSentError),
        (RateLimited(30), NotSentError),
        (Refused("internal_error"), NotSentError),
        (Refused("invalid_refresh_token"), AccessLostError),
        (Refused("bad_client_secret"), AccessLostError),
    ],
)
async def test_an_ended_one_that_cannot_be_renewed_holds_what_is_to_be_sent(
    kept: Kept, fault: Fault, error: type[Exception]
) -> None:
    await kept.install(HOUR)
    kept.ahead = 2 * HOUR
    kept.slack.faults.add(fault, "oauth.v2.access")
    with pytest.raises(error):
        await kept.tokens()("T1")
    kept.ahead += timedelta(minutes=2)
    assert kept.is_good(await kept.tokens()("T1"))


async def test_a_caller_who_gives_up_does_not_take_the_new_token_along(kept: Kept) -> None:
    """A send that takes too long is cancelled; the refresh token it came with is good once."""
    await kept.install(HOUR)
    kept.slack.faults.add(Slow(5), "oauth.v2.access")
    tokens = kept.tokens()
    caller = asyncio.create_task(tokens("T1"))
    await kept.slack.until(lambda: kept.renewals == 1)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    await kept.slack.advance(6)
    await tokens.stop()
    assert kept.is_good(await kept.tokens()("T1"))
    assert kept.renewals == 1


async def test_a_new_install_counts_against_a_renewal_that_comes_later(kept: Kept) -> None:
    await kept.install(HOUR)
    kept.slack.faults.add(Slow(5), "oauth.v2.access")
    tokens = kept.tokens()
    caller = asyncio.create_task(tokens("T1"))
    await kept.slack.until(lambda: kept.renewals == 1)
    again = await kept.install(12 * HOUR)
    await kept.slack.advance(6)
    assert [await caller, await tokens("T1")] == [again, again]


async def test_a_key_that_opens_nothing_sends_nothing_and_loses_nothing(kept: Kept) -> None:
    token = await kept.install(12 * HOUR)
    right, kept.keys = kept.keys, new_key()
    with pytest.raises(NotSentError, match="COHORTIUM_SLACK_TOKEN_KEYS"):
        await kept.tokens()("T1")
    kept.keys = f"{kept.keys},{right}"
    assert await kept.tokens()("T1") == token
