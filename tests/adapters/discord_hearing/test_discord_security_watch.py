"""What a server does with our rooms meanwhile: opened to everybody they are closed again, and a change is kept once."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from bot.chat.discord.events import happened
from bot.chat.discord.permissions import SEEING
from cohorts.usecases.room_state import ROOM_CHANGED, room_subject
from tests.adapters.discord_hearing import made_up as told
from tests.fakes.discord.guild import Server
from tests.fakes.discord.people import Person
from tests.scenarios.discord_town import SERVERS, DiscordTown, come_in, open_discord_town
from tests.scenarios.slack_town import BEGINS
from tests.scenarios.town import Clock

DAY = timedelta(days=1)


async def with_a_room(town: DiscordTown) -> tuple[Server, str, Sequence[Person]]:
    """A cohort's room in the first server, who is in it, and somebody who is not."""
    members = await come_in(town, persistent=False)
    await town.inside.press("fay", "form.propose")
    await town.inside.press("fay", "form.approve", await town.inside.open_proposal())
    await town.tick_to(BEGINS + DAY)
    server = town.discord.guild(SERVERS[0])
    (room,) = server.rooms()
    inside = [one.person for one in members if server.sees(one.person.id, room.id)]
    assert len(inside) == 3
    return server, room.id, inside


async def told_fay(town: DiscordTown, what: str) -> int:
    """How often she, who operates, reads this."""
    return sum(what in one.message.text for one in await town.inside.heard() if "fay" in one.readers)


async def heard(town: DiscordTown) -> None:
    await town.discord.gateway.heard()
    await town.settle()


async def until(town: DiscordTown, holds: Callable[[], bool], what: str) -> None:
    """What we hear is looked into beside the line, and what follows goes out by the bell."""
    for _ in range(2_000):
        await town.settle()
        if holds():
            return
        await asyncio.sleep(0.005)
    raise AssertionError(what)


async def test_a_room_that_is_opened_to_everybody_is_closed_again_and_told(tmp_path: Path) -> None:
    async with open_discord_town(tmp_path, Clock(BEGINS)) as town:
        server, room, inside = await with_a_room(town)
        stranger = server.user("Stan Stranger")
        for times in range(2):
            server.allows(room, server.id, allow=SEEING)
            assert server.sees(stranger.id, room)
            await until(town, lambda: not server.sees(stranger.id, room), f"the {times + 1}. time")
            assert all(server.sees(one.id, room) for one in inside)
        await town.tick_to(town.clock.now() + DAY)
        assert await told_fay(town, "was opened to everybody in its server") == 1


async def test_a_room_whose_permissions_were_taken_from_its_category_is_as_it_was(tmp_path: Path) -> None:
    """*Sync Now*: all that the room said of itself is gone. The role that was made for it still is there."""
    async with open_discord_town(tmp_path, Clock(BEGINS)) as town:
        server, room, inside = await with_a_room(town)
        before = dict(server.find(room).overwrites)
        stranger = server.user("Stan Stranger")
        server.find(room).overwrites.clear()
        server.renames(room, server.find(room).name)
        assert server.sees(stranger.id, room)
        await until(town, lambda: not server.sees(stranger.id, room), "it is closed again")
        assert all(server.sees(one.id, room) for one in inside)
        assert server.find(room).overwrites == before


async def test_what_an_admin_allows_others_by_name_stays(tmp_path: Path) -> None:
    async with open_discord_town(tmp_path, Clock(BEGINS)) as town:
        server, room, _ = await with_a_room(town)
        coach = server.user("Cora Coach")
        server.allows(room, coach.id, allow=SEEING)
        await heard(town)
        assert server.sees(coach.id, room)
        stranger = server.user("Stan Stranger")
        server.allows(room, server.id, allow=SEEING)
        await until(town, lambda: not server.sees(stranger.id, room), "it is closed")
        assert server.sees(coach.id, room)


async def test_a_room_that_was_opened_while_nobody_listened_is_closed_when_the_server_comes(tmp_path: Path) -> None:
    async with open_discord_town(tmp_path, Clock(BEGINS)) as town:
        server, room, _ = await with_a_room(town)
        found = server.find(room)
        found.overwrites[server.id].deny = 0
        stranger = server.user("Stan Stranger")
        assert server.sees(stranger.id, room)
        await town.discord.gateway.invalidate()
        await until(town, lambda: not server.sees(stranger.id, room), "it is closed")


async def test_a_channel_of_theirs_is_left_as_it_is_and_told(tmp_path: Path) -> None:
    async with open_discord_town(tmp_path, Clock(BEGINS)) as town:
        server, room, _ = await with_a_room(town)
        del server.find(room).overwrites[town.discord.bot.id]
        server.find(room).name = "seventh-grade"
        server.allows(room, server.id, allow=SEEING)
        await heard(town)
        await town.tick_to(town.clock.now() + DAY)
        assert server.sees(server.user("Stan Stranger").id, room)
        assert await told_fay(town, "Everybody in its server can look into the room") == 1


async def test_where_nobody_sees_a_channel_by_being_there_nothing_is_told(tmp_path: Path) -> None:
    async with open_discord_town(tmp_path, Clock(BEGINS)) as town:
        server, room, _ = await with_a_room(town)
        server.guild.roles[server.id].permissions &= ~SEEING
        del server.find(room).overwrites[town.discord.bot.id]
        server.find(room).name = "seventh-grade"
        server.allows(room, server.id)
        await heard(town)
        await town.tick_to(town.clock.now() + DAY)
        assert await told_fay(town, "Everybody in its server can look into the room") == 0


async def test_however_often_a_room_changes_its_name_is_kept_once(tmp_path: Path) -> None:
    """Discord tells of every change of a channel, and anybody who manages one can make a thousand."""
    async with open_discord_town(tmp_path, Clock(BEGINS)) as town:
        server, room, _ = await with_a_room(town)
        for name in ("sotol", "sotol", "sotol", "agave", "agave", "sotol"):
            server.renames(room, name)
        subject, names = room_subject("discord", server.id, room), list[str]()
        for _ in range(1_000):
            lines = await town.inside.ask(lambda tx: tx.history.about(subject, ROOM_CHANGED))
            names = [line.facts["name"] for line in lines if line.facts["what"] == "renamed"]
            if len(names) >= 3:
                break
            await asyncio.sleep(0.005)
        assert names == ["sotol", "agave", "sotol"]


def test_a_member_of_no_server_is_nobody() -> None:
    """Else what they do would count as done in their own conversation with us."""
    raw = told.command(show="here")
    assert happened(raw) is not None
    data = {key: value for key, value in raw["d"].items() if key != "guild_id"}
    assert happened({**raw, "d": data}) is None
