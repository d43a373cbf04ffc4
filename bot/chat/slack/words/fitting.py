"""How much one message may say: more than any cohort needs, and never a flood, nor seconds of drawing."""

import json
from collections.abc import Iterator, Sequence

from bot.chat.words.cutting import shorten
from cohorts.messages import Block, Context, Facts, Message, Progress, Section
from cohorts.words import say

from .rich_text import Json

MOST_LETTERS = 40_000
"""Of all texts of a message together, as Slack has it for one."""
MOST_VIEW = 250_000
BESIDE = 10_000
"""Of a view, so much is left for what stands beside its blocks and for the word that some are missing."""


def within(message: Message, language: str) -> Message:
    """The message as it is; or, where it says too much, its beginning with all its buttons and a word that it is
    cut."""
    if sum(_letters(block) for block in message.blocks) + len(message.text) <= MOST_LETTERS:
        return message
    text = message.text if message.blocks else shorten(message.text, MOST_LETTERS)
    blocks = tuple(_beginning(message.blocks or (Section(text=text),)))
    return Message(text=text, blocks=(*blocks, Context(text=say(language, "chat.cut_here"))))


def fitting(blocks: Sequence[Json], most: int, more: Sequence[Json]) -> list[Json]:
    """The blocks of a view, as many as it may hold; `more` stands in the end where some are left out."""
    kept, left = list[Json](), MOST_VIEW - BESIDE
    for block in blocks[:most]:
        left -= len(json.dumps(block)) + 2
        if left < 0:
            break
        kept.append(block)
    return kept if len(kept) == len(blocks) else [*kept[: most - len(more)], *more]


def _beginning(blocks: Sequence[Block]) -> Iterator[Block]:
    left = MOST_LETTERS
    for block in blocks:
        shown = _cut(block, left)
        if shown is not None:
            left -= _letters(shown)
            yield shown


def _letters(block: Block) -> int:
    match block:
        case Section() | Context():
            return len(block.text)
        case Facts():
            return sum(len(label) + len(value) for label, value in block.rows)
        case Progress():
            return len(block.label)
        case _:
            return 0


def _cut(block: Block, most: int) -> Block | None:
    """As much of the block as is left to say; None where nothing of it is."""
    if _letters(block) <= most:
        return block
    if isinstance(block, Section | Context) and most > 1:
        return block.model_copy(update={"text": shorten(block.text, most)})
    return None
