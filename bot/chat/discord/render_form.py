"""Our form → modals of five items at most; a longer one goes in pages. Pure.

An input's custom id is its field's. A field that is larger than one input gets several: `id`, `id#2`, `id#3`; their
texts are read as one with an empty line between, their choices together. What is larger than a page goes on on the
next.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import singledispatch
from typing import NamedTuple

from bot.chat.words.cutting import shorten, size, split
from bot.chat.words.pieces import Piece, Run, Voice, pieces_of, plain_words, words_of
from cohorts.messages import CheckField, ChoiceField, FileField, Form, FormField, Option, TextField
from cohorts.words import say

from .render import NOTHING, TEXT, Json, texts_of
from .words.markdown import markdown, markdown_texts

SELECT, INPUT, LABEL, UPLOAD = 3, 4, 18, 19
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


class Page(NamedTuple):
    """One modal: its components, and the fields that begin and that end on it."""

    items: list[Json]
    begun: list[FormField]
    ended: list[FormField]


def modal(form: Form, voice: Voice, page: int = 0, boxes: Mapping[str, str] | None = None) -> Json:
    """Title and components of one page, from 0, with what was filled in before, by custom id; whoever shows it adds the
    modal's own.

    Raises ValueError for what Discord cannot carry, and IndexError for a page that is not there.
    """
    items = [_refilled(item, boxes or {}, voice) for item in pages(form, voice)[page].items]
    title = shorten(plain_words(form.title, voice).strip(), MOST_TITLE) or NOTHING
    return {"title": title, "components": items or [_text(NOTHING)]}


def pages(form: Form, voice: Voice) -> Sequence[Page]:
    """At least one, and the same whatever is filled in. A field is not parted where it fits on a page; with nothing to
    choose from it is on none."""
    full = [Page([], [], [])]
    for text in _head(form, voice):
        _place(full, text)
    for field in form.fields:
        items = list(field_items(field, voice))
        if full[-1].begun and not _fit(full[-1].items, items):
            full.append(Page([], [], []))
        for number, item in enumerate(items):
            _place(full, item)
            full[-1].begun.extend([field] if number == 0 else [])
        full[-1].ended.extend([field] if items else [])
    return full


def _place(full: list[Page], item: Json) -> None:
    """On the last page, or on one more."""
    if not _fit(full[-1].items, [item]):
        full.append(Page([], [], []))
    full[-1].items.append(item)


def _fit(there: Sequence[Json], more: Sequence[Json]) -> bool:
    items = [*there, *more]
    return len(items) <= ITEMS and sum(size(one.get("content", "")) for one in items) <= MOST_TEXT


def _refilled(item: Json, boxes: Mapping[str, str], voice: Voice) -> Json:
    """The input with what was sent in it."""
    box = item.get("component", {})
    said = boxes.get(box.get("custom_id", ""))
    if said is None:
        return item
    if box["type"] == UPLOAD:
        return _brought(item, box, voice) if said else item
    if box["type"] == INPUT:
        bare = {name: value for name, value in box.items() if name != "value"}
        return item | {"component": bare | ({"value": said} if said else {})}
    chosen = said.split(",")
    options = [option | {"default": option["value"] in chosen} for option in box["options"]]
    return item | {"component": box | {"options": list(_most_chosen(options, box["max_values"]))}}


def _brought(item: Json, box: Json, voice: Voice) -> Json:
    """Discord shows no file that was sent before: its words are kept, and it need not be brought again."""
    kept = {"description": shorten(say(voice.language, "chat.form_file_kept"), MOST_HINT)}
    return item | kept | {"component": box | {"required": False, "min_values": 0}}


def _head(form: Form, voice: Voice) -> list[Json]:
    """What is read before the fields: a title too long for its line, the intro, and who can see the answers. An intro
    that no page holds, such as a draft, comes after the others, all of it."""
    title = plain_words(form.title, voice).strip()
    long = [Piece(kind="paragraph", runs=(Run(text=title, bold=True),))] if size(title) > MOST_TITLE else []
    intro = [one["content"] for one in texts_of(form.intro, voice)]
    note = [f"-# {line}" for one in texts_of(form.note, voice) for line in one["content"].split("\n") if line.strip()]
    said, small = markdown(long), "\n".join(note)
    text = "\n\n".join(filter(None, (said, *intro, small)))
    if size(text) <= MOST_TEXT:
        return [_text(text)] if text else []
    first = shorten("\n\n".join(filter(None, (said, small))), MOST_TEXT)
    room = max(MOST_TEXT // 2, MOST_TEXT - size(first))
    return [_text(one) for one in (first, *markdown_texts(pieces_of(form.intro, voice), room)) if one.strip()]


@singledispatch
def field_items(field: object, voice: Voice) -> Iterator[Json]:
    """A field as one labelled input, or as several where Discord's are too small."""
    raise TypeError(f"no way to draw {type(field).__name__} for {voice.language}")


