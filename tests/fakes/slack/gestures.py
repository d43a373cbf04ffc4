"""What a person can do with the elements of a message, a modal or a Home tab, and the state Slack makes of it."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.fakes.slack.contracts import Json

# type of element → (its field in a payload, its field with the value to begin with)
FIELDS: Mapping[str, tuple[str, str]] = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "static_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "overflow": ("selected_option", ""),
    "multi_static_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "file_input": ("files", ""),
}
OF_LISTS = frozenset(field for field, _ in FIELDS.values() if field.endswith("s"))


class NotPossibleError(Exception):
    """Slack's client would not let a person do this."""


def find_element(blocks: list[Json], action_id: str) -> tuple[Json, Json]:
    """The block and the element in it that a person would press."""
    for block, element in elements(blocks):
        if element.get("action_id") == action_id:
            return block, element
    there = [element.get("action_id") for _, element in elements(blocks)]
    raise NotPossibleError(f"nothing to press is called {action_id}; there are {there}")


def elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Each block with each interactive element in it."""
    for block in blocks:
        inside = [block.get("accessory"), block.get("element"), *(block.get("elements") or [])]
        yield from ((block, one) for one in inside if isinstance(one, dict) and "action_id" in one)


def choice(element: Json, chosen: Any) -> Json:
    """The fields of an action: a button's value, or what was chosen, which must be there to choose."""
    if element["type"] in {"button", "workflow_button"}:
        kept = ("value", "url", "text", "style", "confirm")
        return {name: element[name] for name in kept if name in element}
    return {FIELDS[element["type"]][0]: _value(element, chosen)}


def state_of(blocks: list[Json], typed: Mapping[str, Any], *, complete: bool = False) -> Json:
    """`state.values` with these fields filled (action_id → value); with `complete` as Slack lets it be submitted."""
    values: Json = {}
    left = dict(typed)
    for block, element in elements(blocks):
        if element["type"] not in FIELDS or element["type"] == "overflow":
            continue
        field, initial = FIELDS[element["type"]]
        value = element.get(initial) if initial else None
        if element["action_id"] in left:
            value = _value(element, left.pop(element["action_id"]))
        if complete and block["type"] == "input":
            _must_be_acceptable(block, element, value)
        if value is None and field in OF_LISTS:
            value = []
        values.setdefault(block["block_id"], {})[element["action_id"]] = {"type": element["type"], field: value}
    if left:
        raise NotPossibleError(f"nothing to fill is called {sorted(left)}")
    return values


def _value(element: Json, chosen: Any) -> Any:
    field = FIELDS[element["type"]][0]
    if field == "selected_option":
        return _option(element, chosen)
    if field == "selected_options":
        return [_option(element, one) for one in chosen]
    return chosen


def _option(element: Json, value: str) -> Json:
    grouped = (option for group in element.get("option_groups", ()) for option in group["options"])
    for option in [*element.get("options", ()), *grouped]:
        if option["value"] == value:
            return dict(option)
    raise NotPossibleError(f"{element['action_id']} has no option {value}")


def _must_be_acceptable(block: Json, element: Json, value: Any) -> None:
    name = element["action_id"]
    if value in (None, "", []):
        if not block.get("optional"):
            raise NotPossibleError(f"{name} is required")
    elif isinstance(value, str) and element["type"] == "plain_text_input":
        if not element.get("min_length", 0) <= len(value) <= element.get("max_length", 3000):
            raise NotPossibleError(f"{name} is too short or too long")
    elif isinstance(value, list) and len(value) > element.get("max_selected_items", len(value)):
        raise NotPossibleError(f"too many are chosen in {name}")
