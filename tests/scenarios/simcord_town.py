"""The same cohort in the simulator that discord.py's own parsers are tested with, all in one process."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import discord
import simcord
from simcord.actors import MemberActor
from simcord.backend import serializers
from simcord.results import InteractionResult, ResponseMessage

from bot.app import open_house
from bot.chat.discord.adapter import DiscordChat
from bot.chat.discord.custom_ids import Handles
from bot.chat.discord.hearing.gateway import Client
from bot.chat.discord.hearing.menus import sync
from bot.chat.discord.ids import PLATFORM
from bot.chat.discord.listen import Listener
from bot.chat.discord.permissions import BOT
from bot.chat.words.pieces import Voice
from bot.discord import listener_for
from bot.dispatcher import Dispatcher
from bot.scheduler import Bell
from bot.settings import Settings
from storage import handles
from storage.queues import agenda
from storage.sign_ins import keep_code
from tests.fakes.discord.contracts import Json
from tests.fakes.discord.world import Message, User
from tests.fakes.files import shape_file
from tests.scenarios.chat_town import put_on_roster
from tests.scenarios.discord_member import DiscordMember
from tests.scenarios.discord_town import SERVERS, SITE, _sent, _texts, walk
from tests.scenarios.slack_town import BEGINS, Lived, live, plain_key, plain_states, reviews_of
from tests.scenarios.town import SIX, Clock, Town, _lay, joining


@dataclass
class Done:
    """What came of it, once the listener has nothing left to do."""

    env: simcord.Env
    result: InteractionResult

    @property
    def answered(self) -> int:
        return int(self.result.acknowledged)

    @property
    def modal(self) -> Json | None:
        return self.result.modal

    @property
    def shown(self) -> list[Message]:
        found = [self.result.response, *self.result.followups]
        return [_as_message(self.env, one._message) for one in found if one is not None]

    @property
    def words(self) -> str:
        return "\n".join(one.words for one in self.shown)


@dataclass
class SimPerson:
    """`tests.scenarios.discord_member.Hands` of a member of the simulator."""

    env: simcord.Env
    actor: MemberActor
    channels: Mapping[str, Any]
    listener: Listener
    opened: InteractionResult | None = None

    async def uses(self, command: str, channel: str = "", **options: Any) -> Done:
        return await self._did(await self.actor.slash(self.channels[channel], command.removeprefix("/"), **options))

    async def presses(self, message: Message, what: str) -> Done:
        stored = self.env.backend.get_message(int(message.channel), int(message.id))
        return await self._did(await self.actor.click(ResponseMessage(self.env, stored), custom_id=what))

    async def submits(self, values: Mapping[str, Any]) -> Done:
        assert self.opened is not None, "there is no modal"
        return await self._did(await self.actor.submit_modal(self.opened, dict(values)))

    async def sees(self, found: Done) -> list[Message]:
        return found.shown

    async def fetches(self, file: Json) -> bytes:
        content: bytes = await self.env.bot.http.get_from_cdn(file["url"])
        return content

    def reads_all(self) -> list[Message]:
        stored = [one for kept in self.env.backend.messages.values() for one in kept.values()]
        return [_as_message(self.env, one) for one in stored if _sees(self.env, self.actor.id, one.channel_id)]

    def moment(self, message: Message) -> float:
        return datetime.fromisoformat(message.edited or message.at).timestamp()

    async def _did(self, result: InteractionResult) -> Done:
        await self.listener.stop()
        await self.env.settle()
        self.opened = result if result.modal is not None else None
        return Done(self.env, result)


def _as_message(env: simcord.Env, stored: Any) -> Message:
    told = serializers.message_payload(env.backend, stored)
    author = User(str(told["author"]["id"]), told["author"]["username"])
    found = Message(str(told["id"]), str(told["channel_id"]), author, told["timestamp"], told["content"])
    return replace(found, components=told["components"], attachments=told["attachments"], type=told["type"])


def _sees(env: simcord.Env, user: int, channel: int) -> bool:
    found = env.backend.get_channel(channel)
    if found.guild_id is None:
        return user in found.recipient_ids
    return bool(env.backend.compute_permissions(found.guild_id, user, found.id) & (1 << 10))


class SimTown:
    def __init__(self, env: simcord.Env, town: Town, listener: Listener) -> None:
        self.env, self.inside, self.listener = env, town, listener

    async def tick_to(self, until: datetime) -> None:
        """As the town does, with everything sent that may be sent."""
        while True:
            await self.inside.tick_to(self.inside.clock.now())
            at = await self.inside.house.dispatcher.next_at()
            due = await self.inside.ask(lambda tx: agenda.next_due(tx.connection))
            nearest = min((one for one in (at, due) if one is not None), default=None)
            if nearest is None or nearest > until:
                break
            self.inside.clock.go_to(max(nearest, self.inside.clock.now() + timedelta(milliseconds=1)))
            await self.inside.house.bell.do_due()
            await self.inside.house.dispatcher.deliver_due()
        await self.inside.tick_to(until)


@asynccontextmanager
async def open_sim_town(folder: Path, clock: Clock) -> AsyncIterator[tuple[SimTown, Sequence[DiscordMember]]]:
    settings = Settings(data=folder, public_url=SITE, _env_file=None)  # type: ignore[call-arg]
    assert settings.database_file
    shape_file(settings.database_file)
    ears = list[Listener]()
    client = Client(lambda raw: ears[0].take(raw) if ears else None, "s1")
    async with open_house(settings, clock.now, "OFF") as plain, simcord.run(client, shard_count=1) as env:

        async def keep(kept: Handles) -> None:
            await plain.database.transact(lambda tx: handles.keep(tx.connection, kept))

        chat = DiscordChat(env.bot.http, keep, voice=Voice(site=SITE))
        chats = {**plain.chats, PLATFORM: chat}
        dispatcher = Dispatcher(plain.database, chats, clock.now)
        bell = Bell(plain.database, dispatcher, clock.now)
        house = replace(plain, chats=chats, dispatcher=dispatcher, bell=bell)
        town = Town(house, clock)
        await town.change(_lay)
        await town.settle_in("fay", roles=("teacher", "facilitator", "operator"))
        await town.change(put_on_roster)
        ears.append(listener_for(house, chat, SITE))
        await sync(chat.calls)
        guilds = [_let_in(env, name) for name in SERVERS]
        members = list[DiscordMember]()
        for number, name in enumerate(SIX):
            guild, general = guilds[number % len(guilds)]
            actor = guild.add_member(env.create_user(name))
            person = SimPerson(env, actor, {str(general.id): general}, ears[0])
            member = DiscordMember(house, person, name, str(general.id))
            code, now = f"code of {name}", clock.now()
            await town.change(
                lambda tx, name=name, code=code, now=now: keep_code(tx, name, code, now, now + timedelta(days=1))
            )
            await member.connects(code)
            await member.answer(("join.open", ""), name, joining(avoid=""))
            members.append(member)
        yield SimTown(env, town, ears[0]), members
        await ears[0].stop()


def _let_in(env: simcord.Env, name: str) -> tuple[Any, Any]:
    guild, backend = env.create_guild(name), env.backend
    ours = guild.create_role("Cohortium", permissions=discord.Permissions(BOT))
    backend.guilds[guild.id].members[backend.bot_user.id].role_ids.append(ours.id)
    return guild, guild.create_text_channel("general")


async def live_in_simulator(folder: Path, days: int) -> Lived:
    """Without the packet: the simulator takes files only from discord.py's own form."""
    async with open_sim_town(folder, Clock(BEGINS)) as (town, members):
        await live(town.inside, members, days, town.tick_to)
        states = plain_states(await town.inside.states())
        read = {member.name: dict[str, str]() for member in members}
        for key, spots in (await town.inside.ask(_sent)).items():
            stored = [town.env.backend.get_message(int(channel), int(message)) for channel, message in spots]
            shown = [_as_message(town.env, one) for one in stored]
            for member in members:
                if _sees(town.env, member.person.actor.id, int(spots[0][0])):
                    read[member.name][plain_key(key)] = "\n".join(t for o in shown for t in _texts(walk(o.components)))
        return Lived(read, states, (), await reviews_of(town.inside))
