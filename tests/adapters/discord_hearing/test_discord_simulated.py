"""A house hears through discord.py's own parsers and answers, in the simulator that bots are tested with."""

from pathlib import Path

import simcord

from bot.app import open_house
from bot.chat.discord.adapter import DiscordChat
from bot.chat.discord.commands import ASK, COMMAND, KEEP
from bot.chat.discord.hearing.gateway import Client
from bot.chat.discord.hearing.menus import sync
from bot.chat.discord.listen import Listener
from bot.discord import listener_for
from bot.settings import Settings
from cohorts.people.model import Account
from storage.transaction import SqlTransaction
from tests.adapters.discord_hearing.wire import SITE, lay
from tests.fakes.small_core import START


async def test_the_command_shows_the_desk_and_its_button_a_form(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, public_url=SITE, _env_file=None)  # type: ignore[call-arg]
    ears = list[Listener]()
    client = Client(lambda raw: ears[0].take(raw) if ears else None, "s1")
    async with open_house(settings, lambda: START, "OFF") as house, simcord.run(client, shard_count=1) as env:
        guild = env.create_guild()
        channel = guild.create_text_channel("general")
        ann = guild.add_member(env.create_user("ann"))

        def know(tx: SqlTransaction) -> None:
            lay(tx, "en")
            account = Account(platform="discord", workspace=str(guild.id), user=str(ann.id), educator_id="ann")
            tx.people.link_account(account)

        async def keep(_handles: object) -> None: ...

        await house.database.transact(know)
        chat = DiscordChat(env.bot.http, keep)
        ears.append(listener_for(house, chat, SITE))
        assert await sync(chat.calls)
        assert not await sync(chat.calls)
        assert {
            one["name"] for one in await chat.calls.call("GET", f"/applications/{client.application_id}/commands")
        } == {
            COMMAND,
            KEEP,
            ASK,
        }
        shown = await ann.slash(channel, COMMAND)
        await ears[0].stop()
        assert shown.ephemeral
        asked = await ann.click(shown.response, label="Join a cohort")
        await ears[0].stop()
        assert asked.modal is not None
