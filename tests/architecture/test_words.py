"""Every word is there in every language, asks for the same values, and is said somewhere."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from jinja2 import nodes
from jinja2.meta import find_undeclared_variables

import cohorts.words
from prompts import render
from prompts.render import LANGUAGES, messages

ROOT = Path(__file__).parents[2]
assert cohorts.words.say  # it teaches the templates their filters
CODE = ("bot", "cohorts", "prompts", "storage")
KEY = re.compile(r"[a-z][a-z_\-]*(?:\.[a-z0-9_\-]+)+")
NAME = re.compile(r"['\"]([a-z][a-z_]*)['\"]")
ANYWHERE = re.compile(r"[A-Za-z][A-Za-z_\-]*(?:\.[A-Za-z0-9_\-]+)+")


@cache
def literals() -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
    """Every string in our code, and the (beginning, end) around the holes of every f-string."""
    whole, holed = set[str](), set[tuple[str, str]]()
    for path in _sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                whole.add(node.value)
            if isinstance(node, ast.JoinedStr):
                first, last = node.values[0], node.values[-1]
                start = str(first.value) if isinstance(first, ast.Constant) else ""
                end = str(last.value) if isinstance(last, ast.Constant) and len(node.values) > 1 else ""
                holed.add((start, end))
    holed.update((text, "") for text in whole if text.endswith(("_", ".")))
    for path in (file for folder in CODE for file in (ROOT / folder).rglob("*.html")):
        found = set(ANYWHERE.findall(path.read_text("utf-8"))) | set(NAME.findall(path.read_text("utf-8")))
        whole |= found
        holed.update((text, "") for text in found if text.endswith(("_", ".")))
    return frozenset(whole), frozenset(holed)


def _sources() -> Iterator[Path]:
    for folder in CODE:
        yield from (ROOT / folder).rglob("*.py")


def said() -> Iterator[tuple[str, str]]:
    """(file, key) of each `say(language, "key")` with the key written out."""
    for path in _sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in (
                "say",
                "words",
                "whisper",
                "small",
                "button",
                "primary",
            ):
                for argument in node.args[1:3]:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        if KEY.fullmatch(argument.value) and argument.value.split(".")[0] in _areas():
                            yield path.name, argument.value
                        break


def _name(function: ast.expr) -> str:
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


@cache
def _areas() -> frozenset[str]:
    return frozenset(key.split(".")[0] for key in messages("en"))


def test_every_language_has_the_same_words() -> None:
    keys = {language: set(messages(language)) for language in LANGUAGES}
    assert {language: sorted(keys[language] ^ keys["en"]) for language in LANGUAGES} == {
        language: [] for language in LANGUAGES
    }


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_the_same_words_ask_for_the_same_values(language: str) -> None:
    different = {
        key: (sorted(_values("en", key)), sorted(_values(language, key)))
        for key in messages("en")
        if _values("en", key) != _values(language, key)
    }
    assert different == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_is_empty_or_shouts(language: str) -> None:
    for key, text in messages(language).items():
        assert text, key
        assert text.count("!") <= 1, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_filters_are_known(language: str) -> None:
    environment = render._ENVIRONMENT
    for key, text in messages(language).items():
        for node in environment.parse(text).find_all(nodes.Filter):
            assert node.name in environment.filters, (key, node.name)


def test_whatever_is_said_exists() -> None:
    found = list(said())
    assert len(found) > 100
    assert [(file, key) for file, key in found if key not in messages("en")] == []


def test_nothing_is_there_that_is_never_said() -> None:
    unused = {key for key in messages("en") if not _mentioned(key)}
    assert unused == set()


def _mentioned(key: str) -> bool:
    """Written out, with or without its area, or fitting an f-string that leaves a hole in it."""
    whole, _ = literals()
    area, _, name = key.partition(".")
    if key in whole or name in whole or area.startswith("protocol-") or area in ("questions", "bad_catalogue"):
        return True
    return any(
        text.startswith(start) and text.endswith(end) and len(text) > len(start) + len(end)
        for start, end in _holes_in_keys()
        for text in (key, name)
    )


@cache
def _holes_in_keys() -> frozenset[tuple[str, str]]:
    _, holed = literals()
    return frozenset((start, end) for start, end in holed if _is_key_like(start) or _is_key_like(end))


def _is_key_like(text: str) -> bool:
    return bool(re.fullmatch(r"[a-z][a-z0-9_\-]*[._][a-z0-9_.\-]*", text))


def _values(language: str, key: str) -> set[str]:
    return find_undeclared_variables(render._ENVIRONMENT.parse(messages(language)[key]))
