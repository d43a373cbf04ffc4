"""Our form → safe HTML: the fields alone. The frame (a dialog or a page) belongs to the web."""

from collections.abc import Mapping
from functools import singledispatch

from markupsafe import Markup

from cohorts.evidence.documents import MOST_BYTES, SUFFIXES, document_line
from cohorts.messages import CheckField, ChoiceField, FileField, Form, FormField, Option, TextField
from cohorts.values import Frozen
from cohorts.words import say

from .markdown import words
from .render import EMPTY

RADIOS = 7
ROWS = (5, 14)
WORDS_A_LINE = 12


class Filling(Frozen):
    """One field as one person finds it: what stands in it, what is wrong with it, in whose words."""

    language: str
    zone: str
    value: str = ""
    problem: str = ""


def fields_html(form: Form, filling: Filling, values: Mapping[str, str], problems: Mapping[str, str]) -> Markup:
    """Every field with the person's own entry where there is one, and its problem beside it."""
    drawn = (
        field_html(
            field,
            filling.model_copy(
                update={"value": values.get(field.id, initial(field)), "problem": problems.get(field.id, "")}
            ),
        )
        for field in form.fields
    )
    return EMPTY.join(drawn)


def initial(field: FormField) -> str:
    """What stands in a field before anybody wrote: the same shape a sent value has."""
    if isinstance(field, TextField):
        return field.initial
    if isinstance(field, ChoiceField):
        return ",".join(field.initial)
    return "yes" if isinstance(field, CheckField) and field.initial else ""


@singledispatch
def field_html(field: object, filling: Filling) -> Markup:
    raise TypeError(f"no way to draw {type(field).__name__} for {filling.language}")


@field_html.register
def _text(field: TextField, filling: Filling) -> Markup:
    extra = _attributes(field.id, filling, field.hint, required=field.required)
    if field.max_words:
        extra += Markup(' data-most-words="{}"').format(field.max_words)
    if field.multiline:
        extra += Markup(' rows="{}"').format(_rows(field))
        # A browser drops one newline at the start of a text area; ours is that one.
        control = Markup('<textarea id="f-{}" name="f.{}"{}>\n{}</textarea>')
    else:
        control = Markup('<input type="text" id="f-{}" name="f.{}" autocomplete="off"{} value="{}">')
    body = control.format(field.id, field.id, extra, filling.value)
    label = Markup('<label class="field-label" for="f-{}"{}>{}{}</label>')
    spoken = words(field.label, filling.zone, filling.language)
    head = label.format(field.id, _lang(field.tongue), spoken, _optional(field, filling))
    return _wrap(field.id, head, body, filling, _hint(field.id, field.hint, filling))


