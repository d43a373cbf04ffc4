"""A cohort that lives in two Discord servers at once, and the same one in the browser.

Everybody acts by what they see alone: what `/cohort` shows them, its buttons, its modals.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence, Set
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

from bot.app import House, open_house
from bot.chat.discord.ids import PLATFORM, spots_of
from bot.chat.discord.permissions import BOT
from bot.chat.discord.render import render
from bot.chat.words.pieces import Voice
from bot.discord import hearing_discord
from bot.settings import Settings
from cohorts.messages import Message
from storage.sign_ins import keep_code
from storage.transaction import SqlTransaction
from tests.fakes.discord.components import TEXT_DISPLAY
from tests.fakes.discord.server import FakeDiscord
from tests.fakes.discord.world import DIRECT, Channel, walk
from tests.fakes.discord.world import Message as Shown
from tests.fakes.files import shape_file
from tests.scenarios.chat_town import ChatTown, put_on_roster
from tests.scenarios.discord_member import DiscordMember
from tests.scenarios.slack_town import BEGINS, Lived, check_sealed, live, packet_of, plain_key, plain_states, reviews_of
from tests.scenarios.town import SIX, Clock, _lay, joining

SITE = "https://chat.example.org"
SERVERS = ("Spur ISD", "Marfa ISD")
DAY = timedelta(days=1)


class DiscordTown(ChatTown):
    def __init__(self, discord: FakeDiscord, house: House, clock: Clock) -> None:
        super().__init__(discord, house, clock)
        self.discord = discord


@asynccontextmanager
async def open_discord_town(folder: Path, clock: Clock) -> AsyncIterator[DiscordTown]:
    """Two servers have let the app in. Six people are on the roster and not yet known to Discord; fay leads, in the
    browser."""
    async with FakeDiscord(now=lambda: clock.now().timestamp()) as discord:
        settings = settings_for(discord, folder)
        assert settings.database_file
        shape_file(settings.database_file)
        for name in SERVERS:
            discord.guild(name, allowed=BOT)
        async with open_house(settings, clock.now, "OFF") as house:
            town = DiscordTown(discord, house, clock)
            await town.inside.change(_lay)
            await town.inside.settle_in("fay", roles=("teacher", "facilitator", "operator"))
            await town.inside.change(put_on_roster)
            async with hearing_discord(house, settings):
                await discord.until(lambda: discord.gateway and discord.commands.get(""), "nobody listens")
                yield town


def settings_for(discord: FakeDiscord, folder: Path) -> Settings:
    facts = {"discord_token": discord.token, "discord_api_base": discord.api_base}
    facts |= {"discord_gateway": discord.gateway_url, "public_url": SITE}
    return Settings(data=folder, **facts, _env_file=None)  # type: ignore[arg-type, call-arg]


async def come_in(town: DiscordTown, *, persistent: bool) -> Sequence[DiscordMember]:
    """They bring a code from the browser, and join."""
    members = list[DiscordMember]()
    for number, name in enumerate(SIX):
        server = town.discord.guild(SERVERS[number % len(SERVERS)])
        person = server.user(name.title())
        member = DiscordMember(town.house, person, name, server.general, persistent=persistent)
        code, now = f"code of {name}", town.clock.now()
        await town.inside.change(lambda tx, name=name, code=code, now=now: keep_code(tx, name, code, now, now + DAY))
        await member.connects(code)
        await member.answer(("join.open", ""), name, joining(avoid=""))
        members.append(member)
    return members


async def live_in_discord(
    folder: Path, days: int, disturb: Callable[[FakeDiscord], None] | None = None, *, late: int = 0
) -> Lived:
    """`disturb` may plan what goes wrong from when the app is in its servers. So many answers that came too `late` are
    told in direct messages."""
    async with open_discord_town(folder, Clock(BEGINS)) as town:
        if disturb:
            disturb(town.discord)
        members = await come_in(town, persistent=disturb is not None)

        async def pass_to(until: datetime) -> None:
            await check_sealed(town.inside, members)
            await town.tick_to(until)

        await live(town.inside, members, days, pass_to)
        states = plain_states(await town.inside.states())
        packet = await packet_of(members[0])
        return Lived(await read_by(town, members, late), states, packet, await reviews_of(town.inside))


def as_discord(message: Message) -> str:
    """What stands in it to be read in Discord."""
    return "\n".join(_texts(one for body in render(message, Voice(site=SITE)) for one in walk(body["components"])))


def _texts(components: object) -> Sequence[str]:
    return [one["content"] for one in components if one["type"] == TEXT_DISPLAY]  # type: ignore[attr-defined]


async def read_by(town: DiscordTown, members: Sequence[DiscordMember], late: int) -> Mapping[str, Mapping[str, str]]:
    """By person, what they can read, as delivery key → words. Fails where something of ours stands twice."""
    said = await town.inside.ask(_sent)
    found = {member.name: dict[str, str]() for member in members}
    for key, spots in said.items():
        shown = [_at(town.discord, channel, message) for channel, message in spots]
        words = "\n".join(text for one in shown for text in _texts(walk(one.components)))
        for member in members:
            if _sees(town.discord, member, spots[0][0]):
                found[member.name][plain_key(key)] = words
    ours = {message for spots in said.values() for _, message in spots}
    beside = [(one.type == DIRECT, words) for one in every_channel(town.discord) for words in _beside(town, one, ours)]
    assert [direct for direct, _ in beside] == [True] * late, f"said twice: {beside}"
    return found


def _beside(town: DiscordTown, channel: Channel, ours: Set[str]) -> Sequence[str]:
    """What we said there that was no delivery and answered nothing."""
    alone = [one for one in channel.messages.values() if one.author is town.discord.bot and not one.interaction]
    return [one.words for one in alone if one.type in {0, 19} and one.id not in ours]


def _sent(tx: SqlTransaction) -> Mapping[str, Sequence[tuple[str, str]]]:
    asked = "select key, platform_id from outbox where platform = ? and state = 'sent' and verb = 'send'"
    rows = tx.connection.exec_driver_sql(asked, (PLATFORM,))
    return {row[0]: [(spot.channel, spot.message) for spot in spots_of(row[1])] for row in rows if row[1]}


def _at(discord: FakeDiscord, channel: str, message: str) -> Shown:
    found = discord.channel(channel)
    assert found is not None, f"there is no channel {channel}"
    return found.messages[message]


def _sees(discord: FakeDiscord, member: DiscordMember, channel: str) -> bool:
    found = discord.channel(channel)
    assert found is not None
    if found.type == DIRECT:
        return member.name.title() in {one.name for one in found.recipients}
    return any(
        one.sees(discord.person(member.name.title()).id, channel)
        for one in map(discord.guild, SERVERS)
        if channel in one.guild.channels
    )


def every_channel(discord: FakeDiscord) -> Sequence[Channel]:
    return [*discord.directs.values(), *(one for guild in discord.guilds.values() for one in guild.channels.values())]
