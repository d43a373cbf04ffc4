"""Live meetings among Discord's own events: once each, for the cohort's people alone."""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from bot.chat.discord.api.rooms import RoomStyle
from bot.chat.discord.permissions import BOT, MEETING, ROOMS
from cohorts.live_ports import Host, LiveEvent
from cohorts.messages import Message
from cohorts.send_errors import AccessLostError, RateLimitedError, SendUnknownError
from tests.contract.discord_fake import FakeTown, open_town
from tests.fakes.discord import permissions as may
from tests.fakes.discord.contracts import Json
from tests.fakes.discord.faults import Garbage, RateLimited, Refused, Reset, ServerError
from tests.fakes.discord.world import VOICE, Channel

CHANNELS = "POST /guilds/{guild_id}/channels"
EVENTS = "/guilds/{guild_id}/scheduled-events"
EVENT = f"{EVENTS}/{{guild_scheduled_event_id}}"
FAULTS = [
    pytest.param(Reset("after"), id="reset after"),
    pytest.param(Reset("before"), id="reset before"),
    pytest.param(ServerError("after", 502), id="502 after"),
    pytest.param(ServerError("before", 500), id="500 before"),
    pytest.param(Garbage(), id="garbage"),
]
Broken = Reset | ServerError | Garbage


@pytest.fixture
async def fake() -> AsyncIterator[FakeTown]:
    async with open_town() as town:
        yield town


def meeting(fake: FakeTown, key: str = "meeting-one", hours: float = 48, **changes: str) -> LiveEvent:
    at = datetime.fromtimestamp(fake.discord.clock.now(), UTC) + timedelta(hours=hours)
    words = {"name": "Compare what we saw", "about": "Where: https://meet.example.org/1"} | changes
    return LiveEvent(key=key, starts_at=at, ends_at=at + timedelta(minutes=45), **words)


async def open_room(fake: FakeTown, style: RoomStyle | None = None, key: str = "r1", *names: str) -> str:
    users = [fake.users[name] for name in names or ("ana", "ben")]
    return await fake.chat(style).open_room(key, fake.guild, "Sotol cohort", "Science", users)


def voices(fake: FakeTown) -> list[Channel]:
    return [one for one in fake.server.guild.channels.values() if one.type == VOICE]


def the_event(fake: FakeTown) -> Json:
    (event,) = fake.server.events()
    return event


def who_sees_event(fake: FakeTown, event: Json) -> list[str]:
    return [name for name, user in fake.users.items() if fake.server.sees_event(user, event)]


async def test_a_meeting_is_an_event_that_its_cohort_alone_sees(fake: FakeTown) -> None:
    assert isinstance(fake.chat(), Host)
    room = await open_room(fake)
    assert voices(fake) == [], "no channel before somebody sets a meeting"
    event = meeting(fake)
    await fake.chat().show_event(fake.guild, room, event)
    shown, (voice,) = the_event(fake), voices(fake)
    assert (shown["entity_type"], shown["channel_id"]) == (2, voice.id)
    assert shown["name"] == "Compare what we saw"
    assert shown["description"].startswith("Where: https://meet.example.org/1\n")
    assert datetime.fromisoformat(shown["scheduled_start_time"]) == event.starts_at
    assert datetime.fromisoformat(shown["scheduled_end_time"]) == event.ends_at
    assert who_sees_event(fake, shown) == ["ana", "ben"], "and nobody else in the server"
    assert [fake.sees(fake.users[name], voice.id) for name in ("ana", "dara")] == [True, False]
    assert voice.parent == fake.server.find(room).parent
    allowed = may.in_channel(fake.server.guild, voice, fake.users["ana"])
    assert allowed & may.CONNECT
    assert allowed & may.SPEAK


async def test_shown_again_it_is_the_same_event_and_moved_it_moves(fake: FakeTown) -> None:
    room, event = await open_room(fake), meeting(fake)
    await fake.chat().show_event(fake.guild, room, event)
    first = the_event(fake)["id"]
    await fake.chat().show_event(fake.guild, room, event)
    assert not fake.discord.called(f"PATCH {EVENT}"), "what is so already is not written again"
    moved = meeting(fake, hours=72, name="Plan the next weeks")
    await fake.chat().show_event(fake.guild, room, moved)
    shown = the_event(fake)
    assert (shown["id"], shown["name"]) == (first, "Plan the next weeks")
    assert datetime.fromisoformat(shown["scheduled_start_time"]) == moved.starts_at
    assert len(voices(fake)) == 1


