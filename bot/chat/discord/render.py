"""Our message → what Discord takes of one: components of its second kind. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, singledispatch
from itertools import count
from typing import Any

from bot.chat.markdown import safe_url
from bot.chat.words.cutting import shorten, size, split
from bot.chat.words.pieces import Piece, Run, Voice, line_of, pieces_of, plain_words, words_of
from cohorts.messages import Button, Buttons, Context, Divider, Facts, Message, Progress, Section
from cohorts.words import say

from .custom_ids import custom_id
from .words.markdown import markdown_line, markdown_texts

Json = dict[str, Any]
NO_PREVIEWS, COMPONENTS_V2 = 1 << 2, 1 << 15
ROW, BUTTON, TEXT, SEPARATOR = 1, 2, 10, 14
MOST_COMPONENTS = 40
"""In a message, those inside others counted."""
MOST_LETTERS = 4000
"""Of all texts of a message together."""
MOST_CONTENT = 2000
MOST_ROWS = 5
"""Of buttons, under a message without components of the second kind."""
BUTTONS = 5
MOST_LABEL = 80
MOST_LINK = 512
BAR = 12
NOTHING = "–"
"""Discord takes no empty text."""
NOBODY: Json = {"parse": []}
"""No text mentions anybody, whatever stands in it."""
STYLES = {"primary": 1, "normal": 2, "danger": 4}
LINK = 5


def render(message: Message, voice: Voice) -> Sequence[Json]:
    """The message as the body of one Discord message, or of several when it does not fit into one; all of it is there.

    `handles_of` says what is to be kept before it goes out.
    """
    components = list(components_of(message, voice))
    if _weight(components) > MOST_COMPONENTS:
        components = list(_merged(components))
    return [_body(part) for part in _packed(components)]


def plain(message: Message, voice: Voice) -> Sequence[Json]:
    """The same for where components of the second kind are refused: texts with buttons under the last of them."""
    components = list(components_of(message, voice))
    rows = [one for one in components if one["type"] == ROW]
    texts = list(_joined([one["content"] for one in components if one["type"] == TEXT], MOST_CONTENT))
    bodies = [_plain_body(text) for text in texts or [NOTHING]]
    bodies[-1]["components"] = rows[:MOST_ROWS]
    more = range(MOST_ROWS, len(rows), MOST_ROWS)
    return [*bodies, *(_plain_body(NOTHING) | {"components": rows[at : at + MOST_ROWS]} for at in more)]


def fewer(bodies: Sequence[Json], most: int, voice: Voice) -> Sequence[Json]:
    """Exactly `most` messages: what is beyond the last is cut, with a word that it is; what is missing is a dash."""
    if len(bodies) <= most:
        return [*bodies, *[_body([_text(NOTHING)])] * (most - len(bodies))]
    *first, last = bodies[:most]
    (cut,) = _small_print(say(voice.language, "chat.cut_here"), voice)
    return [*first, _body([*next(_packed([cut, *last["components"]]))[1:], cut])]


def components_of(message: Message, voice: Voice) -> Iterator[Json]:
    """Every block of the message, or its text when it has none; custom ids are unique among them."""
    numbers, drawn = count(), False
    for block in message.blocks:
        for one in draw(block, voice):
            drawn = True
            yield _numbered(one, numbers)
    if not drawn:
        yield from texts_of(message.text, voice) or [_text(NOTHING)]


def texts_of(text: str, voice: Voice) -> Sequence[Json]:
    """Text displays that say all of it; none for nothing."""
    return [_text(one) for one in _read(text, MOST_LETTERS, voice) if one.strip()]


@lru_cache(maxsize=2048)
def _read(text: str, most: int, voice: Voice) -> tuple[str, ...]:
    """Most of what is shown are the same cards, and to read their Markdown is most of the work of drawing them."""
    return tuple(markdown_texts(pieces_of(text, voice), most))


@singledispatch
def draw(block: object, voice: Voice) -> Iterator[Json]:
    """One of our blocks as none, one or several components."""
    raise TypeError(f"no way to draw {type(block).__name__} for {voice.language}")


@draw.register
def _section(block: Section, voice: Voice) -> Iterator[Json]:
    yield from texts_of(block.text, voice)


@draw.register
def _context(block: Context, voice: Voice) -> Iterator[Json]:
    yield from _small_print(block.text, voice)


def _small_print(text: str, voice: Voice) -> Iterator[Json]:
    for one in _read(text, MOST_LETTERS // 2, voice):
        if lines := [f"-# {line}" for line in one.split("\n") if line.strip()]:
            yield _text("\n".join(lines))


@draw.register
def _facts(block: Facts, voice: Voice) -> Iterator[Json]:
    """A row is a line; a value of several lines goes on under it."""
    rows = (_fact(label, value, voice) for label, value in block.rows)
    pieces = [Piece(kind="bullet", runs=runs) for runs in rows if markdown_line(runs).strip()]
    yield from _texts(pieces)


def _fact(label: str, value: str, voice: Voice) -> tuple[Run, ...]:
    head = tuple(run.model_copy(update={"bold": True}) for run in line_of(label, voice))
    gap = (Run(text=": "),) if head else ()
    return (*head, *gap, *line_of(value, voice))


@draw.register
def _progress(block: Progress, voice: Voice) -> Iterator[Json]:
    """The words first: whoever has it read aloud hears them before the bar."""
    total = max(block.total, 1)
    done = min(max(block.done, 0), total)
    width = min(total, BAR)
    full = done * width // total
    bar = Run(text=f"{'▰' * full}{'▱' * (width - full)} {done}/{total}")
    label = words_of(block.label, voice)
    runs = (*label, *((Run(text="\n"),) if label else ()), bar)
    yield from _texts([Piece(kind="paragraph", runs=runs)])


@draw.register
def _divider(_block: Divider, _voice: Voice) -> Iterator[Json]:
    yield {"type": SEPARATOR, "divider": True}


@draw.register
def _buttons(block: Buttons, voice: Voice) -> Iterator[Json]:
    drawn = [one for button in block.items for one in _button(button, voice)]
    for start in range(0, len(drawn), BUTTONS):
        yield {"type": ROW, "components": drawn[start : start + BUTTONS]}


def _button(button: Button, voice: Voice) -> Iterator[Json]:
    """A link that leads nowhere safe is not drawn. What is not yet numbered has no custom id yet."""
    label = shorten(plain_words(button.label, voice).strip(), MOST_LABEL) or NOTHING
    if not button.url:
        yield {"type": BUTTON, "style": STYLES[button.style], "label": label, "about": (button.action, button.value)}
        return
    url = f"{voice.site}{button.url}" if button.url.startswith("/") else button.url
    if safe_url(button.url) and url.startswith("http") and size(url) <= MOST_LINK:
        yield {"type": BUTTON, "style": LINK, "label": label, "url": url}


def _numbered(component: Json, numbers: Iterator[int]) -> Json:
    """The same button may stand twice in a message, the same id may not."""
    if component["type"] != ROW:
        return component
    return component | {"components": [_named(one, numbers) for one in component["components"]]}


def _named(button: Json, numbers: Iterator[int]) -> Json:
    if "about" not in button:
        return button
    action, value = button["about"]
    named = {name: found for name, found in button.items() if name != "about"}
    return named | {"custom_id": custom_id(action, value, next(numbers))}


def _texts(pieces: Sequence[Piece]) -> Sequence[Json]:
    return [_text(one) for one in markdown_texts(pieces, MOST_LETTERS) if one.strip()]


def _text(content: str) -> Json:
    return {"type": TEXT, "content": content}


def _body(components: Sequence[Json]) -> Json:
    return {"flags": COMPONENTS_V2, "components": list(components), "allowed_mentions": NOBODY}


def _plain_body(content: str) -> Json:
    return {"flags": NO_PREVIEWS, "content": content, "allowed_mentions": NOBODY}


def _weight(components: Iterable[Json]) -> int:
    return sum(1 + len(one.get("components", ())) for one in components)


def _letters(component: Json) -> int:
    return size(component.get("content", ""))


def _packed(components: Sequence[Json]) -> Iterator[list[Json]]:
    """Components in order, as many to a message as it may hold."""
    part = list[Json]()
    for one in components:
        more = [*part, one]
        if part and (_weight(more) > MOST_COMPONENTS or sum(map(_letters, more)) > MOST_LETTERS):
            yield part
            more = [one]
        part = more
    yield part


def _merged(components: Sequence[Json]) -> Iterator[Json]:
    """Texts that follow one another as one, where there are too many components."""
    texts = list[str]()
    for one in components:
        if one["type"] == TEXT:
            texts.append(one["content"])
            continue
        yield from map(_text, _joined(texts, MOST_LETTERS))
        texts = []
        yield one
    yield from map(_text, _joined(texts, MOST_LETTERS))


def _joined(texts: Sequence[str], most: int) -> Iterator[str]:
    """Texts with an empty line between them, each as long as it may be; a longer one is cut where a line ends."""
    held = ""
    for text in (short for long in texts for short in _short(long, most)):
        if held and size(held) + 2 + size(text) > most:
            yield held
            held = ""
        held = f"{held}\n\n{text}" if held else text
    if held:
        yield held


def _short(text: str, most: int) -> Iterator[str]:
    held = ""
    for line in (short for long in text.split("\n") for short in ([long] if size(long) <= most else split(long, most))):
        if held and size(held) + 1 + size(line) > most:
            yield held
            held = ""
        held = f"{held}\n{line}" if held else line
    yield held
