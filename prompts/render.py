"""Words as data. `say("es", "joining.welcome", name="Ana")` is the only way a sentence reaches a person.

A file `messages/<language>/<area>.md` holds messages under `## name` headings; the key is `<area>.<name>`.
A body is a Jinja template (sandboxed, strict: a missing value raises). `{{ n | count("review", "reviews") }}`
says a number with its noun. A person's words are passed through `| plain` or `| quoted`.
"""

from collections.abc import Callable
from functools import cache
from importlib.resources import files

from jinja2 import StrictUndefined, Template, nodes
from jinja2.sandbox import SandboxedEnvironment

LANGUAGES = ("en", "es")


class UnknownMessageError(KeyError):
    """No message with this key in this language."""


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _environment() -> SandboxedEnvironment:
    environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False)
    environment.filters["count"] = _count
    return environment


_ENVIRONMENT = _environment()


def add_filter(name: str, function: Callable[..., str]) -> None:
    """Offer a filter to every template; `cohorts.words` adds `plain`, `quoted` and `moment`."""
    _ENVIRONMENT.filters[name] = function


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


@cache
def _parts(language: str, key: str) -> tuple[tuple[str, bool], ...] | None:
    """(text as it stands, False) and (a value's name, True), in order; None when the message needs a template.

    Nine of ten do not, and a template costs thirty times as much to fill in (measured).
    """
    parts: list[tuple[str, bool]] = []
    for block in _ENVIRONMENT.parse(_source(language, key)).body:
        for node in block.nodes if isinstance(block, nodes.Output) else (block,):
            if not isinstance(node, nodes.TemplateData | nodes.Name):
                return None
            parts.append((node.name, True) if isinstance(node, nodes.Name) else (node.data, False))
    return tuple(parts)


def say(language: str, key: str, **values: object) -> str:
    """The message's text, filled in. Raises UnknownMessageError; jinja2.UndefinedError when a value is missing."""
    parts = _parts(language, key)
    if parts is None or any(is_name and text not in values for text, is_name in parts):
        return _template(language, key).render(values)
    return "".join(str(values[text]) if is_name else text for text, is_name in parts)


def has(language: str, key: str) -> bool:
    return key in messages(language)
