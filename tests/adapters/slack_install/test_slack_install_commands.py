"""What an operator does by hand where many workspaces install the app, and what the doctor says."""

import asyncio
import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.chat.slack.install.sealing import Keyring, Secrets, new_key
from bot.cli import app
from bot.cli._checks_slack import check_slack
from bot.log import configure
from bot.settings import Settings
from storage import installations
from storage.installations import Granted
from storage.migrate import upgrade
from tests.adapters.slack_install.network import KEY, Hands, educator, open_network, settings_for
from tests.fakes.files import fresh_database
from tests.fakes.slack.faults import Reset
from tests.fakes.slack.server import FakeSlack

pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")


async def lay(folder: Path, token: str, key: str = KEY, *, ends: datetime | None = None) -> None:
    """One workspace that has let us in."""
    database = fresh_database(folder)
    await database.with_connection(upgrade)
    sealed = Keyring(key).seal("T1", Secrets(token))
    granted, now = Granted(name="Spur", scopes=("chat:write",)), datetime.now(UTC)
    await database.with_connection(
        lambda opened: installations.install(opened, ("slack", "T1"), granted, sealed, ends, now)
    )
    await database.close()


def run(folder: Path, *words: str, **env: str) -> tuple[int, str]:
    given = {"COHORTIUM_DATA": str(folder), "COHORTIUM_SLACK_TOKEN_KEYS": KEY} | env
    result = CliRunner().invoke(app, ["slack", *words], env=given)
    return result.exit_code, result.output


async def test_workspaces_are_listed_trusted_and_trusted_no_more(tmp_path: Path) -> None:
    await lay(tmp_path, "xoxb-secret")
    on = asyncio.to_thread
    assert "none: people bring a code" in (await on(run, tmp_path, "workspaces"))[1]
    assert await on(run, tmp_path, "trust", "T1", "Spur.example", "@presidio.example") == (
        0,
        "T1: presidio.example, spur.example count there.\n",
    )
    code, told = await on(run, tmp_path, "workspaces", "--json")
    (one,) = json.loads(told)
    assert (code, one["id"], one["domains"]) == (0, "T1", ["presidio.example", "spur.example"])
    assert "xoxb" not in told
    assert (await on(run, tmp_path, "distrust", "T1", "spur.example"))[1] == "T1: presidio.example counts there.\n"
    assert (await on(run, tmp_path, "distrust", "T1"))[1] == "T1: no address counts there.\n"
    assert (await on(run, tmp_path, "trust", "T2", "spur.example"))[0] == 2
    for wrong in ("spur", "*.example", "ana@spur.example", "a.example,b.example"):
        assert (await on(run, tmp_path, "trust", "T1", wrong))[0] == 2


async def test_rotating_the_key_seals_everything_with_the_first(tmp_path: Path) -> None:
    await lay(tmp_path, "xoxb-secret")
    code, new = await asyncio.to_thread(run, tmp_path, "new-key")
    assert code == 0
    both = {"COHORTIUM_SLACK_TOKEN_KEYS": f"{new.strip()},{KEY}"}
    code, told = await asyncio.to_thread(run, tmp_path, "rotate-key", **both)
    assert (code, told) == (0, "1 installation sealed with the first key.\n")
    only = {"COHORTIUM_SLACK_TOKEN_KEYS": new.strip()}
    assert (await asyncio.to_thread(run, tmp_path, "rotate-key", **only))[0] == 0
    code, told = await asyncio.to_thread(run, tmp_path, "rotate-key")
    assert (code, "COHORTIUM_SLACK_TOKEN_KEYS" in told) == (2, True)


@pytest.mark.parametrize("keys", ["", "no key at all", new_key()], ids=["none", "no-key", "another"])
async def test_nothing_is_started_with_a_wrong_key(slack: FakeSlack, tmp_path: Path, keys: str) -> None:
    await lay(tmp_path, "xoxb-secret")
    env = {"COHORTIUM_DATA": str(tmp_path), "COHORTIUM_SLACK_CLIENT_ID": slack.client_id}
    for words in (["run"], ["worker"]):
        given = env | {"COHORTIUM_SLACK_TOKEN_KEYS": keys}
        result = await asyncio.to_thread(CliRunner().invoke, app, words, env=given)
        assert (result.exit_code, "COHORTIUM_SLACK_TOKEN_KEYS" in result.output) == (2, True), result.output
        assert "xoxb" not in result.output
        assert not keys or keys not in result.output


async def examine(settings: Settings) -> dict[str, tuple[str, str]]:
    found = [one async for one in check_slack(settings, datetime.now(UTC))]
    said = " ".join(f"{one.what} {one.mend}" for one in found)
    assert "xox" not in said
    secret = settings.slack_client_secret.get_secret_value()
    assert secret in ("", "wrong") or secret not in said
    return {one.name.removeprefix("Slack "): (one.state, f"{one.what} {one.mend}") for one in found}


