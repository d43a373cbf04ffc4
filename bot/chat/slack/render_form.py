"""Our form → a modal. Pure.

The modal carries what it is for in `private_metadata`, and each field's limits in its `action_id`, so an answer can be
read and checked (form_answers.py) without anything kept in between.
"""

import json
from collections.abc import Iterator
from functools import singledispatch

from bot.chat.words.cutting import shorten, size, split
from bot.chat.words.pieces import Piece, Run, Voice, plain_words, words_of
from cohorts.events import Place
from cohorts.messages import CheckField, ChoiceField, FileField, Form, Message, Option, TextField
from cohorts.words import say

from .render import MOST_BLOCKS, NOTHING, blocks_of, context, plain_text
from .words.fitting import MOST_VIEW, fitting
from .words.rich_text import Json, rich_text

CALLBACK = "form"
NOTICE = "notice"
MOST_MODAL_BLOCKS = 2 * MOST_BLOCKS
MOST_METADATA = 3000
MOST_TITLE = 24
MOST_INPUT = 3000
MOST_HINT = 2000
MOST_OPTION = 75
MOST_OPTION_ID = 150
FEW = 10
"""Options shown all at once; more become a list that opens."""
MANY = 100
LETTERS_A_WORD = 8
"""With its space; generous, so that nobody is stopped inside the word limit."""


def modal(form: Form, voice: Voice, place: Place | None = None) -> Json:
    """The view for views.open. `place` is where it was asked for, given back with the answer.

    Raises ValueError when the form does not fit: more fields than blocks, or a value that Slack cannot carry.
    """
    blocks = list(_blocks(form, voice)) or list(blocks_of(Message(text=""), voice))
    view: Json = {
        "type": "modal",
        "callback_id": CALLBACK,
        "title": plain_text(plain_words(form.title, voice), MOST_TITLE),
        "submit": plain_text(plain_words(form.submit, voice) or say(voice.language, "chat.write_send"), MOST_TITLE),
        "close": plain_text(plain_words(form.cancel, voice) or say(voice.language, "chat.form_cancel"), MOST_TITLE),
        "private_metadata": _metadata(form, place),
        "blocks": blocks,
    }
    return _checked(view)


def notice(message: Message, voice: Voice, place: Place | None = None) -> Json:
    """Something to read and close, with all its blocks that fit: how a form's answer is told."""
    empty = Form(title="", action="", submit="")
    more = list(context(say(voice.language, "chat.cut_here"), voice))
    view: Json = {
        "type": "modal",
        "callback_id": NOTICE,
        "title": plain_text(say(voice.language, "chat.notice_title"), MOST_TITLE),
        "close": plain_text(say(voice.language, "chat.close"), MOST_TITLE),
        "private_metadata": _metadata(empty, place),
        "blocks": fitting(list(blocks_of(message, voice)), MOST_MODAL_BLOCKS, more),
    }
    return _checked(view)


def _checked(view: Json) -> Json:
    if len(view["blocks"]) > MOST_MODAL_BLOCKS or len(json.dumps(view).encode()) > MOST_VIEW:
        raise ValueError("This form is larger than a Slack modal can be.")
    return view


def _metadata(form: Form, place: Place | None) -> str:
    where = place or Place(conversation="")
    known = {
        "action": form.action,
        "value": form.value,
        "conversation": where.conversation,
        "thread": where.thread,
        "message": where.message,
    }
    text = json.dumps({name: value for name, value in known.items() if value}, ensure_ascii=False)
    if size(text) > MOST_METADATA:
        raise ValueError("This form is about more than a Slack modal can carry.")
    return text


def _blocks(form: Form, voice: Voice) -> Iterator[Json]:
    title = plain_words(form.title, voice).strip()
    if size(title) > MOST_TITLE:
        yield {"type": "header", "text": plain_text(title, 150)}
    yield from blocks_of(Message(text=form.intro), voice) if form.intro.strip() else ()
    for field in form.fields:
        yield from field_blocks(field, voice)
    yield from context(form.note, voice)


@singledispatch
def field_blocks(field: object, voice: Voice) -> Iterator[Json]:
    """A field as one input, or as several where Slack's are too small."""
    raise TypeError(f"no way to draw {type(field).__name__} for {voice.language}")


