"""The doctor at Slack's door: tokens, scopes, the way in, the clock. Each thing that is wrong says what to click."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from bot.chat.slack.api.probe import Answered, probe
from bot.chat.slack.manifest import SCOPES
from bot.settings import Settings

from ._checks_here import Finding
from ._checks_installs import APPS, check_installs, look_at_socket

MOST_SKEW = timedelta(minutes=2)
"""Slack's signatures are good for five minutes."""


async def check_slack(settings: Settings, now: datetime) -> AsyncIterator[Finding]:
    """`now` is this machine's clock."""
    if settings.slack_client_id:
        async for finding in check_installs(settings, now):
            yield finding
        return
    token = settings.slack_bot_token.get_secret_value()
    if not token:
        mend = (
            f"{APPS} → Install App → Bot User OAuth Token; set COHORTIUM_SLACK_BOT_TOKEN to it. For many"
            " workspaces set COHORTIUM_SLACK_CLIENT_ID instead."
        )
        yield _wrong("Slack bot token", "There is none.", mend)
        return
    answered = await probe("auth.test", token, settings.slack_api_base)
    yield _connection(answered, settings.slack_api_base)
    if answered.reached:
        yield _token(token, answered)
        if not answered.code:
            yield _scopes(answered.scopes)
        yield _clock(answered, now)
    async for finding in _way_in(settings):
        yield finding


def _connection(answered: Answered, base: str) -> Finding:
    if answered.reached:
        return Finding(name="Slack connection", state="ok", what=f"{base} answers.")
    mend = "Let this machine reach it over HTTPS (proxy, firewall), or mend COHORTIUM_SLACK_API_BASE."
    return _wrong("Slack connection", f"{base} cannot be reached: {answered.code}.", mend)


def _token(token: str, answered: Answered) -> Finding:
    if not answered.code:
        return Finding(name="Slack bot token", state="ok", what=f"Good for {answered.team} ({answered.workspace}).")
    if not token.startswith(("xoxb-", "xoxe.xoxb-")):
        what = "COHORTIUM_SLACK_BOT_TOKEN is no bot token: those begin with xoxb-."
        return _wrong("Slack bot token", what, f"{APPS} → Install App → Bot User OAuth Token.")
    mend = f"{APPS} → Install App → Reinstall to Workspace; set COHORTIUM_SLACK_BOT_TOKEN to the token shown then."
    return _wrong("Slack bot token", f"Slack does not take it: {answered.code}.", mend)


def _scopes(granted: frozenset[str]) -> Finding:
    lacking, more = sorted(SCOPES.keys() - granted), sorted(granted - SCOPES.keys())
    if lacking:
        mend = f"{APPS} → App Manifest → paste what `cohortium slack manifest` prints, save, reinstall."
        return _wrong("Slack scopes", f"Not granted: {', '.join(lacking)}.", mend)
    if more:
        mend = f"{APPS} → OAuth & Permissions → Scopes: remove them, reinstall. Cohortium does not use them."
        return Finding(name="Slack scopes", state="warn", what=f"More than is used: {', '.join(more)}.", mend=mend)
    return Finding(name="Slack scopes", state="ok", what=f"All {len(SCOPES)} are granted, and no more.")


def _clock(answered: Answered, now: datetime) -> Finding:
    if answered.said_at is None:
        return Finding(name="Slack clock", state="warn", what="Slack did not say what time it has.")
    skew = now - answered.said_at
    seconds = abs(round(skew.total_seconds()))
    if abs(skew) <= MOST_SKEW:
        return Finding(name="Slack clock", state="ok", what=f"This machine's clock is {seconds} s from Slack's.")
    side = "ahead of" if skew > timedelta(0) else "behind"
    mend = "Set this machine's clock by NTP: Slack's requests are refused as too old otherwise."
    return _wrong("Slack clock", f"This machine's clock is {seconds} s {side} Slack's.", mend)


async def _way_in(settings: Settings) -> AsyncIterator[Finding]:
    """Socket Mode with an app-level token, signed HTTP without."""
    token, secret = settings.slack_app_token.get_secret_value(), settings.slack_signing_secret.get_secret_value()
    if token:
        yield look_at_socket(token, await probe("apps.connections.open", token, settings.slack_api_base))
    elif secret:
        yield Finding(name="Slack signing secret", state="ok", what="Set; Slack calls us over HTTP.")
        yield _address(settings.public_url)
    else:
        mend = (
            f"For Socket Mode: {APPS} → Basic Information → App-Level Tokens → Generate, scope connections:write; set"
            " COHORTIUM_SLACK_APP_TOKEN. For HTTP: Basic Information → Signing Secret → Show; set"
            " COHORTIUM_SLACK_SIGNING_SECRET."
        )
        yield _wrong("Slack way in", "Nothing that Slack sends can be heard.", mend)


def _address(public: str) -> Finding:
    if public.startswith("https://"):
        return Finding(name="Slack address", state="ok", what=f"Slack is to call {public.rstrip('/')}/slack/events.")
    mend = f"Set COHORTIUM_PUBLIC_URL to https://…; {APPS} → Event Subscriptions → Request URL → Retry."
    return _wrong("Slack address", "Slack calls only an https:// address that the internet can reach.", mend)


def _wrong(name: str, what: str, mend: str) -> Finding:
    return Finding(name=name, state="error", what=what, mend=mend)
