"""Discord: what it costs that no interaction is answered before it is kept, and how close to its limits we send.

The peer is a discord.py command that answers with a line and keeps nothing, behind a fake Discord of the same kind.
"""

import asyncio
import statistics
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot import clock
from bot.chat.discord.adapter import DiscordChat
from bot.chat.discord.api.http import Http
from bot.chat.discord.custom_ids import Handles
from bot.chat.discord.ids import PLATFORM
from bot.chat.discord.permissions import BOT
from bot.dispatcher import Dispatcher
from bot.serve import free_port
from cohorts.messages import Message
from cohorts.people.model import Account, Educator, Lea
from cohorts.ports import Delivery
from storage.database import Database
from storage.queues.conversations import keep_conversation
from storage.rows import find_rows
from storage.tables import InboxRow
from storage.transaction import SqlTransaction
from tests.fakes.discord.guild import Server
from tests.fakes.discord.people import Person
from tests.fakes.discord.server import FakeDiscord

from .measuring import ROUNDS, Row, over, run_over, told

PEOPLE, AT_ONCE, EACH_ROUND = 100, 16, 500
GUILDS, CHANNELS, MESSAGES = 5, 100, 20
"""10,000 messages into 500 channels of 5 servers."""
A_SECOND, IN_CHANNEL, WINDOW = 50, 5, 5.0
"""What Discord documents for a bot, and what its headers have been seen to say of a channel, in so many seconds."""
TOP = Path(__file__).parents[2]
INTENTS = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)


@dataclass
class Asked:
    """Seconds of a round, and of each command until its answer."""

    took: float
    waits: Sequence[float]

    @property
    def a_second(self) -> float:
        return len(self.waits) / self.took

    @property
    def slowest(self) -> float:
        return sorted(self.waits)[int(len(self.waits) * 0.99) - 1]


def clocked() -> FakeDiscord:
    """On the real clock, ours and the peer's."""
    return FakeDiscord(check=False, now=lambda: clock.now().timestamp())


def lay(tx: SqlTransaction, guild: str, people: Sequence[Person]) -> None:
    tx.people.save_lea(Lea(id="4800001", name="Spur ISD", state="TX", zone="America/Chicago"))
    for number, person in enumerate(people):
        name = f"p{number}"
        tx.people.save_educator(Educator(id=name, given_name=name, family_name="Lee", email=name, lea_id="4800001"))
        tx.people.link_account(Account(platform=PLATFORM, workspace=guild, user=person.id, educator_id=name))


class Bare(discord.Client):
    """The peer: discord.py as anybody uses it."""

    def __init__(self) -> None:
        super().__init__(intents=INTENTS)
        self.tree = app_commands.CommandTree(self)

        @self.tree.command(name="cohort", description="Opens your cohort.")
        async def cohort(interaction: discord.Interaction, show: str = "") -> None:
            await interaction.response.send_message("This is what I do.", ephemeral=True)

    async def setup_hook(self) -> None:
        await self.tree.sync()


async def bare(base: str, gateway: str, token: str) -> None:
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, yarl.URL(gateway)
    await Bare().start(token)


@asynccontextmanager
async def process(words: Sequence[str], folder: Path, env: Mapping[str, str], fake: FakeDiscord) -> AsyncIterator[None]:
    """A process of its own, from when it listens until it is ended."""
    known = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(TOP), "PYTHONWARNINGS": "ignore", **env}
    quiet = asyncio.subprocess.DEVNULL
    made = await asyncio.create_subprocess_exec(
        sys.executable, *words, cwd=folder, env=known, stdout=quiet, stderr=quiet
    )
    try:
        await fake.until(lambda: len(fake.gateway) > 0 and fake.commands.get(""), "nobody listens")
        yield
    finally:
        made.terminate()
        await made.wait()


async def ask(people: Sequence[Person], channel: str) -> Asked:
    """So many commands at once, one after the other; each is answered."""
    waits = list[float]()

    async def one_by_one(mine: Sequence[Person]) -> None:
        for person in mine:
            begun = perf_counter()
            done = await person.uses("/cohort", channel, show="help")
            assert done.answered, "everything is answered"
            waits.append(perf_counter() - begun)

    turns = [people[number % PEOPLE] for number in range(EACH_ROUND)]
    begun = perf_counter()
    await asyncio.gather(*(one_by_one(turns[number::AT_ONCE]) for number in range(AT_ONCE)))
    return Asked(perf_counter() - begun, waits)


