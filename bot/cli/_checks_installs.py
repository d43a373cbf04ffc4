"""The doctor where many Slack workspaces install the app: the app itself, the keys, and each workspace's token."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from bot.chat.slack.api.probe import Answered, probe, probe_app
from bot.chat.slack.ids import PLATFORM
from bot.chat.slack.install.paths import CALLBACK, INSTALL
from bot.chat.slack.install.sealing import Keyring, TokenKeyError
from bot.chat.slack.manifest import SCOPES
from bot.settings import Settings
from storage import installations
from storage.database import UNREACHABLE, open_database
from storage.installations import Installation
from storage.survey import look_at_shape

from ._checks_here import Finding
from ._shared import first_line

APPS = "https://api.slack.com/apps → your app"
KEYS = "Slack token keys"


async def check_installs(settings: Settings, now: datetime) -> AsyncIterator[Finding]:
    """Changes nothing: a token that has ended is left to whoever sends."""
    yield await _app(settings)
    token, secret = settings.slack_app_token.get_secret_value(), settings.slack_signing_secret.get_secret_value()
    if token and not secret:
        yield look_at_socket(token, await probe("apps.connections.open", token, settings.slack_api_base))
    for finding in _ways(settings):
        yield finding
    try:
        keyring = Keyring(settings.slack_token_keys.get_secret_value())
    except TokenKeyError as error:
        yield Finding(name=KEYS, state="error", what=str(error))
        return
    try:
        found = await _installed(settings)
    except (ValueError, *UNREACHABLE) as error:
        mend = "`cohortium doctor` says more."
        yield Finding(name="Slack workspaces", state="error", what=f"Not readable: {first_line(error)}.", mend=mend)
        return
    live = [one for one in found if one.revoked_at is None]
    yield _keys(keyring, live)
    yield _count(settings, live, len(found) - len(live))
    for one in live:
        yield await _workspace(settings, keyring, one, now)


async def _app(settings: Settings) -> Finding:
    """By an exchange that cannot go well: what Slack says first is whether it knows the app."""
    name, secret = "Slack app", settings.slack_client_secret.get_secret_value()
    where = f"{APPS} → Basic Information → App Credentials"
    if not secret:
        mend = f"{where} → Client Secret → Show; set COHORTIUM_SLACK_CLIENT_SECRET."
        return Finding(name=name, state="error", what="COHORTIUM_SLACK_CLIENT_SECRET is not set.", mend=mend)
    code = await probe_app(settings.slack_client_id, secret, settings.slack_api_base)
    if code == "invalid_client_id":
        return Finding(
            name=name, state="error", what="Slack knows no app of this client id.", mend=f"{where} → Client ID."
        )
    if code == "bad_client_secret":
        return Finding(
            name=name, state="error", what="Its client secret is another one.", mend=f"{where} → Client Secret."
        )
    if code != "invalid_code":
        mend = "Let this machine reach it over HTTPS (proxy, firewall), or mend COHORTIUM_SLACK_API_BASE."
        return Finding(name=name, state="error", what=f"{settings.slack_api_base} answered: {code}.", mend=mend)
    return Finding(name=name, state="ok", what="Slack knows its client id and secret.")


def _ways(settings: Settings) -> Sequence[Finding]:
    found, secret = [], settings.slack_signing_secret.get_secret_value()
    if not secret and not settings.slack_app_token.get_secret_value():
        mend = f"{APPS} → Basic Information → Signing Secret → Show; set COHORTIUM_SLACK_SIGNING_SECRET."
        what = "Nothing that Slack sends can be heard."
        found.append(Finding(name="Slack signing secret", state="error", what=what, mend=mend))
    if settings.public_url.startswith("https://"):
        what = f"Installed from {settings.address}{INSTALL}; Slack sends browsers back to {settings.address}{CALLBACK}."
        found.append(Finding(name="Slack address", state="ok", what=what))
    else:
        what, mend = "Slack sends browsers back to an https:// address alone.", "Set COHORTIUM_PUBLIC_URL."
        found.append(Finding(name="Slack address", state="error", what=what, mend=mend))
    if settings.slack_bot_token.get_secret_value():
        what = "COHORTIUM_SLACK_BOT_TOKEN is not used while COHORTIUM_SLACK_CLIENT_ID is set."
        mend = "Unset the one you do not mean: one workspace has a token, many have a client id."
        found.append(Finding(name="Slack bot token", state="warn", what=what, mend=mend))
    if secret and settings.slack_app_token.get_secret_value():
        what = "COHORTIUM_SLACK_APP_TOKEN is not used while COHORTIUM_SLACK_SIGNING_SECRET is set: Slack is to call us."
        mend = "Unset the signing secret to listen over a socket instead."
        found.append(Finding(name="Slack app-level token", state="warn", what=what, mend=mend))
    return found


def look_at_socket(token: str, answered: Answered) -> Finding:
    name = "Slack app-level token"
    if not answered.code:
        return Finding(name=name, state="ok", what="Good: Socket Mode answers.")
    if not token.startswith("xapp-"):
        mend = f"{APPS} → Basic Information → App-Level Tokens."
        what = "COHORTIUM_SLACK_APP_TOKEN is no app-level token: those begin with xapp-."
        return Finding(name=name, state="error", what=what, mend=mend)
    mend = (
        f"{APPS} → Socket Mode → Enable; then Basic Information → App-Level Tokens → Generate, scope connections:write;"
        " set COHORTIUM_SLACK_APP_TOKEN."
    )
    return Finding(name=name, state="error", what=f"No socket can be opened: {answered.code}.", mend=mend)


async def _installed(settings: Settings) -> Sequence[Installation]:
    """None are there before the first start."""
    if settings.database_file and not settings.database_file.exists():
        return ()
    database = open_database(settings.database_url)
    try:
        shape = await database.with_connection(look_at_shape)
        if shape.revision != shape.wanted:
            return ()
        return await database.read(lambda tx: installations.all_of(tx.connection, PLATFORM))
    finally:
        await database.close()


def _keys(keyring: Keyring, live: Sequence[Installation]) -> Finding:
    try:
        for one in live:
            keyring.open(one.id, one.sealed)
    except TokenKeyError as error:
        return Finding(name=KEYS, state="error", what=str(error))
    if not all(keyring.is_newest(one.sealed) for one in live):
        what, mend = "Some tokens are sealed with an older key.", "Run `cohortium slack rotate-key`."
        return Finding(name=KEYS, state="warn", what=what, mend=mend)
    return Finding(name=KEYS, state="ok", what="They open every token that is kept.")


def _count(settings: Settings, live: Sequence[Installation], gone: int) -> Finding:
    left = f" {gone} have taken it out again." if gone else ""
    if not live:
        mend = f"Open {settings.address}{INSTALL} in a browser."
        return Finding(name="Slack workspaces", state="warn", what=f"None has it installed.{left}", mend=mend)
    return Finding(name="Slack workspaces", state="ok", what=f"Installed {len(live)} times.{left}")


async def _workspace(settings: Settings, keyring: Keyring, one: Installation, now: datetime) -> Finding:
    name, again = f"Slack {one.id}", f"Open {settings.address}{INSTALL} and install it there again."
    try:
        token = keyring.open(one.id, one.sealed).token
    except TokenKeyError:
        return Finding(name=name, state="error", what="Its token cannot be opened.", mend="See the keys above.")
    if one.expires_at and one.expires_at <= now:
        what = f"{one.granted.name}: its token has ended and is renewed with the next message."
        return Finding(name=name, state="warn", what=what, mend="Is `cohortium run` running?")
    answered = await probe("auth.test", token, settings.slack_api_base)
    if answered.code:
        return Finding(name=name, state="error", what=f"Slack does not take its token: {answered.code}.", mend=again)
    if lacking := sorted(SCOPES.keys() - answered.scopes):
        return Finding(name=name, state="error", what=f"Not granted: {', '.join(lacking)}.", mend=again)
    domains = ", ".join(one.domains)
    told = f"addresses of {domains} count" if domains else "no address counts, people bring a code"
    return Finding(name=name, state="ok", what=f"{one.granted.name}: its token is good; {told}.")
