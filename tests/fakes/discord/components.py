"""What a tree of components must keep to beyond its shape: counts, ids, what may stand together."""

from collections import Counter
from collections.abc import Iterator

from tests.fakes.discord.contracts import Json
from tests.fakes.discord.world import walk

ROW, BUTTON, SELECT, INPUT, SECTION, TEXT_DISPLAY, THUMBNAIL, GALLERY, CONTAINER = 1, 2, 3, 4, 9, 10, 11, 12, 17
LABEL, UPLOAD, RADIO, CHECKS, CHECK = 18, 19, 21, 22, 23
SELECTS = frozenset({3, 5, 6, 7, 8})
LINK, PREMIUM = 5, 6
COMPONENTS, ROWS, LETTERS = 40, 5, 4_000
IN_MODAL, TITLE, LABEL_LETTERS, OPTION_LETTERS = 5, 45, 45, 100


def tree_problems(components: list[Json], *, second_kind: bool) -> Iterator[str]:
    """Of a message."""
    every = walk(components)
    if second_kind:
        if len(every) > COMPONENTS:
            yield f"{len(every)} components; a message holds {COMPONENTS}"
        letters = sum(len(one.get("content", "")) for one in every if one["type"] == TEXT_DISPLAY)
        if letters > LETTERS:
            yield f"text displays of {letters} characters; a message holds {LETTERS}"
    else:
        if len(components) > ROWS:
            yield f"{len(components)} rows; a message holds {ROWS}"
        if any(one["type"] != ROW for one in components):
            yield "at the top stand rows alone"
    yield from _same_ids(every)
    for one in every:
        yield from _one(one)


def modal_problems(data: Json) -> Iterator[str]:
    components = data.get("components") or []
    every = walk(components)
    if not 0 < len(components) <= IN_MODAL:
        yield f"{len(components)} components; a modal holds 1 to {IN_MODAL}"
    if not str(data.get("title") or "").strip() or len(data["title"]) > TITLE:
        yield f"a modal's title has 1 to {TITLE} characters"
    yield from _same_ids(every)
    for one in components:
        if one["type"] == ROW:
            yield "ours: a row in a modal is deprecated; a label holds its input"
        elif one["type"] == LABEL:
            yield from _labelled(one)
    for one in every:
        yield from _one(one)


def _labelled(label: Json) -> Iterator[str]:
    inside = label["component"]
    if not label["label"].strip():
        yield "an empty label"
    if inside.get("label"):
        yield "an input in a label has no label of its own"
    if inside["type"] in SELECTS and inside.get("disabled"):
        yield "a select in a modal cannot be disabled"
    needed = inside.get("required", True)
    if needed and inside.get("min_values") == 0:
        yield "a required choice of none"


def _same_ids(every: list[Json]) -> Iterator[str]:
    for key in ("custom_id", "id"):
        counted = Counter(one[key] for one in every if one.get(key))
        yield from (f"{key} {name!r} stands twice" for name, count in counted.items() if count > 1)


def _one(one: Json) -> Iterator[str]:
    kind = one["type"]
    if kind == ROW:
        yield from _row(one)
    elif kind == BUTTON:
        yield from _button(one)
    elif kind == SELECT or kind in {RADIO, CHECKS}:
        yield from _choice(one)
    elif kind == INPUT:
        yield from _input(one)
    elif kind == TEXT_DISPLAY and not one["content"].strip():
        yield "an empty text display"
    elif kind in {THUMBNAIL, GALLERY}:
        pictures = one.get("items", [one])
        if not all(str(each.get("description") or "").strip() for each in pictures):
            yield "ours: a picture without words for those who do not see it"


def _row(row: Json) -> Iterator[str]:
    kinds = [one["type"] for one in row["components"]]
    if any(kind in SELECTS for kind in kinds) and len(kinds) > 1:
        yield "a select stands alone in its row"
    if len(kinds) > 5:
        yield f"{len(kinds)} buttons in a row; 5 is the most"


def _button(button: Json) -> Iterator[str]:
    style, known, url = button["style"], button.get("custom_id"), button.get("url")
    if style == LINK and (known or not url):
        yield "a link button has a url and no custom_id"
    if style not in {LINK, PREMIUM} and (not known or url):
        yield "a button has a custom_id and no url"
    if style != PREMIUM and not (str(button.get("label") or "").strip() or button.get("emoji")):
        yield "a button without a label"


def _choice(choice: Json) -> Iterator[str]:
    options = choice.get("options") or []
    values = [one["value"] for one in options]
    if len(set(values)) < len(values):
        yield f"{choice['custom_id']}: two options of the same value"
    for option in options:
        if not option["label"].strip() or not option["value"]:
            yield f"{choice['custom_id']}: an empty option"
        if any(len(str(option.get(name) or "")) > OPTION_LETTERS for name in ("label", "value", "description")):
            yield f"{choice['custom_id']}: an option of more than {OPTION_LETTERS} characters"
    most = choice.get("max_values", 1) if choice["type"] != RADIO else 1
    least = choice.get("min_values", 1)
    if choice["type"] != RADIO and not 0 <= least <= most <= max(len(options), 1):
        yield f"{choice['custom_id']}: {least} to {most} of {len(options)} options"
    if sum(1 for one in options if one.get("default")) > most:
        yield f"{choice['custom_id']}: more are chosen to begin with than may be"


def _input(field: Json) -> Iterator[str]:
    least, most, value = field.get("min_length") or 0, field.get("max_length") or LETTERS, field.get("value") or ""
    if least > most or (value and not least <= len(value) <= most):
        yield f"{field['custom_id']}: {len(value)} characters to begin with, {least} to {most} are taken"
