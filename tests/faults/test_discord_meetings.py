"""A live meeting in two Discord servers and a browser at once, whatever becomes of Discord's answers: one event in each
server, for the cohort's people there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from cohorts.events import Whisper
from cohorts.meeting.model import Meeting
from tests.fakes.discord.contracts import Json
from tests.fakes.discord.faults import Garbage, RateLimited, Reset, ServerError
from tests.fakes.discord.guild import Server
from tests.fakes.discord.world import VOICE, Message
from tests.scenarios.discord_member import DiscordMember
from tests.scenarios.discord_town import SERVERS, DiscordTown, come_in, open_discord_town
from tests.scenarios.slack_town import BEGINS
from tests.scenarios.town import Clock, whispered

pytestmark = [pytest.mark.timeout(120)]

LINK = "https://meet.example.org/1"
TOPIC = "Compare what we saw"
EVENTS = "/guilds/{guild_id}/scheduled-events"
EVENT = f"{EVENTS}/{{guild_scheduled_event_id}}"
ROUTES = (
    "POST /guilds/{guild_id}/channels",
    f"GET {EVENTS}",
    f"POST {EVENTS}",
    f"PATCH {EVENT}",
    f"DELETE {EVENT}",
)
FAULTS: list[object] = [
    None,
    RateLimited(1),
    ServerError("before", 500),
    ServerError("after", 502),
    Reset("before"),
    Reset("after"),
    Garbage(),
]


@asynccontextmanager
async def begun(folder: Path) -> AsyncIterator[tuple[DiscordTown, DiscordMember]]:
    """Six in a cohort whose rooms are in two servers; fay leads it in the browser. A stranger is in each server."""
    async with open_discord_town(folder, Clock(BEGINS)) as town:
        members = await come_in(town, persistent=False)
        for server in servers(town):
            server.user("Zoe")
        await town.inside.press("fay", "form.propose")
        await town.inside.press("fay", "form.approve", await town.inside.open_proposal())
        await town.tick_to(BEGINS + timedelta(days=1))
        yield town, members[0]


def servers(town: DiscordTown) -> list[Server]:
    return [town.discord.guild(name) for name in SERVERS]


async def the_meeting(town: DiscordTown) -> Meeting:
    (cohort,) = await town.inside.ask(lambda tx: tx.cohorts.active())
    (found,) = await town.inside.ask(lambda tx: tx.meetings.of_cohort(cohort.id))
    return found


def given(**changes: str) -> dict[str, str]:
    return {
        "other": "Thursday Feb 12 3:30 pm",
        "minutes": "45",
        "where": LINK,
        "topic": TOPIC,
        "no_students": "yes",
    } | changes


def the_event(server: Server) -> Json:
    (event,) = server.events()
    return event


def card_in(server: Server) -> Message:
    room = next(one for one in server.rooms() if one.type != VOICE)
    (card,) = [one for one in server.messages(room.id) if "Live meeting" in one.words and "Coming" in one.words]
    return card


@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_a_meeting_is_one_event_in_each_server_whatever_is_answered(tmp_path: Path, fault: object) -> None:
    async with begun(tmp_path) as (town, ann):
        for route in ROUTES if fault else ():
            town.discord.faults.add(fault, route)  # type: ignore[arg-type]
        (door,) = [door for door in await ann.home() if door[0] == "meet.open"]
        await ann.answer(door, "ann", given())
        await town.tick_to(BEGINS + timedelta(days=1, minutes=10))
        for server in servers(town):
            event = the_event(server)
            assert (event["name"], LINK in event["description"]) == (TOPIC, True)
            assert event["scheduled_start_time"].startswith("2026-02-12T21:30")
            seeing = [one.user.name for one in server.guild.members.values() if server.sees_event(one.user.id, event)]
            assert "Zoe" not in seeing
            assert {"Ann", "Cam", "Eva"} <= set(seeing) or {"Ben", "Dee", "Finn"} <= set(seeing)
            assert len([one for one in server.guild.channels.values() if one.type == VOICE]) == 1
        meeting, first = await the_meeting(town), {server.id: the_event(server)["id"] for server in servers(town)}
        moved = await town.inside.send("fay", "meet.move.send", meeting.id, **given(other="Feb 17 3:30 pm"))
        assert "Moved to" in whispered(moved)
        await town.tick_to(BEGINS + timedelta(days=1, minutes=20))
        for server in servers(town):
            assert the_event(server)["id"] == first[server.id]
            assert the_event(server)["scheduled_start_time"].startswith("2026-02-17T21:30")
        await town.inside.send("fay", "meet.off", meeting.id, sure="yes")
        await town.tick_to(BEGINS + timedelta(days=1, minutes=30))
        assert [server.events() for server in servers(town)] == [[], []]
        assert set((await town.inside.states()).values()) == {"sent"}
        assert town.discord.faults.left == 0, "every call met its fault"


async def test_the_card_is_pressed_in_discord_and_says_so_everywhere(tmp_path: Path) -> None:
    async with begun(tmp_path) as (town, ann):
        (door,) = [door for door in await ann.home() if door[0] == "meet.open"]
        await ann.answer(door, "ann", given())
        await town.tick_to(BEGINS + timedelta(days=1, minutes=5))
        first, second = servers(town)
        assert "<t:1770931800:" in card_in(first).words, "each reader's own clock"
        cam, ben = first.user("Cam"), second.user("Ben")
        await cam.presses(card_in(first), "I will come")
        await ben.presses(card_in(second), "I cannot")
        await town.settle()
        for server in (first, second):
            assert "2: Ann Lee, Cam Lee" in card_in(server).words
            assert "Ben" not in card_in(server).words
        done = await cam.presses(card_in(first), "Add to calendar")
        (file,) = [file for one in await cam.sees(done) for file in one.attachments]
        assert file["filename"] == "meeting.ics"
        assert b"BEGIN:VEVENT" in await cam.fetches(file)
        refused = await ben.presses(card_in(second), "Call off")
        assert "Only whoever set" in refused.words
        looked = await town.inside.press("fay", "home.open")
        assert isinstance(looked, Whisper)
        assert TOPIC in looked.message.text


async def test_what_has_begun_is_discords_own(tmp_path: Path) -> None:
    """An event that could not be made before its meeting began is made no more, and is no dead letter."""
    async with begun(tmp_path) as (town, ann):
        (door,) = [door for door in await ann.home() if door[0] == "meet.open"]
        town.discord.faults.add(ServerError("before", 500), f"POST {EVENTS}", times=200)
        await ann.answer(door, "ann", given(other="today 11:00 am"))
        meeting = await the_meeting(town)
        await town.tick_to(meeting.ends_at + timedelta(hours=5))
        assert [server.events() for server in servers(town)] == [[], []]
        assert set((await town.inside.states()).values()) == {"sent"}
