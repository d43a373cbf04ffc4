"""Words as data. `say("es", "joining.welcome", name="Ana")` is the only way a sentence reaches a person.

A file `messages/<language>/<area>.md` holds messages under `## name` headings; the key is `<area>.<name>`.
A body is a Jinja template (sandboxed, strict: a missing value raises). `{{ n | count("review", "reviews") }}`
says a number with its noun. A person's words are passed through `| plain` or `| quoted`.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from jinja2 import StrictUndefined, Template, nodes
from jinja2.sandbox import SandboxedEnvironment

LANGUAGES = ("en", "es")


class UnknownMessageError(KeyError):
    """No message with this key in this language."""


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


_ENVIRONMENT = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False)
_FILTERS: dict[str, Callable[..., str]] = {}
"""Those of our own, which need nothing of Jinja's."""


def add_filter(name: str, function: Callable[..., str]) -> None:
    """Offer a filter to every template; `cohorts.words` adds `plain`, `quoted` and `moment`."""
    _ENVIRONMENT.filters[name] = _FILTERS[name] = function


add_filter("count", _count)


def sections(text: str) -> dict[str, str]:
    """`## name` headings → body, in order; text before the first heading is a note to translators."""
    found: dict[str, str] = {}
    name = ""
    for line in text.splitlines():
        if line.startswith("## "):
            name = line[3:].strip()
            found[name] = ""
        elif name:
            found[name] += line + "\n"
    return {name: body.strip() for name, body in found.items()}


@cache
def messages(language: str) -> dict[str, str]:
    """Every key → template source of a language."""
    folder = files("prompts") / "messages" / language
    return {
        f"{entry.name.removesuffix('.md')}.{name}": body
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".md")
        for name, body in sections(entry.read_text("utf-8")).items()
    }


@cache
def _template(language: str, key: str) -> Template:
    return _ENVIRONMENT.from_string(_source(language, key))


def _source(language: str, key: str) -> str:
    source = messages(language).get(key)
    if source is None:
        raise UnknownMessageError(f"{language}: {key}")
    return source


class _Value(NamedTuple):
    """Where a value stands, and the filters it goes through, each with what it is told beside the value."""

    name: str
    filters: tuple[tuple[str, tuple[object, ...]], ...] = ()

    def fill(self, values: Mapping[str, object]) -> str:
        value = values[self.name]
        for name, told in self.filters:
            value = _FILTERS[name](value, *told)
        return str(value)


class _Choice(NamedTuple):
    """One of two texts: the first where the value counts as true."""

    name: str
    yes: "_Parts"
    no: "_Parts"

    def fill(self, values: Mapping[str, object]) -> str:
        return _fill(self.yes if values[self.name] else self.no, values)


_Parts = tuple[str | _Value | _Choice, ...]


class _Plan(NamedTuple):
    """A message read once: its parts in order, the values it names, and all it says where it names none."""

    parts: _Parts
    names: frozenset[str]
    text: str | None


class _NeedsTemplateError(Exception):
    """This message says more than a plan can."""


@cache
def _plan(language: str, key: str) -> _Plan | None:
    """None when the message needs a template, which costs thirty times as much to fill in (measured)."""
    tree = _ENVIRONMENT.parse(_source(language, key))
    try:
        parts = _read(tree.body)
    except _NeedsTemplateError:
        return None
    names = frozenset(node.name for node in tree.find_all(nodes.Name))
    return _Plan(parts, names, None if names else _fill(parts, {}))


def _read(body: Sequence[nodes.Node]) -> _Parts:
    parts: list[str | _Value | _Choice] = []
    for node in body:
        if isinstance(node, nodes.Output):
            parts += [each.data if isinstance(each, nodes.TemplateData) else _value(each) for each in node.nodes]
        elif isinstance(node, nodes.If) and isinstance(node.test, nodes.Name) and not node.elif_:
            parts.append(_Choice(node.test.name, _read(node.body), _read(node.else_)))
        else:
            raise _NeedsTemplateError
    return tuple(parts)


def _value(node: nodes.Node | None) -> _Value:
    if isinstance(node, nodes.Name):
        return _Value(node.name)
    if not isinstance(node, nodes.Filter) or node.name not in _FILTERS or node.kwargs or node.dyn_args:
        raise _NeedsTemplateError
    told = tuple(each.value for each in node.args if isinstance(each, nodes.Const))
    if len(told) != len(node.args):
        raise _NeedsTemplateError
    inner = _value(node.node)
    return _Value(inner.name, (*inner.filters, (node.name, told)))


def _fill(parts: _Parts, values: Mapping[str, object]) -> str:
    return "".join([part if type(part) is str else part.fill(values) for part in parts])  # type: ignore[union-attr]


def say(language: str, key: str, **values: object) -> str:
    """The message's text, filled in. Raises UnknownMessageError; jinja2.UndefinedError when a value is missing."""
    plan = _plan(language, key)
    if plan is not None and plan.text is not None:
        return plan.text
    if plan is None or not plan.names <= values.keys():
        return _template(language, key).render(values)
    return _fill(plan.parts, values)


def has(language: str, key: str) -> bool:
    return key in messages(language)
