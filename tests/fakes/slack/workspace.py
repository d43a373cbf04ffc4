"""A workspace, seen by its admin and by a test."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.fakes.slack.contracts import Json
from tests.fakes.slack.methods import directory, rooms
from tests.fakes.slack.people import Person
from tests.fakes.slack.world import Channel, Member, Message, Team

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack


@dataclass(frozen=True)
class Workspace:
    """Channels are named by their ids."""

    fake: "FakeSlack"
    team: Team

    @property
    def id(self) -> str:
        return self.team.id

    @property
    def token(self) -> str:
        """The bot token that is good now."""
        grants = [one for one in self.fake.grants.values() if one.kind == "bot" and not one.revoked]
        mine = [one for one in grants if one.team == self.id]
        return (mine or [one for one in grants if one.enterprise == self.team.enterprise])[-1].token

    def grant(self, scopes: Iterable[str]) -> str:
        """A new bot token with just these scopes."""
        return directory.issue(self.fake, self.team, list(scopes)).token

    def user(
        self,
        name: str,
        *,
        email: str = "",
        zone: str = "America/Chicago",
        outsider: bool = False,
        team: str = "",
        organisation: str = "",
    ) -> Person:
        """The person of this name, there before the app when there was none yet. Of another `team` without being an
        `outsider`: where Slack lets them press all the same."""
        for member in self.team.members.values():
            if member.name == name:
                return Person(self.fake, self.team, member)
        home = team or ("T0ELSEWHERE" if outsider else self.id)
        member = Member(self.fake.numbers.next("U"), name, home, email=email, zone=zone, outsider=outsider)
        member.organisation = organisation
        self.team.members[member.id] = member
        return Person(self.fake, self.team, member)

    async def welcomes(self, name: str, *, email: str = "") -> Person:
        """Somebody new comes into the workspace; the app hears team_join."""
        person = self.user(name, email=email)
        self.fake.emit(self.team, {"type": "team_join", "user": self._shown(person.member)})
        await self.fake.quiet()
        return person

    def channel(self, name: str, *people: Person, private: bool = False, bot: bool = False) -> str:
        """A channel that was there before the app; with `bot` the app is in it. Its id."""
        members = [person.id for person in people] + ([self.team.bot_user] if bot else [])
        channel = Channel(self.fake.numbers.next("C"), "group" if private else "channel", name, members)
        channel.creator, channel.created = members[0] if members else "", int(self.fake.clock.now())
        self.team.channels[channel.id] = channel
        return channel.id

    def find(self, channel: str) -> Channel:
        return self.team.channels[channel]

    def messages(self, channel: str) -> list[Message]:
        """What stands in the channel for all, Slack's own lines left out."""
        found = self.team.channels[channel].messages.values()
        return [one for one in found if not one.only_for and one.subtype in {"", "thread_broadcast", "file_share"}]

    async def archives(self, channel: str, by: Person) -> None:
        rooms.put_away(self.fake, self.team, self.find(channel), by.id)
        await self.fake.quiet()

    async def unarchives(self, channel: str, by: Person) -> None:
        rooms.put_away(self.fake, self.team, self.find(channel), by.id, back=True)
        await self.fake.quiet()

    async def renames(self, channel: str, name: str, by: Person) -> None:
        rooms.rename_to(self.fake, self.team, self.find(channel), name, by.id)
        await self.fake.quiet()

    async def removes(self, channel: str, user: str) -> None:
        """Takes somebody, or the app, out of a channel."""
        rooms.part(self.fake, self.team, self.find(channel), user)
        await self.fake.quiet()

    async def adds(self, channel: str, user: str, by: Person) -> None:
        rooms.join(self.fake, self.team, self.find(channel), user, by.id)
        await self.fake.quiet()

    async def changes(self, person: Person, **changes: Any) -> None:
        """Changes a profile, e.g. `zone="America/Denver"` or `deleted=True`; the app hears user_change."""
        for name, value in changes.items():
            setattr(person.member, name, value)
        self.fake.emit(self.team, {"type": "user_change", "user": self._shown(person.member)})
        await self.fake.quiet()

    async def revokes_tokens(self) -> None:
        """Every token of the workspace is dead and the app is told, tokens by the bot user's id."""
        directory.revoke_all(self.fake, self.team)
        await self.fake.quiet()

    async def uninstalls(self, *, org: bool = False) -> None:
        """Here, or in the whole organisation."""
        directory.take_out(self.fake, self.team, org=org)
        await self.fake.quiet()

    async def leaves_organisation(self) -> None:
        """Its organisation has the app in it no more; the app is told by the org-wide install."""
        self.fake.emit(self.team, {"type": "team_access_revoked", "team_ids": [self.id]}, whole=True)
        self.team.left_out = True
        await self.fake.quiet()

    async def joins_organisation(self) -> None:
        """The app is in it, or in it again."""
        self.team.left_out = False
        self.fake.emit(self.team, {"type": "team_access_granted", "team_ids": [self.id]}, whole=True)
        await self.fake.quiet()

    def allows(self, url: str, by: Person | None = None, *, org: bool = False, deny: bool = False) -> str:
        """Presses Allow on the OAuth page at `url`; where the browser is sent then."""
        return directory.consent(self.fake, url, self.id, by.id if by else "", org=org, deny=deny)

    def _shown(self, member: Member) -> Json:
        return member.as_json(self.fake.clock.now(), email=True)
