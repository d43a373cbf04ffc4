"""What a channel is, as Discord tells it: asked once, and only about where somebody we know did something."""

from collections import OrderedDict
from typing import NamedTuple

import structlog

from bot.chat.discord.api.calls import CALL_ERRORS, Calls, shown
from bot.chat.discord.api.overwrites import is_open_to_all
from bot.chat.discord.api.seeing import see
from bot.chat.discord.ids import channel_of, message_id
from bot.chat.raw import part
from cohorts.events import Place

from .desk import Look
from .looking import snowflake

log = structlog.get_logger()

MOST_KNOWN = 20_000
THREADS = (10, 11, 12)
PRIVATE_THREAD = 12
FORUMS = (15, 16)


class Kind(NamedTuple):
    number: object
    parent: str


class Places:
    """Threads, their channels, and whether a channel is everybody's."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._known: OrderedDict[str, Kind] = OrderedDict()

    async def within(self, conversation: str) -> Place | None:
        """The room's channel, and the message whose thread this is; None outside of threads."""
        kind = await self._kind(channel_of(conversation))
        if kind is None or kind.number not in THREADS or not kind.parent:
            return None
        above = await self._kind(kind.parent)
        in_forum = above is not None and above.number in FORUMS
        return under(kind.parent, conversation, in_forum=in_forum)

    async def is_private(self, workspace: str, conversation: str) -> bool:
        """Whether it is not everybody's in the server."""
        found = await self._look_up(channel_of(conversation))
        if part(found, "type") == PRIVATE_THREAD:
            return True
        return found is not None and not is_open_to_all(found, workspace)

    async def look_of(self, workspace: str, channel: object) -> Look:
        """What a channel, as Discord has just told it, is to those around it."""
        if part(channel, "type") in THREADS:
            return Look(shown=False, ours=False)
        try:
            seen = await see(self._calls, channel, workspace)
        except CALL_ERRORS as error:  # where that is not told it is taken for the worse
            log.info("discord_channel_not_seen", why=str(error)[:100])
            return Look(shown=is_open_to_all(channel, workspace), ours=False)
        return Look(shown=seen.by_all, ours=seen.ours)

    async def is_seen(self, conversation: str) -> bool:
        """Whether Discord shows us the channel."""
        return await self._look_up(channel_of(conversation)) is not None

    async def _kind(self, channel: str) -> Kind | None:
        known = self._known.get(channel)
        if known is not None:
            return known
        found = await self._look_up(channel)
        if found is None:
            return None
        self._known[channel] = Kind(part(found, "type"), snowflake(found, "parent_id"))
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return self._known[channel]

    async def _look_up(self, channel: str) -> object:
        try:
            return shown(await self._calls.call("GET", "/channels/{channel_id}", channel_id=channel))
        except CALL_ERRORS as error:
            log.info("discord_channel_not_seen", channel=channel, why=str(error)[:100])
            return None


def under(parent: str, thread: str, *, in_forum: bool = False) -> Place:
    """A thread of this channel: it has the id of the message that it hangs on; in a forum that is its first one."""
    return Place(conversation=parent, thread=message_id(thread if in_forum else parent, thread))
