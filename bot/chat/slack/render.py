"""Our message → what chat.postMessage takes: `text` for notifications and screen readers, and blocks. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import singledispatch
from itertools import count

from bot.chat.markdown import safe_url
from bot.chat.words.cutting import shorten, size
from bot.chat.words.pieces import Piece, Run, Voice, line_of, pieces_of, plain_words, words_of
from cohorts.messages import Button, Buttons, Context, Divider, Facts, Message, Progress, Section
from cohorts.values import Frozen
from cohorts.words import say

from .words.fitting import within
from .words.mrkdwn import mrkdwn_line, mrkdwn_texts
from .words.rich_text import Json, rich_text

MOST_BLOCKS = 50
MOST_LETTERS = 12_000
"""Of all blocks of a message, as JSON. Slack documents none and refuses from about 13,200 on, containers counted
(slackapi/bolt-js issues 2509 and 2867)."""
MOST_PARTS = 12
"""Of one message of ours: nobody is sent more at once."""
MOST_TEXT = 3000
MOST_READ = 4 * MOST_TEXT
"""Of a text that is cut anyway, so much is looked at."""
MOST_FIELD = 2000
FIELDS = 10
BUTTONS = 25
MOST_LABEL = 75
MOST_VALUE = 2000
MOST_ACTION = 240
MOST_LINK = 3000
BAR = 12
NOTHING = "–"
"""Slack takes no empty text."""


class Rendered(Frozen):
    """One Slack message."""

    text: str
    blocks: tuple[Json, ...]


def render(message: Message, voice: Voice) -> Sequence[Rendered]:
    """The message as one Slack message, or as several when it does not fit into one. All of it is there, unless it is
    longer than any that are meant for people: then its end is cut, with a word that it is.

    Raises ValueError for a button that Slack could not carry: an action over 240 characters or a value over 2,000.
    """
    parts = _parts(message, voice)
    texts = [text_of(message, voice)]
    if len(parts) > 1:
        texts = [f"({number}/{len(parts)}) {texts[0]}" for number in range(1, len(parts) + 1)]
    return [Rendered(text=text, blocks=tuple(blocks)) for text, blocks in zip(texts, parts, strict=True)]


def _parts(message: Message, voice: Voice) -> Sequence[list[Json]]:
    parts = list(_packed(list(blocks_of(message, voice))))
    return parts if len(parts) <= MOST_PARTS else [*parts[: MOST_PARTS - 1], _with_cut(parts[MOST_PARTS - 1], voice)]


def _with_cut(blocks: Sequence[Json], voice: Voice) -> list[Json]:
    """As many of them as a message holds beside the word that something is missing, which stands last."""
    kept = next(_packed([*context(say(voice.language, "chat.cut_here"), voice), *blocks[: MOST_BLOCKS - 1]]))
    return [*kept[1:], kept[0]]


def fewer(parts: Sequence[Rendered], most: int, voice: Voice) -> Sequence[Rendered]:
    """Exactly `most` messages: what is beyond the last is cut, with a word that it is; what is missing is a dash."""
    if len(parts) <= most:
        blank = Rendered(text=NOTHING, blocks=tuple(rich_text([Piece(kind="paragraph", runs=(_DASH,))])))
        return [*parts, *[blank] * (most - len(parts))]
    *first, last = parts[:most]
    return [*first, last.model_copy(update={"blocks": tuple(_with_cut(last.blocks, voice))})]


def blocks_of(message: Message, voice: Voice) -> Iterator[Json]:
    """Every block of the message, or its text when it has none; action ids are unique among them."""
    numbers, drawn, message = count(1), False, within(message, voice.language)
    for block in message.blocks:
        for one in draw(block, voice):
            drawn = True
            yield _numbered(one, numbers)
    if not drawn:
        yield from rich_text(pieces_of(message.text, voice)) or rich_text([Piece(kind="paragraph", runs=(_DASH,))])


def text_of(message: Message, voice: Voice) -> str:
    """What is read aloud and shown in a notification; cut after a sentence where it is very long."""
    read = message.text[:MOST_READ]
    first, *more = mrkdwn_texts(pieces_of(read, voice), MOST_TEXT)
    return f"{first} …" if more or len(read) < len(message.text) else first or NOTHING


def plain_text(text: str, most: int) -> Json:
    """A plain text object in which nothing becomes an emoji."""
    return {"type": "plain_text", "text": shorten(text.strip(), most) or NOTHING, "emoji": False}


def context(text: str, voice: Voice) -> Iterator[Json]:
    """Small print."""
    texts = (one for one in mrkdwn_texts(pieces_of(text, voice), MOST_TEXT) if one)
    for one in texts:
        yield {"type": "context", "elements": [{"type": "mrkdwn", "text": one, "verbatim": True}]}


@singledispatch
def draw(block: object, voice: Voice) -> Iterator[Json]:
    """One of our blocks as none, one or several of Slack's."""
    raise TypeError(f"no way to draw {type(block).__name__} for {voice.language}")


