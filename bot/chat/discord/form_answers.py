"""What comes back from a form → our values, and what is wrong with them. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence

from bot.chat.raw import clean, name, part
from cohorts.messages import FormField, TextField
from cohorts.words import say

FORM = re.compile(r"(form-[a-z0-9]{16}):([0-9]{1,2})", re.ASCII)
"""The id of a form that is open: which, and the page that is shown, from 0."""
MOST_ITEMS = 40


def form_id(kept: str, page: int) -> str:
    return f"{kept}:{page}"


def values_of(data: object) -> Mapping[str, str]:
    """Each field's value from a form that was sent: choices joined by commas, the boxes of one text by empty lines."""
    values: dict[str, str] = {}
    for box, component in _fields(part(data, "components")):
        field, value = box.split("#")[0], _value(component)
        between = "," if isinstance(part(component, "values"), list) else "\n\n"
        values[field] = between.join(one for one in (values.get(field, ""), value) if one)
    return values


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
    return problems


def _length_problem(value: str, field: TextField, language: str) -> str:
    count = len(value.split())
    if 0 < field.max_words < count:
        return say(language, "chat.form_too_long", count=count, most=field.max_words)
    if count < field.min_words:
        return say(language, "chat.form_too_short", count=count, least=field.min_words)
    return ""
