"""What a person can do with the components of a message or a modal, and what Discord makes of it."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.fakes.discord.components import (
    BUTTON,
    CHECK,
    CHECKS,
    INPUT,
    LABEL,
    RADIO,
    ROW,
    SELECT,
    SELECTS,
    TEXT_DISPLAY,
    UPLOAD,
)
from tests.fakes.discord.contracts import Json
from tests.fakes.discord.world import walk

Upload = Callable[[str, bytes], str]


class NotPossibleError(Exception):
    """Discord's client would not let a person do this."""


def find_component(components: list[Json], what: str) -> Json:
    """The one with this custom_id, or else the button with this label."""
    there = [one for one in walk(components) if one["type"] == BUTTON or one["type"] in SELECTS]
    for name in ("custom_id", "label"):
        for one in there:
            if one.get(name) == what:
                if one.get("disabled"):
                    raise NotPossibleError(f"{what} is disabled")
                return one
    labels = [one.get("label") or one.get("custom_id") for one in there]
    raise NotPossibleError(f"nothing to press is called {what}; there are {labels}")


def filled_in(components: list[Json], values: Mapping[str, Any], upload: Upload) -> list[Json]:
    """The components of a modal as they come back, filled with these values (custom_id → text, or a list of the values
    of options), what is not named as it was to begin with; only if Discord lets it be sent."""
    left = dict(values)
    found = list[Json]()
    for number, one in enumerate(components, 1):
        if one["type"] == TEXT_DISPLAY:
            found.append({"type": TEXT_DISPLAY, "id": number})
        elif one["type"] == LABEL:
            inside = _filled(one["component"], left, upload)
            found.append({"type": LABEL, "id": number, "component": inside | {"id": number + len(components)}})
        elif one["type"] == ROW:
            inside = _filled(one["components"][0], left, upload)
            found.append({"type": ROW, "id": number, "components": [inside | {"id": number + len(components)}]})
    if left:
        raise NotPossibleError(f"nothing to fill is called {sorted(left)}")
    return found


def _filled(field: Json, left: dict[str, Any], upload: Upload) -> Json:
    name, kind = field["custom_id"], field["type"]
    told: Json = {"type": kind, "custom_id": name}
    given = left.pop(name, None)
    if kind == INPUT:
        return told | {"value": _text(field, given)}
    if kind == CHECK:
        return told | {"value": bool(field.get("default")) if given is None else bool(given)}
    if kind == UPLOAD:
        files = [upload(*one) for one in given or ()]
        _must_be_counted(field, files)
        return told | {"values": files}
    return told | _chosen(field, given)


def _text(field: Json, given: Any) -> str:
    value = str(field.get("value") or "") if given is None else str(given)
    if not value:
        if field.get("required", True):
            raise NotPossibleError(f"{field['custom_id']} is required")
        return ""
    if not (field.get("min_length") or 0) <= len(value) <= (field.get("max_length") or 4_000):
        raise NotPossibleError(f"{field['custom_id']} is too short or too long")
    return value


def _chosen(field: Json, given: Any) -> Json:
    options = field.get("options") or []
    begun = [one["value"] for one in options if one.get("default")]
    values = begun if given is None else [given] if isinstance(given, str) else list(given)
    if field["type"] in {SELECT, RADIO, CHECKS}:
        unknown = set(values) - {one["value"] for one in options}
        if unknown:
            raise NotPossibleError(f"{field['custom_id']} has no option {sorted(unknown)}")
    _must_be_counted(field, values)
    return {"value": values[0] if values else None} if field["type"] == RADIO else {"values": values}


def _must_be_counted(field: Json, values: list[str]) -> None:
    name, needed = field["custom_id"], field.get("required", True)
    if not values:
        if needed:
            raise NotPossibleError(f"{name} is required")
        return
    most = len(values) if field["type"] == CHECKS and field.get("max_values") is None else field.get("max_values", 1)
    if not (field.get("min_values") or 0) <= len(values) <= (most or 1):
        raise NotPossibleError(f"{name}: {len(values)} are too few or too many")
