"""What comes back from a modal → our values, and what is wrong with them → what Slack shows at each field. Pure."""

import re
from collections.abc import Iterator, Mapping

from bot.chat.words.cutting import shorten
from bot.chat.words.pieces import Voice, plain_words
from cohorts.messages import Message
from cohorts.words import say

from .hearing.raw import clean, name, part, text
from .ids import MOST_ID
from .render_form import MOST_HINT, notice
from .words.rich_text import Json

_WORDS = re.compile(r"words:([0-9]{1,9}):([0-9]{1,9}):.*", re.DOTALL)


def values_of(view: Mapping[str, object]) -> Mapping[str, str]:
    """Each field's value from a submitted view: several choices joined by commas, boxes of one text by empty lines."""
    values: dict[str, str] = {}
    for box, element in answers(view):
        field = box.split("#")[0]
        value = _value(element)
        values[field] = "\n\n".join(one for one in (values.get(field, ""), value) if one)
    return values


def answers(view: Mapping[str, object]) -> Iterator[tuple[str, Mapping[str, object]]]:
    """(field, element) of every input of ours, whatever else stands in the view."""
    blocks = part(view, "state", "values")
    for block, elements in blocks.items() if isinstance(blocks, Mapping) else ():
        if isinstance(block, str) and block.startswith("f.") and isinstance(elements, Mapping):
            for action, element in elements.items():
                if isinstance(element, Mapping) and isinstance(action, str):
                    yield clean(block.removeprefix("f."), MOST_ID), {**element, "action_id": action}


def problems_of(view: Mapping[str, object], language: str) -> Mapping[str, str]:
    """Word limits that are not kept: Slack itself counts characters alone."""
    values, problems = values_of(view), dict[str, str]()
    for field, element in answers(view):
        limits = _WORDS.fullmatch(str(element["action_id"]))
        if limits and values[field] and "#" not in field:
            problem = _length_problem(values[field], int(limits[1]), int(limits[2]), language)
            problems |= {field: problem} if problem else {}
    return problems


def _length_problem(value: str, least: int, most: int, language: str) -> str:
    count = len(value.split())
    if 0 < most < count:
        return say(language, "chat.form_too_long", count=count, most=most)
    return say(language, "chat.form_too_short", count=count, least=least) if count < least else ""


def errors(view: Mapping[str, object], problems: Mapping[str, str], voice: Voice) -> Json:
    """The answer to a submission that keeps the modal open. What belongs to no field stands at the first one."""
    fields = [field for field, _ in answers(view)]
    if not fields:
        said = "\n\n".join(problems.values())
        return {"response_action": "update", "view": notice(Message(text=said), voice)}
    found: dict[str, str] = {}
    for field, problem in problems.items():
        at = field if field in fields else fields[0]
        found[at] = " ".join(one for one in (found.get(at, ""), plain_words(problem, voice)) if one)
    return {
        "response_action": "errors",
        "errors": {f"f.{field}": shorten(problem, MOST_HINT) for field, problem in found.items()},
    }


def _value(element: Mapping[str, object]) -> str:
    if value := text(element, "value"):
        return value.replace("\r\n", "\n").strip()
    if chosen := name(element, "selected_option", "value"):
        return chosen
    several = element.get("selected_options")
    ids = [name(one, "value") for one in several] if isinstance(several, list) else []
    return ",".join(one for one in ids if one)
