"""A whole house that hears Discord over its gateway, by an unmodified discord.py, on a loopback fake."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route
from structlog.testing import capture_logs

from bot.app import House, open_house
from bot.chat.discord.commands import COMMAND
from bot.chat.discord.hearing.gateway import Gateway, point_at
from bot.discord import hearing_discord
from bot.log import configure
from bot.settings import Settings
from cohorts.people.model import Account
from storage.queues import workspaces
from storage.transaction import SqlTransaction
from tests.adapters.discord_hearing.wire import SITE, lay
from tests.fakes.discord.people import Person
from tests.fakes.discord.server import FakeDiscord
from tests.fakes.small_core import START


@pytest.fixture(autouse=True)
def discords_own_addresses() -> Iterator[None]:
    """They are the whole process's."""
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    yield
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway


@dataclass(frozen=True, slots=True)
class Town:
    fake: FakeDiscord
    house: House
    ann: Person
    room: str


def settings_for(fake: FakeDiscord, folder: Path) -> Settings:
    return Settings(
        data=folder,
        public_url=SITE,
        discord_token=fake.token,
        discord_api_base=fake.api_base,
        discord_gateway=fake.gateway_url,
        _env_file=None,
    )  # type: ignore[call-arg]


@asynccontextmanager
async def open_town(folder: Path, now: Callable[[], datetime] = lambda: START) -> AsyncIterator[Town]:
    async with FakeDiscord() as fake:
        server = fake.guild("Presidio ISD")
        ann = server.user("Ann")
        settings = settings_for(fake, folder)

        def know(tx: SqlTransaction) -> None:
            lay(tx, "en")
            account = Account(platform="discord", workspace=server.id, user=ann.id, educator_id="ann")
            tx.people.link_account(account)

        async with open_house(settings, now, "OFF") as house:
            await house.database.transact(know)
            async with hearing_discord(house, settings):
                await fake.until(lambda: len(fake.gateway) > 0, "nobody listens")
                await fake.until(lambda: bool(fake.commands.get("")), "the menus are not there")
                general = next(iter(server.guild.channels))
                yield Town(fake, house, ann, general)


async def desk_of(town: Town) -> str:
    done = await town.ann.uses(f"/{COMMAND}", town.room)
    shown = await town.ann.sees(done)
    assert [one.only_for for one in shown] == [town.ann.id]
    return json.dumps([one.components for one in shown])