async def test_called_off_it_is_gone_and_others_stay(fake: FakeTown) -> None:
    room, chat = await open_room(fake), fake.chat()
    await chat.show_event(fake.guild, room, meeting(fake))
    await chat.show_event(fake.guild, room, meeting(fake, key="meeting-two", hours=96))
    assert len(voices(fake)) == 1, "a cohort has one place to talk"
    for _ in range(2):
        await chat.end_event(fake.guild, room, "meeting-one")
    at = datetime.fromisoformat(the_event(fake)["scheduled_start_time"])
    assert at == meeting(fake, hours=96).starts_at


async def test_two_cohorts_have_each_their_own(fake: FakeTown) -> None:
    first, second = await open_room(fake), await open_room(fake, None, "r2", "dara")
    await fake.chat().show_event(fake.guild, first, meeting(fake))
    await fake.chat().show_event(fake.guild, second, meeting(fake, key="meeting-two"))
    assert len(voices(fake)) == 2
    seen = sorted(who_sees_event(fake, event) for event in fake.server.events())
    assert seen == [["ana", "ben"], ["dara"]]


async def test_a_forums_cohort_has_events_too(fake: FakeTown) -> None:
    style = RoomStyle(kind="forum")
    room = await open_room(fake, style)
    await fake.chat(style).show_event(fake.guild, room, meeting(fake))
    assert who_sees_event(fake, the_event(fake)) == ["ana", "ben"]


@pytest.mark.parametrize("kind", ["thread", "existing"])
async def test_without_a_room_of_its_own_no_event_is_made(fake: FakeTown, kind: str) -> None:
    style = RoomStyle.model_validate({"kind": kind, "channel": fake.server.general})
    room = await open_room(fake, style)
    await fake.chat(style).show_event(fake.guild, room, meeting(fake))
    assert fake.server.events() == []
    assert voices(fake) == []


async def test_a_room_that_became_one_without_a_role_takes_its_event_back(fake: FakeTown) -> None:
    room = await open_room(fake)
    await fake.chat().show_event(fake.guild, room, meeting(fake))
    await fake.chat().show_event(fake.guild, fake.server.general, meeting(fake))
    assert fake.server.events() == []


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("route", [CHANNELS, f"POST {EVENTS}"], ids=["channel", "event"])
async def test_an_answer_that_is_lost_leaves_one_event(fake: FakeTown, fault: Broken, route: str) -> None:
    """Whoever tries again may be another process: nothing is remembered of the first."""
    room = await open_room(fake)
    fake.discord.faults.add(fault, route)
    with pytest.raises(SendUnknownError):
        await fake.chat().show_event(fake.guild, room, meeting(fake))
    await fake.chat().show_event(fake.guild, room, meeting(fake))
    assert len(voices(fake)) == 1
    assert who_sees_event(fake, the_event(fake)) == ["ana", "ben"]


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_change_and_an_end_whose_answer_is_lost_are_done_once(fake: FakeTown, fault: Broken) -> None:
    room = await open_room(fake)
    await fake.chat().show_event(fake.guild, room, meeting(fake))
    fake.discord.faults.add(fault, f"PATCH {EVENT}")
    with pytest.raises(SendUnknownError):
        await fake.chat().show_event(fake.guild, room, meeting(fake, hours=50))
    await fake.chat().show_event(fake.guild, room, meeting(fake, hours=50))
    assert len(fake.server.events()) == 1
    fake.discord.faults.add(fault, f"DELETE {EVENT}")
    with suppress(SendUnknownError):
        await fake.chat().end_event(fake.guild, room, "meeting-one")
    await fake.chat().end_event(fake.guild, room, "meeting-one")
    assert fake.server.events() == []


async def test_too_fast_is_told_with_how_long(fake: FakeTown) -> None:
    room = await open_room(fake)
    fake.discord.faults.add(RateLimited(30.0), f"POST {EVENTS}")
    with pytest.raises(RateLimitedError):
        await fake.chat().show_event(fake.guild, room, meeting(fake))


async def test_a_server_that_let_us_in_before_there_were_meetings_shows_none_and_fails_at_nothing(
    fake: FakeTown,
) -> None:
    fake.server.grants(ROOMS)
    fake.server.guild.roles[fake.guild].permissions = ROOMS
    room = await open_room(fake)
    await fake.chat().show_event(fake.guild, room, meeting(fake))
    assert fake.server.events() == []
    assert await fake.chat().send("k1", fake.guild, room, Message(text="the card is here all the same"))
    fake.server.grants(BOT)
    await fake.chat().show_event(fake.guild, room, meeting(fake))
    assert who_sees_event(fake, the_event(fake)) == ["ana", "ben"]
    assert MEETING & ROOMS == 0


