"""A server, seen by its admin and by a test."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.fakes.discord import permissions as may
from tests.fakes.discord.contracts import Json
from tests.fakes.discord.people import Person
from tests.fakes.discord.rest import channels, guilds
from tests.fakes.discord.world import CATEGORY, FORUM, TEXT, Channel, Guild, Member, Message, Overwrite, Role

if TYPE_CHECKING:
    from tests.fakes.discord.server import FakeDiscord


@dataclass(frozen=True)
class Server:
    """Channels and threads are named by their ids."""

    fake: "FakeDiscord"
    guild: Guild

    @property
    def id(self) -> str:
        return self.guild.id

    @property
    def general(self) -> str:
        return next(one.id for one in self.guild.channels.values() if one.name == "general")

    def user(self, name: str) -> Person:
        """The person of this name, in here from now on."""
        person = self.fake.person(name)
        if person.id not in self.guild.members:
            member = Member(person.user, self.fake.clock.text())
            self.guild.members[person.id] = member
            told = member.as_json() | {"guild_id": self.id}
            self.fake.emit("GUILD_MEMBER_ADD", told, self.guild)
        return Person(self.fake, person.user, self.guild)

    def removes(self, person: Person) -> None:
        """Kicks somebody; or they leave."""
        del self.guild.members[person.id]
        told: Json = {"guild_id": self.id, "user": person.user.as_json()}
        self.fake.emit("GUILD_MEMBER_REMOVE", told, self.guild)

    def channel(self, name: str, *people: Person, kind: int = TEXT, hidden: bool = False, bot: bool = True) -> str:
        """A channel that somebody made; a `hidden` one is seen by these people and, with `bot`, by ours."""
        channel = Channel(self.fake.clock.snowflake(), kind, self.id, name, position=len(self.guild.channels))
        if hidden:
            channel.overwrites[self.id] = Overwrite(self.id, 0, deny=may.VIEW_CHANNEL)
            seeing = [one.id for one in people] + ([self.fake.bot.id] if bot else [])
            channel.overwrites |= {one: Overwrite(one, 1, allow=may.VIEW_CHANNEL) for one in seeing}
        self.guild.channels[channel.id] = channel
        self.fake.emit("CHANNEL_CREATE", channel.as_json(), channel)
        return channel.id

    def forum(self, name: str, tags: Iterable[str] = ()) -> str:
        made = self.channel(name, kind=FORUM)
        self.find(made).tags = [
            {"id": self.fake.clock.snowflake(), "name": tag, "moderated": False, "emoji_id": None, "emoji_name": None}
            for tag in tags
        ]
        return made

    def category(self, name: str) -> str:
        return self.channel(name, kind=CATEGORY)

    def find(self, channel: str) -> Channel:
        return self.guild.channels[channel]

    def named(self, name: str) -> Channel:
        """The channel, thread or category whose name begins so."""
        return next(one for one in self.guild.channels.values() if one.name.startswith(name))

    def rooms(self) -> list[Channel]:
        """All that are neither categories nor threads, #general left out."""
        found = [one for one in self.guild.channels.values() if not one.is_thread and one.type != CATEGORY]
        return [one for one in found if one.name != "general"]

    def threads(self, channel: str) -> list[Channel]:
        return [one for one in self.guild.channels.values() if one.is_thread and one.parent == channel]

    def messages(self, channel: str) -> list[Message]:
        """What stands there for all, Discord's own lines left out."""
        return [one for one in self.find(channel).messages.values() if not one.only_for and one.type in {0, 19, 20}]

    def role(self, name: str, permissions: int = 0, *, above_bot: bool = False) -> Role:
        top = max(one.position for one in self.guild.roles.values())
        role = Role(self.fake.clock.snowflake(), name, permissions, top + 1 if above_bot else 1)
        self.guild.roles[role.id] = role
        self.fake.emit("GUILD_ROLE_CREATE", {"guild_id": self.id, "role": role.as_json()}, self.guild)
        return role

    def events(self) -> list[Json]:
        """What is planned or under way, whoever may see it."""
        return [one for one in self.guild.events.values() if one["status"] in (1, 2)]

    def sees_event(self, user: str, event: Json) -> bool:
        return event in guilds.events_seen(self.guild, user)

    def takes_role(self, name: str) -> None:
        """Deletes the role whose name begins so."""
        role = next(one.id for one in self.guild.roles.values() if one.name.startswith(name))
        guilds.remove_role(self.fake, self.guild, role)

    def allows(self, channel: str, who: str, allow: int = 0, deny: int = 0) -> None:
        """An admin sets what a role or a member may do in a channel."""
        found = self.find(channel)
        found.overwrites[who] = Overwrite(who, 0 if who in self.guild.roles else 1, allow, deny)
        self.fake.emit("CHANNEL_UPDATE", found.as_json(), found)

    def grants(self, permissions: int) -> None:
        """What the bot's own role may do, from now on."""
        mine = self.guild.members[self.fake.bot.id]
        role = next(self.guild.roles[one] for one in mine.roles if self.guild.roles[one].managed)
        role.permissions = permissions
        self.fake.emit("GUILD_ROLE_UPDATE", {"guild_id": self.id, "role": role.as_json()}, self.guild)

    def renames(self, channel: str, name: str) -> None:
        found = self.find(channel)
        found.name = name
        self.fake.emit("THREAD_UPDATE" if found.is_thread else "CHANNEL_UPDATE", found.as_json(), found)

    def deletes(self, channel: str) -> None:
        channels.remove(self.fake, self.find(channel))

    def archives(self, thread: str, *, locked: bool = False) -> None:
        found = self.find(thread)
        channels.put_away(self.fake, found, archived=True)
        found.locked = locked
        self.fake.emit("THREAD_UPDATE", found.as_json(self.fake.bot.id), found)

    def uninstalls(self) -> None:
        """Kicks the bot out."""
        self.fake.part(self.guild)

    def fails(self) -> None:
        """An outage: the server is not there for a while."""
        self.guild.available = False
        self.fake.gateway.dispatch("GUILD_DELETE", {"id": self.id, "unavailable": True}, self.id, 1)

    def sees(self, user: str, channel: str) -> bool:
        return may.sees(self.guild, self.find(channel), user)
