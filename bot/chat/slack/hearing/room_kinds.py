"""Who reads a conversation that is to be a cohort's room: Slack is asked, for a channel's name tells nothing of it."""

import asyncio

import structlog

from bot.chat.slack.api.calls import CALL_ERRORS, Calls, UnseenError
from bot.chat.slack.interactions import HERE, HERE_SENT
from cohorts.events import Event, Pressed, Sent
from cohorts.send_errors import AccessLostError

from .raw import flag, part

log = structlog.get_logger()

PATIENCE = 1.5
"""Seconds. Slack waits three for its answer, and opens nothing later."""
NOT_OURS_TO_SEE = "missing_scope"
"""We may look at private channels alone, so it is none."""


class RoomKinds:
    """Looked at when the form is asked for, and again when it is sent: a channel may change meanwhile."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def look(self, event: Event) -> Event:
        """The event with the kind as its value, before what its form was opened with. Other events stay as they are."""
        if not isinstance(event, Pressed | Sent) or event.action not in (HERE, HERE_SENT):
            return event
        kind = await self._kind(event.account.workspace, event.place.conversation)
        told = f"/{event.value}" if event.value and isinstance(event, Sent) else ""
        return event.model_copy(update={"value": kind + told})

    async def _kind(self, workspace: str, channel: str) -> str:
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await self._calls.call(workspace, "conversations.info", {"channel": channel})
        except UnseenError:
            return "unseen"
        except AccessLostError as error:
            return "public" if str(error) == NOT_OURS_TO_SEE else "unsure"
        except (*CALL_ERRORS, TimeoutError) as error:
            log.warning("slack_room_unknown", error=type(error).__name__)
            return "unsure"
        return kind_of(part(answer, "channel"))


def kind_of(channel: object) -> str:
    """private, shared (private, and read from other workspaces too) or public, which stands for all the rest. Pure."""
    if not flag(channel, "is_private") or flag(channel, "is_im") or flag(channel, "is_mpim"):
        return "public"
    shared = ("is_ext_shared", "is_org_shared", "is_pending_ext_shared")
    return "shared" if any(flag(channel, one) for one in shared) else "private"
