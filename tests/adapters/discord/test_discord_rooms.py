"""Rooms in Discord: one for each cohort, opened by a role that opens nothing else, and mended when somebody took it
apart."""

from dataclasses import dataclass
from typing import Any

import discord
import pytest
from discord.http import Route
from simcord.backend.models import Overwrite, Role
from simcord.enums import OverwriteType

from bot.chat.discord.api.calls import NOT_HERE, RefusedError, Requests
from bot.chat.discord.api.rooms import RoomStyle
from bot.chat.discord.permissions import BOT, MEMBERS
from cohorts.messages import Message
from cohorts.send_errors import NotInvitedError, RateLimitedError, RoomClosedError, SendFailedError, SendUnknownError
from tests.contract.discord_sim import SimTown

LAST = Message(text="Thank you all.")
NOBODY = "123456789012345678"


@dataclass
class NoForums:
    """To a server that has none."""

    http: Requests

    async def request(self, route: Route, **given: Any) -> Any:
        if route.method == "POST" and given["json"].get("type") == 15:
            raise RefusedError(NOT_HERE)
        return await self.http.request(route, **given)


@dataclass
class Paged:
    """What stands before Discord answers a look, as if it were Discord: a page of its own, with 200."""

    http: Requests
    end: str

    async def request(self, route: Route, **given: Any) -> Any:
        answer = await self.http.request(route, **given)
        return "<html>200</html>" if route.method == "GET" and route.url.endswith(self.end) else answer


async def open_room(town: SimTown, *names: str, style: RoomStyle | None = None) -> str:
    users = [town.users[name] for name in names or ("ana", "ben")]
    return await town.chat(style).open_room("r1", town.guild, "Sotol cohort", "Science", users)


def who_sees(town: SimTown, room: str) -> list[str]:
    return [name for name, user in town.users.items() if town.sees(user, room)]


async def test_a_room_is_a_private_channel_in_our_category_opened_by_its_own_role(town: SimTown) -> None:
    room = await open_room(town)
    channel = town.channel(room)
    assert (channel.name or "").startswith("sotol-cohort-")
    assert channel.topic == "Science"
    assert town.channel(str(channel.parent_id)).name == "Cohorts"
    role = role_of(town, room)
    assert role.permissions == 0
    assert "Sotol" not in role.name, "who is in which cohort is not told to the whole server"
    assert who_sees(town, room) == ["ana", "ben"]
    given = {overwrite.target_id: overwrite.allow for overwrite in channel.overwrites}
    assert given[role.id] == MEMBERS


async def test_a_second_cohort_shares_the_category(town: SimTown) -> None:
    first = await open_room(town)
    second = await town.chat().open_room("r2", town.guild, "Sotol cohort", "", [town.users["dara"]])
    assert second != first
    assert town.channel(second).parent_id == town.channel(first).parent_id
    assert town.channel(second).name != town.channel(first).name
    assert who_sees(town, second) == ["dara"]


async def test_a_full_category_has_another_beside_it(town: SimTown) -> None:
    first = await open_room(town)
    category = town.channel(str(town.channel(first).parent_id))
    for number in range(49):
        town.backend.create_channel(int(town.guild), f"x-{number}", parent_id=category.id)
    second = await town.chat().open_room("r2", town.guild, "Sotol cohort", "", [])
    assert town.channel(str(town.channel(second).parent_id)).name == "Cohorts 2"


async def test_a_room_made_before_a_crash_is_found_again(town: SimTown) -> None:
    room = await open_room(town)
    assert await open_room(town, "ana", "ben", "dara") == room
    assert len(town.named("sotol")) == 1
    assert who_sees(town, room) == ["ana", "ben", "dara"]


async def test_what_somebody_took_apart_is_mended_and_what_they_added_stays(town: SimTown) -> None:
    room = await open_room(town)
    channel = town.channel(room)
    everyone = int(town.guild)
    channel.overwrites = [one for one in channel.overwrites if one.target_id != everyone]
    watcher = town.env.guild.create_role("Principals")
    town.backend.set_overwrite(channel.id, _overwrite(watcher.id))
    assert who_sees(town, room) == ["ana", "ben", "dara"]
    assert await open_room(town) == room
    assert who_sees(town, room) == ["ana", "ben"]
    assert watcher.id in {one.target_id for one in town.channel(room).overwrites}


def _overwrite(target: int) -> Overwrite:
    return Overwrite(target_id=target, type=OverwriteType.ROLE, allow=1 << 10, deny=0)


