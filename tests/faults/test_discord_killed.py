"""kill -9 of `cohortium run` while it speaks to Discord: it comes back to where it was, old buttons still answer, and a
thread that slept meanwhile is woken."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import open_house
from bot.chat.discord.permissions import BOT
from bot.clock import now
from bot.demo.network import demo_catalogue
from bot.serve import free_port
from bot.settings import Settings
from cohorts.meeting.model import Meeting
from cohorts.messages import Button, Buttons, Message, Section
from cohorts.people.model import Account, Cohort, Educator, Lea, Member
from cohorts.ports import Delivery
from cohorts.usecases.meet_tell import show_event
from cohorts.usecases.tell import open_rooms
from storage.queues import outbox
from storage.transaction import SqlTransaction
from tests.fakes.discord.faults import Lost
from tests.fakes.discord.server import FakeDiscord
from tests.fakes.discord.world import VOICE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]

TOP = Path(__file__).parents[2]
SAID = [f"Message {number}" for number in range(8)]
KILLED_AFTER = (1, 3, 5)
"""Messages of ours in the room when the process is killed."""
LONG = "a value far too long for the hundred letters that Discord gives back when a button is pressed " * 2
CREATE = "POST /channels/{channel_id}/messages"
CHANNEL, EVENT = "POST /guilds/{guild_id}/channels", "POST /guilds/{guild_id}/scheduled-events"


def lay(tx: SqlTransaction, guild: str, user: str) -> None:
    """A cohort whose room is still to be opened, and what is to be said in it."""
    tx.people.save_lea(Lea(id="4800001", name="Presidio", state="TX", zone="America/Chicago"))
    tx.people.save_educator(Educator(id="ann", given_name="Ann", family_name="Lee", email="a@x.org", lea_id="4800001"))
    tx.people.link_account(Account(platform="discord", workspace=guild, user=user, educator_id="ann"))
    for one in demo_catalogue():
        tx.catalogue.save(one)
    facts = {"id": "sotol", "name": "Sotol", "microcredential_id": "formative-assessment", "language": "en"}
    cohort = Cohort(**facts, facilitator_id="", members=(Member(educator_id="ann"),), formed_at=now())
    tx.cohorts.save(cohort)
    open_rooms(tx, cohort, "topic", now())
    for text in SAID:
        say(tx, guild, text)
    say(tx, guild, "In the thread", SAID[0])


def say(tx: SqlTransaction, guild: str, text: str, thread: str = "") -> None:
    doors = (Button(label="Evidence", action="evidence.open"), Button(label="Long", action="evidence.open", value=LONG))
    facts = {"platform": "discord", "workspace": guild, "conversation": "cohort:sotol", "purpose": "reply"}
    message = Message(text=text, blocks=(Section(text=text), Buttons(items=doors)))
    tx.outbox.enqueue(Delivery(key=text, message=message, thread=thread, not_before=now(), **facts), now())


@asynccontextmanager
async def running(folder: Path, env: Mapping[str, str]) -> AsyncIterator[None]:
    """Until the block ends; then it is killed, in whatever it is doing."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("COHORTIUM_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", cwd=folder, env={**known, "PYTHONPATH": str(TOP), **env}
    )
    try:
        yield
    finally:
        process.kill()
        await process.wait()


async def test_killed_while_it_speaks_it_goes_on_and_answers_old_buttons(tmp_path: Path) -> None:
    async with FakeDiscord(now=time.time) as discord:
        server = discord.guild("Spur ISD", allowed=BOT)
        ann = server.user("Ann")
        discord.patience = 100
        env = environment(discord, tmp_path)
        settings = Settings(data=tmp_path, _env_file=None)  # type: ignore[call-arg]
        async with open_house(settings, now) as house:
            await house.database.transact(lay, server.id, ann.id)

        def said() -> list[str]:
            found = [one for room in server.rooms() for one in server.messages(room.id)]
            return [text for one in found for text in SAID if text in one.words]

        def threaded() -> list[str]:
            threads = [one for room in server.rooms() for one in server.threads(room.id)]
            return [one.words.partition("\n")[0] for thread in threads for one in server.messages(thread.id)]

        for count in KILLED_AFTER:
            left = discord.faults.left
            discord.faults.add(Lost(), CREATE, skip=max(1, count - len(said())))
            async with running(tmp_path, env):
                await until(lambda left=left: discord.faults.left == left)
        async with running(tmp_path, env):
            await until(lambda: len(said()) >= len(SAID) and len(threaded()) > 0)
        (room,) = server.rooms()
        (thread,) = server.threads(room.id)
        server.archives(thread.id)
        async with open_house(settings, now) as house:
            await house.database.transact(say, server.id, "Woken", SAID[0])
        async with running(tmp_path, env):
            await until(lambda: len(threaded()) > 1 and len(discord.gateway) > 0)
            oldest = next(one for one in ann.reads(room.id) if SAID[0] in one.words)
            for label in ("Evidence", "Long"):
                done = await ann.presses(oldest, label)
                assert done.answered, f"{label} answers nothing"
                assert done.shown[0].only_for == ann.id
        assert said() == SAID
        assert threaded() == ["In the thread", "Woken"]
        assert not thread.archived
        async with open_house(settings, now) as house:
            assert set(await house.database.with_connection(outbox.counts)) == {"sent"}


async def test_killed_while_it_shows_a_meeting_it_shows_it_once(tmp_path: Path) -> None:
    """Once before its answer to the voice channel came, once before that to the event."""
    async with FakeDiscord(now=time.time) as discord:
        server = discord.guild("Spur ISD", allowed=BOT)
        ann = server.user("Ann")
        discord.patience = 100
        env = environment(discord, tmp_path)
        settings = Settings(data=tmp_path, _env_file=None)  # type: ignore[call-arg]

        def meet(tx: SqlTransaction) -> None:
            facts = {"id": "meeting-one", "cohort_id": "sotol", "set_by": "ann", "topic": "Compare", "minutes": 45}
            meeting = Meeting(starts_at=now() + timedelta(days=2), **facts)
            tx.meetings.add(meeting)
            show_event(tx, tx.cohorts.get("sotol"), meeting, now())

        async with open_house(settings, now) as house:
            await house.database.transact(lay, server.id, ann.id)
            await house.database.transact(meet)
        for route in (CHANNEL, EVENT):
            # The first channel that is made is the room's category, the second the room.
            discord.faults.add(Lost(), route, skip=2 if route == CHANNEL else 0)
            async with running(tmp_path, env):
                await until(lambda: discord.faults.left == 0)
        async with running(tmp_path, env):
            await until(lambda: len(discord.called(EVENT)) > 0 and server.events())
            await asyncio.sleep(0.5)
        (event,) = server.events()
        (voice,) = [one for one in server.guild.channels.values() if one.type == VOICE]
        assert event["channel_id"] == voice.id
        assert server.sees_event(ann.id, event)
        assert not server.sees_event(server.user("Zoe").id, event)


def environment(discord: FakeDiscord, folder: Path) -> Mapping[str, str]:
    return {
        "COHORTIUM_DATA": str(folder),
        "COHORTIUM_PORT": str(free_port("127.0.0.1", 18_900)),
        "COHORTIUM_OPEN_BROWSER": "false",
        "COHORTIUM_DISCORD_TOKEN": discord.token,
        "COHORTIUM_DISCORD_API_BASE": discord.api_base,
        "COHORTIUM_DISCORD_GATEWAY": discord.gateway_url,
    }


async def until(holds: Callable[[], object]) -> None:
    """As long as the quiet period may take, several times over."""
    for _ in range(2_000):
        if holds():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never came to hold")
