"""Who somebody is, as Slack tells it: asked only about those we do not know, and not at every word of theirs."""

import asyncio

from bot.chat.slack.api.calls import Calls
from bot.chat.slack.ids import is_direct
from cohorts.events import Event, Posted, Profile

from .raw import flag, name, part, text

REST = 3600.0
"""Seconds in which what somebody unknown writes to others in a room is no reason to ask again who they are."""
MOST_KNOWN = 10_000
MOST_EMAIL = 320


class Who:
    """Asks Slack. What was found is not kept: the next one to ask may be told something else."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._asked: dict[tuple[str, str], float] = {}

    def is_worth_asking(self, event: Event) -> bool:
        """Whoever turns to us, each time; whoever writes in a room, once in a while."""
        if not isinstance(event, Posted) or is_direct(event.place.conversation):
            return True
        key, now = (event.account.workspace, event.account.user), asyncio.get_running_loop().time()
        if now - self._asked.get(key, -REST) < REST:
            return False
        if len(self._asked) >= MOST_KNOWN:
            self._asked.clear()
        self._asked[key] = now
        return True

    async def ask(self, workspace: str, user: str, organisation: str = "") -> Profile:
        """`organisation`: the one that let us into the workspace, "" where none did. Raises what `Calls.call` does."""
        answer = await self._calls.call(workspace, "users.info", {"user": user, "include_locale": True})
        return profile_of(part(answer, "user"), workspace, organisation)


def profile_of(user: object, workspace: str, organisation: str = "") -> Profile:
    """Pure. A bot, who is deleted, and an address that nobody has confirmed count for nothing. Whoever is not proved to
    be of this workspace or of the organisation it is in is from outside."""
    if flag(user, "is_bot") or flag(user, "deleted") or not flag(user, "is_email_confirmed"):
        return Profile()
    return Profile(
        email=text(user, "profile", "email", most=MOST_EMAIL).strip().lower(),
        language=text(user, "locale")[:2].lower(),
        outside=flag(user, "is_stranger") or not _is_inside(user, workspace, organisation),
    )


def _is_inside(user: object, workspace: str, organisation: str) -> bool:
    theirs = part(user, "enterprise_user", "teams")
    if isinstance(theirs, list) and workspace in theirs:
        return True
    told = {name(user, "team_id"), name(user, "enterprise_user", "enterprise_id")} - {""}
    return not told.isdisjoint({workspace, organisation})
