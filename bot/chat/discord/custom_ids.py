"""What a button is about, in the hundred characters that Discord gives back when it is pressed, months later too.

What does not fit goes under a handle: the handle stands in the id, and what it stands for is kept by us before the
message goes out.
"""

import re
from collections.abc import Mapping

from bot.chat.words.cutting import size
from cohorts.ids import make_id
from cohorts.messages import Buttons, Message

MOST = 100
HANDLE = "handle"
"""The action of an id that carries only a handle; the value is the handle."""
_READ = re.compile(r"(\d{1,3}):([^:]+)(?::(.*))?", re.DOTALL | re.ASCII)

Handles = Mapping[str, tuple[str, str]]
"""Handle → the action and value it stands for."""


def custom_id(action: str, value: str, number: int = 0) -> str:
    """At most 100 characters; `number` tells apart two buttons of one message that do the same."""
    written = _written(action, value, number)
    return f"{number}:{HANDLE}:{handle(action, value)}" if size(written) > MOST else written


def read(custom_id: str) -> tuple[str, str] | None:
    """Action and value; (HANDLE, handle) where they are kept by us; None for what is no id of ours."""
    match = _READ.fullmatch(custom_id)
    return (match[2], match[3] or "") if match else None


def handle(action: str, value: str) -> str:
    return make_id("handle", action, value)


def handles_of(message: Message) -> Handles:
    """What must be kept before this message goes out; mostly nothing."""
    buttons = (one for block in message.blocks if isinstance(block, Buttons) for one in block.items)
    return {
        handle(one.action, one.value): (one.action, one.value)
        for one in buttons
        if not one.url and size(_written(one.action, one.value, 999)) > MOST
    }


def _written(action: str, value: str, number: int) -> str:
    return f"{number}:{action}:{value}" if value else f"{number}:{action}"
