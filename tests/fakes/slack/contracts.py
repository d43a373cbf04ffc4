"""Slack's own reference data, read from the folder that COHORTIUM_SHARED names: what a call and its answer may hold.

The recorded payloads are shapes: every value is blanked, a list holds one of each kind of its items.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

Json = dict[str, Any]

# Documented on every method's page under "Common errors", not in each method's own list.
COMMON_ERRORS = frozenset(
    """
    access_denied account_inactive app_missing_action_url deprecated_endpoint ekm_access_denied
    enterprise_is_restricted fatal_error internal_error invalid_arg_name invalid_arguments invalid_array_arg
    invalid_auth invalid_charset invalid_form_data invalid_post_type missing_argument missing_post_type
    missing_scope no_permission not_allowed_token_type not_authed org_login_required ratelimited request_timeout
    service_unavailable team_access_not_granted team_added_to_org token_expired token_revoked
    two_factor_setup_required unknown_method
    """.split()  # noqa: SIM905
)
ANSWER_FIELDS = frozenset({"ok", "error", "warning", "needed", "provided", "response_metadata", "errors"})
# slack_sdk puts the workspace into every call when it knows it; an org-wide token needs it, others ignore it.
ANYWHERE = frozenset({"token", "team_id"})
JSON_VALUES = frozenset({"array", "object"})
# The reference calls these strings because a form carries them as JSON text; a JSON body may hold them as they are.
STRUCTURED = frozenset({"attachments", "blocks", "chunks", "files", "metadata", "prompts", "unfurls", "view"})
TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "number": (int, float),
    "integer": int,
    "array": list,
    "object": dict,
    "null": type(None),
}
ID_KEY = re.compile(r"[A-Z][A-Z0-9]{8,}_?")
# Open by nature or checked elsewhere; event_ts "is included with every inner event type".
UNCHECKED = frozenset({"attachments", "blocks", "event_payload", "event_ts", "state"})


class Reference:
    """The contracts folder of Slack. Everything is read when first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def method(self, name: str) -> Json | None:
        """Description of a Web API method, or None when Slack has no such method."""
        return self._read(f"api-reference/methods/{name}.json")

    @cached_property
    def tiers(self) -> Json:
        """Method → tier, e.g. `Tier3`."""
        return self._read("rate_limit_tiers.json") or {}

    @cached_property
    def message_shape(self) -> Json:
        """Every field a message has been seen with."""
        shapes = [self.interaction_shape("BlockActionPayload")["message"]]
        for path in sorted((self.folder / "payloads/events").glob("Message*Payload.json")):
            event = json.loads(path.read_text("utf-8"))["event"]
            shapes += [event, event.get("message", {})]
        return merge(shapes)

    def block_kit(self, name: str) -> Json:
        """A JSON schema: `SlackMessage`, `Modal` or `Home`."""
        return self._read(f"blockkit/{name}.schema.json") or {}

    @lru_cache(maxsize=512)  # noqa: B019  one Reference lives as long as the process
    def event_shape(self, kind: str, subtype: str = "") -> Json:
        """The recorded shape of an event; `{}` when none was recorded."""
        name = "".join(word.title() for word in kind.split("_"))
        if kind == "message" and subtype:
            # Private channels have the same shapes under another name; only the topic's was recorded apart.
            subtype = subtype.replace("group_", "channel_")
            name = {
                "message_changed": "MessageChanged",
                "message_deleted": "MessageDeleted",
                "message_replied": "MessageReplied",
                "bot_message": "MessageBot",
            }.get(subtype, "Message" + "".join(word.title() for word in subtype.split("_")))
        found = self._read(f"payloads/events/{name}Payload.json") or {}
        if subtype == "file_share":  # recorded of people alone; GUESS: an app's has what its other messages have
            return merge([found, self.event_shape("message")])
        return found

    @lru_cache(maxsize=512)  # noqa: B019  one Reference lives as long as the process
    def interaction_shape(self, name: str) -> Json:
        (path,) = (self.folder / "payloads/interactivity").rglob(f"{name}.json")
        return dict(json.loads(path.read_text("utf-8")))

    @lru_cache(maxsize=512)  # noqa: B019  one Reference lives as long as the process
    def answer_shape(self, name: str) -> Json:
        """Recorded answer and documented examples in one; a conversation, a user, a message as seen anywhere."""
        described = self.method(name) or {}
        found = [self._read(f"payloads/api/{name}.json") or {}]
        found += [one["example"] for one in described.get("examples", {}).values() if isinstance(one["example"], dict)]
        found.append(self._known_objects())
        shape = merge(found)
        known = set(merge(found[:-1])) | set((described.get("output") or {}).get("properties", {})) | ANSWER_FIELDS
        return {key: shape.get(key) for key in known}

    @lru_cache(maxsize=1)  # noqa: B019  one Reference lives as long as the process
    def _known_objects(self) -> Json:
        reads = (self._read(f"payloads/api/{name}.json") or {} for name in ("conversations.info", "users.info"))
        rooms, people = (dict(one) for one in reads)
        room = merge([rooms.get("channel", {}), *self._example("conversations.info", "channel")])
        room |= {"user": "", "num_members": 1, "is_user_deleted": False, "latest": {}, "properties": {}}
        user = merge([people.get("user", {}), *self._example("users.info", "user")])
        message = self.message_shape
        return {"channel": room, "channels": [room], "user": user, "members": [user, ""]} | {
            "message": message,
            "messages": [message],
        }

    def _example(self, method: str, key: str) -> list[Json]:
        examples = (self.method(method) or {}).get("examples", {}).values()
        return [one["example"][key] for one in examples if key in one["example"]]

    @lru_cache(maxsize=512)  # noqa: B019  one Reference lives as long as the process
    def _read(self, name: str) -> Json | None:
        path = self.folder / name
        return json.loads(path.read_text("utf-8")) if path.is_file() else None


