"""Our form → modals of five items at most; a longer one goes in pages. Pure.

An input's custom id is its field's. A field that is larger than one input gets several: `id`, `id#2`, `id#3`; their
texts are read as one with an empty line between, their choices together.
"""

from collections.abc import Iterator, Sequence
from functools import singledispatch

from bot.chat.words.cutting import shorten, size, split
from bot.chat.words.pieces import Piece, Run, Voice, plain_words, words_of
from cohorts.messages import CheckField, ChoiceField, Form, FormField, Option, TextField
from cohorts.words import say

from .render import NOTHING, TEXT, Json, texts_of
from .words.markdown import markdown, markdown_texts

SELECT, INPUT, LABEL = 3, 4, 18
ITEMS = 5
MOST_TITLE = 45
MOST_LABEL = 45
MOST_HINT = 100
MOST_INPUT = 4000
MOST_OPTION = 100
OPTIONS = 25
MOST_TEXT = 4000
LETTERS_A_WORD = 8
"""With its space; generous, so that nobody is stopped inside the word limit."""


def modal(form: Form, voice: Voice, page: int = 0) -> Json:
    """Title and components of one page, from 0; whoever shows it adds the custom id.

    Raises ValueError for an option that Discord cannot carry, and IndexError for a page that is not there.
    """
    head = _head(form, voice) if page == 0 else []
    items = [item for field in pages(form, voice)[page] for item in field_items(field, voice)]
    title = shorten(plain_words(form.title, voice).strip(), MOST_TITLE) or NOTHING
    return {"title": title, "components": [*head, *items] or [_text(NOTHING)]}


def pages(form: Form, voice: Voice) -> Sequence[Sequence[FormField]]:
    """The fields of each page; at least one page. Fields with nothing to choose from are on none."""
    room, full = ITEMS - len(_head(form, voice)), list[list[FormField]]([[]])
    for field in form.fields:
        needed = len(list(field_items(field, voice)))
        if needed > room and room < ITEMS:
            full.append([])
            room = ITEMS
        full[-1] += [field] if needed else []
        room -= needed
    return full


def _head(form: Form, voice: Voice) -> list[Json]:
    """What is read before the fields: a title too long for its line, the intro, and who can see the answers."""
    title = plain_words(form.title, voice).strip()
    long = [Piece(kind="paragraph", runs=(Run(text=title, bold=True),))] if size(title) > MOST_TITLE else []
    intro = [one["content"] for one in texts_of(form.intro, voice)]
    note = [f"-# {line}" for one in texts_of(form.note, voice) for line in one["content"].split("\n") if line.strip()]
    text = "\n\n".join(filter(None, (markdown(long), *intro, "\n".join(note))))
    return [_text(shorten(text, MOST_TEXT))] if text else []


@singledispatch
def field_items(field: object, voice: Voice) -> Iterator[Json]:
    """A field as one labelled input, or as several where Discord's are too small."""
    raise TypeError(f"no way to draw {type(field).__name__} for {voice.language}")


