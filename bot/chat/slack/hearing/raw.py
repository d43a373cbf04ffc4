"""Looking into what Slack sends, and reading what people wrote in it."""

import re
from collections.abc import Awaitable, Callable

from bot.chat.raw import clean, flag, name, part, text
from bot.chat.slack.words.rich_text import Json

__all__ = ["Hear", "clean", "flag", "name", "part", "text", "words"]

Hear = Callable[[object], Awaitable[Json]]
"""Takes what came from Slack. When it returns, that is kept, and what it returns stands in the acknowledgement; when it
raises, nothing may be acknowledged: Slack tells it again."""
_MARKUP = re.compile(r"<([^<>|\s][^<>|]*)(?:\|([^<>]*))?>")


def words(raw: object, *path: str | int) -> str:
    """What a person wrote, as they read it: Slack's entities and angle brackets taken back."""
    read = _MARKUP.sub(_spoken, text(raw, *path))
    return read.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _spoken(match: re.Match[str]) -> str:
    target, label = match[1], match[2]
    if target.startswith("!date"):
        return label or ""
    if target.startswith(("@", "#", "!")):
        sign = "#" if target.startswith("#") else "@"
        return sign + (label or target[1:].split("^")[0]).lstrip("@#")
    address = target.removeprefix("mailto:")
    return address if label in (None, "", address, target) else f"{label} ({address})"