@field_blocks.register
def _text(field: TextField, voice: Voice) -> Iterator[Json]:
    """A box holds 3,000 characters; a longer text gets boxes of its own, read as one text with paragraphs."""
    texts = list(split(field.initial, MOST_INPUT)) if field.multiline else [shorten(field.initial, MOST_INPUT)]
    boxes = max(len(texts), -(-field.max_words * LETTERS_A_WORD // MOST_INPUT) if field.multiline else 0, 1)
    for number in range(boxes):
        label = field.label if boxes == 1 else f"{shorten(field.label, 1900)} ({number + 1}/{boxes})"
        element: Json = {
            "type": "plain_text_input",
            "action_id": f"words:{field.min_words}:{field.max_words}:{field.id}" + (f"#{number + 1}" if number else ""),
            "multiline": field.multiline,
            "max_length": MOST_INPUT,
        }
        if number < len(texts) and texts[number]:
            element["initial_value"] = texts[number]
        if boxes == 1 and field.required and field.min_words > 1:
            element["min_length"] = min(2 * field.min_words - 1, MOST_INPUT)
        hint = field.hint if number == 0 else ""
        name = f"f.{field.id}" if number == 0 else f"f.{field.id}#{number + 1}"
        yield _input(name, label, hint, element, voice) | {"optional": not field.required or number > 0}


@field_blocks.register
def _choice(field: ChoiceField, voice: Voice) -> Iterator[Json]:
    """No input where there is nothing to choose. Labels that had to be cut are written out above."""
    options = [_option(option, voice) for option in field.options]
    if not options:
        return
    yield from _written_out(field, voice)
    few = len(options) <= FEW
    kind = ("checkboxes" if few else "multi_static_select") if field.many else "radio_buttons" if few else ""
    element: Json = {"type": kind or "static_select", "action_id": f"choice:{field.id}"}
    if not few:
        element["placeholder"] = plain_text(say(voice.language, "chat.form_choose"), 150)
    element |= {"options": options} if len(options) <= MANY else {"option_groups": _groups(options)}
    chosen = [option for option in options if option["value"] in field.initial]
    if chosen:
        element |= {"initial_options": chosen} if field.many else {"initial_option": chosen[0]}
    yield _input(f"f.{field.id}", field.label, field.hint, element, voice) | {"optional": not field.required}


@field_blocks.register
def _check(field: CheckField, voice: Voice) -> Iterator[Json]:
    option: Json = {"text": plain_text(say(voice.language, "chat.form_yes"), MOST_OPTION), "value": "yes"}
    element: Json = {"type": "checkboxes", "action_id": f"check:{field.id}", "options": [option]}
    if field.initial:
        element["initial_options"] = [option]
    yield _input(f"f.{field.id}", field.label, field.hint, element, voice) | {"optional": not field.required}


@field_blocks.register
def _file(field: FileField, voice: Voice) -> Iterator[Json]:
    element: Json = {"type": "file_input", "action_id": f"file:{field.id}", "max_files": 1}
    yield _input(f"f.{field.id}", field.label, field.hint, element, voice) | {"optional": not field.required}


def _input(name: str, label: str, hint: str, element: Json, voice: Voice) -> Json:
    block: Json = {
        "type": "input",
        "block_id": name,
        "label": plain_text(plain_words(label, voice), MOST_HINT),
        "element": element,
    }
    spoken = plain_words(hint, voice).strip()
    return block | {"hint": plain_text(spoken, MOST_HINT)} if spoken else block


def _option(option: Option, voice: Voice) -> Json:
    if not option.id or len(option.id) > MOST_OPTION_ID:
        raise ValueError(f"Slack cannot carry the option {option.id[:40]!r}.")
    drawn: Json = {"text": plain_text(plain_words(option.label, voice), MOST_OPTION), "value": option.id}
    hint = plain_words(option.hint, voice).strip()
    return drawn | {"description": plain_text(hint, MOST_OPTION)} if hint else drawn


def _written_out(field: ChoiceField, voice: Voice) -> Iterator[Json]:
    """Whole labels and hints of a field of which one is too long to stand beside its box."""
    long = (text for option in field.options for text in (option.label, option.hint))
    if not any(size(plain_words(text, voice).strip()) > MOST_OPTION for text in long):
        return
    items = []
    for option in field.options:
        hint = (Run(text=f" {option.hint}"),) if option.hint else ()
        items.append(Piece(kind="bullet", runs=(*words_of(option.label or NOTHING, voice), *hint)))
    yield from rich_text(items)


def _groups(options: list[Json]) -> list[Json]:
    """More options than one list holds, a hundred to a group named after its first and last."""
    groups = []
    for start in range(0, len(options), MANY):
        some = options[start : start + MANY]
        first, last = (shorten(one["text"]["text"], 35) for one in (some[0], some[-1]))
        groups.append({"label": plain_text(f"{first} – {last}", MOST_OPTION), "options": some})
    return groups
