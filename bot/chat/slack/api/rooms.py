"""Opening rooms and who is in them. Doing any of it again does no more."""

from collections.abc import Iterable, Sequence

import structlog

from bot.chat.slack.hearing.raw import name as name_at
from bot.chat.slack.hearing.raw import part
from bot.chat.slack.ids import room_name
from bot.chat.slack.words.cutting import shorten
from cohorts.ports import SendFailedError

from .calls import Calls, RefusedError, found

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


class Rooms:
    """Private channels of ours."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def open(self, key: str, workspace: str, name: str, topic: str, people: Iterable[str]) -> str:
        """The channel of this key, made when it is not there. Somebody who cannot be invited does not stop it."""
        channel = await self._make(workspace, room_name(name, key))
        about = {"channel": channel}
        if topic:
            await self._calls.call(workspace, "conversations.setTopic", about | {"topic": shorten(topic, MOST_TOPIC)})
        await self._calls.call(workspace, "conversations.setPurpose", about | {"purpose": shorten(name, MOST_TOPIC)})
        users = tuple(people)
        try:
            await self.invite(workspace, channel, users)
        except RefusedError as error:
            if error.code not in NOT_THEM:
                raise
        return channel

    async def invite(self, workspace: str, channel: str, users: Sequence[str]) -> None:
        """Raises RefusedError when none of them can come."""
        refused: list[RefusedError] = []
        for start in range(0, len(users), AT_ONCE):
            refused += await self._invite(workspace, channel, users[start : start + AT_ONCE])
        if refused and len(refused) == len(users):
            raise refused[0]
        if refused:
            log.warning("not_invited", workspace=workspace, channel=channel, count=len(refused))

    async def kick(self, workspace: str, channel: str, users: Iterable[str]) -> None:
        for user in users:
            try:
                await self._calls.call(workspace, "conversations.kick", {"channel": channel, "user": user})
            except RefusedError as error:
                if error.code not in GONE_ALREADY:
                    raise

    async def _invite(self, workspace: str, channel: str, users: Sequence[str]) -> list[RefusedError]:
        """All at once; one by one when that does not go, so that each has an answer of their own."""
        arguments = {"channel": channel, "users": ",".join(users), "force": True if len(users) > 1 else None}
        try:
            await self._calls.call(workspace, "conversations.invite", arguments)
        except RefusedError as error:
            if error.code not in THERE_ALREADY | NOT_THEM:
                raise
            if len(users) > 1:
                return [one for user in users for one in await self._invite(workspace, channel, (user,))]
            return [] if error.code in THERE_ALREADY else [error]
        return []

    async def _make(self, workspace: str, name: str) -> str:
        """The name is the key's, so a channel that has it was made by an earlier try whose answer was lost."""
        arguments = {"name": name, "is_private": True} | _team(workspace)
        try:
            made = await self._calls.call(workspace, "conversations.create", arguments)
        except RefusedError as error:
            if error.code != "name_taken":
                raise
            return await self._own(workspace, name)
        return found(made, "channel", "id")

    async def _own(self, workspace: str, wanted: str) -> str:
        """Raises SendFailedError when somebody else has a channel of this very name."""
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
                raise SendFailedError(f"The channel name {wanted} is taken.")


def _team(workspace: str) -> dict[str, str]:
    """The token of a whole organisation has to be told the team; that of a team may."""
    return {"team_id": workspace} if workspace.startswith("T") else {}
