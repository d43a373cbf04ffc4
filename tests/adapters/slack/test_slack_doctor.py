"""`cohortium doctor slack`: what Slack says of our tokens, and what to click where it says no."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.chat.slack.manifest import SCOPES
from bot.cli import app
from bot.cli._checks_slack import check_slack
from bot.settings import Settings
from tests.fakes.slack.faults import Reset
from tests.fakes.slack.server import FakeSlack


@pytest.fixture
def good(slack: FakeSlack) -> dict[str, str]:
    return {
        "slack_bot_token": slack.workspace("T1").grant(SCOPES),
        "slack_app_token": slack.app_token,
        "slack_api_base": slack.base_url,
    }


async def examine(ahead: timedelta = timedelta(0), **values: str) -> dict[str, tuple[str, str]]:
    """Finding → its state and everything it says, on a machine whose clock is so much ahead."""
    settings = Settings(**values, _env_file=None)  # type: ignore[call-arg, arg-type]
    found = [one async for one in check_slack(settings, datetime.now(UTC) + ahead)]
    assert all(one.mend for one in found if one.state != "ok")
    return {one.name.removeprefix("Slack "): (one.state, f"{one.what} {one.mend}") for one in found}


async def test_all_is_well(good: dict[str, str]) -> None:
    found = await examine(**good)
    assert {name: state for name, (state, _) in found.items()} == dict.fromkeys(
        ("connection", "bot token", "scopes", "clock", "app-level token"), "ok"
    )
    assert "Workspace T1 (T1)" in found["bot token"][1]


async def test_a_missing_scope_and_one_too_many_are_named(slack: FakeSlack, good: dict[str, str]) -> None:
    town = slack.workspace("T1")
    lacking = town.grant(SCOPES.keys() - {"users:read.email", "commands"})
    state, said = (await examine(**good | {"slack_bot_token": lacking}))["scopes"]
    assert state == "error"
    assert "commands, users:read.email" in said
    assert "App Manifest" in said
    more = town.grant([*SCOPES, "channels:history"])
    state, said = (await examine(**good | {"slack_bot_token": more}))["scopes"]
    assert (state, "channels:history" in said) == ("warn", True)


@pytest.mark.parametrize(
    ("token", "says"),
    [("xoxb-gone", "invalid_auth"), ("xoxp-a-person", "begin with xoxb-")],
)
async def test_a_token_that_slack_does_not_take(good: dict[str, str], token: str, says: str) -> None:
    found = await examine(**good | {"slack_bot_token": token})
    assert found["bot token"][0] == "error"
    assert says in found["bot token"][1]
    assert "Install App" in found["bot token"][1]
    assert "scopes" not in found


async def test_a_revoked_token_says_reinstall(slack: FakeSlack, good: dict[str, str]) -> None:
    await slack.workspace("T1").revokes_tokens()
    state, said = (await examine(**good))["bot token"]
    assert (state, "token_revoked" in said, "Reinstall" in said) == ("error", True, True)


@pytest.mark.parametrize(("ahead", "side"), [(timedelta(minutes=9), "ahead of"), (-timedelta(minutes=9), "behind")])
async def test_a_clock_that_is_wrong(good: dict[str, str], ahead: timedelta, side: str) -> None:
    state, said = (await examine(ahead, **good))["clock"]
    assert (state, side in said) == ("error", True)


async def test_slack_that_cannot_be_reached(slack: FakeSlack, good: dict[str, str]) -> None:
    slack.faults.add(Reset(), "auth.test")
    found = await examine(**good)
    assert found["connection"][0] == "error"
    assert "bot token" not in found


async def test_the_way_in(slack: FakeSlack, good: dict[str, str]) -> None:
    assert (await examine(**good | {"slack_app_token": "xapp-other"}))["app-level token"][0] == "error"
    assert "xapp-" in (await examine(**good | {"slack_app_token": good["slack_bot_token"]}))["app-level token"][1]
    http = good | {"slack_app_token": ""}
    state, said = (await examine(**http))["way in"]
    assert (state, "Signing Secret" in said) == ("error", True)
    signed = http | {"slack_signing_secret": "secret"}
    found = await examine(**signed)
    assert (found["signing secret"][0], found["address"][0]) == ("ok", "error")
    assert (await examine(**signed, public_url="https://chat.example.org"))["address"][0] == "ok"


async def test_nothing_is_said_of_a_token(slack: FakeSlack, good: dict[str, str], tmp_path: Path) -> None:
    """By the command, as an operator has it: exit code 1 when something is wrong, and no secret on the screen."""
    wrong = good | {"slack_app_token": "xapp-secret-word"}
    env = {f"COHORTIUM_{name.upper()}": value for name, value in wrong.items()} | {"COHORTIUM_DATA": str(tmp_path)}
    for more in ([], ["--json"]):
        result = await asyncio.to_thread(CliRunner().invoke, app, ["doctor", "slack", *more], env=env)
        assert result.exit_code == 1
        assert "xapp-secret-word" not in result.output
        assert good["slack_bot_token"] not in result.output
    assert {one["state"] for one in json.loads(result.stdout)} == {"ok", "error"}


async def test_without_a_token_it_says_where_to_find_one() -> None:
    ((_, said),) = (await examine()).values()
    assert "Bot User OAuth Token" in said