async def test_the_doctor_finds_all_well(slack: FakeSlack, tmp_path: Path) -> None:
    await lay(tmp_path, slack.workspace("T1").token)
    found = await examine(settings_for(slack, tmp_path))
    assert {name: state for name, (state, _) in found.items()} == dict.fromkeys(
        ("app", "address", "token keys", "workspaces", "T1"), "ok"
    )
    assert "people bring a code" in found["T1"][1]


async def test_the_doctor_names_what_is_wrong(slack: FakeSlack, tmp_path: Path) -> None:
    place = slack.workspace("T1")
    await lay(tmp_path, place.grant(["chat:write"]))
    assert "groups:write" in (await examine(settings_for(slack, tmp_path)))["T1"][1]
    wrong = {
        "slack_client_id": ("app", "client id"),
        "slack_client_secret": ("app", "client secret"),
        "public_url": ("address", "COHORTIUM_PUBLIC_URL"),
        "slack_signing_secret": ("signing secret", "Signing Secret"),
        "slack_token_keys": ("token keys", "COHORTIUM_SLACK_TOKEN_KEYS"),
    }
    for setting, (finding, says) in wrong.items():
        for value in ("", "wrong") if setting in ("slack_client_secret", "slack_token_keys") else ("",):
            given = "wrong" if setting == "slack_client_id" else value
            state, said = (await examine(settings_for(slack, tmp_path, **{setting: given})))[finding]
            assert (state, says.casefold() in said.casefold()) == ("error", True), said
    other = await examine(settings_for(slack, tmp_path, slack_token_keys=new_key()))
    assert (other["token keys"][0], other["T1"][0]) == ("error", "error")
    older = await examine(settings_for(slack, tmp_path, slack_token_keys=f"{new_key()},{KEY}"))
    assert (older["token keys"][0], "rotate-key" in older["token keys"][1]) == ("warn", True)
    both = await examine(settings_for(slack, tmp_path, slack_bot_token="xoxb-1"))
    assert both["bot token"][0] == "warn"
    slack.faults.add(Reset(), "oauth.v2.access")
    assert (await examine(settings_for(slack, tmp_path)))["app"][0] == "error"
    await place.revokes_tokens()
    state, said = (await examine(settings_for(slack, tmp_path)))["T1"]
    assert (state, "token_revoked" in said, "/slack/install" in said) == ("error", True, True)


async def test_the_doctor_says_which_way_slack_is_heard(slack: FakeSlack, tmp_path: Path) -> None:
    await lay(tmp_path, slack.workspace("T1").token)
    over_socket = {"slack_signing_secret": "", "slack_app_token": slack.app_token}
    found = await examine(settings_for(slack, tmp_path, **over_socket))
    assert {state for state, _ in found.values()} == {"ok"}
    assert "Socket Mode answers" in found["app-level token"][1]
    wrong = await examine(settings_for(slack, tmp_path, **over_socket | {"slack_app_token": "xoxb-1"}))
    assert wrong["app-level token"][0] == "error"
    both = await examine(settings_for(slack, tmp_path, slack_app_token=slack.app_token))
    assert both["app-level token"][0] == "warn"


async def test_the_doctor_leaves_an_ended_token_to_whoever_sends(slack: FakeSlack, tmp_path: Path) -> None:
    await lay(tmp_path, slack.workspace("T1").token, ends=datetime.now(UTC) - timedelta(hours=1))
    assert (await examine(settings_for(slack, tmp_path)))["T1"][0] == "warn"
    assert all(call.text("grant_type") == "" for call in slack.called("oauth.v2.access"))


async def test_nothing_of_a_token_is_logged_however_much_is(
    slack: FakeSlack, tmp_path: Path, hands: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    """At the most talkative level, over installing, renewing, being refused and leaving."""
    root = logging.getLogger()
    kept = root.handlers, root.level
    slack.rotates_tokens, slack.token_seconds = True, 60
    place = slack.workspace("T1", installed=False)
    ann = place.user("Ann", email="ana@spur.example")
    try:
        async with open_network(slack, tmp_path, hands, educator("ana")) as network:
            configure(settings_for(slack, tmp_path, log_level="debug"))
            async with network.browser() as browser:
                await network.ends(browser, place.allows(await network.begins(browser)))
                location = place.allows(await network.begins(browser))
                code = location.partition("code=")[2].partition("&")[0]
                slack.codes.clear()
                await network.ends(browser, location)
            hands.move(timedelta(days=365))
            await network.home_of(ann)
            await place.uninstalls()
    finally:
        root.handlers, root.level = kept
        logging.getLogger("slack_sdk").setLevel(logging.NOTSET)
        logging.getLogger("slack_bolt").setLevel(logging.NOTSET)
    # The browser and the fake Slack log too; they are not the house.
    lines = "".join(capsys.readouterr()).splitlines()
    logged = "\n".join(line for line in lines if "[httpx2]" not in line and "[aiohttp.access]" not in line)
    assert "slack_installed" in logged
    assert slack.called("oauth.v2.access")
    for secret in (code, slack.client_secret, slack.signing_secret, KEY, *slack.grants):
        assert secret not in logged
    for grant in slack.grants.values():
        assert not grant.refresh or grant.refresh not in logged
