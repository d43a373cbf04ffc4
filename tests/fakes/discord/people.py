"""People who read, write and press in the fake Discord.

What Discord's own client would not let a person do raises NotPossibleError: a button that is not there, a required
field left empty, a command that nobody has registered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.fakes.discord import permissions as may
from tests.fakes.discord.components import BUTTON, LINK, SELECTS
from tests.fakes.discord.contracts import Json
from tests.fakes.discord.gestures import NotPossibleError, filled_in, find_component
from tests.fakes.discord.rest import channels
from tests.fakes.discord.rest.interactions import COMMAND, COMPONENT, SUBMIT, Interaction
from tests.fakes.discord.rest.messages import compose, edit, post, take_back, upload
from tests.fakes.discord.world import DIRECT, INTERACTION_SECONDS, Channel, Guild, Message, User

if TYPE_CHECKING:
    from tests.fakes.discord.server import FakeDiscord

SIZE_LIMIT = 10_485_760


@dataclass(frozen=True)
class Person:
    """Somebody, perhaps in a server. A gesture returns the interaction when it was answered, or was not in time."""

    fake: "FakeDiscord"
    user: User
    guild: Guild | None = None

    @property
    def id(self) -> str:
        return self.user.id

    @property
    def direct(self) -> str:
        """The conversation with the bot."""
        return self.fake.direct(self.user).id

    @property
    def modal(self) -> Json | None:
        """The open one."""
        found = self.fake.modals.get(self.id)
        return found[1] if found else None

    def reads(self, channel: str) -> list[Message]:
        """What this person sees there, oldest first, ephemeral messages too."""
        room = self._room(channel)
        return [one for one in room.messages.values() if one.only_for in {"", self.id}]

    def reads_all(self) -> list[Message]:
        """Wherever they read."""
        rooms = [(guild, one) for guild in self.fake.guilds.values() for one in guild.channels.values()]
        mine = [one.id for guild, one in rooms if may.sees(guild, one, self.id)]
        return [message for room in [*mine, self.direct] for message in self.reads(room)]

    def moment(self, message: Message) -> float:
        """When it was written, or last changed."""
        return datetime.fromisoformat(message.edited or message.at).timestamp()

    async def fetches(self, file: Json) -> bytes:
        return self.fake.files[file["id"]]

    async def posts(self, channel: str, text: str, reply_to: Message | None = None) -> Message:
        room = self._room(channel)
        if room.type != DIRECT and room.locked:
            raise NotPossibleError("the thread is locked")
        message = compose(self.fake, channel, self.user, {"content": text})
        if reply_to is not None:
            message.type = 19
            message.reference = {"type": 0, "channel_id": channel, "message_id": reply_to.id}
            message.mentions.append(reply_to.author)
        post(self.fake, room, message)
        await self.fake.gateway.heard()
        return message

    async def writes(self, text: str) -> Message:
        """To the bot alone."""
        return await self.posts(self.direct, text)

    async def edits(self, message: Message, text: str) -> None:
        self._own(message)
        edit(self.fake, self._room(message.channel), message, {"content": text})
        await self.fake.gateway.heard()

    async def deletes(self, message: Message) -> None:
        self._own(message)
        take_back(self.fake, self._room(message.channel), message)
        await self.fake.gateway.heard()

    async def begins_thread(self, channel: str, name: str, message: Message | None = None) -> Channel:
        thread = channels.begin(self.fake, self._room(channel), self.user, {"name": name}, 11, message)
        await self.fake.gateway.heard()
        return thread

    async def joins(self, thread: str) -> None:
        channels.comes(self.fake, self._room(thread), self.id)
        await self.fake.gateway.heard()

    async def presses(self, message: Message, what: str, chosen: list[str] | None = None) -> Interaction:
        """The button with this label or custom_id, or in the select with this custom_id the options of these values."""
        if message not in self.reads(message.channel):
            raise NotPossibleError(f"{self.user.name} does not see this message")
        component = find_component(message.components, what)
        if component["type"] == BUTTON and component["style"] == LINK:
            raise NotPossibleError("this button leads to a page")
        data: Json = {"custom_id": component["custom_id"], "component_type": component["type"], "id": component["id"]}
        if component["type"] in SELECTS:
            there = {one["value"] for one in component.get("options", ())}
            if set(chosen or ()) - there:
                raise NotPossibleError(f"there is no {chosen} to choose")
            data["values"] = list(chosen or ())
        told = {"message": self._as_source(message)}
        return await self._does(COMPONENT, message.channel, data, told, message)

    async def submits(self, values: Mapping[str, Any]) -> Interaction:
        """Fills the open modal, by custom_id, and sends it; it stays open when nobody answers. A file is (name,
        bytes)."""
        opened = self.fake.modals.pop(self.id, None)
        if opened is None:
            raise NotPossibleError("there is no modal")
        before, modal = opened
        uploads = dict[str, Json]()
        try:
            components = filled_in(
                modal["components"], values, lambda name, content: self._upload(uploads, name, content)
            )
        except NotPossibleError:
            self.fake.modals[self.id] = opened
            raise
        data: Json = {"custom_id": modal["custom_id"], "components": components}
        if uploads:
            data["resolved"] = {"attachments": uploads}
        told = {"message": self._as_source(before.source)} if before.source is not None else {}
        done = await self._does(SUBMIT, before.channel.id, data, told, before.source, before)
        if not done.answered:
            self.fake.modals.setdefault(self.id, opened)
        return done

    async def uses(self, command: str, channel: str = "", **options: Any) -> Interaction:
        """A slash command, e.g. `/cohort`, in a channel or in the conversation with the bot."""
        names = command.removeprefix("/").split()
        known = self._command(names[0], 1)
        asked = [{"name": name, "type": self._type(known, names[1:], name), "value": v} for name, v in options.items()]
        nested: list[Json] = asked
        for depth, name in reversed(list(enumerate(names[1:]))):
            nested = [{"name": name, "type": 1 if depth == len(names) - 2 else 2, "options": nested}]
        data = {"id": known["id"], "name": known["name"], "type": 1, "options": nested}
        return await self._does(COMMAND, channel or self.direct, data)

    async def uses_on(self, message: Message, command: str) -> Interaction:
        """A command on a message, e.g. `Keep as evidence`. Its words come along whatever the intents are."""
        known = self._command(command, 3)
        data = {"id": known["id"], "name": known["name"], "type": 3, "target_id": message.id}
        shown = message.as_json()
        shown.pop("thread", None)
        data["resolved"] = {"messages": {message.id: shown}}
        return await self._does(COMMAND, message.channel, data)

    def _command(self, name: str, kind: int) -> Json:
        here = [*self.fake.commands.get(self.guild.id if self.guild else "", {}).values()]
        for one in [*here, *self.fake.commands.get("", {}).values()]:
            if one["name"] == name and one["type"] == kind:
                return one
        raise NotPossibleError(f"there is no command {name}")

    def _type(self, command: Json, inside: list[str], name: str) -> int:
        options = command.get("options") or []
        for step in inside:
            options = next(one for one in options if one["name"] == step).get("options") or []
        for one in options:
            if one["name"] == name:
                return int(one["type"])
        raise NotPossibleError(f"{command['name']} has no option {name}")

    def _upload(self, uploads: dict[str, Json], name: str, content: bytes) -> str:
        made = upload(self.fake, name, content)
        uploads[made["id"]] = made | {"ephemeral": True}
        return str(made["id"])

    def _as_source(self, message: Message) -> Json:
        found = message.as_json()
        found.pop("thread", None)
        return found

    async def _does(
        self,
        kind: int,
        channel: str,
        data: Json,
        more: Json | None = None,
        source: Message | None = None,
        before: Interaction | None = None,
    ) -> Interaction:
        room = self._room(channel)
        known = self.fake.clock.snowflake()
        token = f"interaction.{known}"
        told: Json = {"id": known, "application_id": self.fake.application, "type": kind, "token": token, "version": 1}
        told |= {"data": data, "channel_id": channel, "channel": self._shown(room), "locale": self.user.locale}
        told |= {"entitlements": [], "entitlement_sku_ids": [], "attachment_size_limit": SIZE_LIMIT} | (more or {})
        told |= self._where(room)
        found = Interaction(known, token, kind, self.fake.clock.now(), self.user, room, told, source, before)
        self.fake.interactions[token] = found
        self.fake.gateway.dispatch("INTERACTION_CREATE", told, room.guild, 0)
        await self.answered(found)
        return found

    async def answered(self, found: Interaction) -> None:
        """Until it is, or three seconds have gone by on the fake's clock. Where that stands still nobody waits for
        ever."""
        await self.fake.changed(lambda: bool(found.answered) or self._late(found), self.fake.patience)

    def _late(self, found: Interaction) -> bool:
        return self.fake.clock.now() - found.at > INTERACTION_SECONDS

    async def sees(self, found: Interaction, seconds: float = 10.0) -> list[Message]:
        """What an interaction has left to read, waited for when the app has only said that it will answer."""
        await self.fake.changed(lambda: bool(found.shown) or found.modal is not None, seconds)
        return found.shown

    def _shown(self, room: Channel) -> Json:
        if room.type == DIRECT:
            return room.as_json(self.fake.bot.id)
        told = room.as_json()
        for name in ("permission_overwrites", "available_tags"):
            told.pop(name, None)
        return told | {"permissions": str(may.in_channel(self.fake.guilds[room.guild], room, self.id))}

    def _where(self, room: Channel) -> Json:
        if room.type == DIRECT:
            owners = {"0": "0"}
            found: Json = {"user": self.user.as_json(), "context": 1, "app_permissions": str(may.EVERYONE)}
            return found | {"authorizing_integration_owners": owners}
        guild = self.fake.guilds[room.guild]
        member = guild.members[self.id].as_json() | {"permissions": str(may.in_channel(guild, room, self.id))}
        found = {"guild_id": guild.id, "guild_locale": guild.locale, "member": member, "context": 0}
        found |= {"guild": {"id": guild.id, "locale": guild.locale, "features": []}}
        found |= {"app_permissions": str(may.in_channel(guild, room, self.fake.bot.id))}
        return found | {"authorizing_integration_owners": {"0": guild.id}}

    def _room(self, channel: str) -> Channel:
        room = self.fake.channel(channel)
        if room is None:
            raise NotPossibleError(f"there is no channel {channel}")
        if room.type == DIRECT:
            if self.user not in room.recipients:
                raise NotPossibleError("it is somebody else's conversation")
        elif not may.sees(self.fake.guilds[room.guild], room, self.id):
            raise NotPossibleError(f"{self.user.name} does not see {room.name}")
        return room

    def _own(self, message: Message) -> None:
        if message.author is not self.user:
            raise NotPossibleError("it is somebody else's message")
