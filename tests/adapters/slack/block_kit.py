"""What Slack would refuse: its Block Kit schemas, slack_sdk's own models, and the limits neither of them knows."""

import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.basic_objects import JsonObject
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

Json = dict[str, Any]
CONTRACTS = Path(os.environ.get("COHORTIUM_SHARED", "/nowhere")) / "contracts" / "slack"
WORDS = {"text", "url", "value", "fallback", "format", "action_id", "block_id", "initial_value", "private_metadata"}
TEXTS = {"plain_text", "mrkdwn", "text", "link"}


@cache
def _validator(root: str, kind: str) -> Draft7Validator | None:
    path = CONTRACTS / "blockkit" / f"{root}.schema.json"
    if not path.is_file():
        return None
    schema = json.loads(path.read_text("utf-8"))
    named = {
        definition["properties"]["type"]["const"]: name
        for name, definition in schema["definitions"].items()
        if name.endswith("Block") and "const" in definition.get("properties", {}).get("type", {})
    }
    return Draft7Validator({"$ref": f"#/definitions/{named.get(kind, kind)}", "definitions": schema["definitions"]})


def message_problems(text: str, blocks: list[Json]) -> list[str]:
    problems = [] if text.strip() else ["no text"]
    problems += [f"{len(blocks)} blocks"] if len(blocks) > 50 else []
    problems += ["no blocks"] if not blocks else []
    if len(blocks) > 1 and len(json.dumps(blocks, ensure_ascii=False)) > 13_200:
        problems.append("msg_blocks_too_long")
    return [*problems, *_blocks(blocks, "SlackMessage")]


def view_problems(view: Json) -> list[str]:
    root = "Home" if view["type"] == "home" else "Modal"
    problems = [f"{len(view['blocks'])} blocks"] if len(view["blocks"]) > 100 else []
    problems += ["250 KB"] if len(json.dumps(view).encode()) > 250_000 else []
    problems += ["metadata"] if len(view.get("private_metadata", "")) > 3000 else []
    if root == "Modal" and any(one["type"] == "input" for one in view["blocks"]) and not view.get("submit"):
        problems.append("input without submit")
    problems += _schema({**view, "blocks": []}, root, root)
    problems += _models(View(**{**view, "blocks": view["blocks"][:1]}))
    return [*problems, *_blocks(view["blocks"], root)]


def _blocks(blocks: list[Json], root: str) -> Iterator[str]:
    for block in blocks:
        yield from _schema(block, root, block["type"])
        parsed = Block.parse(block)
        yield from _models(parsed) if parsed is not None else [f"unknown block {block['type']}"]
    nodes = [node for block in blocks for node in _nodes(block)]
    for name in ("block_id", "action_id"):
        # The actions of a view's inputs are told apart by their blocks.
        named = [n[name] for n in nodes if name in n and (name == "block_id" or n["type"] == "button")]
        if len(named) != len(set(named)):
            yield f"doubled {name}"
    for node in nodes:
        yield from _limits(node)


def _limits(node: Json) -> Iterator[str]:
    kind = node.get("type")
    if kind in TEXTS and isinstance(node.get("text"), str) and not 0 < len(node["text"]) <= 3000:
        yield f"{kind} of {len(node['text'])}"
    if kind == "section" and any(len(one["text"]) > 2000 for one in node.get("fields", ())):
        yield "field over 2000"
    for name, most in (("options", 10 if kind in ("radio_buttons", "checkboxes") else 100), ("option_groups", 100)):
        if not 0 < len(node.get(name, [0])) <= most:
            yield f"{kind} with {len(node[name])} {name}"
    if kind == "rich_text" and sum(len(one.get("text", "")) for one in _nodes(node) if one is not node) > 3000:
        yield "rich text over 3000"
    if not node.get("elements", [0]):
        yield f"empty {kind}"
    if kind == "plain_text_input":
        given = len(node.get("initial_value", ""))
        if not 0 <= node.get("min_length", 0) <= node["max_length"] <= 3000 or given > node["max_length"]:
            yield "input lengths"
    if kind == "button" and not 0 < len(node["text"]["text"]) <= 75:
        yield "button text"


def _nodes(node: Any) -> Iterator[Json]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _nodes(value)
    elif isinstance(node, list):
        for value in node:
            yield from _nodes(value)


def _schema(node: Json, root: str, kind: str) -> tuple[str, ...]:
    return _shape_problems(json.dumps(_shape(node)), root, kind)


@cache
def _shape_problems(shape: str, root: str, kind: str) -> tuple[str, ...]:
    validator = _validator(root, kind)
    return tuple(error.message[:200] for error in validator.iter_errors(json.loads(shape))) if validator else ()


def _shape(node: Any) -> Any:
    """The node without its words: the schemas say nothing of them, and asking them once for each shape is quick."""
    if isinstance(node, dict):
        return {
            name: "x" if name in WORDS and isinstance(value, str) else _shape(value) for name, value in node.items()
        }
    if isinstance(node, list):
        return [json.loads(one) for one in dict.fromkeys(json.dumps(_shape(value)) for value in node)]
    return 1 if type(node) is int else node


def _models(model: JsonObject) -> Iterator[str]:
    try:
        model.validate_json()
    except SlackObjectFormationError as error:
        yield str(error)
    for value in vars(model).values():
        for one in value if isinstance(value, list | tuple) else [value]:
            if isinstance(one, JsonObject):
                yield from _models(one)
