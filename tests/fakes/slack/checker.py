"""One checker for every payload that goes to Slack: the API reference, Block Kit's schemas, slack_sdk's own models,
and the limits that none of them knows (numbers as Slack documents them).

Problems are sentences; an empty list is a good payload. Without the contracts only models and limits are asked.
"""

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.exceptions import best_match
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.basic_objects import JsonObject
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from tests.fakes.slack.contracts import Json, Reference, argument_problems, reference
from tests.fakes.slack.measures import elements, length_problems

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100  # of modals and Home tabs
VIEW_BYTES = 250_000  # view_too_large is documented for more than 250kb; GUESS: of 1,000 bytes
TEXT_LENGTH = 40_000  # the rest is cut off
MESSAGE_LETTERS = 13_200  # of several blocks together, as JSON: msg_blocks_too_long (slackapi/bolt-js 2509, 2867)
MARKDOWN_LENGTH = 12_000  # of markdown_text, and of all markdown blocks of a message together
WORDS = frozenset(
    {"text", "url", "value", "fallback", "format", "action_id", "block_id", "initial_value", "private_metadata"}
)
INPUTS_IN_MODALS_ALONE = frozenset({"file_input"})
WITH_TEXT = frozenset({"chat.postMessage", "chat.update", "chat.postEphemeral", "chat.scheduleMessage"})
WITH_VIEW = frozenset({"views.open", "views.push", "views.update", "views.publish"})

# What it skips it says with the whole payload, which may hold half characters that no report of a test takes.
logging.getLogger("slack_sdk.models").setLevel(logging.ERROR)


def check_call(method: str, args: Mapping[str, Any], how: str = "json") -> list[str]:
    """A Web API call with its arguments decoded as far as they are JSON."""
    problems: list[str] = []
    contracts = reference()
    if contracts is not None:
        described = contracts.method(method)
        if described is None:
            return [f"{method}: Slack has no such method"]
        problems += argument_problems(described, args, how)
    if method in WITH_TEXT or method == "chat.stopStream":
        problems += check_message(args, needs_text=method in WITH_TEXT)
    if method in WITH_VIEW and isinstance(args.get("view"), dict):
        problems += check_view(args["view"])
        if method != "views.update" and (method == "views.publish") != (args["view"].get("type") == "home"):
            problems.append("a Home tab is published, a modal opened")
    return [f"{method}: {problem}" for problem in problems]


def check_message(payload: Mapping[str, Any], *, needs_text: bool = True) -> list[str]:
    """What a message holds: text, blocks, markdown_text, metadata."""
    return list(_careful(lambda: _message_problems(payload, needs_text)))


def check_view(view: Json) -> list[str]:
    """A modal or a Home tab."""
    return list(_careful(lambda: _view_problems(view)))


def _careful(find: Callable[[], Iterable[str]]) -> Iterator[str]:
    """A payload too broken to be looked at is a problem too."""
    try:
        yield from find()
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        yield f"malformed: {type(error).__name__}: {error}"


def _message_problems(payload: Mapping[str, Any], needs_text: bool) -> list[str]:
    problems: list[str] = []
    blocks = payload.get("blocks") or []
    if not isinstance(blocks, list):
        return ["blocks are no list"]
    if needs_text and (blocks or payload.get("attachments")) and not str(payload.get("text") or "").strip():
        problems.append("blocks without a top-level text: a screen reader and a notification have nothing to say")
    if len(str(payload.get("text") or "")) > TEXT_LENGTH:
        problems.append(f"text is longer than {TEXT_LENGTH} characters")
    if len(str(payload.get("markdown_text") or "")) > MARKDOWN_LENGTH:
        problems.append(f"markdown_text is longer than {MARKDOWN_LENGTH} characters")
    if payload.get("markdown_text") and (blocks or payload.get("text")):
        problems.append("markdown_text together with blocks or text")
    if len(blocks) > MESSAGE_BLOCKS:
        problems.append(f"{len(blocks)} blocks; a message holds {MESSAGE_BLOCKS}")
    if len(blocks) > 1 and len(json.dumps(blocks, ensure_ascii=False)) > MESSAGE_LETTERS:
        problems.append(f"blocks of more than {MESSAGE_LETTERS} characters")
    problems += _metadata_problems(payload.get("metadata") or None)
    for element in elements(blocks):
        if element.get("type") in INPUTS_IN_MODALS_ALONE:
            problems.append(f"{element['type']} works in modals alone")
    return problems + _block_problems(blocks, "SlackMessage")


def _view_problems(view: Json) -> list[str]:
    home = view.get("type") == "home"
    blocks = view.get("blocks") or []
    root = "Home" if home else "Modal"
    problems = [*_schema_problems({**view, "blocks": []}, root, root)]
    try:
        problems += _model_problems(View(**{**view, "blocks": blocks[:1]}))
    except (SlackObjectFormationError, TypeError) as error:
        problems.append(f"view: {error}")
    if len(blocks) > VIEW_BLOCKS:
        problems.append(f"{len(blocks)} blocks; a view holds {VIEW_BLOCKS}")
    if len(json.dumps(view, ensure_ascii=False).encode()) > VIEW_BYTES:
        problems.append(f"the view is larger than {VIEW_BYTES} bytes")
    if not home and any(block.get("type") == "input" for block in blocks) and not view.get("submit"):
        problems.append("an input block without a submit button")
    problems += length_problems(view)
    return problems + _block_problems(blocks, root)


