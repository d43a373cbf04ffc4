"""docs/slack.md, done as it is written: every command of it, against the fake Slack, until a cohort has its room."""

import asyncio
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.chat.slack.manifest import SCOPES, manifest
from bot.cli import app
from tests.adapters.slack.test_slack_listening import action_of
from tests.adapters.slack.test_slack_pointing import fields, opened
from tests.adapters.walked import NAMES, TOP, commands, free_port, lay_files, running
from tests.fakes.slack.people import Person
from tests.fakes.slack.server import FakeSlack

PAGE = TOP / "docs" / "slack.md"
MANY = "## Many workspaces"


async def joins(slack: FakeSlack, person: Person) -> None:
    """Step 6: opens the app, says who they are, and fills in the form."""
    await person.opens_home()
    await slack.until(lambda: person.home is not None)
    home = person.home
    assert home is not None
    await person.clicks(home, action_of(home.body["blocks"], "account.yes"))
    await slack.until(lambda: "join.open" in str(person.home and person.home.body["blocks"]))
    await person.closes()
    home = person.home
    assert home is not None
    await person.clicks(home, action_of(home.body["blocks"], "join.open"))
    form = fields(await opened(slack, person))
    answers = {"microcredential": "formative-assessment", "grade_band": "6-8", "subject": "Science"}
    answers["share"] = "yes"
    answers["problem"] = "Few students answer when I ask an open question."
    await person.submits({form[name]: said for name, said in answers.items()})


async def test_the_page_leads_to_a_first_cohort(
    slack: FakeSlack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lay_files(tmp_path)
    place = slack.workspace("T1")
    people = [place.user(name, email=f"{name.lower()}@spur.example") for name in NAMES]
    slack.subscribed = frozenset(manifest()["settings"]["event_subscriptions"]["bot_events"])
    env = {
        "COHORTIUM_SLACK_BOT_TOKEN": place.grant(SCOPES),
        "COHORTIUM_SLACK_APP_TOKEN": slack.app_token,
        "COHORTIUM_SLACK_API_BASE": slack.base_url,
        "COHORTIUM_OPEN_BROWSER": "false",
        "COHORTIUM_PORT": free_port(),
    }

    async def do(words: list[str]) -> str:
        result = await asyncio.to_thread(CliRunner().invoke, app, words, env=env)
        assert result.exit_code == 0, f"{words}: {result.output}"
        return result.output

    done = commands(PAGE.read_text("utf-8").partition(MANY)[0])
    start = next(number for number, words in enumerate(done) if words == ["run"])
    for words in done[:start]:
        await do(words)
    async with running(tmp_path, env, done[start]):
        await slack.until(lambda: len(slack.courier.sockets) > 0)
        for person in people:
            await joins(slack, person)
        for words in done[start + 1 :]:
            await do(words)
        private = place.team.channels.values()
        await slack.until(lambda: any({p.id for p in people} < set(one.members) for one in private if one.is_private))


def test_the_table_of_scopes_is_the_programs() -> None:
    rows = re.findall(r"^\| `([a-z:.]+)` \| (.+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert dict(rows) == SCOPES
