"""The manifest asks for what is used, and for nothing else."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft7Validator
from typer.testing import CliRunner

from bot.chat.slack import adapter
from bot.chat.slack.events import READINGS, happened
from bot.chat.slack.interactions import COMMANDS, SHORTCUTS
from bot.chat.slack.manifest import BOT_EVENTS, ORG_EVENTS, SCOPES, manifest
from bot.cli import app
from tests.adapters.slack.test_slack_listening import WAYS, action_of, open_town
from tests.fakes.slack.contracts import reference
from tests.fakes.slack.server import FakeSlack

CONTRACTS = reference()
needs_contracts = pytest.mark.skipif(CONTRACTS is None, reason="COHORTIUM_SHARED names no folder")
OF_PUBLIC_CHANNELS = {name for name in READINGS if name.startswith("channel_")} | {"app_mention"}
"""Understood, should a room ever be made public; not asked for, as our rooms are private and we hear all of those."""
OF_OLDER_APPS = {"assistant_thread_started"}
"""New apps are agents and have no assistant's view; one that was made with it may keep it for now."""
UNASKED = OF_PUBLIC_CHANNELS | OF_OLDER_APPS | {"team_join"} | set(ORG_EVENTS)
METHOD = re.compile(r'"((?:assistant\.threads|chat|conversations|files|users|views|reactions|team|bots)\.[a-zA-Z]+)"')


def methods() -> Iterator[str]:
    """Every method the adapter's code names."""
    assert CONTRACTS is not None
    for path in Path(adapter.__file__).parent.rglob("*.py"):
        yield from (one for one in METHOD.findall(path.read_text("utf-8")) if CONTRACTS.method(one))


def scopes_of(method: str) -> set[str]:
    assert CONTRACTS is not None
    described = (CONTRACTS.method(method) or {}).get("scope") or {}
    return set(described.get("bot", ()))


def validator() -> Draft7Validator:
    assert CONTRACTS is not None
    return Draft7Validator(json.loads((CONTRACTS.folder / "manifest.schema.2.0.0.json").read_text("utf-8")))


def events() -> dict[str, list[str]]:
    assert CONTRACTS is not None
    known = json.loads((CONTRACTS.folder / "api-reference/events/events.json").read_text("utf-8"))
    return {one["name"]: one.get("scopes", []) for one in known}


@needs_contracts
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("site", ["", "https://chat.example.org"])
def test_slack_takes_it(site: str, language: str) -> None:
    made = manifest(site, language)
    assert [one.message for one in validator().iter_errors(made)] == []
    assert made["settings"]["socket_mode_enabled"] is (site == "")
    assert ("https://chat.example.org/slack/events" in json.dumps(made)) is bool(site)


@needs_contracts
def test_every_method_that_is_called_is_allowed() -> None:
    called = set(methods())
    assert {"chat.postMessage", "users.info", "conversations.kick", "views.publish"} <= called
    assert [one for one in sorted(called) if scopes_of(one) and not scopes_of(one) & SCOPES.keys()] == []


@needs_contracts
def test_no_scope_is_asked_for_that_nothing_needs() -> None:
    """`commands` goes with the command, the address with users.info, `files:read` with that of a file; each of the
    others lets a method or event in."""
    used = {scope for one in methods() for scope in scopes_of(one)}
    used |= {scope for one in BOT_EVENTS for scope in events().get(one, ())}
    assert SCOPES.keys() - used == {"commands", "files:read", "users:read.email"}
    assert not [one for one in SCOPES if one.startswith("channels:")]


@needs_contracts
def test_the_events_asked_for_are_those_that_are_heard() -> None:
    heard = {"message.groups" if one == "message" else one for one in READINGS} | {"message.im", "message.mpim"}
    assert heard - set(BOT_EVENTS) == UNASKED
    assert set(BOT_EVENTS) <= heard
    assert {one for one in BOT_EVENTS if one not in events()} <= {"group_archive", "group_unarchive"}
    for one in BOT_EVENTS:
        needed = set(events().get(one, ()))
        assert not needed or needed & SCOPES.keys(), one


def test_its_shortcuts_and_its_command_are_the_ones_that_are_answered() -> None:
    made = manifest()
    assert [one["callback_id"] for one in made["features"]["shortcuts"]] == list(SHORTCUTS)
    (command,) = made["features"]["slash_commands"]
    assert command["usage_hint"] in COMMANDS
    said = {"command": command["command"], "team_id": "T1", "user_id": "U1", "trigger_id": "1.2", "text": "help"}
    assert happened(said) is not None


