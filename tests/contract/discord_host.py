"""What Discord promises as a host of live meetings, wherever it is spoken to: in the fake, and in the simulator."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

from bot.chat.discord.adapter import DiscordChat
from cohorts.live_ports import Host, LiveEvent


class Planned(NamedTuple):
    """An event as it stands in the server."""

    id: str
    name: str
    starts_at: datetime
    channel: str


class HostTown(Protocol):
    """A server, and what is planned in it."""

    @property
    def guild(self) -> str: ...
    @property
    def users(self) -> Mapping[str, str]: ...
    def chat(self) -> DiscordChat: ...
    def sees(self, user: str, channel: str) -> bool: ...
    def planned(self) -> Sequence[Planned]: ...


class HostContract:
    async def test_a_meeting_is_one_event_for_the_people_of_its_room(self, host: HostTown) -> None:
        assert isinstance(host.chat(), Host)
        room = await open_room(host)
        for _ in range(2):
            await host.chat().show_event(host.guild, room, meeting())
        (event,) = host.planned()
        assert (event.name, event.starts_at) == ("Compare what we saw", meeting().starts_at)
        assert [name for name, user in host.users.items() if host.sees(user, event.channel)] == ["ana", "ben"]

    async def test_it_moves_in_its_place_and_ends(self, host: HostTown) -> None:
        room = await open_room(host)
        await host.chat().show_event(host.guild, room, meeting())
        (before,) = host.planned()
        await host.chat().show_event(host.guild, room, meeting(hours=72))
        (after,) = host.planned()
        assert (after.id, after.channel) == (before.id, before.channel)
        assert after.starts_at - before.starts_at == timedelta(hours=24)
        for _ in range(2):
            await host.chat().end_event(host.guild, room, "meeting-one")
        assert host.planned() == []

    async def test_a_second_meeting_is_another_event_in_the_same_place(self, host: HostTown) -> None:
        room = await open_room(host)
        await host.chat().show_event(host.guild, room, meeting())
        await host.chat().show_event(host.guild, room, meeting("meeting-two"))
        assert len({event.id for event in host.planned()}) == 2
        assert len({event.channel for event in host.planned()}) == 1


def meeting(key: str = "meeting-one", hours: int = 48) -> LiveEvent:
    """Years ahead of whatever clock the server has."""
    at = datetime(2031, 1, 15, 21, 30, tzinfo=UTC) + timedelta(hours=hours)
    words = {"name": "Compare what we saw", "about": "Where: https://meet.example.org/1"}
    return LiveEvent(key=key, starts_at=at, ends_at=at + timedelta(minutes=45), **words)


async def open_room(host: HostTown) -> str:
    users = [host.users[name] for name in ("ana", "ben")]
    return await host.chat().open_room("r1", host.guild, "Sotol cohort", "Science", users)