def _rows(field: TextField) -> int:
    """As many lines as the words that may come need, within what a phone can show."""
    return max(ROWS[0], min(ROWS[1], field.max_words // WORDS_A_LINE))


@field_html.register
def _choice(field: ChoiceField, filling: Filling) -> Markup:
    if not field.many and len(field.options) > RADIOS:
        return _select(field, filling)
    kind = "checkbox" if field.many else "radio"
    chosen = set(filling.value.split(",")) if field.many else {filling.value}
    body = EMPTY.join(_option(field, option, kind, filling, option.id in chosen) for option in field.options)
    legend = Markup('<legend class="field-label">{}{}</legend>').format(
        words(field.label, filling.zone, filling.language), _optional(field, filling)
    )
    role = Markup("") if field.many else Markup(' role="radiogroup"')
    described = _described(field.id, filling, field.hint)
    frame = Markup('<fieldset class="field" id="f-{}" tabindex="-1"{}{}>{}{}{}{}</fieldset>')
    hint = _hint(field.id, field.hint, filling)
    return frame.format(field.id, role, described, legend, hint, _problem(field.id, filling), body)


def _option(field: ChoiceField, option: Option, kind: str, filling: Filling, on: bool) -> Markup:
    name = f"f-{field.id}-{option.id}"
    shown = Markup('<span class="field-hint" id="{}-hint"{}>{}</span>')
    hint = shown.format(name, _lang(option.tongue), option.hint) if option.hint else EMPTY
    box = Markup('<input type="{}" id="{}" name="f.{}" value="{}"{}{}>').format(
        kind,
        name,
        field.id,
        option.id,
        Markup(" checked") if on else EMPTY,
        Markup(' aria-describedby="{}-hint"').format(name) if option.hint else EMPTY,
    )
    spoken = words(option.label, filling.zone, filling.language)
    label = Markup('<label for="{}"{}>{}</label>').format(name, _lang(option.tongue), spoken)
    return Markup('<div class="choice">{}<span class="choice-text">{}{}</span></div>').format(box, label, hint)


def _select(field: ChoiceField, filling: Filling) -> Markup:
    option = Markup('<option value="{}"{}{}>{}</option>')
    options = [option.format("", EMPTY, EMPTY, say(filling.language, "chat.form_choose"))]
    options += [
        option.format(one.id, _lang(one.tongue), Markup(" selected") if one.id == filling.value else EMPTY, one.label)
        for one in field.options
    ]
    extra = _attributes(field.id, filling, field.hint, required=field.required)
    body = Markup('<select id="f-{}" name="f.{}"{}>{}</select>').format(field.id, field.id, extra, EMPTY.join(options))
    label = Markup('<label class="field-label" for="f-{}">{}{}</label>').format(
        field.id, words(field.label, filling.zone, filling.language), _optional(field, filling)
    )
    return _wrap(field.id, label, body, filling, _hint(field.id, field.hint, filling))


@field_html.register
def _check(field: CheckField, filling: Filling) -> Markup:
    extra = _attributes(field.id, filling, field.hint, required=field.required)
    on = Markup(" checked") if filling.value == "yes" else EMPTY
    box = Markup('<input type="checkbox" id="f-{}" name="f.{}" value="yes"{}{}>').format(field.id, field.id, on, extra)
    label = Markup('<label for="f-{}">{}</label>').format(field.id, words(field.label, filling.zone, filling.language))
    hint = _hint(field.id, field.hint, filling)
    choice = Markup('<div class="choice">{}<span class="choice-text">{}{}</span></div>').format(box, label, hint)
    return Markup('<div class="field">{}{}</div>').format(_problem(field.id, filling), choice)


@field_html.register
def _file(field: FileField, filling: Filling) -> Markup:
    """A browser shows no file again that was chosen before: it is chosen once more."""
    extra = _attributes(field.id, filling, field.hint, required=field.required)
    extra += Markup(' data-most-bytes="{}" data-too-large="{}"').format(
        MOST_BYTES, document_line("large", filling.language)
    )
    body = Markup('<input type="file" id="f-{}" name="f.{}" accept="{}"{}>').format(
        field.id, field.id, ",".join(SUFFIXES), extra
    )
    label = Markup('<label class="field-label" for="f-{}">{}</label>').format(
        field.id, words(field.label, filling.zone, filling.language)
    )
    return _wrap(field.id, label, body, filling, _hint(field.id, field.hint, filling))


def _lang(tongue: str) -> Markup:
    """So that a screen reader speaks it as what it is."""
    return Markup(' lang="{}"').format(tongue) if tongue else EMPTY


def _wrap(name: str, head: Markup, body: Markup, filling: Filling, hint: Markup) -> Markup:
    return Markup('<div class="field">{}{}{}{}</div>').format(head, hint, _problem(name, filling), body)


def _attributes(name: str, filling: Filling, hint: str, *, required: bool) -> Markup:
    need = Markup(" required") if required else EMPTY
    return need + _described(name, filling, hint)


def _described(name: str, filling: Filling, hint: str) -> Markup:
    ids = [f"f-{name}-hint"] if hint else []
    ids += [f"f-{name}-problem"] if filling.problem else []
    described = Markup(' aria-describedby="{}"').format(" ".join(ids)) if ids else EMPTY
    return described + (Markup(' aria-invalid="true"') if filling.problem else EMPTY)


def _optional(field: TextField | ChoiceField, filling: Filling) -> Markup:
    if field.required or (isinstance(field, TextField) and field.or_file):
        return EMPTY
    return Markup(' <span class="field-optional">{}</span>').format(say(filling.language, "chat.form_optional"))


def _hint(name: str, text: str, filling: Filling) -> Markup:
    if not text:
        return EMPTY
    spoken = words(text, filling.zone, filling.language)
    return Markup('<p class="field-hint" id="f-{}-hint">{}</p>').format(name, spoken)


def _problem(name: str, filling: Filling) -> Markup:
    if not filling.problem:
        return EMPTY
    spoken = words(filling.problem, filling.zone, filling.language)
    return Markup('<p class="field-problem" id="f-{}-problem">{}</p>').format(name, spoken)
