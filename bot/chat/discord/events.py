"""Raw dispatch of Discord's gateway → what happened, or None. Pure and total: whatever comes in, nothing is raised.

`happened` takes `{"t": name, "d": data}`, with `s` and `session` where they are known. What Discord does not say stays
open: the workspace is "" in a direct conversation, and a thread stands as the conversation. The house settles both.
"""

from collections.abc import Callable, Mapping

from bot.chat.raw import flag, name, part, text
from cohorts.events import (
    AccessEnded,
    Deleted,
    Edited,
    Event,
    Joined,
    Left,
    Notice,
    Place,
    Posted,
    RoomChange,
    RoomChanged,
)

from .hearing.looking import account_of, moment_of, place_of, snowflake, words
from .ids import PLATFORM, event_key, message_id
from .interactions import interacted

Reading = Callable[[object], Event | Notice | None]
Telling = Callable[[object, str], Notice | None]
"""The second is what tells this dispatch from others: what becomes of a channel or a server has no id of its own."""
WRITTEN = (0, 19)
"""Types of a message that are a person's own words: plainly, and as a reply."""
CAME, WENT = 1, 2
"""Types of a message in which Discord says that somebody was brought into a thread, or taken out of it."""


def happened(raw: object) -> Event | Notice | None:
    """None for what we do not use, what a bot did (we ourselves, too), and what makes no sense."""
    reading = READINGS.get(text(raw, "t"))
    if reading is not None:
        return reading(part(raw, "d"))
    telling = TELLINGS.get(text(raw, "t"))
    return telling(part(raw, "d"), _serial(raw)) if telling else None


def _serial(raw: object) -> str:
    """Tells one dispatch from the next where nothing in it does; the same when it is told again after a resume."""
    number = part(raw, "s")
    return f"{name(raw, 'session')} {number}" if isinstance(number, int) else ""


def _wrote(raw: object) -> Event | Notice | None:
    kind = part(raw, "type")
    if kind in (CAME, WENT):
        return _moved(raw, came=kind == CAME)
    message, user = snowflake(raw, "id"), _person(raw)
    place = place_of(raw, message)
    if place is None or not message or not user or kind not in WRITTEN:
        return None
    thread = _answered(raw, place)
    key = event_key("posted", place.message)
    return Posted(key=key, account=account_of(raw, user), place=thread, text=words(raw))


def _answered(raw: object, place: Place) -> Place:
    """A reply stands under what it replies to, where that is in the same channel."""
    root, channel = snowflake(raw, "message_reference", "message_id"), snowflake(raw, "channel_id")
    inside = part(raw, "type") == 19 and snowflake(raw, "message_reference", "channel_id") in ("", channel)
    return place.model_copy(update={"thread": message_id(channel, root)}) if root and inside else place


def _person(raw: object) -> str:
    """Who wrote it; "" for a bot, a webhook, Discord itself."""
    author = part(raw, "author")
    is_bot = flag(author, "bot") or flag(author, "system") or bool(name(raw, "webhook_id"))
    return "" if is_bot else snowflake(author, "id")


def _changed(raw: object) -> Event | None:
    """New words. A message whose link was only unfolded was not edited."""
    message, user, at = snowflake(raw, "id"), _person(raw), name(raw, "edited_timestamp")
    place = place_of(raw, message)
    if place is None or not message or not user or not at or part(raw, "type") not in WRITTEN:
        return None
    key = event_key("edited", place.message, at)
    return Edited(key=key, account=account_of(raw, user), place=_answered(raw, place), text=words(raw))


def _deleted(raw: object) -> Event | None:
    """Discord does not say whose it was: the user is "", unless the house remembers."""
    message = snowflake(raw, "id")
    place = place_of(raw, message)
    if place is None or not message:
        return None
    return Deleted(key=event_key("deleted", place.message), account=account_of(raw, ""), place=place)


def _moved(raw: object, *, came: bool) -> Notice | None:
    """Somebody came into a private thread, or went: whoever did it is the author, and who it is the mention."""
    place, message = place_of(raw), snowflake(raw, "id")
    user = snowflake(raw, "mentions", 0, "id")
    if place is None or not message or not user or flag(raw, "mentions", 0, "bot") or not snowflake(raw, "guild_id"):
        return None
    key, at = event_key("moved", message), moment_of(message)
    account = account_of(raw, user)
    if came:
        return Joined(key=key, account=account, place=place, at=at)
    return Left(key=key, account=account, place=place, at=at)


def _room_reading(what: RoomChange) -> Telling:
    """Of a channel or thread as a whole."""

    def read(raw: object, serial: str) -> Notice | None:
        workspace, channel = snowflake(raw, "guild_id"), snowflake(raw, "id")
        if not workspace or not channel:
            return None
        called = text(raw, "name", most=100) if what == "renamed" else ""
        key = event_key(what, channel, called, serial)
        return RoomChanged(
            key=key, platform=PLATFORM, workspace=workspace, conversation=channel, what=what, name=called
        )

    return read


def _taken_out(raw: object, serial: str) -> Notice | None:
    """A server took us out; one that is only unavailable for now has not."""
    workspace = snowflake(raw, "id")
    if not workspace or part(raw, "unavailable") is not None:
        return None
    return AccessEnded(key=event_key("ended", workspace, serial), platform=PLATFORM, workspace=workspace)


READINGS: Mapping[str, Reading] = {
    "INTERACTION_CREATE": interacted,
    "MESSAGE_CREATE": _wrote,
    "MESSAGE_UPDATE": _changed,
    "MESSAGE_DELETE": _deleted,
}
TELLINGS: Mapping[str, Telling] = {
    "CHANNEL_DELETE": _room_reading("deleted"),
    "THREAD_DELETE": _room_reading("deleted"),
    "CHANNEL_UPDATE": _room_reading("renamed"),
    "THREAD_UPDATE": _room_reading("renamed"),
    "GUILD_DELETE": _taken_out,
}
