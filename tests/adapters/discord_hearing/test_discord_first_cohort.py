"""docs/discord.md, done as it is written: each command of it, against the fake Discord, until a cohort has its room."""

import asyncio
import re
import time
from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner

from bot.chat.discord.permissions import BOT
from bot.cli import app
from tests.adapters.walked import NAMES, TOP, commands, free_port, lay_files, running
from tests.fakes.discord.components import INPUT, LABEL
from tests.fakes.discord.contracts import Json
from tests.fakes.discord.guild import Server
from tests.fakes.discord.people import Person
from tests.fakes.discord.server import FakeDiscord

PAGE = TOP / "docs" / "discord.md"
INVITED = ["invite", "ana@spur.example"]
SAID = {"grade_band": "6-8", "microcredential": "formative-assessment", "share": "yes"}
WORDS = {"subject": "Science", "problem": "Few students answer when I ask an open question."}


async def code_for(link: str) -> str:
    """Step 7, in the browser: the link, *Connect another chat*, *Make a code*."""
    async with httpx2.AsyncClient(base_url=link.partition("/enter")[0]) as browser:
        door = await browser.get(link)
        await browser.post("/enter", data={"csrf": csrf_in(door.text), "token": link.partition("token=")[2]})
        page = await browser.get("/connect")
        assert page.status_code == 200
        shown = (await browser.post("/connect", data={"csrf": csrf_in(page.text)})).text
        found = re.search(r"/cohort connect:([\w-]+)", shown)
        assert found, "the page does not say what to type in Discord"
        return found[1]


def csrf_in(html: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', html)
    assert found
    return found[1]


async def joins(server: Server, person: Person, code: str) -> None:
    """Step 7, in the server: the code, the desk, and the form behind *Join a cohort*."""
    await person.uses("/cohort", server.general, connect=code)
    desk = await person.uses("/cohort", server.general)
    done = await person.presses(desk.shown[-1], "Join a cohort")
    for _ in range(6):
        assert done.modal is not None, done.words
        done = await person.submits(dict(_answers(done.modal["components"])))
        if "Go on" not in done.words:
            return
        done = await person.presses(done.shown[-1], "Go on")


def _answers(components: list[Json]) -> list[tuple[str, object]]:
    boxes = [one["component"] for one in components if one["type"] == LABEL]
    texts = [(box["custom_id"], WORDS.get(box["custom_id"], "")) for box in boxes if box["type"] == INPUT]
    lists = [(box["custom_id"], [SAID[box["custom_id"]]]) for box in boxes if box["custom_id"] in SAID]
    return [*texts, *lists]


async def test_the_page_leads_to_a_first_cohort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lay_files(tmp_path)
    async with FakeDiscord(now=time.time) as discord:
        discord.public = False  # step 1
        server = discord.guild("Spur ISD", allowed=BOT)
        discord.patience = 60.0
        env = {
            "COHORTIUM_DISCORD_TOKEN": discord.token,
            "COHORTIUM_DISCORD_API_BASE": discord.api_base,
            "COHORTIUM_DISCORD_GATEWAY": discord.gateway_url,
            "COHORTIUM_OPEN_BROWSER": "false",
            "COHORTIUM_PORT": free_port(),
        }

        async def do(words: list[str]) -> str:
            result = await asyncio.to_thread(CliRunner().invoke, app, words, env=env)
            assert result.exit_code == 0, f"{words}: {result.output}"
            return result.output

        done = commands(PAGE.read_text("utf-8"))
        start = next(number for number, words in enumerate(done) if words == ["run"])
        assert done[start + 1] == INVITED
        for words in done[:start]:
            await do(words)
        async with running(tmp_path, env, done[start]):
            await discord.until(lambda: len(discord.gateway) > 0 and discord.commands.get(""), "it is running")
            for name in NAMES:
                link = (await do(["invite", f"{name.lower()}@spur.example"])).split()[0]
                await joins(server, server.user(name), await code_for(link))
            for words in done[start + 2 :]:
                await do(words)
            people = [server.user(name) for name in NAMES]

            def together() -> bool:
                return any(all(server.sees(one.id, room.id) for one in people) for room in server.rooms())

            await discord.until(together, "the cohort has its room")
            (room,) = server.rooms()
            assert not server.sees(server.user("Stan Stranger").id, room.id)
