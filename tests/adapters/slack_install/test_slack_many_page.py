"""docs/slack.md, "Many workspaces", done as it is written, with the server in a process of its own."""

import asyncio
import json
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
from typer.testing import CliRunner

from bot.chat.slack.hearing.http import EVENTS
from bot.chat.slack.install.state import COOKIE
from bot.chat.slack.manifest import SCOPES
from bot.cli import app
from tests.adapters.slack.test_slack_first_cohort import MANY, PAGE
from tests.adapters.slack.test_slack_listening import action_of
from tests.adapters.walked import commands, free_port, lay_files, running
from tests.fakes.slack.server import FakeSlack

pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")
SITE = "https://chat.example.org"


async def test_the_page_leads_to_an_installed_workspace(
    slack: FakeSlack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lay_files(tmp_path)
    slack.clock.move(slack.signs_at() - slack.clock.now())
    place = slack.workspace("T0123ABCD", installed=False)
    ann = place.user("Ana", email="ana@spur.example")
    port = free_port()
    env = {
        "COHORTIUM_PUBLIC_URL": SITE,
        "COHORTIUM_SLACK_CLIENT_ID": slack.client_id,
        "COHORTIUM_SLACK_CLIENT_SECRET": slack.client_secret,
        "COHORTIUM_SLACK_SIGNING_SECRET": slack.signing_secret,
        "COHORTIUM_SLACK_API_BASE": slack.base_url,
        "COHORTIUM_SLACK_AUTHORIZE_URL": slack.authorize_url,
        "COHORTIUM_OPEN_BROWSER": "false",
        "COHORTIUM_PORT": port,
    }

    async def do(words: list[str]) -> str:
        result = await asyncio.to_thread(CliRunner().invoke, app, words, env=env)
        assert result.exit_code == 0, f"{words}: {result.output}"
        return result.output

    for words in (["import", "leas", "leas.csv"], ["import", "roster", "roster.zip"]):
        await do(words)
    manifest, new_key, doctor, run, *rest = commands(PAGE.read_text("utf-8").partition(MANY)[2])
    made = json.loads(await do(manifest))
    slack.subscribed = frozenset(made["settings"]["event_subscriptions"]["bot_events"])
    assert made["oauth_config"] == {"scopes": {"bot": list(SCOPES)}, "redirect_urls": [f"{SITE}/slack/oauth_redirect"]}
    env["COHORTIUM_SLACK_TOKEN_KEYS"] = (await do(new_key)).strip()
    slack.rotates_tokens = made["settings"]["token_rotation_enabled"]
    assert "None has it installed" in await do(doctor)
    here = f"http://127.0.0.1:{port}"
    async with running(tmp_path, env, run), aiohttp.ClientSession() as browser:
        await answers(browser, f"{here}/healthz")
        slack.courier.connect_http(f"{here}{EVENTS}")
        assert await slack.courier.verify_url()
        async with browser.get(f"{here}/slack/install", allow_redirects=False) as begun:
            cookie, page = {COOKIE: begun.cookies[COOKIE].value}, begun.headers["Location"]
        back = urlsplit(place.allows(page, ann))
        assert f"{back.scheme}://{back.netloc}" == SITE
        async with browser.get(f"{here}{back.path}?{back.query}", cookies=cookie) as ended:
            assert "Cohortium is installed" in await ended.text()
        for words in rest:
            await do(words)
        assert "its token is good; addresses of spur.example count" in " ".join((await do(doctor)).split())
        await ann.opens_home()
        await slack.until(lambda: ann.home is not None)
        home = ann.home
        assert home is not None
        assert (await ann.clicks(home, action_of(home.body["blocks"], "account.yes"))).ok
        await slack.until(lambda: any("Welcome, Ana" in message.text for message in ann.reads(ann.direct)))


async def answers(browser: aiohttp.ClientSession, address: str) -> None:
    for _ in range(600):
        try:
            async with browser.get(address) as answer:
                assert answer.status == 200
                return
        except aiohttp.ClientConnectionError:
            await asyncio.sleep(0.1)
    raise AssertionError("it never answered")