async def test_nobody_is_given_a_role_of_somebody_else(town: SimTown) -> None:
    """A role that opens the room too may open much more."""
    room = await open_room(town)
    powers = town.env.guild.create_role("Heads · abcdef", permissions=discord.Permissions(ban_members=True))
    town.backend.set_overwrite(int(room), _overwrite(powers.id))
    await town.chat().add_people(town.guild, room, [town.users["dara"]])
    assert who_sees(town, room) == ["ana", "ben", "dara"]
    member = town.backend.guilds[int(town.guild)].members[int(town.users["dara"])]
    assert powers.id not in member.role_ids


async def test_nobody_is_given_the_role_of_another_room(town: SimTown) -> None:
    """One cohort may read another's room: whoever joins that one does not come into the first."""
    theirs = await town.chat().open_room("r2", town.guild, "Agave cohort", "", [town.users["ben"]])
    room = await open_room(town, "ana")
    reading = role_of(town, theirs)
    town.backend.set_overwrite(int(room), _overwrite(reading.id))
    await town.chat().add_people(town.guild, room, [town.users["dara"]])
    assert who_sees(town, theirs) == ["ben"]
    assert who_sees(town, room) == ["ana", "ben", "dara"]
    await town.chat().remove_people(town.guild, room, [town.users["ben"], town.users["ana"]])
    assert who_sees(town, theirs) == ["ben"]


async def test_a_role_that_opens_nothing_here_is_not_given(town: SimTown) -> None:
    theirs = await town.chat().open_room("r2", town.guild, "Agave cohort", "", [])
    room = await open_room(town, "ana")
    town.backend.delete_role(int(town.guild), role_of(town, room).id)
    shut = Overwrite(target_id=role_of(town, theirs).id, type=OverwriteType.ROLE, allow=0, deny=1 << 10)
    town.backend.set_overwrite(int(room), shut)
    await town.chat().add_people(town.guild, room, [town.users["dara"]])
    assert who_sees(town, theirs) == []
    assert who_sees(town, room) == ["dara"]


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Sotol team"},
        {"permissions": 1 << 26},
        {"name": "Sotol team", "permissions": 1 << 26},
        {"name": "Sotol team 2"},
    ],
)
async def test_whoever_leaves_is_out_whatever_became_of_the_role(town: SimTown, change: dict[str, Any]) -> None:
    """Somebody has given it another name, or a power beside the room."""
    room = await open_room(town)
    role = role_of(town, room)
    for field, value in change.items():
        setattr(role, field, value)
    if change.get("name") == "Sotol team 2":
        town.channel(room).name = "our-room"
    await town.chat().remove_people(town.guild, room, [town.users["ana"]])
    assert who_sees(town, room) == ["ben"]
    await town.chat().add_people(town.guild, room, [town.users["ana"]])
    assert who_sees(town, room) == ["ana", "ben"]


async def test_a_role_that_has_its_name_again_lets_in_whoever_was_shut_out_meanwhile(town: SimTown) -> None:
    room = await open_room(town)
    role = role_of(town, room)
    name, role.name, role.permissions = role.name, "Heads", 1 << 26
    await town.chat().remove_people(town.guild, room, [town.users["ana"]])
    assert who_sees(town, room) == ["ben"]
    role.name, role.permissions = name, 0
    await town.chat().add_people(town.guild, room, [town.users["ana"]])
    assert who_sees(town, room) == ["ana", "ben"]


async def test_a_role_that_an_earlier_version_named_after_the_cohort_is_the_rooms(town: SimTown) -> None:
    room = await open_room(town)
    role_of(town, room).name = "Sotol cohort · " + role_of(town, room).name.rpartition(" ")[2]
    assert await open_room(town, "dara") == room
    assert len([one for one in town.backend.guilds[int(town.guild)].roles.values() if " · " in one.name]) == 1
    assert who_sees(town, room) == ["ana", "ben", "dara"]


async def test_a_role_of_the_server_that_opens_a_channel_stays_with_whoever_leaves(town: SimTown) -> None:
    teachers = town.env.guild.create_role("Teachers", permissions=discord.Permissions())
    there = town.env.guild.create_text_channel("seventh-grade")
    opened = Overwrite(target_id=teachers.id, type=OverwriteType.ROLE, allow=MEMBERS, deny=0)
    town.backend.set_overwrite(there.id, opened)
    member = town.backend.guilds[int(town.guild)].members[int(town.users["ana"])]
    member.role_ids.append(teachers.id)
    await town.chat().remove_people(town.guild, str(there.id), [town.users["ana"]])
    assert teachers.id in member.role_ids


