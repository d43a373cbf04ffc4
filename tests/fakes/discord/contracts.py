"""Discord's own OpenAPI description, read from the folder that COHORTIUM_SHARED names: what a request and its answer
may hold. Where there is none, nothing is asked of it.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jsonschema_rs import Draft202012, Draft202012Validator, Registry, ValidationError

Json = dict[str, Any]
HOME = "https://discord.test/openapi.json"
LONGEST = 240


class Reference:
    """`route` is `METHOD /path` as the description writes it, e.g. `POST /channels/{channel_id}/messages`."""

    def __init__(self, file: Path) -> None:
        self._document: Json = json.loads(file.read_text("utf-8"))
        self._registry = Registry([(HOME, self._document)], draft=Draft202012)

    @cached_property
    def routes(self) -> Mapping[str, Json]:
        found = {}
        for path, methods in self._document["paths"].items():
            found |= {f"{name.upper()} {path}": told for name, told in methods.items() if name != "parameters"}
        return found

    def body_problems(self, route: str, body: Any) -> list[str]:
        """Of a JSON body; None where none was sent."""
        described = self.routes[route].get("requestBody")
        if described is None:
            return [] if body in (None, {}) else ["no body is taken here"]
        if body is None:
            return ["a body is needed"] if described.get("required") else []
        found = self._validator(route, "body")
        return [] if found is None else [_told(error) for error in _first(found.iter_errors(body))]

    def answer_problems(self, route: str, status: int, body: Any) -> list[str]:
        responses = self.routes[route]["responses"]
        if str(status) not in responses:
            return [f"{status} is no answer that is described"]
        found = self._validator(route, str(status))
        return [] if found is None else [_told(error) for error in _first(found.iter_errors(body))]

    def unknown_fields(self, route: str, body: Any) -> list[str]:
        """Names at the top of a body that no shape described for it has: Discord ignores them, so they do nothing."""
        if not isinstance(body, dict):
            return []
        known = self._names(route)
        return [f"unknown field {name!r}" for name in body if known and name not in known]

    @lru_cache(maxsize=256)  # noqa: B019  one Reference lives as long as the process
    def _names(self, route: str) -> frozenset[str]:
        content = self.routes[route].get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        return frozenset(_properties(self._document, schema))

    @lru_cache(maxsize=512)  # noqa: B019
    def _validator(self, route: str, what: str) -> Draft202012Validator | None:
        method, _, path = route.partition(" ")
        where = ["paths", path, method.lower()]
        where += ["requestBody"] if what == "body" else ["responses", what]
        where += ["content", "application/json", "schema"]
        node: Any = self._document
        for step in where:
            if step not in node:
                return None
            node = node[step]
        pointer = "/".join(quote(step.replace("~", "~0").replace("/", "~1"), safe="~@") for step in where)
        return Draft202012Validator({"$ref": f"{HOME}#/{pointer}"}, registry=self._registry)


def _properties(document: Json, schema: Json) -> Iterator[str]:
    if "$ref" in schema:
        yield from _properties(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    yield from schema.get("properties", {})
    for word in ("oneOf", "anyOf", "allOf"):
        for one in schema.get(word, ()):
            yield from _properties(document, one)


def _first(errors: Iterable[ValidationError]) -> Iterable[ValidationError]:
    return islice(errors, 5)


def _told(error: ValidationError) -> str:
    where = ".".join(str(step) for step in error.instance_path) or "the body"
    return f"{where}: {error.message[:LONGEST]}"


def reference() -> Reference | None:
    """The contracts, or None where COHORTIUM_SHARED does not lead to them."""
    shared = os.environ.get("COHORTIUM_SHARED", "")
    file = Path(shared) / "contracts" / "discord" / "openapi.json"
    return _reference(str(file)) if shared and file.is_file() else None


@lru_cache(maxsize=1)
def _reference(file: str) -> Reference:
    return Reference(Path(file))