async def beside_the_peer(folder: Path) -> tuple[Sequence[Asked], Sequence[Asked], int]:
    """Our rounds, the peer's, and how many of ours were not kept."""
    ours, theirs = list[Asked](), list[Asked]()
    async with clocked() as mine, clocked() as other:
        here, there = mine.guild("Spur ISD", allowed=BOT), other.guild("Spur ISD")
        for fake in (mine, other):
            fake.patience = 60.0
        people = [here.user(f"P{number}") for number in range(PEOPLE)]
        strangers = [there.user(f"P{number}") for number in range(PEOPLE)]
        await over(folder, lambda database: database.transact(lay, here.id, people))
        env = {"COHORTIUM_DATA": str(folder), "COHORTIUM_PORT": str(free_port("127.0.0.1", 18_950))}
        env |= {"COHORTIUM_OPEN_BROWSER": "false", "COHORTIUM_DISCORD_TOKEN": mine.token}
        env |= {"COHORTIUM_DISCORD_API_BASE": mine.api_base, "COHORTIUM_DISCORD_GATEWAY": mine.gateway_url}
        peer = ("-m", "tests.bench.discord", other.api_base, other.gateway_url, other.token)
        async with process(("-m", "bot", "run"), folder, env, mine), process(peer, folder, {}, other):
            for round_ in range(ROUNDS + 1):
                kept, bare_ = await ask(people, here.general), await ask(strangers, there.general)
                if round_:  # what is loaded only once was loaded in the first
                    ours.append(kept)
                    theirs.append(bare_)
    kept_rows = await over(folder, partial(_kept, here.id))
    return ours, theirs, (ROUNDS + 1) * EACH_ROUND - kept_rows


async def _kept(guild: str, database: Database) -> int:
    return await database.read(lambda tx: len(find_rows(tx.connection, InboxRow, source=f"{PLATFORM}/{guild}")))


def enqueue(tx: SqlTransaction, servers: Sequence[Server], rooms: Sequence[Sequence[str]], at: datetime) -> None:
    for number in range(MESSAGES):
        for server, channels in zip(servers, rooms, strict=True):
            for room, channel in enumerate(channels):
                keep_conversation(tx.connection, PLATFORM, server.id, f"cohort:{room}", channel)
                key = f"{server.id}/{room}/{number}"
                facts = {"platform": PLATFORM, "workspace": server.id, "conversation": f"cohort:{room}"}
                message = Message(text=f"{number}")
                tx.outbox.enqueue(Delivery(key=key, message=message, purpose="reply", not_before=at, **facts), at)


async def sent(database: Database) -> tuple[float, int]:
    """Seconds until all of them stand there, in order and once, and how often Discord said "too fast"."""

    async def keep(_handles: Handles) -> None:
        """No button of these is about anything."""

    async with clocked() as fake:
        fake.buckets.on = True
        servers = [fake.guild(f"School {number}", allowed=BOT) for number in range(GUILDS)]
        rooms = [[server.channel(f"room-{number}") for number in range(CHANNELS)] for server in servers]
        await database.transact(enqueue, servers, rooms, clock.now())
        http = Http(fake.token, fake.api_base)
        dispatcher = Dispatcher(database, {PLATFORM: DiscordChat(http, keep)}, clock.now)
        begun = perf_counter()
        await dispatcher.deliver_due()
        while at := await dispatcher.next_at():
            await asyncio.sleep(max(0.0, (at - clock.now()).total_seconds()))
            await dispatcher.deliver_due()
        took = perf_counter() - begun
        await http.close()
        for server, channels in zip(servers, rooms, strict=True):
            for channel in channels:
                said = [one.words for one in server.messages(channel)]
                assert said == [str(number) for number in range(MESSAGES)], Counter(said)
        return took, fake.buckets.told


def least() -> float:
    """Seconds that nobody who keeps Discord's limits can beat."""
    in_channel = WINDOW * (-(-MESSAGES // IN_CHANNEL) - 1)
    return max(in_channel, (GUILDS * CHANNELS * MESSAGES - A_SECOND) / A_SECOND)


def rows() -> Iterator[Row]:
    with TemporaryDirectory() as folder:
        ours, theirs, lost = asyncio.run(beside_the_peer(Path(folder)))
    most, peer = (statistics.median(one.a_second for one in found) for found in (ours, theirs))
    what = f"commands kept and answered a second, {AT_ONCE} at once"
    yield Row(what, f"{most:,.0f}", f"discord.py that keeps nothing: {peer:,.0f}", most / peer, least=0.6)
    late, soon = (statistics.median(one.slowest for one in found) for found in (ours, theirs))
    yield Row("until the answer, the slowest in a hundred", told(late), f"the same: {told(soon)}", late / soon)
    yield Row("of all those, not kept", f"{lost}", "0", float(lost), most=0)
    with TemporaryDirectory() as folder:
        took, refused = run_over(Path(folder), sent)
    what = f"{GUILDS * CHANNELS * MESSAGES:,} messages into {GUILDS * CHANNELS} channels of {GUILDS} servers"
    yield Row(what, told(took), f"the least that the limits allow: {told(least())}", took / least(), most=1.05)
    yield Row("of those, refused as too fast", f"{refused}", "0", float(refused), most=0)


if __name__ == "__main__":
    asyncio.run(bare(*sys.argv[1:4]))