def role_of(town: SimTown, room: str) -> Role:
    """By the six letters at the end of its name, which the room's has too."""
    name = town.channel(room).name or ""
    roles = town.backend.guilds[int(town.guild)].roles.values()
    (role,) = [one for one in roles if name.endswith(one.name.rpartition(" · ")[2]) and " · " in one.name]
    return role


async def test_without_its_role_people_come_in_by_name_and_go_again(town: SimTown) -> None:
    room = await open_room(town)
    role = role_of(town, room)
    town.backend.delete_role(int(town.guild), role.id)
    await town.chat().add_people(town.guild, room, [town.users["dara"]])
    assert who_sees(town, room) == ["dara"]
    await town.chat().remove_people(town.guild, room, [town.users["dara"], town.users["ben"], NOBODY, "nobody"])
    assert who_sees(town, room) == []


async def test_where_a_server_has_all_the_roles_it_may_people_come_in_by_name(town: SimTown) -> None:
    town.env.inject_error("POST", "/guilds/*/roles", status=400, code=30005, times=None)
    room = await open_room(town)
    assert who_sees(town, room) == ["ana", "ben"]


async def test_whoever_is_not_in_the_server_is_named_when_the_others_are_in(town: SimTown) -> None:
    with pytest.raises(NotInvitedError) as caught:
        await town.chat().open_room("r1", town.guild, "Sotol", "", [NOBODY, town.users["ana"], "not-a-number"])
    assert caught.value.users == (NOBODY, "not-a-number")
    assert who_sees(town, caught.value.conversation) == ["ana"]


async def test_bringing_people_in_goes_on_where_it_was_told_to_wait(town: SimTown) -> None:
    """Each time from the beginning it would be told so for ever."""
    room, chat = await open_room(town, "ana"), town.chat()
    before = len(town.calls("PUT"))
    town.env.inject_error("PUT", f"/guilds/*/members/{town.users['dara']}/roles/*", status=429)
    with pytest.raises(RateLimitedError):
        await chat.add_people(town.guild, room, [town.users["ben"], town.users["dara"]])
    await chat.add_people(town.guild, room, [town.users["ben"], town.users["dara"]])
    assert len(town.calls("PUT")) == before + 3
    assert who_sees(town, room) == ["ana", "ben", "dara"]


async def test_a_closed_room_is_read_and_not_written_in(town: SimTown) -> None:
    room, chat = await open_room(town), town.chat()
    for _ in range(2):
        await chat.close_room("bye", town.guild, room, LAST)
    assert len(town.messages(room)) == 1
    assert who_sees(town, room) == ["ana", "ben"]
    allowed = town.backend.compute_permissions(int(town.guild), int(town.users["ana"]), int(room))
    assert not allowed & discord.Permissions(send_messages=True).value
    assert await chat.send("later", town.guild, room, Message(text="Your badge is here."))


async def test_a_room_that_was_opened_to_everybody_is_closed_for_them_too(town: SimTown) -> None:
    room = await open_room(town)
    channel = town.channel(room)
    channel.overwrites = [one for one in channel.overwrites if one.target_id != int(town.guild)]
    assert who_sees(town, room) == ["ana", "ben", "dara"]
    await town.chat().close_room("bye", town.guild, room, LAST)
    assert who_sees(town, room) == ["ana", "ben"]


async def test_a_page_in_the_place_of_what_is_there_changes_nothing(town: SimTown) -> None:
    """Read as "there is none", a second room would be made, nobody taken out, and everybody let in at the end."""
    room, users = await open_room(town), [town.users["ana"], town.users["ben"]]
    before = len(town.channel(room).overwrites)
    for end in ("/channels", "/roles"):
        paged = town.chat(line=Paged(town.env.bot.http, end))
        with pytest.raises(SendUnknownError):
            await paged.open_room("r1", town.guild, "Sotol cohort", "Science", users)
    paged = town.chat(line=Paged(town.env.bot.http, f"/channels/{room}"))
    with pytest.raises(SendUnknownError):
        await paged.remove_people(town.guild, room, users)
    with pytest.raises(SendUnknownError):
        await paged.close_room("bye", town.guild, room, LAST)
    assert len(town.named("sotol")) == len(town.named("Cohorts")) == 1
    assert (len(town.channel(room).overwrites), who_sees(town, room)) == (before, ["ana", "ben"])


