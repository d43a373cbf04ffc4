"""A member's desk: the same message that answers "home" anywhere, as the App Home view. Pure."""

from bot.chat.words.pieces import Voice
from cohorts.messages import Message
from cohorts.words import say

from .render import blocks_of, context
from .words.fitting import fitting
from .words.rich_text import Json

MOST_HOME_BLOCKS = 100


def home_view(message: Message, voice: Voice) -> Json:
    """The view for views.publish. What does not fit is left out, and the last line says so."""
    more = list(context(say(voice.language, "chat.home_more"), voice))
    return {"type": "home", "blocks": fitting(list(blocks_of(message, voice)), MOST_HOME_BLOCKS, more)}