@draw.register
def _section(block: Section, voice: Voice) -> Iterator[Json]:
    yield from rich_text(pieces_of(block.text, voice))


@draw.register
def _context(block: Context, voice: Voice) -> Iterator[Json]:
    yield from context(block.text, voice)


@draw.register
def _facts(block: Facts, voice: Voice) -> Iterator[Json]:
    """Rows as fields, side by side where there is room; a row too long for a field is written out in its place."""
    fields = list[Json]()
    for label, value in block.rows:
        runs = _fact(label, value, voice)
        text = mrkdwn_line(runs)
        if not text.strip():
            continue
        if size(text) <= MOST_FIELD:
            fields.append({"type": "mrkdwn", "text": text, "verbatim": True})
        else:
            yield from _fields(fields)
            fields = []
            yield from rich_text([Piece(kind="paragraph", runs=runs)])
    yield from _fields(fields)


def _fact(label: str, value: str, voice: Voice) -> tuple[Run, ...]:
    head = tuple(run.model_copy(update={"bold": True}) for run in line_of(label, voice))
    gap = (Run(text="\n"),) if head else ()
    return (*head, *gap, *line_of(value, voice))


def _fields(fields: Sequence[Json]) -> Iterator[Json]:
    for start in range(0, len(fields), FIELDS):
        yield {"type": "section", "fields": list(fields[start : start + FIELDS])}


@draw.register
def _progress(block: Progress, voice: Voice) -> Iterator[Json]:
    """The words first: whoever has it read aloud hears them before the bar."""
    total = max(block.total, 1)
    done = min(max(block.done, 0), total)
    width = min(total, BAR)
    full = done * width // total
    bar = Run(text=f"{'▰' * full}{'▱' * (width - full)} {done}/{total}")
    label = words_of(block.label, voice)
    yield from rich_text([Piece(kind="paragraph", runs=(*label, *((Run(text="\n"),) if label else ()), bar))])


@draw.register
def _divider(_block: Divider, _voice: Voice) -> Iterator[Json]:
    yield {"type": "divider"}


@draw.register
def _buttons(block: Buttons, voice: Voice) -> Iterator[Json]:
    drawn = [one for button in block.items for one in _button(button, voice)]
    for start in range(0, len(drawn), BUTTONS):
        yield {"type": "actions", "elements": drawn[start : start + BUTTONS]}


def _button(button: Button, voice: Voice) -> Iterator[Json]:
    """A link that leads nowhere safe is not drawn."""
    if len(button.action) > MOST_ACTION or size(button.value) > MOST_VALUE:
        raise ValueError(f"Slack cannot carry the button {button.action[:40]!r}.")
    drawn: Json = {"type": "button", "text": plain_text(plain_words(button.label, voice), MOST_LABEL)}
    if button.style != "normal":
        drawn["style"] = button.style
    if button.url:
        url = f"{voice.site}{button.url}" if button.url.startswith("/") else button.url
        if safe_url(button.url) and url.startswith("http") and size(url) <= MOST_LINK:
            yield drawn | {"url": url, "action_id": ""}
        return
    yield drawn | {"action_id": button.action} | ({"value": button.value} if button.value else {})


def _numbered(block: Json, numbers: Iterator[int]) -> Json:
    """The same action may stand on two buttons of a message, the same id may not."""
    if block["type"] != "actions":
        return block
    elements = [one | {"action_id": f"{next(numbers)}:{one['action_id']}"} for one in block["elements"]]
    return block | {"elements": elements}


def _packed(blocks: Sequence[Mapping[str, object]]) -> Iterator[list[Json]]:
    """Blocks in order, as many to a message as it may hold."""
    part, letters = list[Json](), 0
    for block in blocks:
        more = len(json.dumps(block, ensure_ascii=False))
        if part and (len(part) == MOST_BLOCKS or letters + more > MOST_LETTERS):
            yield part
            part, letters = [], 0
        part.append(dict(block))
        letters += more
    yield part


_DASH = Run(text=NOTHING)