@field_items.register
def _words(field: TextField, voice: Voice) -> Iterator[Json]:
    """A box holds 4,000 characters; a longer text gets boxes of its own."""
    texts = list(split(field.initial, MOST_INPUT)) if field.multiline else [shorten(field.initial, MOST_INPUT)]
    wanted = -(-field.max_words * LETTERS_A_WORD // MOST_INPUT) if field.multiline else 1
    boxes = max(len(texts), wanted, 1)
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
    drawn = [_option(option, number, option.id in field.initial, voice) for number, option in enumerate(field.options)]
    groups = [drawn[start : start + OPTIONS] for start in range(0, len(drawn), OPTIONS)]
    for number, group in enumerate(groups, 1):
        select: Json = {
            "type": SELECT,
            "custom_id": _part(field.id, number),
            "placeholder": _placeholder(group, len(groups), voice),
            "required": field.required and len(groups) == 1,
            "min_values": 1 if field.required and len(groups) == 1 else 0,
            "max_values": len(group) if field.many else 1,
        }
        select["options"] = list(_most_chosen(group, select["max_values"]))
        yield _labelled(field.label, field.hint, select, voice, (number, len(groups)))


@field_items.register
def _check(field: CheckField, voice: Voice) -> Iterator[Json]:
    yield from _written_out(field.label, field.hint, voice)
    yes: Json = {"label": say(voice.language, "chat.form_yes"), "value": "yes", "default": field.initial}
    select: Json = {"type": SELECT, "custom_id": field.id, "required": field.required, "options": [yes]}
    select |= {"min_values": 1 if field.required else 0, "max_values": 1}
    yield _labelled(field.label, field.hint, select, voice)


@field_items.register
def _file(field: FileField, voice: Voice) -> Iterator[Json]:
    yield from _written_out(field.label, field.hint, voice)
    box: Json = {"type": UPLOAD, "custom_id": _part(field.id, 1), "required": field.required}
    yield _labelled(field.label, field.hint, box | {"min_values": int(field.required), "max_values": 1}, voice)


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


def _placeholder(group: Sequence[Json], groups: int, voice: Voice) -> str:
    """Which of several lists it is: its first and its last."""
    said = say(voice.language, "chat.form_choose")
    if groups > 1:
        first, last = (shorten(group[at]["label"], 35) for at in (0, -1))
        said = f"{said} {first} – {last}"
    return shorten(said, MOST_HINT)


def _option(option: Option, number: int, chosen: bool, voice: Voice) -> Json:
    """An id too long for Discord is told by its place (form_answers.py)."""
    if not option.id:
        raise ValueError("Discord cannot carry an option without an id.")
    label = shorten(plain_words(option.label, voice).strip(), MOST_OPTION) or NOTHING
    value = option.id if size(option.id) <= MOST_OPTION else f"#{number}"
    drawn: Json = {"label": label, "value": value, "default": chosen}
    hint = plain_words(option.hint, voice).strip()
    return drawn | {"description": shorten(hint, MOST_OPTION)} if hint else drawn


def _most_chosen(options: Sequence[Json], most: int) -> Iterator[Json]:
    """Discord takes no more defaults than may be chosen."""
    for option in options:
        yield option | {"default": option["default"] and most > 0}
        most -= option["default"]


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
        yield from map(_text, markdown_texts(pieces, MOST_TEXT))


def _line(option: Option, voice: Voice) -> Piece:
    hint = (Run(text=" "), *words_of(option.hint, voice)) if option.hint else ()
    return Piece(kind="bullet", runs=(*words_of(option.label or NOTHING, voice), *hint))


def _text(content: str) -> Json:
    return {"type": TEXT, "content": content}
