"""Looking into what Discord sends: ids, places, and what people wrote as they read it."""

import re
from datetime import UTC, datetime

from bot.chat.discord.ids import PLATFORM, direct_id, is_snowflake, message_id
from bot.chat.raw import clean, flag, name, part, text
from cohorts.events import AccountRef, Place

EPOCH_MS = 1_420_070_400_000

_MARK = re.compile(
    r"<(?:(@[!&]?|#)([0-9]{1,20})|a?:(\w{1,64}):[0-9]{1,20}|t:(-?[0-9]{1,13})(?::[a-zA-Z])?|/([^<>:]{1,80}):[0-9]{1,20})>",
    re.ASCII,
)
_SPACES = re.compile(r"[ \t]{2,}")


def snowflake(raw: object, *path: str | int) -> str:
    """An id at the path; "" for what is none."""
    found = name(raw, *path)
    return found if is_snowflake(found) else ""


def moment_of(found: str) -> datetime | None:
    """When the snowflake was made."""
    milliseconds = (int(found) >> 22) + EPOCH_MS if is_snowflake(found) else 0
    return datetime.fromtimestamp(milliseconds / 1000, UTC) if 0 < milliseconds < 2**42 else None


def place_of(raw: object, message: str = "") -> Place | None:
    """Where a message or a channel's news stands; None when Discord names no channel."""
    channel = snowflake(raw, "channel_id")
    if not channel:
        return None
    conversation = channel if snowflake(raw, "guild_id") else direct_id(channel)
    return Place(conversation=conversation, message=message_id(channel, message))


def account_of(raw: object, user: str) -> AccountRef:
    return AccountRef(platform=PLATFORM, workspace=snowflake(raw, "guild_id"), user=user)


def words(message: object) -> str:
    """The text of a message: mentions by their names, marks of Discord's own taken back. A bot that is mentioned is who
    it was said to, not what was said."""
    bots, names = set[str](), dict[str, str]()
    mentions = part(message, "mentions")
    for one in mentions if isinstance(mentions, list) else ():
        user = name(one, "id")
        names[user] = text(one, "global_name", most=80) or text(one, "username", most=80)
        if flag(one, "bot"):
            bots.add(user)

    def spoken(mark: re.Match[str]) -> str:
        sign, target, emoji, _, command = mark.groups()
        if target and sign.startswith("@"):
            return "" if target in bots else f"@{names.get(target) or target}"
        if target:
            return f"#{target}"
        return f":{emoji}:" if emoji else f"/{command}" if command else ""

    return clean(_SPACES.sub(" ", _MARK.sub(spoken, text(message, "content"))).strip())
