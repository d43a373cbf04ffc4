"""A member's desk: the same message that answers "home" anywhere, as the App Home view. Pure."""

import json

from bot.chat.words.pieces import Voice
from cohorts.messages import Message
from cohorts.words import say

from .render import blocks_of, context
from .words.rich_text import Json

MOST_HOME_BLOCKS = 100
MOST_VIEW = 250_000


def home_view(message: Message, voice: Voice) -> Json:
    """The view for views.publish. What does not fit is left out, and the last line says so."""
    blocks = list(blocks_of(message, voice))
    kept = blocks[:MOST_HOME_BLOCKS]
    while len(json.dumps(kept).encode()) > MOST_VIEW - 2000:
        kept.pop()
    if len(kept) < len(blocks):
        kept = [*kept[: MOST_HOME_BLOCKS - 1], *context(say(voice.language, "chat.home_more"), voice)]
    return {"type": "home", "blocks": kept}
