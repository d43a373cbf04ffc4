"""The message's small Markdown, parsed: what every chat understands by it before it draws it in its own way."""

import re
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_inline import StateInline

from cohorts.messages import MOMENT

_RULES = ("emphasis", "backticks", "escape", "newline", "link", "blockquote", "list")
_RELATIVE = re.compile(r"/(?![/\\])[^\\\x00-\x20]*\Z")
_ABSOLUTE = re.compile(r"(https://|mailto:)[^\s\\]+\Z", re.IGNORECASE)


def safe_url(url: str) -> bool:
    """https, mailto, or a path of our own site."""
    return bool(_RELATIVE.match(url) or _ABSOLUTE.match(url))


def new_parser(**options: type[RendererProtocol]) -> MarkdownIt:
    """A parser of nothing but our small Markdown; a moment becomes a token of that type, its content the whole of it.

    Raw HTML, images and links to anywhere unsafe stay text.
    """
    parser = MarkdownIt("zero", {"html": False, "breaks": True, "linkify": False}, **options)
    parser.enable(list(_RULES))
    checked: Any = parser
    checked.validateLink = safe_url
    parser.inline.ruler.before("link", "moment", _moment_rule)
    return parser


def _moment_rule(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "<" or (match := MOMENT.match(state.src, state.pos)) is None:
        return False
    if not silent:
        state.push("moment", "time", 0).content = match[0]
    state.pos = match.end()
    return True