@pytest.mark.parametrize("way", WAYS)
async def test_joining_works_with_just_what_it_asks_for(slack: FakeSlack, tmp_path: Path, way: str) -> None:
    """The workspace gives these scopes and sends these events alone."""
    made = manifest()
    slack.subscribed = frozenset(made["settings"]["event_subscriptions"]["bot_events"])
    place = slack.workspace("T1")
    for grant in slack.grants.values():
        if grant.kind == "bot":
            grant.scopes = frozenset(made["oauth_config"]["scopes"]["bot"])
    async with open_town(slack, tmp_path, way) as town:
        ann = town.ann
        await ann.opens_home()
        await slack.until(lambda: ann.home is not None)
        await town.delivered()
        (welcome,) = ann.reads(ann.direct)
        await ann.clicks(welcome, action_of(welcome.blocks, "join.how.open"))
        await ann.posts(ann.direct, "hello")
        room = await town.house.chats["slack"].open_room("key", "T1", "Sotol", "topic", [ann.id])
        await town.house.chats["slack"].find("no such key", "T1", room)
        await slack.quiet()
    refused = [f"{one.method}: {one.answer}" for one in slack.calls if one.answer.get("error") == "missing_scope"]
    assert refused == []
    assert place.find(room).is_private


def test_it_is_printed_or_written_to_a_file(tmp_path: Path) -> None:
    run = CliRunner()
    printed = run.invoke(app, ["slack", "manifest", "--socket"])
    assert json.loads(printed.stdout) == manifest()
    path = tmp_path / "manifest.json"
    done = run.invoke(app, ["slack", "manifest", "--url", "https://chat.example.org/", "--out", str(path)])
    assert done.exit_code == 0
    assert json.loads(path.read_text("utf-8")) == manifest("https://chat.example.org")
    for wrong in (["--url", "http://chat.example.org"], ["--socket", "--url", "https://chat.example.org"]):
        assert run.invoke(app, ["slack", "manifest", *wrong]).exit_code == 2


@needs_contracts
@pytest.mark.parametrize("org", [False, True])
def test_for_many_workspaces_it_has_a_way_back_and_tokens_that_are_renewed(org: bool) -> None:
    one, many = manifest("https://chat.example.org"), manifest("https://chat.example.org", many=True, org=org)
    assert list(validator().iter_errors(many)) == []
    assert many["oauth_config"]["redirect_urls"] == ["https://chat.example.org/slack/oauth_redirect"]
    assert (many["settings"]["token_rotation_enabled"], many["settings"]["org_deploy_enabled"]) == (True, org)
    asked = many["settings"]["event_subscriptions"]["bot_events"]
    assert set(asked) - set(BOT_EVENTS) == (set(ORG_EVENTS) if org else set())
    assert {one for one in ORG_EVENTS if one in events()} == set(ORG_EVENTS)
    assert (one["settings"]["token_rotation_enabled"], one["settings"]["org_deploy_enabled"]) == (False, False)
    assert many["oauth_config"]["scopes"] == one["oauth_config"]["scopes"]


def test_many_workspaces_need_an_address() -> None:
    run = CliRunner()
    made = run.invoke(app, ["slack", "manifest", "--url", "https://chat.example.org", "--org"])
    assert json.loads(made.stdout) == manifest("https://chat.example.org", many=True, org=True)
    known = {"COHORTIUM_SLACK_CLIENT_ID": "1.2", "COHORTIUM_PUBLIC_URL": "https://chat.example.org"}
    made = run.invoke(app, ["slack", "manifest"], env=known)
    assert json.loads(made.stdout) == manifest("https://chat.example.org", many=True)
    for wrong in (["--many"], ["--socket", "--many"]):
        assert run.invoke(app, ["slack", "manifest", *wrong]).exit_code == 2


@needs_contracts
def test_many_workspaces_may_be_heard_over_a_socket() -> None:
    """Browsers come back to the address; nothing else is to be reached there."""
    given = ["slack", "manifest", "--socket", "--many", "--url", "https://chat.example.org"]
    made = json.loads(CliRunner().invoke(app, given).stdout)
    assert list(validator().iter_errors(made)) == []
    assert made["settings"]["socket_mode_enabled"]
    assert made["oauth_config"]["redirect_urls"] == ["https://chat.example.org/slack/oauth_redirect"]
    assert json.dumps(made).count("chat.example.org") == 1
