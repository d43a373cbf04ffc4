"""An unmodified discord.py lives with the fake: it connects, resumes, is turned away, and hears what it may hear."""

import asyncio
import json

import discord
import pytest

from tests.adapters.discord_fake.conftest import INTENTS, Bot, connected
from tests.fakes.discord.gateway import BAD_TOKEN, NOT_ALLOWED
from tests.fakes.discord.server import FakeDiscord


async def test_it_connects_and_knows_its_servers(fake: FakeDiscord) -> None:
    town = fake.guild("Spur ISD")
    town.channel("sotol", hidden=True)
    town.forum("rounds", tags=["open"])
    async with connected(fake) as bot:
        assert [one.name for one in bot.guilds] == ["Spur ISD"]
        assert {one.name for one in bot.guilds[0].channels} == {"general", "sotol", "rounds"}
        assert bot.application_id == int(fake.application)
        assert len(fake.gateway) == 1
    assert fake.gateway.identified == 1


async def test_what_people_write_it_hears_without_the_words_unless_they_are_for_it(fake: FakeDiscord) -> None:
    town = fake.guild("Spur ISD")
    ann = town.user("Ann")
    async with connected(fake) as bot:
        await ann.posts(town.general, "for the room")
        await ann.posts(town.general, f"<@{fake.bot.id}> for you")
        await ann.writes("in private")
        await fake.until(lambda: len(bot.heard) == 3)
        assert bot.heard == ["", f"<@{fake.bot.id}> for you", "in private"]


@pytest.mark.parametrize("end", ["cut", "reconnect", "close", "resumable"])
async def test_after_a_break_it_resumes_and_misses_nothing(fake: FakeDiscord, end: str) -> None:
    ann = fake.guild("Spur ISD").user("Ann")
    async with connected(fake) as bot:
        await ann.writes("one")
        match end:
            case "cut":
                fake.gateway.cut()
            case "reconnect":
                await fake.gateway.reconnect()
            case "close":
                await fake.gateway.close(4000)
            case "resumable":
                await fake.gateway.invalidate(resumable=True)
        await fake.until(lambda: len(fake.gateway) == 0 or fake.gateway.resumed)
        await ann.writes("two")
        fake.patience = 30
        await fake.until(lambda: bot.heard == ["one", "two"])
        assert (fake.gateway.identified, fake.gateway.resumed) == (1, 1)


@pytest.mark.slow
async def test_a_session_that_is_no_more_is_begun_anew(fake: FakeDiscord) -> None:
    ann = fake.guild("Spur ISD").user("Ann")
    async with connected(fake) as bot:
        await fake.gateway.invalidate()
        fake.patience = 30
        await fake.until(lambda: fake.gateway.identified == 2)
        await fake.until(lambda: len(bot.guilds) == 1 and bot.guilds[0].name == "Spur ISD")
        await ann.writes("again")
        await fake.until(lambda: bot.heard == ["again"])


async def test_a_privileged_intent_that_nobody_switched_on_is_refused(fake: FakeDiscord) -> None:
    members = discord.Intents(INTENTS.value | discord.Intents(members=True).value)
    members = discord.Intents(guilds=True, members=True)
    bot = Bot(intents=members)
    with pytest.raises(discord.PrivilegedIntentsRequired):
        await bot.start(fake.token)
    await bot.close()
    assert NOT_ALLOWED == 4014


async def test_a_wrong_token_is_refused(fake: FakeDiscord) -> None:
    bot = Bot()
    with pytest.raises(discord.LoginFailure):
        await bot.start("no.such.token")
    await bot.close()


async def test_a_token_that_dies_ends_the_client(fake: FakeDiscord) -> None:
    bot = Bot()
    task = asyncio.create_task(bot.start(fake.token))
    await fake.until(bot.is_ready)
    await fake.gateway.close(BAD_TOKEN)
    with pytest.raises(discord.ConnectionClosed):
        await asyncio.wait_for(task, 10)
    await bot.close()


async def test_a_malformed_event_ends_a_client_that_nobody_supervises(fake: FakeDiscord) -> None:
    bot = Bot()
    task = asyncio.create_task(bot.start(fake.token))
    await fake.until(bot.is_ready)
    await fake.gateway.raw(json.dumps({"op": 0, "t": "MESSAGE_CREATE", "s": 99, "d": {}}))
    with pytest.raises(KeyError):
        await asyncio.wait_for(task, 10)
    await bot.close()


@pytest.mark.slow
async def test_two_shards_share_the_servers(fake: FakeDiscord) -> None:
    fake.gateway.starts.at_once = 2
    for number in range(6):
        fake.guild(f"School {number}")
        await fake.advance(0.001 * number)
    fake.shards = 2
    bot = discord.AutoShardedClient(intents=INTENTS, guild_ready_timeout=0.05)
    task = asyncio.create_task(bot.start(fake.token))
    fake.patience = 30
    await fake.until(lambda: bot.is_ready() or task.done())
    assert len(bot.guilds) == 6
    assert {one.shard for one in fake.gateway.sessions.values()} == {0, 1}
    await bot.close()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