@pytest.mark.parametrize("code", [50013, 50001, 30038, 50035])
async def test_what_discord_refuses_for_good_is_not_shown_and_nobody_is_shut_out_for_it(
    fake: FakeTown, code: int
) -> None:
    room = await open_room(fake)
    fake.discord.faults.add(Refused(code), f"POST {EVENTS}")
    await fake.chat().show_event(fake.guild, room, meeting(fake))
    assert fake.server.events() == []


async def test_a_server_that_shows_us_nothing_any_more_has_taken_our_access_away(fake: FakeTown) -> None:
    room = await open_room(fake)
    fake.discord.faults.add(Refused(50001), f"GET {EVENTS}")
    with pytest.raises(AccessLostError):
        await fake.chat().end_event(fake.guild, room, "meeting-one")


async def test_a_voice_channel_that_somebody_opened_to_all_is_closed_again(fake: FakeTown) -> None:
    """An event in it would be seen by everybody."""
    room, event = await open_room(fake), meeting(fake)
    await fake.chat().show_event(fake.guild, room, event)
    (voice,) = voices(fake)
    fake.server.allows(voice.id, fake.guild, allow=may.VIEW_CHANNEL)
    assert who_sees_event(fake, the_event(fake)) == ["ana", "ben", "dara"]
    await fake.chat().show_event(fake.guild, room, event)
    assert who_sees_event(fake, the_event(fake)) == ["ana", "ben"]


async def test_a_voice_channel_that_was_deleted_is_made_anew(fake: FakeTown) -> None:
    room = await open_room(fake)
    await fake.chat().show_event(fake.guild, room, meeting(fake))
    fake.server.deletes(voices(fake)[0].id)
    await fake.chat().show_event(fake.guild, room, meeting(fake))
    assert the_event(fake)["channel_id"] == voices(fake)[0].id


async def test_whoever_leaves_sees_no_event_and_whoever_comes_does(fake: FakeTown) -> None:
    room = await open_room(fake)
    await fake.chat().show_event(fake.guild, room, meeting(fake))
    await fake.chat().remove_people(fake.guild, room, [fake.users["ana"]])
    await fake.chat().add_people(fake.guild, room, [fake.users["dara"]])
    assert who_sees_event(fake, the_event(fake)) == ["ben", "dara"]


async def test_a_meeting_that_began_early_ends_when_it_is_moved(fake: FakeTown) -> None:
    """Discord moves no event that has begun."""
    room = await open_room(fake)
    await fake.chat().show_event(fake.guild, room, meeting(fake))
    the_event(fake)["status"] = 2
    await fake.chat().show_event(fake.guild, room, meeting(fake, hours=72))
    assert the_event(fake)["status"] == 1
    assert len(fake.server.guild.events) == 2


async def test_an_event_of_somebody_else_is_left_alone(fake: FakeTown) -> None:
    room = await open_room(fake)
    await fake.chat().show_event(fake.guild, room, meeting(fake))
    copied = the_event(fake) | {"id": "1", "creator_id": fake.users["ana"]}
    fake.server.guild.events["1"] = copied
    await fake.chat().end_event(fake.guild, room, "meeting-one")
    assert fake.server.events() == [copied]


async def test_a_closed_room_has_no_place_to_talk_any_more(fake: FakeTown) -> None:
    room = await open_room(fake)
    await fake.chat().show_event(fake.guild, room, meeting(fake))
    for _ in range(2):
        await fake.chat().close_room("bye", fake.guild, room, Message(text="Thank you all."))
    (voice,) = voices(fake)
    allowed = may.in_channel(fake.server.guild, voice, fake.users["ana"])
    assert allowed & may.VIEW_CHANNEL
    assert not allowed & (may.CONNECT | may.SEND_MESSAGES)


async def test_words_longer_than_discord_takes_are_cut_and_known_again(fake: FakeTown) -> None:
    room = await open_room(fake)
    event = meeting(fake, name="é" * 300, about="word " * 400)
    for _ in range(2):
        await fake.chat().show_event(fake.guild, room, event)
    shown = the_event(fake)
    assert len(shown["name"]) <= 100
    assert len(shown["description"]) <= 1000
