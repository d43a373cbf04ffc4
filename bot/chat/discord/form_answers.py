"""What comes back from a form → our values, and what is wrong with them. Pure.

A field may have several boxes (render_form.py). What stands in each is kept as it came, so that a page is shown again
as it was sent; they become one value when all of it is there.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from bot.chat.raw import clean, name, part
from cohorts.messages import ChoiceField, Form, FormField, TextField
from cohorts.words import say

FORM = re.compile(r"(form-[a-z0-9]{16}):([0-9]{1,2})", re.ASCII)
"""The id of a form that is open: which, and the page that is shown, from 0."""
PLACE = re.compile(r"#([0-9]{1,5})", re.ASCII)
"""An option by its place among all of its field."""
MOST_ITEMS = 40


def form_id(kept: str, page: int) -> str:
    return f"{kept}:{page}"


def values_of(data: object) -> Mapping[str, str]:
    """What stands in each box of a form that was sent; what was chosen is joined by commas."""
    return {box: _value(component) for box, component in _fields(part(data, "components"))}


def whole(form: Form, boxes: Mapping[str, str]) -> Mapping[str, str]:
    """Each field's value: choices joined by commas, the boxes of one text by empty lines."""
    fields, values = {field.id: field for field in form.fields}, dict[str, str]()
    for box, said in boxes.items():
        name = field_of(box)
        field = fields.get(name)
        between = "," if isinstance(field, ChoiceField) else "\n\n"
        value = ",".join(_chosen(field, said)) if isinstance(field, ChoiceField) else said
        values[name] = between.join(one for one in (values.get(name, ""), value) if one)
    return values


def settled(form: Form, before: Mapping[str, str], sent: Mapping[str, str]) -> Mapping[str, str]:
    """What stands in the boxes now. Of a single choice from several lists, the one that was not there before counts."""
    boxes, known = {**before, **sent}, whole(form, before)
    for field in form.fields:
        if not isinstance(field, ChoiceField) or field.many:
            continue
        old = known[field.id].split(",") if field.id in known else field.initial
        full = [box for box, said in boxes.items() if field_of(box) == field.id and said]
        new = [box for box in full if not set(_chosen(field, boxes[box])) <= set(old)]
        if len(full) > 1 and len(new) == 1:
            boxes |= {box: "" for box in full if box not in new}
    return boxes


def field_of(box: str) -> str:
    return box.partition("#")[0]


def _chosen(field: ChoiceField, said: str) -> Iterator[str]:
    """An option's id is in its place where it is too long for Discord: `#` and its number stand for it."""
    for one in filter(None, said.split(",")):
        at = int(one[1:]) if PLACE.fullmatch(one) else len(field.options)
        yield field.options[at].id if at < len(field.options) else one


def _fields(components: object) -> Iterator[tuple[str, object]]:
    """(field, component) of every input, whether it stands in a label or in a row."""
    for item in components[:MOST_ITEMS] if isinstance(components, list) else ():
        rowed = part(item, "components")
        inside = rowed[:5] if isinstance(rowed, list) else [part(item, "component")]
        for component in inside:
            if field := name(component, "custom_id"):
                yield field, component


def _value(component: object) -> str:
    value, several = part(component, "value"), part(component, "values")
    if value is True:
        return "yes"
    if isinstance(value, str):
        return clean(value).replace("\r\n", "\n").strip()
    ids = [clean(one) for one in several if isinstance(one, str)] if isinstance(several, list) else []
    return ",".join(one for one in ids if one)


def problems_of(fields: Sequence[FormField], values: Mapping[str, str], language: str) -> Mapping[str, str]:
    """Word limits that are not kept, and what is wanted and not there: Discord itself counts characters alone."""
    problems = dict[str, str]()
    for field in fields:
        value = values.get(field.id, "")
        if field.required and not value:
            problems[field.id] = say(language, "basics.required")
        elif isinstance(field, TextField) and value and not field.advisory:
            problem = _length_problem(value, field, language)
            problems |= {field.id: problem} if problem else {}
        elif isinstance(field, ChoiceField) and not field.many and value:
            known = value in {option.id for option in field.options}
            problems |= {} if known else {field.id: say(language, "chat.form_one_only")}
    return problems


def _length_problem(value: str, field: TextField, language: str) -> str:
    count = len(value.split())
    if 0 < field.max_words < count:
        return say(language, "chat.form_too_long", count=count, most=field.max_words)
    if count < field.min_words:
        return say(language, "chat.form_too_short", count=count, least=field.min_words)
    return ""