@lru_cache(maxsize=4)
def _reference(folder: str) -> Reference:
    return Reference(Path(folder))


def reference() -> Reference | None:
    """The contracts, or None where COHORTIUM_SHARED does not lead to them."""
    shared = os.environ.get("COHORTIUM_SHARED", "")
    folder = Path(shared) / "contracts" / "slack"
    return _reference(str(folder)) if shared and folder.is_dir() else None


def argument_problems(described: Json, args: Mapping[str, Any], how: str) -> Iterator[str]:
    """What the API reference says against these arguments. `how` they came: json, form or query."""
    known = described["args"]["properties"]
    if how == "json" and not described.get("json_input_supported"):
        yield "takes no JSON body"
    for name in described["args"].get("required", ()):
        if name != "token" and args.get(name) in (None, ""):
            yield f"missing required argument: {name}"
    for name, value in args.items():
        if name in ANYWHERE:
            continue
        if name not in known:
            yield f"unknown argument: {name}"
        elif not _fits(name, value, known[name], how):
            yield f"wrong type of argument {name}: {value!r:.80}"


def _fits(name: str, value: Any, described: Json, how: str) -> bool:
    choices = described.get("anyOf") or described.get("allOf") or [described]
    if name in STRUCTURED and isinstance(value, (list, dict)):
        return True
    kinds = {choice.get("type") for choice in choices}
    if kinds & {None}:
        kinds |= {"string", "object"} if name == "view" else {"string"}
    allowed = [item for choice in choices for item in choice.get("enum", ())]
    if allowed and value not in allowed:
        return False
    if how == "json" and any(isinstance(value, TYPES.get(kind or "", str)) for kind in kinds):
        return "boolean" in kinds or not isinstance(value, bool)
    return isinstance(value, (str, int)) and any(_reads_as(str(value), kind or "string") for kind in kinds)


def _reads_as(text: str, kind: str) -> bool:
    if kind == "boolean":
        return text.lower() in {"true", "false", "1", "0"}
    if kind in {"number", "integer"}:
        return text.lstrip("-").isdigit()
    if kind in JSON_VALUES:
        return text[:1] in {"[", "{"}
    return kind == "string"


def answer_problems(reference: Reference, method: str, answer: Json) -> Iterator[str]:
    """Where an answer of the fake's is not one that Slack has been seen to give."""
    described = reference.method(method)
    if described is None:
        return
    error = answer.get("error")
    if error and error not in described["errors"] and error not in COMMON_ERRORS:
        yield f"Slack knows no error {error} here"
    if answer.get("ok"):
        # Where the reference contradicts itself its example is believed: conversations.setPurpose.
        examples = [one["example"] for one in described.get("examples", {}).values() if one["example"].get("ok")]
        required = (described.get("output") or {}).get("required", ())
        missing = [name for name in required if name not in answer and all(name in one for one in examples)]
        yield from (f"the answer lacks {name}" for name in missing)
        yield from misfits(answer, reference.answer_shape(method), "answer")


def misfits(value: Any, shape: Any, where: str) -> Iterator[str]:
    """Fields that the recorded shape does not have, and values of another type. Null and an empty shape fit all."""
    if value is None or shape is None:
        return
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            yield f"{where} is no object"
        elif shape:
            yield from _misfitting_fields(value, shape, where)
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield f"{where} is no list"
            return
        for number, item in enumerate(value):
            if shape and all(any(misfits(item, one, where)) for one in shape):
                yield from misfits(item, shape[0], f"{where}[{number}]")
    elif not _same_type(value, shape):
        yield f"{where} is {type(value).__name__}, not {type(shape).__name__}"


def _misfitting_fields(value: Json, shape: Json, where: str) -> Iterator[str]:
    keyed = all(ID_KEY.fullmatch(key) for key in shape)
    for key, item in value.items():
        if keyed:
            yield from misfits(item, next(iter(shape.values())), f"{where}.{key}")
        elif key not in shape and key not in UNCHECKED:
            yield f"{where} has an unknown field {key}"
        elif key not in UNCHECKED:
            yield from misfits(item, shape[key], f"{where}.{key}")


def _same_type(value: Any, shape: Any) -> bool:
    if isinstance(shape, bool) or isinstance(value, bool):
        return isinstance(shape, bool) and isinstance(value, bool)
    if isinstance(shape, (int, float)):
        return isinstance(value, (int, float))
    return isinstance(value, str)


def merge(shapes: Iterable[Json]) -> Json:
    """One shape with the fields of all; objects are merged, lists joined, of the rest the first non-null counts."""
    merged: Json = {}
    for shape in shapes:
        for key, value in shape.items():
            known = merged.get(key)
            if isinstance(known, dict) and isinstance(value, dict):
                merged[key] = merge([known, value])
            elif isinstance(known, list) and isinstance(value, list):
                merged[key] = known + value
            elif known is None:
                merged[key] = value
    return merged