async def test_the_command_shows_the_desk_to_whoever_asks_alone(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        assert "Ann" in await desk_of(town)


async def test_a_form_opens_and_is_sent_page_by_page(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        done = await town.ann.uses("/cohort", town.room)
        (desk,) = await town.ann.sees(done)
        await town.ann.presses(desk, "Join a cohort")
        known = {"microcredential": "formative-assessment", "grade_band": "6-8", "subject": "Science"}
        known |= {"share": "yes", "problem": "Few students answer when I ask an open question."}
        while town.ann.modal is not None:
            boxes = [one["component"]["custom_id"] for one in town.ann.modal["components"] if "component" in one]
            answered = await town.ann.submits({box: known[box] for box in boxes if box in known})
            shown = await town.ann.sees(answered)
            if "Go on" in json.dumps(shown[0].components):
                await town.ann.presses(shown[0], "Go on")
        interests = await town.house.database.read(lambda tx: tx.interests.of("ann"))
        assert [one.status for one in interests] == ["waiting"]


async def test_words_to_us_are_answered_under_them(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        said = await town.ann.writes("what is next?")
        await town.fake.until(lambda: len(town.ann.reads(town.ann.direct)) == 2, "no answer")
        answer = town.ann.reads(town.ann.direct)[-1]
        assert answer.reference["message_id"] == said.id


@pytest.mark.parametrize(
    "broken",
    [
        {"op": 0, "t": "MESSAGE_CREATE", "d": {"id": "no"}},
        {"op": 0, "t": "GUILD_CREATE", "d": {"channels": 3}},
        {"op": 0, "t": "CHANNEL_UPDATE", "d": []},
        {"op": 0, "t": "INTERACTION_CREATE", "d": {"type": {}}},
        {"op": 0, "t": "GUILD_MEMBER_UPDATE", "d": None},
    ],
)
async def test_an_event_that_makes_no_sense_ends_nothing(tmp_path: Path, broken: dict[str, object]) -> None:
    async with open_town(tmp_path) as town:
        await town.fake.gateway.raw(json.dumps({**broken, "s": 900}))
        before = town.fake.gateway.starts.left
        assert "Ann" in await desk_of(town)
        assert town.fake.gateway.starts.left == before


@pytest.mark.slow
async def test_what_is_no_json_ends_the_client_and_the_next_one_listens(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        await town.fake.gateway.raw("{")
        await town.fake.until(lambda: len(town.fake.gateway) == 0, "it lives on")
        await town.fake.until(lambda: len(town.fake.gateway) == 1, "nobody listens any more")
        assert "Ann" in await desk_of(town)


async def test_menus_are_brought_once(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        put = "PUT /applications/{application_id}/commands"
        assert len(town.fake.called(put)) == 1
        async with hearing_discord(town.house, settings_for(town.fake, tmp_path)):
            await town.fake.until(
                lambda: len(town.fake.called("GET /applications/{application_id}/commands")) == 2, "not asked"
            )
        assert len(town.fake.called(put)) == 1


async def test_a_line_that_is_cut_is_taken_up_where_it_was(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        left = town.fake.gateway.starts.left
        await town.fake.gateway.reconnect()
        await town.ann.writes("what is next?")
        await town.fake.until(lambda: len(town.ann.reads(town.ann.direct)) == 2, "what was said meanwhile is lost")
        assert town.fake.gateway.starts.left == left


@pytest.mark.slow
async def test_a_session_that_is_no_more_is_begun_anew(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        left = town.fake.gateway.starts.left
        await town.fake.gateway.invalidate()
        await town.fake.until(lambda: town.fake.gateway.starts.left == left - 1 and len(town.fake.gateway) == 1, "gone")
        assert "Ann" in await desk_of(town)


async def test_a_server_that_lets_us_out_and_in_again_is_held_meanwhile(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        guild = next(iter(town.fake.guilds.values()))
        town.fake.part(guild)
        await comes_to(town, [guild.id])
        town.fake.invite(guild)
        await comes_to(town, [])


async def comes_to(town: Town, wanted: list[str]) -> None:
    """Waits until these are the servers that we have lost."""
    for _ in range(2000):
        found = await town.house.database.read(lambda tx: workspaces.lost(tx.connection))
        if [one.workspace for one in found] == wanted:
            return
        await asyncio.sleep(0.002)
    raise AssertionError(f"it never comes to {wanted}")


async def test_at_its_most_talkative_the_log_repeats_neither_words_nor_the_token(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(Settings(_env_file=None, log="json", log_level="debug"))  # type: ignore[call-arg]
    async with open_town(tmp_path) as town:
        await town.ann.writes("Maria Lopez cried today")
        await town.fake.until(lambda: len(town.ann.reads(town.ann.direct)) == 2, "no answer")
        await desk_of(town)
        await town.fake.gateway.raw('{"op": 0, "t": "MESSAGE_CREATE", "s": 90, "d": {"content": "Maria", "id": 1}}')
        await desk_of(town)
        token = town.fake.token
    told = capsys.readouterr()
    ours = [line for line in (told.err + told.out).splitlines() if "aiohttp.access" not in line]  # that is the fake's
    assert any("discord" in line for line in ours)
    assert not [word for word in ("Maria", "cried", token, "interaction.") if any(word in line for line in ours)]


def alone(fake: FakeDiscord) -> tuple[Gateway, list[str]]:
    """A gateway of its own that rests for no time, and the kinds of what it hears."""
    heard = list[str]()
    point_at(fake.api_base, fake.gateway_url)
    return Gateway(fake.token, lambda raw: heard.append(str(dict(raw)["t"])), "s1", rest=(0.0,)), heard  # type: ignore[call-overload]


async def test_where_trying_again_cannot_help_it_says_so_and_ends() -> None:
    async with FakeDiscord() as fake:
        gateway, _ = alone(fake)
        with capture_logs() as lines:
            await gateway.start()
            await fake.until(lambda: len(fake.gateway) == 1, "nobody listens")
            await fake.gateway.close(4004)
            await fake.until(lambda: any(one["event"] == "discord_not_heard" for one in lines), "it tries for ever")
            await gateway.stop()
        assert "doctor discord" in next(one["why"] for one in lines if one["event"] == "discord_not_heard")
        assert fake.gateway.identified == 1


@pytest.mark.slow
async def test_where_discord_asks_for_more_lines_it_opens_them() -> None:
    async with FakeDiscord() as fake:
        for name in ("Presidio ISD", "Marfa ISD", "Fabens ISD"):
            fake.guild(name)
        fake.shards = 2
        gateway, heard = alone(fake)
        await gateway.start()
        await fake.until(lambda: len(fake.gateway) == 2, "there is one line")
        await fake.until(lambda: heard.count("GUILD_CREATE") == 3, "not every server is heard")
        await gateway.stop()


async def test_when_introductions_are_used_up_it_waits() -> None:
    async with FakeDiscord() as fake:
        fake.gateway.starts.left = 3
        gateway, heard = alone(fake)
        with capture_logs() as lines:
            await gateway.start()
            await fake.until(
                lambda: any(one["event"] == "discord_introductions_used_up" for one in lines), "it goes on"
            )
            await gateway.stop()
        assert heard == []
        assert fake.gateway.starts.left == 3
