"""`cohortium doctor discord` and `cohortium discord`: what Discord says of us, and what to click where it says no."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from discord import Permissions
from typer.testing import CliRunner

from bot.chat.discord.inviting import WHY, invitation, named
from bot.chat.discord.permissions import BOT, ROOMS
from bot.cli import app
from bot.cli._checks_discord import check_discord
from bot.settings import Settings
from storage.database import open_database
from storage.migrate import upgrade
from storage.queues.conversations import keep_conversation
from tests.fakes.discord.faults import ServerError
from tests.fakes.discord.server import FakeDiscord


@pytest.fixture
async def fake() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as found:
        found.public = False
        yield found


def settings_for(fake: FakeDiscord, folder: Path, **changes: str) -> Settings:
    values = {"discord_token": fake.token, "discord_api_base": fake.api_base, **changes}
    return Settings(data=folder, **values, _env_file=None)  # type: ignore[call-arg, arg-type]


async def examine(settings: Settings) -> dict[str, tuple[str, str]]:
    """Finding → its state and everything it says."""
    found = [one async for one in check_discord(settings)]
    assert all(one.mend for one in found if one.state != "ok")
    return {one.name.removeprefix("Discord "): (one.state, f"{one.what} {one.mend}") for one in found}


async def run(fake: FakeDiscord, folder: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COHORTIUM_DATA", str(folder))
    monkeypatch.setenv("COHORTIUM_DISCORD_TOKEN", fake.token)
    monkeypatch.setenv("COHORTIUM_DISCORD_API_BASE", fake.api_base)
    result = await asyncio.to_thread(CliRunner().invoke, app, list(words))
    assert result.exit_code == 0, result.output
    return result.output


async def test_all_is_well(fake: FakeDiscord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake.guild("Presidio ISD", allowed=BOT)
    assert "Brought to Discord" in await run(fake, tmp_path, monkeypatch, "discord", "menus")
    assert "there already" in await run(fake, tmp_path, monkeypatch, "discord", "menus")
    found = await examine(settings_for(fake, tmp_path))
    names = ("token", "intents", "way in", "app", "gateway", "servers", "menus", "rooms")
    assert {name: state for name, (state, _) in found.items()} == dict.fromkeys(names, "ok")


async def test_menus_that_are_not_there_and_no_server_are_told(fake: FakeDiscord, tmp_path: Path) -> None:
    found = await examine(settings_for(fake, tmp_path))
    assert found["menus"][0] == "warn"
    assert found["servers"][0] == "warn"
    assert invitation(fake.application) in found["servers"][1]


async def test_what_a_server_does_not_allow_is_named(fake: FakeDiscord, tmp_path: Path) -> None:
    lacking = BOT & ~Permissions(manage_roles=True, attach_files=True).value
    town = fake.guild("Presidio ISD", allowed=lacking)
    town.guild.roles[town.id].permissions = 0
    state, said = (await examine(settings_for(fake, tmp_path)))["servers"]
    assert state == "error"
    assert f"Presidio ISD ({town.id}): attach files, manage roles" in said
    assert f"guild_id={town.id}" in said


async def test_a_server_of_before_there_were_meetings_lacks_those_alone(fake: FakeDiscord, tmp_path: Path) -> None:
    town = fake.guild("Presidio ISD", allowed=ROOMS)
    town.guild.roles[town.id].permissions = 0
    state, said = (await examine(settings_for(fake, tmp_path)))["servers"]
    assert state == "warn"
    assert all(what in said for what in ("connect", "speak", "create events"))
    assert f"guild_id={town.id}" in said


async def test_a_token_that_discord_does_not_take(fake: FakeDiscord, tmp_path: Path) -> None:
    found = await examine(settings_for(fake, tmp_path, discord_token="not.the.token"))
    assert [(name, state) for name, (state, _) in found.items()] == [("token", "error")]
    found = await examine(settings_for(fake, tmp_path, discord_token=""))
    assert [(name, state) for name, (state, _) in found.items()] == [("token", "error")]
    fake.take_violations()


async def test_discord_that_is_away(fake: FakeDiscord, tmp_path: Path) -> None:
    base = "http://127.0.0.1:9/api/v10"
    found = await examine(settings_for(fake, tmp_path, discord_api_base=base))
    assert [(name, state) for name, (state, _) in found.items()] == [("connection", "error")]


async def test_one_question_that_fails_keeps_no_other_from_being_asked(fake: FakeDiscord, tmp_path: Path) -> None:
    fake.faults.add(ServerError(), "GET /users/@me/guilds")
    found = await examine(settings_for(fake, tmp_path))
    assert found["servers"][0] == "error"
    assert {"gateway", "menus", "rooms"} <= found.keys()


async def test_privileged_intents_that_are_on_are_not_needed(tmp_path: Path) -> None:
    async with FakeDiscord(privileged=1 << 15) as fake:
        fake.public = False
        state, said = (await examine(settings_for(fake, tmp_path)))["intents"]
        assert (state, "message content" in said) == ("warn", True)


@pytest.mark.parametrize("kind", ["thread", "existing"])
async def test_the_channel_that_rooms_are_made_in_is_looked_at(fake: FakeDiscord, tmp_path: Path, kind: str) -> None:
    town = fake.guild("Presidio ISD", allowed=BOT)
    private = town.channel("staff-room", hidden=True)
    for channel, wanted in ((private, "ok"), ("999", "error"), (town.id, "error")):
        state, said = (await examine(settings_for(fake, tmp_path, discord_rooms=f"{kind}:{channel}")))["rooms"]
        assert (channel, state) == (channel, wanted)
        assert ("COHORTIUM_DISCORD_ROOMS" in said) == (wanted == "error")


async def test_an_existing_channel_that_everybody_sees_is_told(fake: FakeDiscord, tmp_path: Path) -> None:
    town = fake.guild("Presidio ISD", allowed=BOT)
    state, said = (await examine(settings_for(fake, tmp_path, discord_rooms=f"existing:{town.general}")))["rooms"]
    assert (state, town.general in said, "Private Channel" in said) == ("error", True, True)
    state, _ = (await examine(settings_for(fake, tmp_path, discord_rooms=f"thread:{town.general}")))["rooms"]
    assert state == "ok"
    town.guild.roles[town.id].permissions = 0
    state, _ = (await examine(settings_for(fake, tmp_path, discord_rooms=f"existing:{town.general}")))["rooms"]
    assert state == "ok", "where nobody sees a channel by being there, nothing has to be shut"


async def test_an_app_that_anybody_may_bring_in_says_what_to_click(fake: FakeDiscord, tmp_path: Path) -> None:
    fake.public = True
    state, said = (await examine(settings_for(fake, tmp_path)))["app"]
    assert (state, "Install Link: None" in said, "Public Bot: off" in said) == ("warn", True, True)
    town = fake.guild("Presidio ISD", allowed=BOT)
    state, _ = (await examine(settings_for(fake, tmp_path, discord_servers=town.id)))["app"]
    assert state == "ok"


async def test_a_server_that_is_not_one_of_ours_is_named(fake: FakeDiscord, tmp_path: Path) -> None:
    town, other = fake.guild("Presidio ISD", allowed=BOT), fake.guild("Somebody's own", allowed=BOT)
    state, said = (await examine(settings_for(fake, tmp_path, discord_servers=f"{town.id}, 700")))["servers"]
    assert (state, other.id in said, town.id in said) == ("warn", True, False)
    state, _ = (await examine(settings_for(fake, tmp_path, discord_servers=f"{town.id},{other.id}")))["servers"]
    assert state == "ok"


async def test_a_room_that_is_closed_to_us_is_named(fake: FakeDiscord, tmp_path: Path) -> None:
    town = fake.guild("Presidio ISD", allowed=BOT)
    settings = settings_for(fake, tmp_path)
    database = open_database(settings.database_url)
    await database.with_connection(upgrade)
    private = town.channel("staff-room", hidden=True)
    for number, room in enumerate((private, "999")):
        await database.transact(
            lambda tx, number=number, room=room: keep_conversation(
                tx.connection, "discord", town.id, f"cohort:{number}", room
            )
        )
    await database.close()
    state, said = (await examine(settings))["rooms"]
    assert (state, "999" in said, private in said) == ("error", True, False)


async def test_the_invitation_asks_for_what_is_needed_and_no_more(
    fake: FakeDiscord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = await run(fake, tmp_path, monkeypatch, "discord", "invite", "--server", "700", "--why")
    address, *why = told.strip().splitlines()
    asked = {name: value for name, (value,) in parse_qs(urlsplit(address).query).items()}
    assert asked["client_id"] == fake.application
    assert asked["guild_id"] == "700"
    assert asked["scope"] == "bot applications.commands"
    assert int(asked["permissions"]) == BOT
    assert not Permissions(BOT).administrator
    assert set(named(BOT)) == {name.replace("_", " ") for name in WHY}
    assert len(why) >= len(WHY)


def test_the_page_has_every_permission_with_what_for() -> None:
    page = (Path(__file__).parents[3] / "docs" / "discord.md").read_text("utf-8")
    rows = re.findall(r"^\| ([A-Z][A-Za-z ]+) \| (.+) \|$", page, re.MULTILINE)
    told = [(name, what) for name, what in rows if name not in {"Permission", "Value"}]
    assert told == [(name.replace("_", " ").title(), what) for name, what in WHY.items()]