async def test_a_room_that_was_deleted_takes_nothing_more(town: SimTown) -> None:
    room = await open_room(town)
    town.backend.delete_channel(int(room))
    with pytest.raises(RoomClosedError):
        await town.chat().send("k1", town.guild, room, Message(text="hello"))
    again = await open_room(town)
    assert again != room


async def test_a_room_we_were_shut_out_of_is_opened_anew_under_a_number(town: SimTown) -> None:
    room = await open_room(town)
    town.env.inject_error("PATCH", f"/channels/{room}", status=403, code=50001, times=None)
    town.channel(room).overwrites.pop(0)
    again = await open_room(town)
    assert again != room
    assert (town.channel(again).name or "").endswith("-2")


@pytest.mark.parametrize("name", ["", "   ", "É" * 200, "🌵🌵", "Sotol / Science: 7th & 8th"])
async def test_any_name_is_a_name_of_a_channel(town: SimTown, name: str) -> None:
    room = await town.chat().open_room("r1", town.guild, name, "t" * 3000, [town.users["ana"]])
    found = town.channel(room)
    assert 1 <= len(found.name or "") <= 100
    assert len(found.topic or "") <= 1024


async def test_a_room_can_be_a_private_thread(town: SimTown) -> None:
    parent = town.env.guild.create_text_channel("staff-room")
    style = RoomStyle(kind="thread", channel=str(parent.id))
    room = await open_room(town, style=style)
    assert await open_room(town, "ana", "ben", "dara", style=style) == room
    assert who_sees(town, room) == ["ana", "ben", "dara"]
    await town.chat(style).remove_people(town.guild, room, [town.users["ana"]])
    assert who_sees(town, room) == ["ben", "dara"]
    await town.chat(style).close_room("bye", town.guild, room, LAST)
    metadata = town.channel(room).thread_metadata
    assert metadata is not None
    assert (metadata.archived, metadata.locked) == (True, True)


async def test_a_room_can_be_a_channel_that_is_there(town: SimTown) -> None:
    there = town.env.guild.create_text_channel("seventh-grade")
    style = RoomStyle(kind="existing", channel=str(there.id))
    room = await open_room(town, style=style)
    assert room == str(there.id)
    before = list(town.channel(room).overwrites)
    await town.chat(style).close_room("bye", town.guild, room, LAST)
    assert town.channel(room).overwrites == before


@pytest.mark.parametrize("kind", ["existing", "thread"])
async def test_a_channel_of_one_server_is_no_room_of_another(town: SimTown, kind: str) -> None:
    """Whoever is in that one would read what is said in this one."""
    other = town.env.create_guild()
    elsewhere = other.create_text_channel("staff-room")
    style = RoomStyle.model_validate({"kind": kind, "channel": str(elsewhere.id)})
    with pytest.raises(SendFailedError):
        await open_room(town, style=style)
    assert town.calls("POST", "/threads") == []


async def test_each_server_has_rooms_of_its_own_kind(town: SimTown) -> None:
    other = town.env.create_guild()
    styles = {"": RoomStyle(kind="forum"), str(other.id): RoomStyle()}
    chat = town.chat(styles)
    first = await chat.open_room("r1", town.guild, "Sotol", "", [])
    second = await chat.open_room("r1", str(other.id), "Sotol", "", [])
    assert (town.channel(first).type, town.channel(second).type) == (15, 0)


async def test_where_a_server_has_no_forums_the_room_is_a_channel(town: SimTown) -> None:
    forum, line = RoomStyle(kind="forum"), NoForums(town.env.bot.http)
    users = [town.users["ana"]]
    room = await town.chat(forum, line).open_room("r1", town.guild, "Sotol", "", users)
    assert await town.chat(forum, line).open_room("r1", town.guild, "Sotol", "", users) == room
    root = await town.chat(forum).send("root", town.guild, room, LAST)
    await town.chat(forum).send("k1", town.guild, room, LAST, root)
    assert len([one for one in town.messages(room) if one["type"] == 0]) == 1
    assert len(town.posts(room)) == 1


async def test_an_existing_channel_that_is_gone_is_refused_for_good(town: SimTown) -> None:
    with pytest.raises(SendFailedError):
        await open_room(town, style=RoomStyle(kind="existing", channel=NOBODY))


def test_what_we_ask_for_is_no_power_over_people() -> None:
    asked = discord.Permissions(BOT)
    powers = ("administrator", "ban_members", "kick_members", "manage_guild", "manage_messages", "mention_everyone")
    assert not any(getattr(asked, power) for power in powers)
    assert MEMBERS & BOT == MEMBERS