def check_reply(payload: Mapping[str, Any]) -> list[str]:
    """What is posted to a response_url or answered to a slash command."""
    known = {"text", "blocks", "attachments", "response_type", "replace_original", "delete_original"}
    known |= {"thread_ts", "metadata", "mrkdwn", "unfurl_links", "unfurl_media"}
    unknown = [f"unknown field: {name}" for name in payload if name not in known]
    if payload.get("response_type", "ephemeral") not in {"ephemeral", "in_channel"}:
        unknown.append(f"response_type {payload['response_type']!r}")
    return unknown + check_message(payload)


def _block_problems(blocks: list[Any], root: str) -> list[str]:
    problems: list[str] = []
    for number, block in enumerate(blocks):
        if not isinstance(block, dict):
            return [f"block {number}: no object"]
        found = [*_schema_problems(block, root, _definition(root, str(block.get("type"))))]
        found += _careful(partial(_parsed_problems, block))
        found += _careful(partial(_duplicates, "action_id", [block]))
        problems += [f"block {number} ({block.get('type')}): {problem}" for problem in dict.fromkeys(found)]
    named = Counter(str(block["block_id"]) for block in blocks if block.get("block_id"))
    problems += [f"block_id {one!r} stands twice" for one, count in named.items() if count > 1]
    markdown = sum(len(str(block.get("text", ""))) for block in blocks if block.get("type") == "markdown")
    if markdown > MARKDOWN_LENGTH:
        problems.append(f"markdown blocks hold {markdown} characters; {MARKDOWN_LENGTH} is the most")
    for block in blocks:
        problems += _careful(partial(length_problems, block))
    return problems


def _parsed_problems(block: Json) -> list[str]:
    try:
        parsed = Block.parse(block)
    except SlackObjectFormationError as error:
        return [str(error)]
    return _model_problems(parsed) if parsed is not None else ["slack_sdk does not know it"]


def _duplicates(key: str, nodes: list[Json]) -> Iterator[str]:
    """An action_id is to be unique in the block that contains it."""
    counted = Counter(element[key] for element in elements(nodes) if isinstance(element.get(key), str))
    yield from (f"{key} {one!r} stands twice" for one, count in counted.items() if count > 1)


def _metadata_problems(metadata: Any) -> Iterator[str]:
    if metadata is None:
        return
    if not isinstance(metadata, dict) or not {"event_type", "event_payload"} <= set(metadata):
        yield "metadata needs event_type and event_payload"
    elif not isinstance(metadata["event_payload"], dict) or not metadata["event_type"]:
        yield "metadata: event_type is a name and event_payload an object"


def _model_problems(model: JsonObject) -> list[str]:
    """slack_sdk's validators, of this object and of everything in it."""
    problems: list[str] = []
    try:
        model.validate_json()
    except SlackObjectFormationError as error:
        problems.append(str(error))
    for value in vars(model).values():
        for item in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(item, JsonObject):
                problems += _model_problems(item)
    return problems


def _schema_problems(value: Json, root: str, definition: str) -> Sequence[str]:
    if reference() is None:
        return ()
    if not definition:
        return [f"no block is called {value.get('type')!r}"]
    return _shape_problems(json.dumps(_shape(value)), root, definition)


@lru_cache(maxsize=10_000)
def _shape_problems(shape: str, root: str, definition: str) -> Sequence[str]:
    contracts = reference()
    if contracts is None:
        return ()
    found = best_match(_validator(contracts, root, definition).iter_errors(json.loads(shape)))
    return (f"{found.json_path}: {found.message:.300}",) if found is not None else ()


def _shape(node: Any) -> Any:
    """The value without its words and figures, of which the schemas say nothing: each shape is looked at once."""
    if isinstance(node, dict):
        return {key: "x" if key in WORDS and isinstance(value, str) else _shape(value) for key, value in node.items()}
    if isinstance(node, list):
        return [json.loads(one) for one in dict.fromkeys(json.dumps(_shape(value)) for value in node)]
    return 1 if type(node) is int else node


@lru_cache(maxsize=128)
def _validator(contracts: Reference, root: str, definition: str) -> Draft7Validator:
    schema = contracts.block_kit(root)
    return Draft7Validator({**schema, "$ref": f"#/definitions/{definition}"})


@lru_cache(maxsize=128)
def _definition(root: str, kind: str) -> str:
    """The name of the schema for a block of this type, "" when there is none."""
    contracts = reference()
    definitions = contracts.block_kit(root)["definitions"] if contracts else {"KnownBlock": {"anyOf": []}}
    for choice in definitions["KnownBlock"]["anyOf"]:
        name = choice["$ref"].rpartition("/")[2]
        shapes = definitions[name].get("anyOf", [definitions[name]])
        if any(shape.get("properties", {}).get("type", {}).get("const") == kind for shape in shapes):
            return str(name)
    return ""
