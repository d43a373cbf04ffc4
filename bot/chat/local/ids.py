"""The local chat's ids. Outside this file they are opaque strings."""

from cohorts.ids import make_id

PLATFORM = "local"
WORKSPACE = "local"
BOT = "cohortium"


def direct_id(user: str) -> str:
    """The conversation of the bot with this user."""
    return f"dm-{user}"


def room_id(key: str) -> str:
    """The room opened under a delivery key."""
    return make_id("room", key)


def message_id(number: int | None) -> str:
    return "" if number is None else str(number)


def message_number(message: str) -> int:
    """Raises ValueError for what is no id of ours."""
    if not (message.isascii() and message.isdecimal()) or len(message) > 18:
        raise ValueError(f"not a message id: {message[:20]!r}")
    return int(message)


def event_key(user: str, nonce: str) -> str:
    """A key in which one person cannot collide with another, whatever nonce their browser sends."""
    return make_id("event", user, nonce)


def post_key(user: str, nonce: str) -> str:
    return make_id("post", user, nonce)


def whisper_key(event: str) -> str:
    """One answer for one event, however often it is handled."""
    return make_id("whisper", event)
