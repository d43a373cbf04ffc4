"""How long and how many: what a Block Kit object may hold, as Slack documents it, where nothing else counts."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.fakes.slack.contracts import Json

# (type of the object, its field) → most characters, or most items, where slack_sdk does not count.
LENGTHS: Mapping[tuple[str, str], int] = {
    ("section", "fields"): 10,
    ("context", "elements"): 10,
    ("actions", "elements"): 25,
    ("image", "title"): 2000,
    ("image", "alt_text"): 2000,
    ("image", "image_url"): 3000,
    ("input", "label"): 2000,
    ("input", "hint"): 2000,
    ("button", "value"): 2000,
    ("button", "url"): 3000,
    ("overflow", "options"): 5,
    ("checkboxes", "options"): 10,
    ("radio_buttons", "options"): 10,
    ("static_select", "options"): 100,
    ("multi_static_select", "options"): 100,
    ("static_select", "option_groups"): 100,
    ("multi_static_select", "option_groups"): 100,
    ("plain_text_input", "initial_value"): 3000,
    ("modal", "private_metadata"): 3000,
    ("home", "private_metadata"): 3000,
    ("modal", "external_id"): 255,
    ("home", "external_id"): 255,
}
LISTS = frozenset({"elements", "options", "option_groups"})  # none of them may be empty
TEXTS = frozenset({"plain_text", "mrkdwn", "text", "link"})
OF_A_TEXT = 3000
OF_RICH_TEXT = 3000  # GUESS: of all its words together
OPTION_TEXT = 75
BUTTON_TEXT = 75
FIELD_TEXT = 2000


def length_problems(node: Any) -> Iterator[str]:
    for element in elements([node]):
        kind = str(element.get("type"))
        for name, value in element.items():
            most = LENGTHS.get((kind, name))
            plain = value.get("text") if isinstance(value, dict) else value
            if most is not None and isinstance(plain, (str, list)) and len(plain) > most:
                yield f"{name} of {kind} holds {len(plain)}; {most} is the most"
        if kind == "image" and not element.get("alt_text"):
            yield "an image without alt_text"
        yield from (f"{kind} without {name}" for name in LISTS if element.get(name) == [])
        yield from _word_problems(element, kind)
        yield from _choice_problems(element, kind)


def _word_problems(element: Json, kind: str) -> Iterator[str]:
    words = element.get("text")
    if kind in TEXTS and isinstance(words, str) and not 0 < len(words) <= OF_A_TEXT:
        yield f"{kind} of {len(words)} characters; 1 to {OF_A_TEXT} are taken" if words else f"an empty {kind}"
    if kind == "button" and len(str(element.get("text", {}).get("text", ""))) > BUTTON_TEXT:
        yield f"text of a button is longer than {BUTTON_TEXT} characters"
    if kind == "rich_text":
        said = sum(len(str(one.get("text", ""))) for one in elements(element.get("elements")))
        if said > OF_RICH_TEXT:
            yield f"a rich_text of {said} characters; {OF_RICH_TEXT} is the most"
    if kind == "plain_text_input":
        least, most = element.get("min_length", 0), element.get("max_length", OF_A_TEXT)
        if not 0 <= least <= most <= OF_A_TEXT or len(str(element.get("initial_value", ""))) > most:
            yield f"plain_text_input from {least} to {most} characters"


def _choice_problems(element: Json, kind: str) -> Iterator[str]:
    options = element.get("options")
    if isinstance(options, list):
        for option in options:
            if len(str(option.get("text", {}).get("text", ""))) > OPTION_TEXT:
                yield f"an option of {kind} is longer than {OPTION_TEXT} characters"
        for initial in [element.get("initial_option"), *(element.get("initial_options") or [])]:
            if initial is not None and initial not in options:
                yield f"an initial option of {kind} is none of its options"
    for field in element.get("fields", ()) if kind == "section" else ():
        if len(str(field.get("text", ""))) > FIELD_TEXT:
            yield f"a field of a section is longer than {FIELD_TEXT} characters"


def elements(node: Any) -> Iterator[Json]:
    """Every object in a tree of blocks, the outermost first."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from elements(value)
    elif isinstance(node, list):
        for item in node:
            yield from elements(item)
