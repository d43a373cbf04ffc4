"""Opening rooms and who is in them. Doing any of it again does no more."""

from collections.abc import Iterable, Sequence

import structlog

from bot.chat.slack.hearing.raw import name as name_at
from bot.chat.slack.hearing.raw import part
from bot.chat.slack.ids import room_name
from bot.chat.words.cutting import shorten
from cohorts.send_errors import NotInvitedError, SendFailedError

from .calls import CLOSED, Calls, RefusedError, found

log = structlog.get_logger()

MOST_TOPIC = 250
AT_ONCE = 100
THERE_ALREADY = frozenset({"already_in_channel", "cant_invite_self"})
GONE_ALREADY = frozenset({"not_in_channel", "user_not_found"})
NOT_THEM = frozenset(
    [
        "cant_invite",
        "invitee_cant_see_channel",
        "no_external_invite_permission",
        "no_user",
        "org_user_not_in_team",
        "ura_max_channels",
        "user_disabled",
        "user_is_restricted",
        "user_not_found",
    ]
)
"""One person cannot come; it says nothing about the others."""


FORBIDDEN = frozenset({"method_not_supported_for_channel_type", "restricted_action", "user_is_restricted"})
"""The workspace lets us make no channels."""
NO_SUCH_CHANGE = frozenset({"method_not_supported_for_channel_type"})
"""A group conversation has no name, and nobody is brought into it later."""
MOST_IN_GROUP = 8
"""In a group conversation beside us."""
MOST_NUMBERS = 20
"""So many channels of one name are tried."""


class Rooms:
    """Private channels of ours; where we may make none, group conversations."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def open(self, key: str, workspace: str, name: str, topic: str, people: Iterable[str]) -> str:
        """The channel of this key, made when it is not there. Raises NotInvitedError, with everything else done, for
        whoever cannot be invited."""
        users = tuple(people)
        try:
            channel = await self._make(workspace, name, key)
        except RefusedError as error:
            if error.code not in FORBIDDEN or not 1 < len(users) <= MOST_IN_GROUP:
                raise
            return await self._group(workspace, users)
        about = {"channel": channel}
        if topic:
            await self._calls.call(workspace, "conversations.setTopic", about | {"topic": shorten(topic, MOST_TOPIC)})
        await self._calls.call(workspace, "conversations.setPurpose", about | {"purpose": shorten(name, MOST_TOPIC)})
        await self.invite(workspace, channel, users)
        return channel

    async def invite(self, workspace: str, channel: str, users: Sequence[str]) -> None:
        """Raises NotInvitedError for those who cannot come, when the others are in."""
        refused: dict[str, str] = {}
        for start in range(0, len(users), AT_ONCE):
            refused |= await self._invite(workspace, channel, users[start : start + AT_ONCE])
        if refused:
            log.warning("not_invited", workspace=workspace, channel=channel, count=len(refused))
            raise NotInvitedError(channel, tuple(refused), ", ".join(dict.fromkeys(refused.values())))

    async def close(self, workspace: str, channel: str) -> None:
        """Archives it; a group conversation stays, and so does a channel that only people may archive."""
        try:
            await self._calls.call(workspace, "conversations.archive", {"channel": channel})
        except RefusedError as error:
            if error.code not in CLOSED | FORBIDDEN | {"already_archived"}:
                raise

    async def kick(self, workspace: str, channel: str, users: Iterable[str]) -> None:
        for user in users:
            try:
                await self._calls.call(workspace, "conversations.kick", {"channel": channel, "user": user})
            except RefusedError as error:
                if error.code not in GONE_ALREADY | NO_SUCH_CHANGE:
                    raise

    async def _invite(self, workspace: str, channel: str, users: Sequence[str]) -> dict[str, str]:
        """Who cannot come → Slack's word for why. All at once; one by one when that does not go, so that each has an
        answer of their own: by force Slack would leave them out without a word."""
        arguments = {"channel": channel, "users": ",".join(users)}
        try:
            await self._calls.call(workspace, "conversations.invite", arguments)
        except RefusedError as error:
            if error.code not in THERE_ALREADY | NOT_THEM | NO_SUCH_CHANGE:
                raise
            if len(users) > 1:
                alone = [await self._invite(workspace, channel, (user,)) for user in users]
                return {user: why for one in alone for user, why in one.items()}
            return {} if error.code in THERE_ALREADY else {users[0]: error.code}
        return {}

    async def _group(self, workspace: str, users: Sequence[str]) -> str:
        """The group conversation of just these people with us: Slack has one for each set of them."""
        opened = await self._calls.call(workspace, "conversations.open", {"users": ",".join(users)})
        return found(opened, "channel", "id")

    async def _make(self, workspace: str, name: str, key: str) -> str:
        """The name is the key's, so a channel that has it was made by an earlier try whose answer was lost. One that
        is archived, or not ours, keeps it: the next gets a number."""
        for number in range(1, MOST_NUMBERS + 1):
            wanted = room_name(name, key, number)
            try:
                arguments = {"name": wanted, "is_private": True} | _team(workspace)
                made = await self._calls.call(workspace, "conversations.create", arguments)
            except RefusedError as error:
                if error.code != "name_taken":
                    raise
                if channel := await self._own(workspace, wanted):
                    return channel
            else:
                return found(made, "channel", "id")
        raise SendFailedError(f"Every channel name like {room_name(name, key)} is taken.")

    async def _own(self, workspace: str, wanted: str) -> str:
        """Our open channel of this very name; "" when somebody else has it."""
        cursor = ""
        while True:
            arguments = {"types": "private_channel", "exclude_archived": True, "limit": 200, "cursor": cursor or None}
            arguments |= _team(workspace)
            page = await self._calls.call(workspace, "users.conversations", arguments)
            channels = part(page, "channels")
            for channel in channels if isinstance(channels, list) else ():
                if wanted in (name_at(channel, "name"), name_at(channel, "name_normalized")):
                    return found(channel, "id")
            cursor = name_at(page, "response_metadata", "next_cursor")
            if not cursor:
                return ""


def _team(workspace: str) -> dict[str, str]:
    """The token of a whole organisation has to be told the team; that of a team may."""
    return {"team_id": workspace} if workspace.startswith("T") else {}