@field_items.register
def _words(field: TextField, voice: Voice) -> Iterator[Json]:
    """A box holds 4,000 characters; a longer text gets boxes of its own."""
    texts = list(split(field.initial, MOST_INPUT)) if field.multiline else [shorten(field.initial, MOST_INPUT)]
    wanted = -(-field.max_words * LETTERS_A_WORD // MOST_INPUT) if field.multiline else 1
    boxes = min(max(len(texts), wanted, 1), ITEMS - 1)
    texts = [*texts[: boxes - 1], shorten("\n\n".join(texts[boxes - 1 :]), MOST_INPUT)]
    yield from _written_out(field.label, field.hint, voice)
    for number in range(1, boxes + 1):
        box: Json = {
            "type": INPUT,
            "custom_id": _part(field.id, number),
            "style": 2 if field.multiline else 1,
            "max_length": MOST_INPUT,
            "required": field.required and number == 1,
        }
        if number <= len(texts) and texts[number - 1]:
            box["value"] = texts[number - 1]
        yield _labelled(field.label, field.hint if number == 1 else "", box, voice, (number, boxes))


@field_items.register
def _choice(field: ChoiceField, voice: Voice) -> Iterator[Json]:
    """No input where there is nothing to choose. Labels that had to be cut are written out above."""
    if not field.options:
        return
    yield from _written_out(field.label, field.hint, voice, field.options)
    groups = [field.options[start : start + OPTIONS] for start in range(0, len(field.options), OPTIONS)]
    for number, group in enumerate(groups[: ITEMS - 1], 1):
        select: Json = {
            "type": SELECT,
            "custom_id": _part(field.id, number),
            "placeholder": shorten(say(voice.language, "chat.form_choose"), MOST_HINT),
            "required": field.required and len(groups) == 1,
            "min_values": 1 if field.required and len(groups) == 1 else 0,
            "max_values": len(group) if field.many else 1,
            "options": [_option(option, option.id in field.initial, voice) for option in group],
        }
        if not field.many:
            select["options"] = list(_one_chosen(select["options"]))
        yield _labelled(field.label, field.hint, select, voice, (number, len(groups)))


@field_items.register
def _check(field: CheckField, voice: Voice) -> Iterator[Json]:
    yield from _written_out(field.label, field.hint, voice)
    yes: Json = {"label": say(voice.language, "chat.form_yes"), "value": "yes", "default": field.initial}
    select: Json = {"type": SELECT, "custom_id": field.id, "required": field.required, "options": [yes]}
    select |= {"min_values": 1 if field.required else 0, "max_values": 1}
    yield _labelled(field.label, field.hint, select, voice)


def _part(field_id: str, number: int) -> str:
    """Raises ValueError for what Discord cannot carry."""
    part = field_id if number == 1 else f"{field_id}#{number}"
    if not part or size(part) > MOST_OPTION:
        raise ValueError(f"Discord cannot carry the field {field_id[:40]!r}.")
    return part


def _labelled(label: str, hint: str, item: Json, voice: Voice, which: tuple[int, int] = (1, 1)) -> Json:
    """The input under its label; a label too long for its line goes on under it, where there is room."""
    number, of = which
    tail = f" ({number}/{of})" if of > 1 else ""
    spoken, below = plain_words(label, voice).strip() or NOTHING, plain_words(hint, voice).strip()
    if size(spoken) > MOST_LABEL and not below and size(spoken) <= MOST_HINT:
        below = spoken
    drawn: Json = {"type": LABEL, "label": shorten(spoken, MOST_LABEL - len(tail)) + tail, "component": item}
    return drawn | {"description": shorten(below, MOST_HINT)} if below else drawn


def _option(option: Option, chosen: bool, voice: Voice) -> Json:
    if not option.id or size(option.id) > MOST_OPTION:
        raise ValueError(f"Discord cannot carry the option {option.id[:40]!r}.")
    label = shorten(plain_words(option.label, voice).strip(), MOST_OPTION) or NOTHING
    drawn: Json = {"label": label, "value": option.id, "default": chosen}
    hint = plain_words(option.hint, voice).strip()
    return drawn | {"description": shorten(hint, MOST_OPTION)} if hint else drawn


def _one_chosen(options: Sequence[Json]) -> Iterator[Json]:
    """Discord takes no more defaults than may be chosen."""
    chosen = False
    for option in options:
        yield option | {"default": option["default"] and not chosen}
        chosen = chosen or option["default"]


def _written_out(label: str, hint: str, voice: Voice, options: Sequence[Option] = ()) -> Iterator[Json]:
    """What is too long to stand at an input, in full above it; nothing where all of it fits."""
    spoken, below = plain_words(label, voice).strip(), plain_words(hint, voice).strip()
    pieces = list[Piece]()
    if size(below) > MOST_HINT or size(spoken) > (MOST_LABEL if below else MOST_HINT):
        pieces.append(Piece(kind="paragraph", runs=(Run(text=spoken, bold=True),)))
        pieces += [Piece(kind="paragraph", runs=words_of(hint, voice))] if below else []
    long = (text for option in options for text in (option.label, option.hint))
    if any(size(plain_words(text, voice).strip()) > MOST_OPTION for text in long):
        pieces += [_line(option, voice) for option in options]
    if pieces:
        yield _text(next(markdown_texts(pieces, MOST_TEXT)))


def _line(option: Option, voice: Voice) -> Piece:
    hint = (Run(text=" "), *words_of(option.hint, voice)) if option.hint else ()
    return Piece(kind="bullet", runs=(*words_of(option.label or NOTHING, voice), *hint))


def _text(content: str) -> Json:
    return {"type": TEXT, "content": content}
