"""Where an operator has named the servers, one that somebody brings us into by themselves shows nobody anything."""

import asyncio
from datetime import timedelta
from pathlib import Path

from bot.app import open_house
from bot.chat.discord.permissions import BOT
from bot.discord import hearing_discord
from cohorts.messages import Message
from cohorts.people.model import Account, Educator, Lea
from cohorts.usecases.tell import Note, tell
from storage.queues import workspaces
from storage.sign_ins import keep_code
from storage.transaction import SqlTransaction
from tests.fakes.discord.server import FakeDiscord
from tests.scenarios.discord_town import settings_for
from tests.scenarios.slack_town import BEGINS
from tests.scenarios.town import Clock

DAY = timedelta(days=1)


def lay(tx: SqlTransaction) -> None:
    tx.people.save_lea(Lea(id="4800001", name="Presidio", state="TX", zone="America/Chicago"))
    tx.people.save_educator(Educator(id="ann", given_name="Ann", family_name="Lee", email="a@x.org", lea_id="4800001"))


async def test_a_server_that_is_not_named_is_neither_heard_nor_written_to(tmp_path: Path) -> None:
    clock = Clock(BEGINS)
    async with FakeDiscord(now=lambda: clock.now().timestamp()) as discord:
        ours, other = discord.guild("Presidio ISD", allowed=BOT), discord.guild("Ann's own", allowed=BOT)
        settings = settings_for(discord, tmp_path).model_copy(update={"discord_servers": f"{ours.id}, 700"})
        async with open_house(settings, clock.now, "OFF") as house, hearing_discord(house, settings):
            await discord.until(lambda: discord.gateway and discord.commands.get(""))
            await house.database.transact(lay)
            await house.database.transact(lambda tx: keep_code(tx, "ann", "code", clock.now(), clock.now() + DAY))
            outside, inside = other.user("Ann"), ours.user("Ann")
            refused = await outside.uses("/cohort", other.general, connect="code")
            assert "does not work in this server" in refused.words
            assert refused.shown[0].only_for == outside.id
            assert await house.database.read(lambda tx: tx.people.accounts("ann")) == []
            taken = await inside.uses("/cohort", ours.general, connect="code")
            assert "does not work" not in taken.words
            (account,) = await house.database.read(lambda tx: tx.people.accounts("ann"))
            assert account.workspace == ours.id


async def test_what_was_meant_for_a_server_that_is_named_no_more_is_held(tmp_path: Path) -> None:
    clock = Clock(BEGINS)
    async with FakeDiscord(now=lambda: clock.now().timestamp()) as discord:
        other = discord.guild("Once ours", allowed=BOT)
        ann = other.user("Ann")
        settings = settings_for(discord, tmp_path)

        def say(tx: SqlTransaction) -> None:
            lay(tx)
            tx.people.link_account(Account(platform="discord", workspace=other.id, user=ann.id, educator_id="ann"))
            tell(tx, "ann", Note(key="hello", message=Message(text="Hello")), clock.now())

        named = settings.model_copy(update={"discord_servers": "700"})
        async with open_house(named, clock.now, "OFF") as house, hearing_discord(house, named):
            await house.database.transact(say)
            await discord.until(lambda: discord.gateway and discord.commands.get(""))
            await house.dispatcher.deliver_due()
            assert discord.direct(ann.user).messages == {}
            assert await house.database.with_connection(workspaces.lost)
        async with open_house(settings, clock.now, "OFF") as house, hearing_discord(house, settings):
            await discord.until(lambda: discord.gateway and discord.commands.get(""))
            for minute in range(2_000):
                if discord.direct(ann.user).messages:
                    break
                clock.go_to(clock.now() + timedelta(seconds=minute))
                await house.dispatcher.deliver_due()
                await asyncio.sleep(0.005)
            assert [one.words for one in discord.direct(ann.user).messages.values()] == ["Hello"]
